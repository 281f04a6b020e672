"""Which pages there are, each with the name of its picture. `tests/web/test_pictures.py` says which one is missing."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

from journeys.shots import Screen

if TYPE_CHECKING:
    from web.busy_day import Day
    from web.office import Office

MENU = ".row-menu summary"
PRINT = "[data-open='#print']"


def screens_of(office: Office, day: Day, more: SimpleNamespace) -> list[Screen]:
    return [
        *_selling(office, day, more),
        *_users(day, more),
        *_plans(office),
        *_network(office, day, more),
        *_settings(office, more),
        *_accounts(),
        *_portal(office),
    ]


def _selling(office: Office, day: Day, more: SimpleNamespace) -> list[Screen]:
    return [
        Screen("today", "/"),
        Screen("quick-ticket", "/quick-ticket/"),
        Screen("ticket", f"/quick-ticket/{day.ticket.uuid}/"),
        Screen("ticket-print", f"/quick-ticket/{day.ticket.uuid}/", PRINT),
        Screen("ticket-settings", "/quick-ticket/settings/"),
        Screen("vouchers", "/vouchers/"),
        Screen("voucher-menu", "/vouchers/", MENU),
        Screen("vouchers-none", "/vouchers/?q=NOTHING"),
        Screen("voucher-end", f"/vouchers/{day.ticket.uuid}/end/"),
        Screen("generator", "/vouchers/generator/"),
        Screen("generator-loaded", f"/vouchers/generator/?like={more.sold.uuid}"),
        Screen("batch-draft", f"/vouchers/batches/{more.drafted.uuid}/"),
        Screen("batch", f"/vouchers/batches/{more.sold.uuid}/"),
        Screen("batch-print", f"/vouchers/batches/{more.sold.uuid}/", PRINT),
        Screen("works", "/work/"),
        Screen("work", f"/work/{more.work.uuid}/"),
        Screen("search", "/search/"),
        Screen("choose-operator", "/operator/choose/"),
    ]


def _users(day: Day, more: SimpleNamespace) -> list[Screen]:
    maria = f"/users/{day.maria.uuid}/"
    return [
        Screen("users", "/users/"),
        Screen("user-accepted", maria),
        Screen("user-used-up", f"/users/{day.bruno.uuid}/"),
        Screen("user-on-hold", f"/users/{day.carla.uuid}/"),
        Screen("user-new", "/users/new/"),
        Screen("user-menu", maria, ".heading-actions summary"),
        Screen("user-edit", maria + "edit/"),
        Screen("user-recharge", maria + "recharge/"),
        Screen("user-sales", maria + "sales/"),
        Screen("user-data", maria + "data/"),
        Screen("user-card", maria + "card/"),
        Screen("user-send", maria + "send/"),
        Screen("device-new", "/users/devices/new/"),
        Screen("device-part", maria + "devices/02000000AABB/part/"),
        Screen("users-import", "/users/import/"),
        Screen("users-import-report", f"/users/import/{more.draft_import.uuid}/"),
        Screen("users-import-ready", f"/users/import/{more.ready_import.uuid}/"),
        Screen("users-import-done", f"/users/import/{more.done_import.uuid}/"),
        Screen("cards", "/cards/"),
        Screen("cards-new", "/cards/new/"),
        Screen("card-batch", f"/cards/{more.cards.uuid}/"),
    ]


def _plans(office: Office) -> list[Screen]:
    return [
        Screen("plans", "/plans/"),
        Screen("plan-new", "/plans/new/"),
        Screen("plan-replace", f"/plans/{office.plans['20 GB a month'].uuid}/replace/"),
        Screen("plan", f"/plans/{office.plans['1 hour'].uuid}/"),
        Screen("plans-compare", "/plans/compare/"),
        Screen("plan-wrong", "/plans/new/", "#plan button.btn-primary"),
    ]


def _network(office: Office, day: Day, more: SimpleNamespace) -> list[Screen]:
    nas, session = f"/network/{office.nas.uuid}/", f"/sessions/{day.session.uuid}/"
    return [
        Screen("sessions", "/sessions/"),
        Screen("sessions-disconnect", "/sessions/", "[data-ask='#end']"),
        Screen("session", session),
        Screen("session-end", session + "disconnect/"),
        Screen("session-close", session + "close/"),
        Screen("device-block", f"/log/{day.session.uuid}/block/"),
        Screen("device-associate", f"/log/{day.session.uuid}/associate/"),
        Screen("attempts", "/attempts/"),
        Screen("connection-log", "/log/"),
        Screen("connection-log-user", f"/log/user/{day.maria.uuid}/", MENU),
        Screen("connection-log-nas", f"/log/gateway/{office.nas.uuid}/"),
        Screen("connection-log-device", "/log/device/020000AABB01/"),
        Screen("wifi-log", "/log/wifi/"),
        Screen("wifi-log-user", f"/log/wifi/user/{day.maria.uuid}/"),
        Screen("wifi-log-nas", f"/log/wifi/gateway/{office.nas.uuid}/"),
        Screen("controller-log", "/log/wifi/controllers/"),
        Screen("controller-log-user", f"/log/wifi/controllers/user/{day.maria.uuid}/", MENU),
        Screen("controller-log-nas", f"/log/wifi/controllers/gateway/{office.nas.uuid}/"),
        Screen("look-up", "/log/look-up/"),
        Screen("network", "/network/"),
        Screen("nas-new", "/network/new/?address=203.0.113.44"),
        Screen("nas", nas),
        Screen("nas-recipe", nas + "recipe/"),
        Screen("nas-test", nas + "test/"),
        Screen("router", nas + "router/"),
        Screen("set-aside", "/network/set-aside/"),
        Screen("nas-set-aside", nas + "set-aside/"),
        Screen("blocked-devices", "/network/blocked/"),
        Screen("blocked-device-new", "/network/blocked/new/"),
        Screen("heat-map", f"/heat-map/?user={day.maria.uuid}"),
        Screen("floor-plan", f"/heat-map/{more.floor_plan.uuid}/"),
        Screen("floor-plan-new", "/heat-map/new/"),
        Screen("access-point-new", "/heat-map/points/new/"),
        Screen("access-point-remove", f"/heat-map/points/{more.point.uuid}/remove/"),
    ]


def _settings(office: Office, more: SimpleNamespace) -> list[Screen]:
    return [
        Screen("profiles", "/profiles/"),
        Screen("profile-new", "/profiles/new/"),
        Screen("profile", f"/profiles/{more.profile.uuid}/"),
        Screen("realms", "/settings/realms/"),
        Screen("realm-new", "/settings/realms/new/"),
        Screen("realm", f"/settings/realms/{more.realm.uuid}/"),
        Screen("operator", "/settings/operator/"),
        Screen("sites", "/settings/sites/"),
        Screen("site-new", "/settings/sites/new/"),
        Screen("site", f"/settings/sites/{office.site.uuid}/"),
        Screen("operators", "/settings/operators/"),
        Screen("operator-new", "/settings/operators/new/"),
        Screen("seller", f"/settings/operators/{more.child.uuid}/"),
        Screen("staff", "/settings/staff/"),
        Screen("staff-invite", "/settings/staff/invite/"),
        Screen("staff-member", f"/settings/staff/{office.staff['cashier'].uuid}/"),
        Screen("tokens", "/settings/tokens/"),
        Screen("token-new", "/settings/tokens/new/"),
        Screen("audit", "/settings/audit/"),
        Screen("sign-ins", "/settings/sign-ins/"),
        Screen("retention", "/settings/retention/"),
    ]


def _accounts() -> list[Screen]:
    return [
        Screen("second-factor", "/accounts/2fa/?stay=1"),
        Screen("passkeys", "/accounts/2fa/webauthn/"),
        Screen("passkey-new", "/accounts/2fa/webauthn/add/"),
        Screen("recovery-codes", "/accounts/2fa/recovery-codes/generate/"),
        Screen("password", "/accounts/password/change/"),
        Screen("sign-out", "/accounts/logout/"),
        Screen("not-found", "/users/00000000-0000-0000-0000-000000000000/", status=404),
    ]


def _portal(office: Office) -> list[Screen]:
    from web.gateway import arrival

    return [
        Screen("portal-ticket", f"/portal/{office.operator.slug}/"),
        Screen("portal-login", arrival(office)),
        Screen("portal-failed", arrival(office, res="failed", reply="What+you+bought+is+used+up.")),
        Screen("portal-online", arrival(office, res="success", uid="maria", userurl="https%3A%2F%2Fexample.com%2F")),
        Screen(
            "portal-refused", f"/portal/{office.operator.slug}/{office.nas.uuid}/?res=notyet&uamip=8.8.8.8", status=400
        ),
    ]
