"""Another operator's rows are not there, whatever id somebody puts into an address."""

from __future__ import annotations

import re

import pytest
from django.db import connection

from hotgate.apps.core import scope
from hotgate.web.console.urls import ROUTES
from web.one_of_each import addresses, furnish
from web.test_settings import fresh


@pytest.fixture
def stranger(hotel):
    from web import busy_day

    with scope.of(hotel.operator.id):
        return busy_day.live_through(hotel)


def addresses_of(office, day):
    return [
        f"/quick-ticket/{day.ticket.uuid}/",
        f"/quick-ticket/{day.ticket.uuid}/a4.pdf",
        f"/users/{day.maria.uuid}/",
        f"/network/{office.nas.uuid}/",
    ]


def actions_on(office, day):
    return [
        f"/users/{day.maria.uuid}/hold/",
        f"/users/{day.maria.uuid}/release/",
        f"/users/{day.maria.uuid}/recharge/",
        f"/sessions/{day.session.uuid}/disconnect/",
        f"/plans/{office.plans['1 GB'].uuid}/offer/",
        f"/plans/{office.plans['1 GB'].uuid}/retire/",
        f"/network/{office.nas.uuid}/",
    ]


def test_another_operators_ids_are_404(sign_in, hotel, stranger):
    client = sign_in("owner")
    assert [client.get(address).status_code for address in addresses_of(hotel, stranger)] == [404] * 4
    assert [client.post(address).status_code for address in actions_on(hotel, stranger)] == [404] * 7


def test_the_same_ids_answer_at_home(sign_in, hotel, stranger):
    client = sign_in("owner", hotel)
    assert [client.get(address).status_code for address in addresses_of(hotel, stranger)] == [200] * 4


def test_lists_and_search_show_ones_own_only(sign_in, hotel, stranger):
    client = sign_in("owner")
    for address in ("/users/", "/users/?q=maria", "/sessions/", "/attempts/", "/network/?q=198.51"):
        html = client.get(address).content.decode()
        assert "bruno@example.com" not in html
        assert "Maria Rossi" not in html
        assert "198.51.100.9" not in html


def test_a_plan_of_another_operator_makes_no_ticket(sign_in, hotel):
    client = sign_in("cashier")
    assert client.post("/quick-ticket/", {"plan": hotel.plans["1 GB"].uuid}).status_code == 404


def test_without_a_seat_the_database_shows_nothing(sign_in, cafe):
    sign_in()
    with scope.of(), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM plan")
        assert cursor.fetchone() == (0,)


def test_one_may_not_switch_to_an_operator_without_a_role(sign_in, hotel):
    client = sign_in("owner")
    client.post("/operator/", {"operator": hotel.operator.uuid})
    assert "Hotel Meridian" not in client.get("/").content.decode()


def test_the_platforms_owner_switches_and_sees_one_operator_at_a_time(client, cafe, hotel, as_web):
    from web import office

    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
    client.force_login(office.owner_of_platform())
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE hotgate_web")
    client.post("/operator/", {"operator": hotel.operator.uuid})
    html = client.get("/network/").content.decode()
    assert "198.51.100.9" in html
    assert "192.0.2.7" not in html


@pytest.fixture
def unknown_source(cafe):
    with scope.of(scope.PLATFORM), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO login_attempt (at, outcome, rule, source) VALUES (now(), 'dropped', 'D1', '203.0.113.77')"
        )


@pytest.fixture
def only_operator(cafe):
    """What tests with a server of their own left behind goes out of the way, until the rollback."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("DELETE FROM login_attempt WHERE source IS DISTINCT FROM '203.0.113.77'")
        cursor.execute("DELETE FROM operator WHERE id <> %s", [cafe.operator.id])
        cursor.execute("SET LOCAL session_replication_role = origin")


@pytest.mark.parametrize(("role", "is_shown"), [("owner", True), ("manager", False), ("support", False)])
def test_the_owner_of_the_only_operator_sees_who_nobody_registered(
    cafe, unknown_source, only_operator, sign_in, role, is_shown
):
    text = sign_in(role).get("/attempts/").content.decode()
    assert ("203.0.113.77" in text) == is_shown
    assert ("Add as NAS" in text) == is_shown


def test_further_sources_than_are_told_one_by_one_are_shown_as_a_number(cafe, only_operator, sign_in):
    with scope.of(scope.PLATFORM), connection.cursor() as cursor:
        cursor.execute("INSERT INTO login_attempt (at, outcome, rule, count) VALUES (now(), 'dropped', 'D1', 912)")
    text = sign_in("owner").get("/attempts/").content.decode()
    assert "further addresses" in text
    assert "912" in text
    assert "Add as NAS" not in text


def test_with_several_operators_only_the_platform_sees_them(cafe, unknown_source, hotel, sign_in):
    assert "203.0.113.77" not in sign_in("owner").get("/attempts/").content.decode()


@pytest.fixture
def furnished(hotel, stranger, sign_in):
    """Everything that has a page, at the hotel: its owner, and what may stand in an address."""
    owner = fresh(sign_in("owner", hotel), hotel.staff["owner"])
    return owner, furnish(owner, hotel, stranger)


def addresses_with_ids(values):
    """Name of each route that names a row by its id → its addresses."""
    wanted = [route for route in ROUTES if re.search(r"<(uuid:\w+|int:row)>", route.path)]
    return {route.name: addresses(route.path, values | {"paper": ["a4", "80mm"]}) for route in wanted}


def test_another_operators_ids_are_404_in_every_address_that_has_one(sign_in, cafe, furnished):
    """Every page, by GET and by POST; an address that takes only one of the two says 405 to the other."""
    at_home, values = furnished
    client, tried, wrong = fresh(sign_in("owner"), cafe.staff["owner"]), 0, []
    for name, found in addresses_with_ids(values).items():
        assert {at_home.get(address).status_code for address in found} != {404}, f"nothing of the hotel's at {name}"
        for address in found:
            answers = {client.get(address).status_code, client.post(address).status_code}
            tried += 1
            if answers - {404, 405} or 404 not in answers:
                wrong.append((name, address, answers))
    assert not wrong, "\n".join(map(str, wrong))
    assert tried > 100
