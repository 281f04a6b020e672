"""The one search box: straight there, or what fits by kind; each role finds what it may see."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from hotgate.apps.core import scope
from hotgate.apps.subscribers import services
from hotgate.apps.subscribers.models import Credential
from hotgate.apps.usage.models import AccessSession
from web.test_lists import NASTY
from web.test_size import ROWS, crowded, read_whole  # noqa: F401 - a fixture

MAC = "02-00-5E-10-00-01"
NOBODYS = "01a224fa-d57f-7ad3-b4bd-642b7c666874"  # as the number of a receipt is


@pytest.fixture
def anna(cafe):
    from web import office

    with scope.of(cafe.operator.id):
        row = services.register_subscriber(
            by=office.BY, now=office.now(), operator=cafe.operator, name="anna", password="long enough",
            display_name="Anna Bianchi", phone="+39 06 555 0199", email="anna@example.org",
        )  # fmt: skip
        Credential.objects.create(operator=cafe.operator, subscriber=row, kind="mac", name_key=f"mac:{MAC}")
        session(cafe, row)
    return row


def session(office, user, **more):
    from web import office as world

    at = world.now()
    told = {"framed_ip": "10.5.0.7", "acct_session_id": "81a0-77", "mac": MAC, "device": MAC} | more
    return AccessSession.objects.create(
        operator=office.operator, nas=office.nas, subscriber=user, started_at=at, last_event_at=at, last_heard_at=at,
        **told,
    )  # fmt: skip


def searched(client, typed):
    return client.post(reverse("search"), {"q": typed})


def test_one_hit_is_gone_to_straight_away(sign_in, anna):
    client = sign_in()
    here = reverse("user", args=[anna.uuid])
    ways = ["anna", "ANNA", "bianchi", "555 0199", "anna@example", "10.5.0.7", "81a0-77"]
    ways += [MAC, MAC.lower().replace("-", ":"), "0200.5e10.0001", "02005e100001"]
    assert {typed: searched(client, typed).get("Location") for typed in ways} == dict.fromkeys(ways, here)


def test_a_whole_code_finds_its_ticket_and_a_part_nothing(sign_in, cafe):
    from hotgate.apps.vouchers import services as vouchers
    from web import office

    with scope.of(cafe.operator.id):
        ticket = vouchers.create_ticket(by=office.BY, now=office.now(), operator=cafe.operator, plan=cafe.plans["1 GB"])
    client = sign_in("cashier")
    assert searched(client, ticket.username.lower())["Location"] == reverse("ticket", args=[ticket.voucher.uuid])
    assert "Nothing found" in searched(client, ticket.username[:6]).content.decode()
    assert "Nothing found" in searched(sign_in("support"), ticket.username).content.decode(), "support sees no codes"


def test_the_number_of_a_receipt_leads_to_what_was_sold(sign_in, anna, cafe, hotel):
    from hotgate.apps.subscribers import recharge
    from hotgate.apps.subscribers.models import Sale
    from hotgate.apps.vouchers import services as vouchers
    from web import office

    with scope.of(cafe.operator.id):
        recharge.give_entitlement(by=office.BY, now=office.now(), subscriber=anna, plan=cafe.plans["1 GB"])
        number = str(Sale.objects.get(subscriber=anna).uuid)
        ticket = vouchers.create_ticket(by=office.BY, now=office.now(), operator=cafe.operator, plan=cafe.plans["1 GB"])
        alone = str(Sale.objects.get(subscriber=None).uuid)
    page = searched(sign_in(), number.upper())["Location"]
    assert page == reverse("user_sales", args=[anna.uuid])
    assert number in sign_in().get(page).content.decode()
    assert searched(sign_in("cashier"), number)["Location"] == reverse("user", args=[anna.uuid])
    assert searched(sign_in(), alone)["Location"] == reverse("ticket", args=[ticket.voucher.uuid])
    assert "Nothing found" in searched(sign_in("owner", hotel), number).content.decode()


def test_several_hits_are_grouped_by_kind(sign_in, anna, cafe):
    from web import office

    with scope.of(cafe.operator.id):
        other = services.register_subscriber(
            by=office.BY, now=office.now(), operator=cafe.operator, name="10.5.0.7", password="long enough"
        )
    response = searched(sign_in(), "10.5.0.7")
    groups = {str(group.label): [hit.href for hit in group.hits] for group in response.context["groups"]}
    assert groups == {
        "Users": [reverse("user", args=[other.uuid])],
        "IP addresses": [reverse("user", args=[anna.uuid])],
    }


def test_a_session_of_nobody_has_a_page(sign_in, cafe):
    with scope.of(cafe.operator.id):
        row = session(cafe, None, user_name="ghost", framed_ip="10.9.9.9")
    client = sign_in()
    answer = searched(client, "10.9.9.9")
    assert answer["Location"] == reverse("session", args=[row.uuid])
    assert "unknown user" in client.get(answer["Location"]).content.decode()


def test_nothing_found_says_what_was_searched_for(sign_in):
    html = searched(sign_in(), "<b>nobody</b>").content.decode()
    assert "Nothing found" in html
    assert "&lt;b&gt;nobody&lt;/b&gt;" in html


@pytest.mark.parametrize("value", NASTY)
def test_the_box_takes_anything(sign_in, value):
    response = searched(sign_in(), value)
    assert response.status_code == 200
    assert "<script>alert" not in response.content.decode()


def test_another_operators_are_not_found(sign_in, anna, hotel):
    client = sign_in("owner", hotel)
    for typed in ("anna", "bianchi", "10.5.0.7", "81a0-77", MAC):
        assert "Nothing found" in searched(client, typed).content.decode(), typed


def test_what_was_typed_stands_in_no_address(sign_in, anna):
    html = sign_in().get("/").content.decode()
    assert 'method="post" action="/search/"' in html
    assert "data-search" in html
    assert "anna" not in sign_in().get("/search/?q=anna").content.decode()


def test_the_search_reads_by_indexes(crowded, sign_in):  # noqa: F811
    with scope.of(crowded.operator.id), connection.cursor() as cursor:
        cursor.execute("UPDATE access_session SET framed_ip = '10.0.0.0'::inet + id % 60000")
        cursor.execute("UPDATE access_session SET mac = lpad(to_hex(id), 12, '0')::macaddr")
        cursor.execute("ANALYZE access_session")
    client = sign_in("manager")
    for typed in (
        "c4ca4238a0b9",
        "user",
        "Person 9999",
        "nobody here",
        "s",
        "s19999",
        "10.0.9.9",
        "00:00:00:00:27:10",
        NOBODYS,
    ):
        with CaptureQueriesContext(connection) as captured:
            searched(client, typed)
        with scope.of(crowded.operator.id):
            assert read_whole(captured.captured_queries) == [], typed
    assert ROWS > 10_000
