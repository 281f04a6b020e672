"""Messages leave by real SMTP and SMPP, once, and what they said is forgotten."""

from __future__ import annotations

import dataclasses
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from django.conf import settings
from procrastinate.contrib.django.models import ProcrastinateJob

from hotgate.apps.messaging import queries, services
from hotgate.apps.messaging.models import Channel, Message, MessageState
from hotgate.domain.errors import DomainError
from hotgate.environment import MessageServer
from messaging import centre
from messaging.centre import Centre, Sms
from world import NOON, World

pytestmark = pytest.mark.django_db
SERVERS = {"mail": None, "sms": None}


class Box:
    """What an SMTP server took; `refusal` is its answer to the recipient."""

    def __init__(self) -> None:
        self.taken: list[Any] = []
        self.refusal = ""

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        if self.refusal:
            return self.refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        self.taken.append(envelope)
        return "250 OK"


@pytest.fixture
def box(monkeypatch: pytest.MonkeyPatch) -> Iterator[Box]:
    handler = Box()
    port = free_port()
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    use(monkeypatch, mail=MessageServer("smtp+plain", "127.0.0.1", port, "", "", "wifi@example.org"))
    yield handler
    controller.stop()


@pytest.fixture
def smsc(monkeypatch: pytest.MonkeyPatch) -> Iterator[Centre]:
    with centre.running(Centre()) as running:
        use(monkeypatch, sms=MessageServer("smpp", "127.0.0.1", running.port, "hotgate", "secret", "Hotgate"))
        yield running


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def use(monkeypatch: pytest.MonkeyPatch, **servers: MessageServer | None) -> None:
    monkeypatch.setattr(settings, "ENVIRONMENT", dataclasses.replace(settings.ENVIRONMENT, **SERVERS | servers))


def queue(world: World, channel: Channel, recipient: str, text: str, **more: Any) -> Message:
    return services.queue(
        now=NOON,
        operator=world.operator,
        channel=channel,
        recipient=recipient,
        purpose="verification",
        text=text,
        **more,
    )


def send(message: Message) -> Message:
    services.send(now=NOON, message_id=message.id, operator_id=message.operator_id)
    from hotgate.apps.core import scope

    scope.limit_to([message.operator_id])
    message.refresh_from_db()
    return message


def test_a_mail_leaves_once_and_its_text_is_forgotten(scoped_world: World, box: Box) -> None:
    message = queue(scoped_world, Channel.EMAIL, "anna@example.org", "Your code: 1234 €", subject="Wi-Fi\nBcc: evil@x")
    assert b"1234" not in bytes(message.body_sealed or b"")
    for _ in range(2):
        send(message)
    [mail] = box.taken
    assert mail.rcpt_tos == ["anna@example.org"]
    assert b"Subject: Wi-Fi Bcc: evil@x" in mail.content
    assert (message.state, message.body_sealed) == (MessageState.SENT, None)


@pytest.mark.parametrize("text", ["Your code: 1234", "Il tuo codice è 1234 €", "رمزك 1234"])
def test_an_sms_leaves_in_any_script(scoped_world: World, smsc: Centre, text: str) -> None:
    assert send(queue(scoped_world, Channel.SMS, "+393331234567", text)).state == MessageState.SENT
    assert smsc.sent == [Sms("Hotgate", "393331234567", text)]


def test_what_the_server_will_never_take_fails_at_once(scoped_world: World, box: Box) -> None:
    box.refusal = "550 no such user"
    message = send(queue(scoped_world, Channel.EMAIL, "nobody@example.org", "hello"))
    assert (message.state, message.tries, message.body_sealed) == (MessageState.FAILED, 1, None)
    assert message.problem == "the server refuses this address"


def test_a_number_that_can_not_be_fails_at_once(scoped_world: World, smsc: Centre) -> None:
    smsc.status = 0x0B
    assert send(queue(scoped_world, Channel.SMS, "+1", "hello")).state == MessageState.FAILED


@pytest.mark.parametrize("trouble", ["busy", "gone", "password"])
def test_what_may_go_later_is_tried_again_and_given_up_in_the_end(
    scoped_world: World, smsc: Centre, monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    others = list(ProcrastinateJob.objects.values_list("id", flat=True))  # which another file may have left
    message = queue(scoped_world, Channel.SMS, "+393331234567", "hello")
    if trouble == "busy":
        smsc.status = 0x58
    else:
        port = 1 if trouble == "gone" else smsc.port
        use(monkeypatch, sms=MessageServer("smpp", "127.0.0.1", port, "hotgate", "wrong", "Hotgate"))
    jobs = ProcrastinateJob.objects.filter(task_name=services.JOB).exclude(id__in=others)
    assert (send(message).state, jobs.count()) == (MessageState.QUEUED, 2)
    for _ in range(services.TRIES_MAX):
        send(message)
    assert (message.state, message.tries, jobs.count()) == (MessageState.FAILED, services.TRIES_MAX, services.TRIES_MAX)


@pytest.mark.parametrize("channel", list(Channel))
def test_without_a_server_nothing_is_queued(
    scoped_world: World, monkeypatch: pytest.MonkeyPatch, channel: Channel
) -> None:
    use(monkeypatch)
    with pytest.raises(DomainError, match="No server"):
        queue(scoped_world, channel, "x", "hello")


def test_another_operators_messages_are_not_there(world: World, as_web: None, box: Box) -> None:
    from hotgate.apps.core import scope

    scope.limit_to([world.operator.id])
    queue(world, Channel.EMAIL, "anna@example.org", "hello")
    scope.limit_to([world.other_operator.id])
    assert not queries.messages(world.operator).exists()
