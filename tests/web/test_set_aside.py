"""Accounting records that could not be booked: who reads them, in which words, and what stays hidden (D20, B13)."""

from __future__ import annotations

import csv
import io
import json

import pytest
from django.db import connection
from django.utils import timezone

from hotgate.apps.core import scope
from hotgate.radius import attributes as attr

CODE = "K7QM-PX4T-9WRB"
MADE_BY_A_GATEWAY = {
    str(int(attr.USER_NAME)): [CODE.encode().hex()],
    str(int(attr.CLASS)): [b"who pays".hex()],
    str(int(attr.USER_PASSWORD)): [b"hidden octets".hex()],
    str(int(attr.ACCT_SESSION_ID)): [b"8000abcd".hex()],
    str(int(attr.ACCT_STATUS_TYPE)): ["00000063"],
}


def put(office, reason, attributes=MADE_BY_A_GATEWAY, nas=None):
    with scope.of(office.operator.id), connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute(
            "INSERT INTO quarantine (operator_id, nas_id, at, reason, attributes) VALUES (%s, %s, %s, %s, %s)",
            [office.operator.id, nas or office.nas.id, timezone.now(), reason, json.dumps(attributes)],
        )


def text_of(response):
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("unknown_status_type", "Unknown status type"),
        ("no_session_id", "No session id"),
        ("impossible_counters", "Impossible counters"),
        ("too_old", "more than 7 days ago"),
        ("nas_mismatch", "names itself otherwise"),
        ("23514", "Refused by the database (error 23514)"),
        ("OverflowError", "Refused by the rules of this server (OverflowError)"),
    ],
)
def test_D20_every_reason_has_words(cafe, sign_in, reason, words):
    put(cafe, reason)
    assert words in text_of(sign_in().get("/network/set-aside/")).partition("<table")[2]


def test_D20_attributes_have_names_and_neither_secret_nor_code_is_shown(cafe, sign_in):
    put(cafe, "unknown_status_type")
    client = sign_in()
    html = text_of(client.get("/network/set-aside/"))
    exported = b"".join(client.get("/network/set-aside/?export=csv").streaming_content).decode("utf-8-sig")
    for text in (html, exported):
        assert "Acct-Session-Id" in text
        assert "8000abcd" in text
        assert "9WRB" in text
        for secret in (CODE, CODE.encode().hex(), "who pays", b"who pays".hex(), b"hidden octets".hex()):
            assert secret not in text


def test_D20_a_user_s_own_name_is_shown(cafe, sign_in):
    from web import busy_day

    with scope.of(cafe.operator.id):
        busy_day.live_through(cafe)
    put(cafe, "too_old", {str(int(attr.USER_NAME)): [b"Maria".hex()]})
    assert "Maria</dd>" in text_of(sign_in().get("/network/set-aside/"))


def test_D20_filters_and_export_tell_the_same(cafe, sign_in):
    put(cafe, "too_old")
    put(cafe, "23514")
    response = sign_in().get("/network/set-aside/?export=csv&show=database")
    _, *rows = csv.reader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig"), newline=""))
    assert [row[1:3] for row in rows] == [[cafe.nas.name, "Refused by the database (error 23514)."]]


def test_D20_a_gateway_says_how_many_and_lists_its_own(cafe, sign_in):
    put(cafe, "too_old")
    put(cafe, "no_session_id", nas=cafe.nas.id + 1_000_000)
    client = sign_in()
    assert f"/network/{cafe.nas.uuid}/set-aside/" in text_of(client.get(f"/network/{cafe.nas.uuid}/"))
    assert "Set aside: 1<" in text_of(client.get(f"/network/{cafe.nas.uuid}/test/"))
    assert len(client.get(f"/network/{cafe.nas.uuid}/set-aside/").context["listing"].rows) == 1
    assert len(client.get("/network/set-aside/").context["listing"].rows) == 2


def test_D20_nobody_reads_another_operators(cafe, hotel, sign_in):
    put(hotel, "too_old")
    client = sign_in()
    assert client.get("/network/set-aside/").context["listing"].rows == []
    assert client.get(f"/network/{hotel.nas.uuid}/set-aside/").status_code == 404


def test_D20_support_of_one_site_reads_that_site_s(cafe, sign_in):
    from hotgate.apps.network import services as network
    from hotgate.apps.operators import services
    from hotgate.apps.operators.models import StaffRole
    from web import office

    given = {"by": office.BY, "now": office.now(), "operator": cafe.operator}
    with scope.of(cafe.operator.id):
        site = services.create_site(name="Terrace", **given)
        far = network.add_nas(site=site, address="192.0.2.88", secret=office.SECRET, name="Far one", **given).nas
        StaffRole.objects.filter(staff=cafe.staff["support"]).update(site=cafe.site)
    put(cafe, "too_old", nas=far.id)
    put(cafe, "no_session_id")
    client = sign_in("support")
    assert [each.nas for each in client.get("/network/set-aside/").context["listing"].rows] == [cafe.nas.name]
    assert client.get(f"/network/{far.uuid}/set-aside/").status_code == 404
