"""The pages of the network: what is behind one gateway, blocked devices, floor plans and the heat map."""

from __future__ import annotations

from hotgate.web.console.heat_map import editing, views
from hotgate.web.console.network import blocked, one, set_aside
from hotgate.web.shared.authorization import Action
from hotgate.web.shared.routes import Route

ROUTES = (
    Route("network/<uuid:nas>/recipe/", one.recipe, "nas_recipe", Action.EDIT_NETWORK),
    Route("network/<uuid:nas>/test/", one.test, "nas_test", Action.SEE_NETWORK),
    Route("network/<uuid:nas>/test/certify/", one.certify, "certify_nas", Action.EDIT_NETWORK),
    Route("network/<uuid:nas>/test/probe/", one.probe, "probe_nas", Action.DISCONNECT),
    Route("network/set-aside/", set_aside.everything, "records_set_aside", Action.SEE_NETWORK),
    Route("network/<uuid:nas>/set-aside/", set_aside.of_nas, "nas_records_set_aside", Action.SEE_NETWORK),
    Route("network/blocked/", blocked.listing, "blocked_devices", Action.SEE_NETWORK),
    Route("network/blocked/new/", blocked.add, "block_mac", Action.EDIT_NETWORK),
    Route("network/blocked/<int:row>/unblock/", blocked.unblock, "unblock_device", Action.EDIT_NETWORK),
    Route("sessions/<uuid:session>/close/", one.close_stuck, "close_stuck_session", Action.DISCONNECT),
    Route("heat-map/", views.page, "heat_map", Action.SEE_SESSIONS),
    Route("heat-map/new/", editing.add_plan, "add_floor_plan", Action.EDIT_NETWORK),
    Route("heat-map/points/new/", editing.add_point, "add_access_point", Action.EDIT_NETWORK),
    Route("heat-map/points/<uuid:point>/place/", editing.place, "place_access_point", Action.EDIT_NETWORK),
    Route("heat-map/points/<uuid:point>/remove/", editing.remove_point, "remove_access_point", Action.EDIT_NETWORK),
    Route("heat-map/gateways/<uuid:nas>/", editing.add_gateway, "add_gateway_to_map", Action.EDIT_NETWORK),
    Route("heat-map/<uuid:plan>/", views.page, "floor_plan", Action.SEE_SESSIONS),
    Route("heat-map/<uuid:plan>/picture.png", views.picture, "floor_plan_picture", Action.SEE_SESSIONS),
    Route("heat-map/<uuid:plan>/remove/", editing.remove_plan, "remove_floor_plan", Action.EDIT_NETWORK),
)
