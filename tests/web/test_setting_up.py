"""Setting a house up: the order of the first steps, kinds of gateway, sites of a realm, and what sellers pay."""

from __future__ import annotations

import html
from datetime import timedelta

import pytest

from hotgate.apps.core import scope
from web.office import now

KINDS = {
    "hotspot": ("service=hotspot", "/ip hotspot profile set", "/portal/"),
    "pppoe": ("service=ppp ", "pppoe-server", "mschap2"),
    "dot1x": ("service=dot1x", "/interface dot1x server add", "mac-auth"),
}


def texts(response):
    return html.unescape(response.content.decode())


def test_HN_W2_today_shows_the_first_steps_in_the_order_in_which_they_are_done(cafe, sign_in):
    steps = [
        "Say in which country", "Let mail out", "Make a plan", "Say which users there are", "Register your gateway",
        "Paste its set-up text",
    ]  # fmt: skip
    shown = texts(sign_in("owner").get("/"))
    places = [shown.index(step) for step in steps]
    assert places == sorted(places)
    assert "/settings/operator/" in shown[places[0] - 80 : places[0]], "what is left to do is a link"
    assert "done" in shown[places[4] : places[5]], "the café has a gateway"


def test_HN_W2_the_steps_go_away_when_somebody_can_log_in(cafe, sign_in):
    from hotgate.apps.network.models import Nas
    from web import office

    Nas.objects.filter(id=cafe.nas.id).update(last_seen_at=office.now())
    assert "First steps" not in texts(sign_in("owner").get("/"))


def nas_form(cafe, **changes):
    given = {
        "name": "Gateway", "site": str(cafe.site.uuid), "maker": "mikrotik", "kind": "hotspot", "enabled": "on",
        "require_message_authenticator": "yes", "coa_port": "3799", "sends_accounting": "on",
    }  # fmt: skip
    return given | changes


@pytest.mark.parametrize("kind", KINDS)
def test_HN_W15_each_kind_of_gateway_has_its_own_set_up(cafe, sign_in, kind):
    address, manager = f"/network/{cafe.nas.uuid}/", sign_in("manager")
    assert manager.post(address, nas_form(cafe, kind=kind)).status_code == 302
    recipe = texts(manager.get(f"{address}recipe/"))
    assert [word for word in KINDS[kind] if word not in recipe] == []
    assert ("/portal/" in recipe) == (kind == "hotspot"), "only a hotspot sends guests to the portal"
    assert ("Send guests of this gateway" in texts(manager.get(address))) == (kind == "hotspot")
    assert {"hotspot": "Hotspot", "pppoe": "PPPoE", "dot1x": "802.1X"}[kind] in texts(manager.get("/network/"))


def test_HN_W15_there_are_no_other_kinds(cafe, sign_in):
    answer = sign_in("manager").post(f"/network/{cafe.nas.uuid}/", nas_form(cafe, kind="vpn"))
    assert answer.status_code == 422


def test_a_certificate_s_name_that_another_operator_s_gateway_has_is_refused_beside_its_field(cafe, hotel, sign_in):
    from hotgate.apps.network.models import Nas

    with scope.of(scope.PLATFORM):
        Nas.objects.filter(id=hotel.nas.id).update(identifier="gw.example.net")
    address, manager = f"/network/{cafe.nas.uuid}/", sign_in("manager")
    answer = manager.post(address, nas_form(cafe, identifier="GW.example.net"))
    assert answer.status_code == 422
    field = texts(answer).partition('name="identifier"')[2][:600]
    assert "Another operator's gateway has this name already." in field
    assert manager.post(address, nas_form(cafe, identifier="gw2.example.net")).status_code == 302


def test_HN_W16_what_is_known_about_a_gateway_is_kept(cafe, sign_in):
    known = {
        "users_max": "40", "street": "Via Roma 1", "postcode": "00100", "city": "Roma", "country": "it",
        "phones": "+39 06 1234", "hardware": "hAP ax2", "software": "7.16.1",
    }  # fmt: skip
    address, manager = f"/network/{cafe.nas.uuid}/", sign_in("manager")
    assert manager.post(address, nas_form(cafe, **known)).status_code == 302
    page = texts(manager.get(address))
    assert [value for value in (known | {"country": "IT"}).values() if f'value="{value}"' not in page] == []
    assert str(cafe.nas.uuid) in page, "the id, for programs"
    assert "added" in page
    assert "running since" not in page, "nobody has asked the router"
    cafe.nas.running_since = now() - timedelta(days=40)
    cafe.nas.save(update_fields=["running_since"])
    assert "running since" in texts(manager.get(address))
    assert manager.post(address, nas_form(cafe, users_max="0")).status_code == 422
    assert manager.post(address, nas_form(cafe, country="Italy")).status_code == 422


def test_HN_W3_a_realm_says_at_which_sites_its_credentials_work(cafe, sign_in):
    from hotgate.apps.subscribers import queries, services

    realm = services.default_realm(cafe.operator)
    form = {"name": realm.name, "verification": "none", "delivery": "show", "sites": [str(cafe.site.uuid)]}
    assert sign_in("manager").post(f"/settings/realms/{realm.uuid}/", form).status_code == 302
    assert list(queries.sites_of_realm(realm)) == [cafe.site]
    assert sign_in("manager").post(f"/settings/realms/{realm.uuid}/", form | {"sites": []}).status_code == 302
    assert list(queries.sites_of_realm(realm)) == []


@pytest.fixture
def branch(cafe, sign_in):
    """An operator that the café's owner made below the café."""
    from hotgate.apps.operators.models import Operator

    owner = sign_in("owner")
    form = {
        "name": "Branch", "parent": str(cafe.operator.uuid), "currency": "EUR", "time_zone": "Europe/Rome",
        "language": "en",
    }  # fmt: skip
    assert owner.post("/settings/operators/new/", form).status_code == 302
    owner.post("/operator/", {"operator": str(cafe.operator.uuid)})
    with scope.of(scope.PLATFORM):
        return Operator.objects.get(name="Branch")


def test_HN_W8_HN_W10_a_reseller_says_what_sellers_below_it_get_off_the_price_list(cafe, branch, sign_in):
    from hotgate.apps.operators.audit import last_entry

    owner, address = sign_in("owner"), f"/settings/operators/{branch.uuid}/"
    assert address in texts(owner.get("/settings/operators/"))
    assert owner.post(address, {"percent": "12.50"}).status_code == 302
    page = texts(owner.get(address))
    assert 'value="12.50"' in page
    assert "Owed to you" in page
    assert owner.post(address, {"percent": "101"}).status_code == 422
    entry = last_entry(cafe.operator.id)
    assert (entry.verb, entry.after) == ("set_seller_discount", {"percent": "12.50"})


def test_HN_W8_nobody_sets_the_terms_on_which_they_buy_themselves(cafe, branch, hotel, sign_in):
    owner = sign_in("owner")
    assert owner.get(f"/settings/operators/{cafe.operator.uuid}/").status_code == 404, "nobody is above the café"
    assert owner.get(f"/settings/operators/{hotel.operator.uuid}/").status_code == 404, "a stranger's"
    assert sign_in("manager").get(f"/settings/operators/{branch.uuid}/").status_code == 403


def test_HN_W10_a_plan_has_an_id_a_description_for_buyers_and_a_list_price(cafe, sign_in):
    from hotgate.apps.catalogue import queries, selling

    owner, plan = sign_in("owner"), cafe.plans["1 hour"]
    address = f"/plans/{plan.uuid}/"
    form = {"name": plan.name, "code": plan.code, "seen": queries.stamp_of(plan), "description": "Good for one coffee"}
    assert owner.post(f"{address}edit/", form).status_code == 302
    assert owner.post(f"{address}list-price/", {"list_price": "1.20"}).status_code == 302
    assert selling.list_price(plan) == 120
    page = texts(owner.get(address))
    assert [word for word in (str(plan.uuid), "Good for one coffee", "1.20", "Price list") if word not in page] == []
    assert owner.post(f"{address}list-price/", {"list_price": "-1"}).status_code == 302
    assert selling.list_price(plan) == 120
    assert owner.post(f"{address}list-price/", {"list_price": ""}).status_code == 302
    assert selling.list_price(plan) is None


def test_HN_W10_a_seller_does_not_write_the_price_list_that_it_buys_by(cafe, branch, sign_in, client):
    from hotgate.apps.catalogue import services as catalogue
    from hotgate.apps.operators import services as operators
    from hotgate.apps.operators.actor import COMMAND_LINE
    from web import office

    with scope.of(branch.id):
        draft = office._drafts()[0]
        plan = catalogue.publish_plan(by=COMMAND_LINE, now=office.now(), operator=branch, draft=draft)
        seller = operators.create_staff(
            by=COMMAND_LINE, now=office.now(), email="branch@aurora.example", password=office.PASSWORD,
            operator=branch, role="owner",
        )  # fmt: skip
        office._give_second_factors({"owner": seller})
    client.force_login(seller)
    assert client.get(f"/plans/{plan.uuid}/").status_code == 200
    assert client.post(f"/plans/{plan.uuid}/list-price/", {"list_price": "0"}).status_code == 403
    owner = sign_in("owner")
    owner.post("/operator/", {"operator": str(branch.uuid)})
    assert owner.post(f"/plans/{plan.uuid}/list-price/", {"list_price": "1"}).status_code == 302
