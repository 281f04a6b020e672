"""Settings: the operator, its sites, operators below, staff, one's own sign-ins; and what a role of one site sees."""

from __future__ import annotations

import re
import time
from datetime import timedelta

import pytest
from django.utils import timezone

from hotgate.apps.core import scope


def fresh(client, staff):
    """As just after the password was typed: what is sensitive asks for it again otherwise."""
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": time.time()}]
    session["_account_authentication_methods_user"] = str(staff.pk)
    session["account_authentication_methods_user"] = str(staff.pk)
    from allauth.account.internal.flows import login

    session[login._AUTHENTICATION_METHODS_USER_SESSION_KEY] = str(staff.pk)
    session.save()
    return client


@pytest.fixture
def owner(sign_in, cafe):
    return fresh(sign_in("owner"), cafe.staff["owner"])


def texts(answer):
    return answer.content.decode()


# ── operator and sites ──


def test_the_operator_is_edited(owner, cafe):
    given = {"name": "Café Boreale", "time_zone": "Europe/Berlin", "language": "de", "country": "de"}
    assert owner.post("/settings/operator/", given, follow=True).status_code == 200
    assert "Café Boreale" in texts(owner.get("/settings/operator/"))


@pytest.mark.parametrize(
    ("field", "value"), [("name", ""), ("time_zone", "Nowhere"), ("language", "xx"), ("country", "Italy")]
)
def test_what_is_wrong_about_an_operator_stands_beside_its_field(owner, field, value):
    given = {"name": "Café", "time_zone": "Europe/Rome", "language": "en", "country": "IT"} | {field: value}
    answer = owner.post("/settings/operator/", given)
    assert answer.status_code == 422
    assert f'id="id_{field}_error"' in texts(answer)


def test_a_site_is_added_and_edited(owner):
    given = {"name": "Terrace", "commercial_mode": "free", "time_zone": "", "language": ""}
    assert owner.post("/settings/sites/new/", given).status_code == 302
    html = texts(owner.get("/settings/sites/"))
    assert "Terrace" in html
    [address] = re.findall(r'href="(/settings/sites/[0-9a-f-]{36}/)">Terrace', html)
    assert owner.post(address, given | {"name": "Garden", "time_zone": "Europe/Rome"}).status_code == 302
    assert "Garden" in texts(owner.get("/settings/sites/"))
    assert "id_name_error" in texts(owner.post("/settings/sites/new/", given | {"name": "garden"}))


def test_another_operators_site_and_staff_are_404(owner, hotel):
    assert owner.get(f"/settings/sites/{hotel.site.uuid}/").status_code == 404
    for way in ("", "give/", "deactivate/", "reactivate/", "link/"):
        address = f"/settings/staff/{hotel.staff['cashier'].uuid}/{way}"
        assert (owner.post(address, {"role": "cashier"}) if way else owner.get(address)).status_code == 404


# ── operators below ──


def test_a_reseller_makes_an_operator_and_works_for_it(owner, cafe):
    given = {"name": "Bar Sport", "parent": cafe.operator.uuid, "currency": "eur"}
    given |= {"time_zone": "Europe/Rome", "language": "it", "country": "IT"}
    assert owner.post("/settings/operators/new/", given).status_code == 302
    assert "Bar Sport" in texts(owner.get("/settings/operator/"))
    assert "Café Aurora" in texts(owner.get("/settings/operators/"))
    assert "192.0.2.7" not in texts(owner.get("/network/"))  # the café's own rows stay at the café


def test_nobody_makes_an_operator_below_a_strangers(owner, hotel):
    given = {"name": "Bar Sport", "parent": hotel.operator.uuid, "currency": "EUR"}
    given |= {"time_zone": "Europe/Rome", "language": "it", "country": "IT"}
    answer = owner.post("/settings/operators/new/", given)
    assert answer.status_code == 422
    assert "Hotel Meridian" not in texts(answer)


# ── staff ──


def test_an_invitation_shows_its_link_once_and_leads_to_a_sign_in(owner, client, cafe):
    given = {"email": "nina@aurora.example", "name": "Nina", "role": "cashier", "site": ""}
    page = owner.post("/settings/staff/invite/", given, follow=True)
    [link] = re.findall(r'value="http://localhost:8000(/accounts/join/[^"]+)"', texts(page))
    assert page["Cache-Control"] == "no-store"
    assert link not in texts(owner.get(page.redirect_chain[-1][0]))
    assert client.post(link, {"password": "short"}).status_code == 422
    assert client.post(link, {"password": "a long enough one"})["Location"] == "/accounts/login/"
    assert client.get(link).status_code == 404
    signed_in = client.post("/accounts/login/", {"login": given["email"], "password": "a long enough one"})
    assert signed_in["Location"] == "/"
    assert client.get("/quick-ticket/").status_code == 200


def test_a_manager_is_offered_no_owners_role(sign_in, cafe):
    manager = fresh(sign_in("manager"), cafe.staff["manager"])
    assert 'value="owner"' not in texts(manager.get("/settings/staff/invite/"))
    given = {"email": "nina@aurora.example", "role": "owner", "site": ""}
    assert manager.post("/settings/staff/invite/", given).status_code == 422


def test_what_is_sensitive_asks_for_the_password_again(sign_in, cafe):
    for way in ("invite/", f"{cafe.staff['cashier'].uuid}/deactivate/"):
        answer = sign_in("owner").post(f"/settings/staff/{way}", {})
        assert answer["Location"].startswith("/accounts/reauthenticate/") or "/reauthenticate" in answer["Location"]
    cafe.staff["cashier"].refresh_from_db()
    assert cafe.staff["cashier"].is_active


def test_roles_are_given_and_taken_and_a_person_deactivated(owner, cafe):
    person = cafe.staff["cashier"]
    address = f"/settings/staff/{person.uuid}/"
    assert owner.post(f"{address}give/", {"role": "support", "site": cafe.site.uuid}).status_code == 302
    assert owner.post(f"{address}give/", {"role": "auditor", "site": cafe.site.uuid}).status_code == 422
    html = texts(owner.get(address))
    [*takes] = re.findall(rf'action="({address}take/\d+/)"', html)
    assert len(takes) == 2
    assert owner.post(takes[0]).status_code == 302
    owner.post(f"{address}deactivate/")
    person.refresh_from_db()
    assert not person.is_active
    owner.post(f"{address}reactivate/")
    person.refresh_from_db()
    assert person.is_active


def test_the_last_owner_is_told_so(owner, cafe):
    html = texts(owner.get(f"/settings/staff/{cafe.staff['owner'].uuid}/"))
    [take] = re.findall(r'action="(/settings/staff/[0-9a-f-]+/take/\d+/)"', html)
    assert "last owner" in texts(owner.post(take, follow=True))


# ── a role of one site ──


@pytest.fixture
def two_sites(cafe):
    """The café's gateway and a second one elsewhere, each with a session and an attempt; support of the first only."""
    from hotgate.apps.network import services as network
    from hotgate.apps.operators import services
    from hotgate.apps.operators.models import StaffRole
    from hotgate.apps.usage.models import AccessSession
    from web import office

    given = {"by": office.BY, "now": office.now(), "operator": cafe.operator}
    with scope.of(cafe.operator.id):
        terrace = services.create_site(name="Terrace", **given)
        nas = network.add_nas(site=terrace, address="192.0.2.88", secret=office.SECRET, name="Far one", **given).nas
        for row, user in ((cafe.nas, "near-guest"), (nas, "far-guest")):
            seen = {"started_at": office.now(), "last_event_at": office.now(), "last_heard_at": office.now()}
            AccessSession.objects.create(operator=cafe.operator, nas=row, acct_session_id=user, user_name=user, **seen)
            attempt(cafe.operator.id, row.id, user)
        StaffRole.objects.filter(staff=cafe.staff["support"]).update(site=cafe.site)
    return nas


def attempt(operator_id, nas_id, user, outcome="accepted"):
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO login_attempt (at, operator_id, nas_id, user_name, outcome) VALUES (now(), %s, %s, %s, %s)",
            [operator_id, nas_id, user, outcome],
        )


@pytest.mark.parametrize("address", ["/sessions/", "/attempts/", "/network/"])
def test_support_of_one_site_sees_this_site_only(two_sites, sign_in, address):
    near, far = ("near-guest", "far-guest") if address != "/network/" else ("192.0.2.7", "192.0.2.88")
    mine, all_ = texts(sign_in("support").get(address)), texts(sign_in("owner").get(address))
    assert (near in mine, far in mine) == (True, False)
    assert (near in all_, far in all_) == (True, True)


def test_support_of_one_site_sees_on_today_who_was_refused_at_this_site_only(two_sites, sign_in, cafe):
    for nas, user in ((cafe.nas, "near-guest"), (two_sites, "far-guest")):
        attempt(cafe.operator.id, nas.id, user, "refused")
    for role, is_seen in (("support", False), ("owner", True)):
        page = texts(sign_in(role).get("/today/figures/"))
        assert ("near-guest" in page, "far-guest" in page) == (True, is_seen)


def test_support_of_one_site_disconnects_nobody_elsewhere(two_sites, sign_in, cafe):
    from hotgate.apps.usage.models import AccessSession

    far = AccessSession.objects.get(nas=two_sites)
    assert sign_in("support").post(f"/sessions/{far.uuid}/disconnect/").status_code == 404
    assert sign_in("owner").post(f"/sessions/{far.uuid}/disconnect/").status_code == 302


def test_a_cashier_of_one_site_sells_there(cafe, sign_in):
    from hotgate.apps.operators.models import StaffRole
    from hotgate.apps.vouchers.models import VoucherBatch

    StaffRole.objects.filter(staff=cafe.staff["cashier"]).update(site=cafe.site)
    sign_in("cashier").post("/quick-ticket/", {"plan": cafe.plans["1 GB"].uuid})
    assert VoucherBatch.objects.latest("id").site == cafe.site


# ── the second factor ──


@pytest.mark.parametrize("role", ["owner", "manager"])
def test_without_a_second_factor_every_page_leads_to_it(sign_in, cafe, role):
    from allauth.mfa.models import Authenticator

    Authenticator.objects.all().delete()
    client = sign_in(role)
    assert client.get("/").headers["Location"] == "/accounts/2fa/"
    assert client.get("/today/figures/", headers={"HX-Request": "true"})["HX-Redirect"] == "/accounts/2fa/"
    html = texts(client.get("/accounts/2fa/"))
    assert "First, protect your sign-in" in html
    assert 'href="/users/"' not in html


def test_cashiers_need_none(sign_in):
    assert sign_in("cashier").get("/").status_code == 200


def test_it_may_come_later_where_one_tries_things_out(sign_in, settings):
    from allauth.mfa.models import Authenticator

    Authenticator.objects.all().delete()
    settings.SECOND_FACTOR_IS_REQUIRED = False
    answer = sign_in("owner").get("/")
    assert answer.status_code == 200
    assert "Set up a passkey or an app" in texts(answer)


def test_a_second_factor_is_sealed_in_the_database(cafe):
    from allauth.mfa.models import Authenticator

    from web import office

    kept = Authenticator.objects.filter(user=cafe.staff["owner"]).values_list("data", flat=True)
    assert all(office.TOTP_SECRET not in str(data) for data in kept)


# ── one's own sign-ins ──


def sign_in_with_password(client):
    from web import office

    client.post("/accounts/login/", {"login": "cashier@aurora.example", "password": office.PASSWORD})
    return client


def test_one_sees_ones_sign_ins_and_ends_the_others(cafe, client, as_web):
    from django.test import Client

    here, there = (
        sign_in_with_password(client),
        sign_in_with_password(Client(headers={"user-agent": "Firefox/1 Linux"})),
    )
    html = texts(here.get("/settings/sign-ins/"))
    assert "Firefox, Linux" in html
    [address] = re.findall(r'action="(/settings/sign-ins/\d+/end/)"', html)
    assert there.get("/").status_code == 200
    here.post(address)
    assert there.get("/")["Location"].startswith("/accounts/login/")
    again = sign_in_with_password(Client())
    here.post("/settings/sign-ins/end-others/")
    assert again.get("/")["Location"].startswith("/accounts/login/")
    assert here.get("/").status_code == 200


def test_nobody_ends_a_strangers_sign_in(cafe, client, sign_in):
    from allauth.usersessions.models import UserSession

    sign_in_with_password(client)
    [row] = UserSession.objects.filter(user=cafe.staff["cashier"])
    assert sign_in("owner").post(f"/settings/sign-ins/{row.id}/end/").status_code == 404


@pytest.mark.parametrize(
    ("idle", "age"), [(timedelta(hours=2, minutes=1), None), (None, timedelta(hours=24, minutes=1))]
)
def test_a_sign_in_ends_by_itself(cafe, client, idle, age):
    sign_in_with_password(client)
    client.get("/")
    session = client.session
    if idle:
        session["last click"] = (timezone.now() - idle).timestamp()
    if age:
        session["sign-in began"] = (timezone.now() - age).timestamp()
    session.save()
    assert client.get("/")["Location"].startswith("/accounts/login/")
    assert client.get("/")["Location"].startswith("/accounts/login/")


def test_a_page_that_refreshes_itself_is_no_click(cafe, client):
    sign_in_with_password(client)
    client.get("/")
    session = client.session
    session["last click"] = before = (timezone.now() - timedelta(hours=1)).timestamp()
    session.save()
    client.get("/today/figures/", headers={"HX-Request": "true"})
    assert client.session["last click"] == before
    client.get("/")
    assert client.session["last click"] > before
