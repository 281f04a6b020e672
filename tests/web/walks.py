"""Ways through the pages that no address alone leads to: signing in, and what a guest does on the portal."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from hotgate.apps.core import scope
from hotgate.apps.operators.actor import COMMAND_LINE as BY
from hotgate.domain.people import Ask, Delivery, PersonField, Verification
from web import office as offices
from web.gateway import arrival
from web.looking import Looking, Sighting
from web.office import PASSWORD, Office, now
from web.page_forms import Form, forms_in

ROUTER = "http://10.5.50.1"


def sign_in_every_way(sighting: Sighting, owner: Any, office: Office) -> None:
    """As who has no second factor yet, who has one, who has no role, and who was invited."""
    from web.test_settings import fresh

    stranger, cashier = Looking(sighting), Looking(sighting)
    cashier.force_login(office.staff["cashier"])
    fresh(cashier, office.staff["cashier"])  # who would be asked for the password before a second factor is set up
    for browser in (stranger, cashier, owner):
        for address in account_addresses():
            browser.get(address)
    stranger.post("/accounts/login/", {"login": office.staff["owner"].email, "password": PASSWORD}, follow=True)
    nobody = Looking(sighting)
    nobody.force_login(_without_role(owner, office))
    nobody.get("/")
    invited = {"email": "nina@aurora.example", "name": "Nina", "role": "cashier", "site": ""}
    told = owner.post("/settings/staff/invite/", invited, follow=True).content.decode()
    Looking(sighting).get(re.findall(r"http://localhost:8000(/accounts/join/[^\"]+)", told)[0])


def account_addresses() -> list[str]:
    """Those pages of the sign-in that name no row."""
    return sorted({"/" + path for path in _paths(get_resolver().url_patterns) if path.startswith("accounts/")})


def _paths(patterns: list[Any], before: str = "") -> Iterator[str]:
    for each in patterns:
        path = before + str(each.pattern).removeprefix("^").removesuffix("$")
        if isinstance(each, URLResolver):
            yield from _paths(each.url_patterns, path)
        elif isinstance(each, URLPattern) and not re.search(r"[<(]", path):
            yield path


def _without_role(owner: Any, office: Office) -> Any:
    from hotgate.apps.operators.models import StaffRole

    auditor = office.staff["auditor"]
    with scope.of(office.operator.id):
        role = StaffRole.objects.get(staff=auditor)
    owner.post(f"/settings/staff/{auditor.uuid}/take/{role.id}/")
    return auditor


def visit_the_portal(sighting: Sighting, office: Office, day: Any) -> None:
    """Needs an SMS centre for the code that proves a number."""
    guest = Looking(sighting)
    guest.get(f"/portal/{office.operator.slug}/")
    for told in ({}, {"res": "success", "uid": "maria"}):
        guest.get(arrival(office, **told))
    _see_own_account(guest, office, day)
    _go_back_to_a_router(guest, office, day)
    _register(guest, office, Verification.SMS)


def _see_own_account(guest: Any, office: Office, day: Any) -> None:
    from hotgate.apps.subscribers import links

    with scope.of(office.operator.id):
        ask(office, Verification.NONE)
        token = links.credential_link(by=BY, now=now(), subscriber=day.carla)
    guest.get(f"/portal/{office.operator.slug}/credentials/{token}/")
    address = f"/portal/{office.operator.slug}/me/"
    guest.get(address)
    guest.post(address, {"name": "maria", "password": "a long password"})


def _go_back_to_a_router(guest: Any, office: Office, day: Any) -> None:
    """One that wants a form from the guest's own browser."""
    from hotgate.apps.network import services
    from hotgate.apps.network.models import Nas
    from hotgate.apps.vouchers import queries

    with scope.of(office.operator.id):
        made = services.add_nas(
            by=BY, now=now(), operator=office.operator, site=office.site, address="192.0.2.8", secret=offices.SECRET,
            name="Router", maker="mikrotik",
        )  # fmt: skip
        Nas.objects.filter(id=made.nas.id).update(login_addresses=[ROUTER])
        code = queries.code_of(day.ticket)
    path = f"/portal/{office.operator.slug}/{made.nas.uuid}/"
    here = f"{path}?link-login-only={ROUTER}/login&mac=02-00-00-00-00-66"
    press(guest, form_with(guest.get(here), "code"), code=code)
    register = press(guest, form_with(guest.get(here), "visit", action="register/"))
    chosen = press(guest, form_with(register, "choice"))
    press(guest, form_with(chosen, "name", act="register"))


def _register(guest: Any, office: Office, verification: Verification) -> None:
    with scope.of(office.operator.id):
        ask(office, verification)
    page = guest.get(arrival(office, mac="02-00-00-00-00-77"))
    chosen = press(guest, form_with(press(guest, form_with(page, "visit", action="register/")), "choice"))
    press(guest, form_with(chosen, "phone", act="register"), phone="+39 333 1234567", terms=_version(chosen))


def _version(page: Any) -> str:
    return re.findall(r'name="terms" value="([^"]+)"', page.content.decode())[0]


def ask(office: Office, verification: Verification) -> None:
    """What the café's only realm asks of who registers."""
    from hotgate.apps.subscribers import realms
    from hotgate.apps.subscribers.services import default_realm

    realm = default_realm(office.operator)
    proves = verification != Verification.NONE
    asked = {PersonField.PHONE: Ask.REQUIRED if proves else Ask.OPTIONAL, PersonField.CITY: Ask.OPTIONAL}
    realms.change_realm(
        by=BY, now=now(), realm=realm, name=realm.name, ways=["self", "staff"], asked=asked,
        plans=[office.plans["Lobby"]], verification=verification, terms="Be kind." if proves else "",
        delivery=Delivery.SMS if proves else Delivery.SHOW, change_password=True, change_profile=True,
    )  # fmt: skip


def form_with(page: Any, name: str, **own: str) -> Form:
    """The form of a page that has this field; `act` and `action` as told."""
    for form in forms_in(page.content.decode(), page.request["PATH_INFO"]):
        acts = [field.value for field in form.fields if field.name == "act"]
        if name in form.names and own.get("act", "") in ("", *acts) and own.get("action", form.action) == form.action:
            return form
    raise AssertionError(f"no form with {name} at {page.request['PATH_INFO']}")


def press(client: Client, form: Form, **typed: str) -> Any:
    sent = {name: values if len(values) > 1 else values[0] for name, values in form.values().items()}
    return getattr(client, form.method)(form.address, sent | typed)
