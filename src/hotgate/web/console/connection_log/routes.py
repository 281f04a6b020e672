"""The pages of the logs: connections, radio associations, who had an address, and how long all of it is kept."""

from __future__ import annotations

from hotgate.web.console.connection_log import acts, controllers, views
from hotgate.web.console.look_up import retention
from hotgate.web.console.look_up import views as look_up
from hotgate.web.shared.authorization import Action
from hotgate.web.shared.routes import Route

ROUTES = (
    Route("log/", views.everything, "connection_log", Action.SEE_ATTEMPTS),
    Route("log/user/<uuid:user>/", views.of_user, "user_connection_log", Action.SEE_ATTEMPTS),
    Route("log/gateway/<uuid:nas>/", views.of_nas, "nas_connection_log", Action.SEE_ATTEMPTS),
    Route("log/device/<slug:mac>/", views.of_device, "device_connection_log", Action.SEE_ATTEMPTS),
    Route("log/wifi/", views.wifi, "wifi_log", Action.SEE_ATTEMPTS),
    Route("log/wifi/user/<uuid:user>/", views.wifi_of_user, "user_wifi_log", Action.SEE_ATTEMPTS),
    Route("log/wifi/gateway/<uuid:nas>/", views.wifi_of_nas, "nas_wifi_log", Action.SEE_ATTEMPTS),
    Route("log/wifi/controllers/", controllers.everything, "controller_log", Action.SEE_ATTEMPTS),
    Route("log/wifi/controllers/user/<uuid:user>/", controllers.of_user, "user_controller_log", Action.SEE_ATTEMPTS),
    Route("log/wifi/controllers/gateway/<uuid:nas>/", controllers.of_nas, "nas_controller_log", Action.SEE_ATTEMPTS),
    Route("log/<uuid:session>/associate/", acts.associate, "associate_device", Action.EDIT_USERS),
    Route("log/<uuid:session>/block/", acts.block, "block_device", Action.DISCONNECT),
    Route("log/look-up/", look_up.page, "look_up", Action.SEE_AUDIT),
    Route("settings/retention/", retention.page, "retention", Action.EDIT_OPERATOR),
)
