"""Whoever is erased is named nowhere, not in what was written to them either (HN-23)."""

from __future__ import annotations

import asyncio

import pytest
from aiosmtpd.controller import Controller
from django.db import connection, connections
from django.utils import timezone

from hotgate.apps.core import scope
from hotgate.apps.messaging.models import Channel, Message
from hotgate.apps.subscribers.models import Subscriber
from hotgate.apps.usage.models import LoginAttempt
from messaging.servers import mail_server, use

ATTEMPT = """
INSERT INTO login_attempt (at, operator_id, user_name, device, outcome, reason)
VALUES (%s, %s, %s, %s, 'refused', 'by a test')
"""


@pytest.fixture
def bruno(cafe):
    from web import busy_day

    with scope.of(cafe.operator.id):
        return busy_day.live_through(cafe).bruno


def test_HN_23_no_message_names_whoever_was_erased(bruno, sign_in, cafe):
    client = sign_in("owner")
    scope.limit_to([cafe.operator.id])
    Subscriber.objects.filter(id=bruno.id).update(email="bruno@example.com")
    mine = {"operator": cafe.operator, "channel": "email", "created_at": timezone.now(), "body_sealed": b"sealed"}
    Message.objects.create(subscriber=bruno, recipient="bruno@example.com", purpose="credentials", **mine)
    Message.objects.create(recipient="bruno@example.com", purpose="verification", **mine)
    Message.objects.create(recipient="anna@example.com", purpose="verification", **mine)
    client.post(f"/users/{bruno.uuid}/data/erase/", {"name": "bruno@example.com"})
    scope.limit_to([cafe.operator.id])
    found = sorted((row.recipient, row.state, row.body_sealed is None) for row in Message.objects.all())
    assert found == [("", "failed", True), ("", "failed", True), ("anna@example.com", "queued", False)]


class Box:
    """A mail server that takes its time: while it has the message, somebody acts."""

    def __init__(self, act):
        self.act = act

    async def handle_DATA(self, _server, _session, _envelope):
        await asyncio.get_running_loop().run_in_executor(None, self.act)
        return self.answer

    answer = "250 OK"


@pytest.mark.parametrize("answer", ["250 OK", "451 later", "550 never"])
@pytest.mark.django_db(transaction=True)
def test_HN_23_an_address_does_not_come_back_with_what_was_under_way(monkeypatch, answer):
    from hotgate.apps.messaging import erasing, services
    from web import busy_day, office

    with scope.of():
        cafe = office.open_cafe()
    with scope.of(cafe.operator.id):
        bruno = busy_day.live_through(cafe).bruno

    def erase():
        try:
            with scope.of(cafe.operator.id):
                erasing.erase_subscriber(by=office.BY, now=timezone.now(), subscriber=bruno)
        finally:
            connections["default"].close()

    box = Box(erase)
    box.answer = answer
    server = mail_server()
    controller = Controller(box, hostname="127.0.0.1", port=server.port)
    controller.start()
    try:
        use(monkeypatch, mail=server)
        with scope.of(cafe.operator.id):
            message = services.queue(
                now=timezone.now(), operator=cafe.operator, channel=Channel.EMAIL, recipient="bruno@example.com",
                purpose="credentials", text="hello", subscriber=bruno,
            )  # fmt: skip
        services.send(now=timezone.now(), message_id=message.id, operator_id=cafe.operator.id)
    finally:
        controller.stop()
    with scope.of(cafe.operator.id):
        row = Message.objects.get(id=message.id)
    assert (row.recipient, row.state, row.body_sealed, row.problem) == ("", "failed", None, "")


def test_HN_23_a_refused_try_that_knew_only_the_typed_name_keeps_it_no_more(bruno, sign_in, cafe):
    client = sign_in("owner")
    scope.limit_to([cafe.operator.id])
    typed = ["BRUNO@example.com", " bruno@EXAMPLE.com ", "brunhilde", "bruno@example.co"]
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        for name in typed:
            cursor.execute(ATTEMPT, [timezone.now(), cafe.operator.id, name, "02-00-00-00-00-09"])
        cursor.execute("SET ROLE hotgate_web")
    client.post(f"/users/{bruno.uuid}/data/erase/", {"name": "bruno@example.com"})
    scope.limit_to([cafe.operator.id])
    rows = LoginAttempt.objects.filter(device__in=["", "02-00-00-00-00-09"], subscriber_id=None, reason="by a test")
    assert sorted((row.user_name, row.device != "") for row in rows) == [
        ("", False), ("", False), ("brunhilde", True), ("bruno@example.co", True)]  # fmt: skip
