"""Every page of the console: address, view, name, and the action that a role must allow."""

from __future__ import annotations

from hotgate.web.console import operator
from hotgate.web.console.attempts import views as attempts
from hotgate.web.console.audit import views as audit
from hotgate.web.console.cards import views as cards
from hotgate.web.console.connection_log.routes import ROUTES as LOGS
from hotgate.web.console.imports import views as imports
from hotgate.web.console.network import views as network
from hotgate.web.console.network.routes import ROUTES as NETWORK
from hotgate.web.console.plans import compare as plan_comparison
from hotgate.web.console.plans import list_price
from hotgate.web.console.plans import one as plan_page
from hotgate.web.console.plans import views as plans
from hotgate.web.console.profiles import views as profiles
from hotgate.web.console.quick_ticket import views as quick_ticket
from hotgate.web.console.realms import views as realms
from hotgate.web.console.routers import views as routers
from hotgate.web.console.search import views as search
from hotgate.web.console.sessions import views as sessions
from hotgate.web.console.settings import operators, sellers, sign_ins, sites, staff, tokens
from hotgate.web.console.today import views as today
from hotgate.web.console.users import balance, changing, credentials, data, selling, user_page
from hotgate.web.console.users import views as users
from hotgate.web.console.vouchers.routes import ROUTES as VOUCHERS
from hotgate.web.console.works import views as works
from hotgate.web.shared.authorization import Action
from hotgate.web.shared.routes import Route

ROUTES = (
    Route("", today.page, "today", Action.SEE_TODAY),
    Route("today/figures/", today.figures, "today_figures", Action.SEE_TODAY),
    Route("operator/", operator.switch, "switch_operator", Action.SWITCH_OPERATOR),
    Route("operator/choose/", operator.choose, "choose_operator", Action.SWITCH_OPERATOR),
    Route("search/", search.page, "search", Action.SEE_TODAY),
    Route("work/", works.listing, "works", Action.SEE_TODAY),
    Route("work/<uuid:work>/", works.one, "work", Action.SEE_TODAY),
    Route("work/<uuid:work>/progress/", works.progress, "work_progress", Action.SEE_TODAY),
    Route("quick-ticket/", quick_ticket.choose, "quick_ticket", Action.SELL_TICKETS),
    Route("quick-ticket/<uuid:voucher>/", quick_ticket.show, "ticket", Action.SELL_TICKETS),
    Route("quick-ticket/<uuid:voucher>/<slug:paper>.pdf", quick_ticket.pdf, "ticket_pdf", Action.SELL_TICKETS),
    Route("quick-ticket/settings/", quick_ticket.change_settings, "ticket_settings", Action.MAKE_VOUCHERS),
    Route("quick-ticket/<uuid:voucher>/language/", quick_ticket.language, "ticket_language", Action.SELL_TICKETS),
    Route("quick-ticket/<uuid:voucher>/<slug:paper>.bin", quick_ticket.roll, "ticket_roll", Action.SELL_TICKETS),
    *VOUCHERS,
    Route("users/", users.listing, "users", Action.SEE_USERS),
    Route("users/new/", users.add, "add_user", Action.EDIT_USERS),
    Route("users/import/", imports.take_in, "import_users", Action.EDIT_USERS),
    Route("users/import/users.xlsx", imports.empty, "import_template", Action.EDIT_USERS),
    Route("users/import/<uuid:draft>/", imports.one, "import", Action.EDIT_USERS),
    Route("users/import/<uuid:draft>/confirm/", imports.confirm, "confirm_import", Action.EDIT_USERS),
    Route("users/import/<uuid:draft>/cancel/", imports.cancel, "cancel_import", Action.EDIT_USERS),
    Route("users/import/<uuid:draft>/passwords/", imports.passwords, "import_passwords", Action.EDIT_USERS),
    Route("users/devices/new/", changing.add_device, "add_device", Action.EDIT_USERS),
    Route("users/<uuid:user>/", user_page.one, "user", Action.SEE_USERS),
    Route("users/<uuid:user>/ending/", user_page.ending, "user_ending", Action.SEE_USERS),
    Route("users/<uuid:user>/disconnect/", user_page.disconnect, "disconnect_user", Action.DISCONNECT),
    Route("users/<uuid:user>/edit/", changing.edit, "edit_user", Action.EDIT_USERS),
    Route("users/<uuid:user>/password/", changing.password, "user_password", Action.EDIT_USERS),
    Route("users/<uuid:user>/devices/", changing.bind, "bind_device", Action.EDIT_USERS),
    Route("users/<uuid:user>/devices/<slug:mac>/part/", changing.part, "part_device", Action.EDIT_USERS),
    Route("users/<uuid:user>/recharge/", changing.recharge_user, "recharge_user", Action.RECHARGE),
    Route("users/<uuid:user>/top-up/", balance.top_up, "top_up_user", Action.RECHARGE),
    Route("users/<uuid:user>/recharge/foreseen/", changing.foresee_recharge, "foresee_recharge", Action.RECHARGE),
    Route("users/<uuid:user>/sales/", selling.sales, "user_sales", Action.SEE_SALES),
    Route("users/<uuid:user>/sales/<uuid:sale>/paid/", selling.settle, "settle_sale", Action.RECHARGE),
    Route("users/<uuid:user>/card/", credentials.card, "user_card", Action.PRINT_CARDS),
    Route("users/<uuid:user>/send/", credentials.send, "send_credentials", Action.EDIT_USERS),
    Route("users/<uuid:user>/data/", data.page, "user_data", Action.MANAGE_DATA),
    Route("users/<uuid:user>/data/export/", data.export, "export_user", Action.MANAGE_DATA),
    Route("users/<uuid:user>/data/restrict/", data.restrict, "restrict_user", Action.MANAGE_DATA),
    Route("users/<uuid:user>/data/lift/", data.lift, "lift_user", Action.MANAGE_DATA),
    Route("users/<uuid:user>/data/erase/", data.erase, "erase_user", Action.MANAGE_DATA),
    Route("cards/", cards.batches, "cards", Action.PRINT_CARDS),
    Route("cards/new/", cards.make, "make_cards", Action.PRINT_CARDS),
    Route("cards/<uuid:batch>/", cards.batch, "card_batch", Action.PRINT_CARDS),
    Route("cards/<uuid:batch>/print/", cards.print_batch, "print_cards", Action.PRINT_CARDS),
    Route("cards/<uuid:batch>/<int:number>/handed-out/", cards.hand_out, "hand_out_card", Action.PRINT_CARDS),
    Route("profiles/", profiles.listing, "profiles", Action.SEE_PLANS),
    Route("profiles/new/", profiles.add, "create_profile", Action.EDIT_PLANS),
    Route("profiles/<uuid:profile>/", profiles.edit, "edit_profile", Action.EDIT_PLANS),
    Route("settings/realms/", realms.listing, "realms", Action.SEE_REALMS),
    Route("settings/realms/new/", realms.add, "create_realm", Action.EDIT_REALMS),
    Route("settings/realms/<uuid:realm>/", realms.edit, "edit_realm", Action.EDIT_REALMS),
    Route("users/<uuid:user>/hold/", users.hold, "hold_user", Action.EDIT_USERS),
    Route("users/<uuid:user>/release/", users.release, "release_user", Action.EDIT_USERS),
    Route("plans/", plans.listing, "plans", Action.SEE_PLANS),
    Route("plans/new/", plans.create, "create_plan", Action.EDIT_PLANS),
    Route("plans/preview/", plans.preview, "preview_plan", Action.EDIT_PLANS),
    Route("plans/compare/", plan_comparison.page, "compare_plans", Action.SEE_PLANS),
    Route("plans/<uuid:plan>/", plan_page.page, "plan", Action.SEE_PLANS),
    Route("plans/<uuid:plan>/edit/", plan_page.edit, "edit_plan", Action.EDIT_PLANS),
    Route("plans/<uuid:plan>/list-price/", list_price.change, "list_price", Action.MAKE_OPERATORS),
    Route("plans/<uuid:plan>/examples/", plan_page.change_examples, "plan_examples", Action.EDIT_PLANS),
    Route("plans/<uuid:plan>/replace/", plans.replace, "replace_plan", Action.EDIT_PLANS),
    Route("plans/<uuid:plan>/offer/", plans.offer, "offer_plan", Action.EDIT_PLANS),
    Route("plans/<uuid:plan>/retire/", plans.retire, "retire_plan", Action.EDIT_PLANS),
    Route("sessions/", sessions.listing, "sessions", Action.SEE_SESSIONS),
    Route("sessions/<uuid:session>/", sessions.one, "session", Action.SEE_SESSIONS),
    Route("sessions/<uuid:session>/disconnect/", sessions.disconnect, "disconnect", Action.DISCONNECT),
    Route("attempts/", attempts.listing, "attempts", Action.SEE_ATTEMPTS),
    *LOGS,
    Route("network/", network.listing, "network", Action.SEE_NETWORK),
    Route("network/new/", network.add, "add_nas", Action.EDIT_NETWORK),
    Route("network/<uuid:nas>/", network.edit, "edit_nas", Action.EDIT_NETWORK),
    Route("network/<uuid:nas>/router/", routers.page, "router", Action.EDIT_NETWORK),
    Route("network/<uuid:nas>/router/read/", routers.read, "read_router", Action.EDIT_NETWORK),
    Route("network/<uuid:nas>/router/remove/", routers.remove, "remove_router", Action.EDIT_NETWORK),
    *NETWORK,
    Route("settings/", operators.settings, "settings", Action.SEE_OWN_SESSIONS),
    Route("settings/operator/", operators.edit, "edit_operator", Action.EDIT_OPERATOR),
    Route("settings/sites/", sites.listing, "sites", Action.SEE_SITES),
    Route("settings/sites/new/", sites.add, "add_site", Action.EDIT_SITES),
    Route("settings/sites/<uuid:site>/", sites.edit, "edit_site", Action.EDIT_SITES),
    Route("settings/operators/", operators.listing, "operators", Action.MAKE_OPERATORS),
    Route("settings/operators/new/", operators.add, "add_operator", Action.MAKE_OPERATORS),
    Route("settings/operators/<uuid:seller>/", sellers.edit, "seller", Action.MAKE_OPERATORS),
    Route("settings/staff/", staff.listing, "staff", Action.SEE_STAFF),
    Route("settings/staff/invite/", staff.invite, "invite_staff", Action.EDIT_STAFF),
    Route("settings/staff/<uuid:staff>/", staff.one, "staff_member", Action.SEE_STAFF),
    Route("settings/staff/<uuid:staff>/give/", staff.give, "give_role", Action.EDIT_STAFF),
    Route("settings/staff/<uuid:staff>/take/<int:role>/", staff.take, "take_role", Action.EDIT_STAFF),
    Route("settings/staff/<uuid:staff>/deactivate/", staff.deactivate, "deactivate_staff", Action.EDIT_STAFF),
    Route("settings/staff/<uuid:staff>/reactivate/", staff.reactivate, "reactivate_staff", Action.EDIT_STAFF),
    Route("settings/staff/<uuid:staff>/link/", staff.renew, "renew_link", Action.EDIT_STAFF),
    Route("settings/tokens/", tokens.listing, "tokens", Action.EDIT_TOKENS),
    Route("settings/tokens/new/", tokens.add, "add_token", Action.EDIT_TOKENS),
    Route("settings/tokens/<uuid:token>/revoke/", tokens.revoke, "revoke_token", Action.EDIT_TOKENS),
    Route("settings/audit/", audit.page, "audit", Action.SEE_AUDIT),
    Route("settings/sign-ins/", sign_ins.listing, "own_sessions", Action.SEE_OWN_SESSIONS),
    Route("settings/sign-ins/<int:session>/end/", sign_ins.end, "end_own_session", Action.SEE_OWN_SESSIONS),
    Route("settings/sign-ins/end-others/", sign_ins.end_others, "end_other_sessions", Action.SEE_OWN_SESSIONS),
)
