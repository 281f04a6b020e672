"""Every page of the console: address, view, name, and the action that a role must allow."""

from __future__ import annotations

from hotgate.web.console import operator
from hotgate.web.console.attempts import views as attempts
from hotgate.web.console.network import views as network
from hotgate.web.console.plans import views as plans
from hotgate.web.console.quick_ticket import views as quick_ticket
from hotgate.web.console.sessions import views as sessions
from hotgate.web.console.today import views as today
from hotgate.web.console.users import views as users
from hotgate.web.shared.authorization import Action
from hotgate.web.shared.routes import Route

ROUTES = (
    Route("", today.page, "today", Action.SEE_TODAY),
    Route("today/figures/", today.figures, "today_figures", Action.SEE_TODAY),
    Route("operator/", operator.switch, "switch_operator", Action.SWITCH_OPERATOR),
    Route("quick-ticket/", quick_ticket.choose, "quick_ticket", Action.SELL_TICKETS),
    Route("quick-ticket/<uuid:voucher>/", quick_ticket.show, "ticket", Action.SELL_TICKETS),
    Route("quick-ticket/<uuid:voucher>/<slug:paper>.pdf", quick_ticket.pdf, "ticket_pdf", Action.SELL_TICKETS),
    Route("users/", users.listing, "users", Action.SEE_USERS),
    Route("users/new/", users.add, "add_user", Action.EDIT_USERS),
    Route("users/<uuid:user>/", users.one, "user", Action.SEE_USERS),
    Route("users/<uuid:user>/give/", users.give, "give_plan", Action.EDIT_USERS),
    Route("users/<uuid:user>/hold/", users.hold, "hold_user", Action.EDIT_USERS),
    Route("users/<uuid:user>/release/", users.release, "release_user", Action.EDIT_USERS),
    Route("plans/", plans.listing, "plans", Action.SEE_PLANS),
    Route("plans/new/", plans.create, "create_plan", Action.EDIT_PLANS),
    Route("plans/preview/", plans.preview, "preview_plan", Action.EDIT_PLANS),
    Route("plans/<uuid:plan>/offer/", plans.offer, "offer_plan", Action.EDIT_PLANS),
    Route("plans/<uuid:plan>/retire/", plans.retire, "retire_plan", Action.EDIT_PLANS),
    Route("sessions/", sessions.listing, "sessions", Action.SEE_SESSIONS),
    Route("sessions/<uuid:session>/disconnect/", sessions.disconnect, "disconnect", Action.DISCONNECT),
    Route("attempts/", attempts.listing, "attempts", Action.SEE_ATTEMPTS),
    Route("network/", network.listing, "network", Action.SEE_NETWORK),
    Route("network/new/", network.add, "add_nas", Action.EDIT_NETWORK),
    Route("network/<uuid:nas>/", network.edit, "edit_nas", Action.EDIT_NETWORK),
)
