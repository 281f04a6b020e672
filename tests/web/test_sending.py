"""Credentials and invitations leave by mail and SMS, as the realm says and where a server is set up (HN-22, HN-A12)."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest

from hotgate.apps.core import scope
from hotgate.domain.people import Delivery
from messaging.servers import mail_server, sms_centre, use
from web.test_settings import fresh


@pytest.fixture
def day(cafe):
    from hotgate.apps.subscribers.models import Subscriber
    from web import busy_day

    with scope.of(cafe.operator.id):
        lived = busy_day.live_through(cafe)
        Subscriber.objects.filter(id=lived.maria.id).update(email="maria@example.org", phone="+39065550101")
        return lived


def deliver(day: Any, way: Delivery) -> None:
    from hotgate.apps.subscribers.models import Realm

    with scope.of(day.maria.operator_id):
        Realm.objects.filter(id=day.maria.realm_id).update(delivery=way)


def told(row: Any) -> list[Any]:
    from hotgate.apps.messaging import queries

    with scope.of(row.operator_id):
        return list(queries.messages_to(row))


def text_of(page: Any) -> str:
    return html.unescape(page.content.decode())


@pytest.mark.parametrize(
    ("way", "expected"),
    [
        (Delivery.SHOW, []),
        (Delivery.EMAIL, ["maria@example.org"]),
        (Delivery.SMS, ["+39065550101"]),
        (Delivery.BOTH, ["+39065550101", "maria@example.org"]),
    ],
)
def test_HN_22_the_link_is_sent_as_the_realm_says_and_works_once(sign_in, cafe, day, monkeypatch, way, expected):
    deliver(day, way)
    client, address = sign_in("manager"), f"/users/{day.maria.uuid}/send/"
    with sms_centre() as centre:
        use(monkeypatch, sms=centre, mail=mail_server())
        offered = "Send the link to" in text_of(client.get(address))
        answer = client.post(address, {"act": "send"}, follow=True)
    assert offered == bool(expected)
    assert sorted(message.recipient for message in told(day.maria)) == sorted(expected)
    assert ("on its way" in text_of(answer)) == bool(expected)
    for message in told(day.maria):
        link = link_in(message)
        assert "Show my login" in text_of(client.get(link))


def link_in(message: Any) -> str:
    return re.search(r"http://[^/]+(/portal/\S+)", said(message))[1]


def said(message: Any) -> str:
    from hotgate import vault
    from hotgate.apps.core import keys
    from hotgate.apps.messaging.models import Message
    from hotgate.apps.messaging.services import _place

    with scope.of(message.operator_id):
        sealed = Message.objects.get(id=message.id).body_sealed
    return vault.unseal(keys.current().reprint, bytes(sealed), _place(message)).decode()


def test_HN_22_a_new_password_is_sent_in_the_message_itself_and_works_at_once(sign_in, cafe, day, monkeypatch):
    from hotgate.apps.subscribers import selfcare

    deliver(day, Delivery.SMS)
    client, address = sign_in("manager"), f"/users/{day.maria.uuid}/send/"
    with sms_centre() as centre:
        use(monkeypatch, sms=centre)
        assert "Send a new password" in text_of(client.get(address))
        assert "A new password is on its way to +39065550101" in text_of(
            client.post(address, {"act": "password"}, follow=True)
        )
    [message] = told(day.maria)
    password = re.search(r"Password: (\S+)", said(message))[1]
    assert link_in(message) == f"/portal/{cafe.operator.slug}/me/"
    with scope.of(cafe.operator.id):
        assert selfcare.subscriber_with_password(cafe.operator, "maria", password) == day.maria
        assert selfcare.subscriber_with_password(cafe.operator, "maria", "a long password") is None


def test_HN_22_a_password_that_could_not_be_sent_stays_as_it_was(sign_in, cafe, day, monkeypatch):
    from hotgate.apps.subscribers import selfcare

    deliver(day, Delivery.EMAIL)
    use(monkeypatch)
    client, address = sign_in("manager"), f"/users/{day.maria.uuid}/send/"
    assert "Send a new password" not in text_of(client.get(address))
    assert "Nothing was sent" in text_of(client.post(address, {"act": "password"}, follow=True))
    with scope.of(cafe.operator.id):
        assert selfcare.subscriber_with_password(cafe.operator, "maria", "a long password") == day.maria


def test_HN_22_what_could_not_be_sent_is_seen_on_the_page_of_the_user(sign_in, cafe, day, monkeypatch):
    from hotgate.apps.messaging import services
    from web import office

    deliver(day, Delivery.EMAIL)
    client = sign_in("manager")
    use(monkeypatch, mail=mail_server())  # nobody listens there
    client.post(f"/users/{day.maria.uuid}/send/", {"act": "send"})
    [message] = told(day.maria)
    for _ in range(services.TRIES_MAX):
        services.send(now=office.now(), message_id=message.id, operator_id=message.operator_id)
    page = text_of(client.get(f"/users/{day.maria.uuid}/"))
    assert "not sent" in page
    assert told(day.maria)[0].problem in page


def test_HN_22_where_nothing_can_be_sent_staff_read_why_and_old_links_stay(sign_in, cafe, day, monkeypatch):
    deliver(day, Delivery.EMAIL)
    use(monkeypatch)
    client, address = sign_in("manager"), f"/users/{day.maria.uuid}/send/"
    link = re.search(r"http://[^/]+(/portal/[^<\"]+)", text_of(client.post(address)))[1]
    page = text_of(client.get(address))
    assert "The realm sends by e-mail. That does not work here" in page
    assert "Send the link to" not in page
    answer = client.post(address, {"act": "send"}, follow=True)
    assert "Nothing was sent" in text_of(answer)
    assert "Show my login" in text_of(client.get(link))


def test_HN_22_sending_is_throttled_and_written_down(sign_in, cafe, day, monkeypatch):
    from hotgate.apps.operators.models import AuditEntry

    deliver(day, Delivery.EMAIL)
    use(monkeypatch, mail=mail_server())
    client, address = sign_in("manager"), f"/users/{day.maria.uuid}/send/"
    for _ in range(6):
        answer = client.post(address, {"act": "send"}, follow=True)
    assert "Too many tries" in text_of(answer)
    assert len(told(day.maria)) == 5
    with scope.of(cafe.operator.id):
        entries = AuditEntry.objects.filter(verb="send_credentials", object_id=day.maria.id)
        assert [entry.after for entry in entries] == [{"channels": ["email"]}] * 5


def test_an_invitation_also_leaves_by_mail_where_a_server_is_set_up(sign_in, cafe, monkeypatch):
    from hotgate.apps.messaging import queries

    owner = fresh(sign_in("owner"), cafe.staff["owner"])
    given = {"name": "Nina", "role": "cashier", "site": ""}
    for server, number in ((None, 0), (mail_server(), 1)):
        use(monkeypatch, mail=server)
        answer = owner.post("/settings/staff/invite/", given | {"email": f"new{number}@aurora.example"}, follow=True)
        assert answer.redirect_chain
        assert ("is also on its way" in text_of(answer)) == bool(number)
        with scope.of(cafe.operator.id):
            found = queries.messages(cafe.operator).filter(purpose="invitation")
            assert [message.recipient for message in found] == ["new1@aurora.example"] * number
