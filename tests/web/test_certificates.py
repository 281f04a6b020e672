"""B17: a gateway is certified by its packets; who may do it, what is kept, and what the page says."""

from __future__ import annotations

import re
from datetime import timedelta

from django.db import connection
from django.utils import timezone

from hotgate.apps.core import scope
from hotgate.apps.operators.models import AuditEntry
from hotgate.apps.usage.models import GatewayCertificate
from hotgate.radius import attributes as attr
from hotgate.radius.packet import Code, attribute, text, uint32

STATUS = {"start": 1, "stop": 2}


def put(office, kind, at, seconds=0, octets=0, delay=0, nas=None):
    """As the AAA server writes it into the journal: without its authenticator."""
    told = [
        (attr.ACCT_STATUS_TYPE, uint32(STATUS[kind])),
        (attr.ACCT_SESSION_ID, text("8000abcd")),
        (attr.CALLING_STATION_ID, text("02-00-00-AA-BB-01")),
        (attr.CLASS, b"c"),
        (attr.ACCT_SESSION_TIME, uint32(seconds)),
        (attr.ACCT_DELAY_TIME, uint32(delay)),
        (attr.ACCT_INPUT_OCTETS, uint32(octets // 10)),
        (attr.ACCT_OUTPUT_OCTETS, uint32(octets)),
        (attr.ACCT_INPUT_PACKETS, uint32(octets // 1000)),
        (attr.ACCT_OUTPUT_PACKETS, uint32(octets // 1000)),
    ]
    octets = b"".join(attribute(*each) for each in told)
    packet = bytes([Code.ACCOUNTING_REQUEST, 1]) + (20 + len(octets)).to_bytes(2, "big") + bytes(16) + octets
    with scope.of(office.operator.id), connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute(
            "INSERT INTO packet_journal (at, operator_id, nas_id, source, packet) VALUES (%s, %s, %s, '192.0.2.7', %s)",
            [at + timedelta(seconds=delay), office.operator.id, nas or office.nas.id, packet],
        )


def a_session(office, **more):
    began = timezone.now() - timedelta(hours=1)
    put(office, "start", began, **more)
    put(office, "stop", began + timedelta(seconds=600), 600, 20 * 10**6, **more)


def certify(client, office, **typed):
    return client.post(f"/network/{office.nas.uuid}/test/certify/", typed, follow=True)


def page_of(client, office):
    return client.get(f"/network/{office.nas.uuid}/test/").content.decode()


def test_B17_a_certificate_says_what_was_certified_when_by_whom_and_with_what_result(cafe, sign_in):
    a_session(cafe, delay=40)
    client = sign_in()
    certify(client, cafe, megabytes="19")
    html = page_of(client, cafe)
    assert re.search(r"<strong>certified</strong> · <bdi>[^<]+</bdi>", html)
    assert re.search(r"The volume is what a test device fetched: <strong>passed", html)
    assert re.search(r"Counts beyond 4 GB, up and down[^:]*: <strong>nothing to go by yet", html)
    with scope.of(cafe.operator.id):
        kept = GatewayCertificate.objects.get()
        entry = AuditEntry.objects.get(verb="certify_gateway")
    assert (kept.passed, kept.sessions, kept.packets, kept.staff_id) == (True, 1, 2, cafe.staff["owner"].id)
    assert entry.after["passed"] is True


def test_B17_a_gateway_that_fails_has_its_result_kept_too(cafe, sign_in):
    began = timezone.now() - timedelta(hours=1)
    put(cafe, "start", began)
    put(cafe, "stop", began + timedelta(seconds=600), 300, 20 * 10**6)
    client = sign_in()
    assert "not certified yet" in certify(client, cafe).content.decode()
    html = page_of(client, cafe)
    assert "<strong>not certified</strong>" in html
    assert re.search(r"The time of a session is right: <strong>failed", html)


def test_B17_what_is_more_than_a_week_old_is_not_judged(cafe, sign_in):
    put(cafe, "start", timezone.now() - timedelta(days=8))
    put(cafe, "start", timezone.now() - timedelta(days=6))
    certify(sign_in(), cafe)
    with scope.of(cafe.operator.id):
        assert GatewayCertificate.objects.get().packets == 1


def test_B17_packets_of_another_gateway_or_none_certify_nothing(cafe, sign_in):
    a_session(cafe, nas=cafe.nas.id + 1000)
    answer = certify(sign_in(), cafe)
    assert answer.status_code == 422
    assert "no accounting of this gateway in the journal" in answer.content.decode()
    with scope.of(cafe.operator.id):
        assert not GatewayCertificate.objects.exists()


def test_B17_a_volume_that_is_none_is_said_beside_its_field(cafe, sign_in):
    a_session(cafe)
    answer = certify(sign_in(), cafe, megabytes="0")
    assert answer.status_code == 422
    assert 'id="id_megabytes_error"' in answer.content.decode()


def test_B17_who_may_only_look_sees_the_certificate_and_no_form(cafe, sign_in):
    a_session(cafe)
    certify(sign_in(), cafe)
    auditor = sign_in("auditor")
    html = page_of(auditor, cafe)
    assert "<strong>certified</strong>" in html
    assert "test/certify/" not in html
    assert certify(auditor, cafe).status_code in (403, 404)
