"""*My account* on the portal: by name and password, without cookies, as far as the realm allows (HN-W20, HN-W21)."""

from __future__ import annotations

import html
import io
import re
import zipfile
from typing import Any

import pytest
from django.test import Client

from hotgate.apps.core import scope
from hotgate.domain.people import Ask, PersonField, Verification
from messaging.servers import mail_server, use
from web.office import now

PASSWORD = "a long password"
MAC = "02-00-00-AA-BB-77"


@pytest.fixture
def day(cafe):
    from web import busy_day

    with scope.of(cafe.operator.id):
        return busy_day.live_through(cafe)


@pytest.fixture
def guest(day, as_web) -> Client:
    return Client()


def text_of(page: Any) -> str:
    return html.unescape(page.content.decode())


def enter(guest: Client, cafe: Any, name: str = "maria", password: str = PASSWORD) -> Any:
    return guest.post(address(cafe), {"name": name, "password": password})


def address(cafe: Any) -> str:
    return f"/portal/{cafe.operator.slug}/me/"


def act(guest: Client, cafe: Any, page: Any, what: str, **typed: str) -> Any:
    [token] = set(re.findall(r'name="pass" value="([^"]+)"', page.content.decode()))
    return guest.post(address(cafe), {"pass": token, "act": what} | typed)


def change(cafe: Any, day: Any, **settings: Any) -> None:
    from hotgate.apps.subscribers.models import Realm

    scope.limit_to([cafe.operator.id])
    Realm.objects.filter(id=day.maria.realm_id).update(**settings)


def test_HN_W21_whoever_signs_in_sees_what_is_left_from_anywhere(cafe, guest):
    page = enter(guest, cafe, "Maria ")
    assert "1 GB" in text_of(page)
    assert not page.cookies
    assert page["Cache-Control"] == "no-store"


@pytest.mark.parametrize(("name", "password"), [("maria", "wrong"), ("nobody", PASSWORD), ("", ""), ("a\0", "\0")])
def test_HN_W21_a_wrong_name_and_a_wrong_password_read_alike(cafe, guest, name, password):
    page = enter(guest, cafe, name, password)
    assert page.status_code == 422
    assert "Name or password are not right." in text_of(page)


def test_HN_W21_wrong_passwords_are_slowed_down(cafe, guest):
    for number in range(5):
        enter(guest, cafe, password=f"wrong {number}")
    assert "Too many tries" in text_of(enter(guest, cafe))


def test_HN_W21_the_pass_of_one_operator_opens_nothing_at_another(cafe, hotel, guest):
    page = enter(guest, cafe)
    assert act(guest, hotel, page, "download").status_code == 403
    assert guest.post(address(cafe), {"pass": "x", "act": "download"}).status_code == 403


def test_HN_W20_a_password_is_changed_where_the_realm_allows_it(cafe, day, guest):
    page = enter(guest, cafe)
    short = act(guest, cafe, page, "password", password="short")
    assert 'class="wrong" id="password-about"' in text_of(short)
    assert "Your password is changed." in text_of(act(guest, cafe, page, "password", password="another long one"))
    assert enter(guest, cafe).status_code == 422
    page = enter(guest, cafe, password="another long one")
    change(cafe, day, change_password=False)
    assert "can't be changed here" in text_of(act(guest, cafe, page, "password", password="a third long one"))
    assert "New password" not in text_of(enter(guest, cafe, password="another long one"))


def test_HN_W20_the_profile_is_changed_where_the_realm_allows_it_but_not_what_was_proved(cafe, day, guest):
    asked = {PersonField.CITY: Ask.OPTIONAL, PersonField.EMAIL: Ask.REQUIRED, PersonField.PHONE: Ask.OPTIONAL}
    change(cafe, day, asked={str(key): str(value) for key, value in asked.items()}, verification=Verification.EMAIL)
    page = enter(guest, cafe)
    wrong = act(guest, cafe, page, "profile", city="Roma", phone="12", email="evil@example.org")
    assert 'class="wrong" id="phone-about"' in text_of(wrong)
    assert 'value="Roma"' in text_of(wrong)
    act(guest, cafe, page, "profile", city="Roma", phone="+39 333 1234567", email="evil@example.org")
    day.maria.refresh_from_db()
    assert (day.maria.person, day.maria.phone, day.maria.email) == ({"city": "Roma"}, "+393331234567", "")
    assert day.maria.display_name == "Maria Rossi"
    change(cafe, day, change_profile=False)
    act(guest, cafe, page, "profile", city="Paris", phone="")
    day.maria.refresh_from_db()
    assert day.maria.person == {"city": "Roma"}


def test_HN_W21_own_data_are_taken_along_and_deletion_is_asked_for(cafe, day, guest):
    from hotgate.apps.operators.models import AuditEntry

    page = enter(guest, cafe)
    taken = act(guest, cafe, page, "download")
    with zipfile.ZipFile(io.BytesIO(taken.content)) as archive:
        assert b"Maria Rossi" in archive.read("data.json")
    assert "asked to delete" in text_of(act(guest, cafe, page, "delete"))
    scope.limit_to([cafe.operator.id])
    verbs = AuditEntry.objects.filter(object_id=day.maria.id, object_kind="subscriber").values_list("verb", flat=True)
    assert {"export_data", "ask_for_deletion"} <= set(verbs)


def test_HN_W21_a_pass_ends_with_the_password_that_it_was_given_for(cafe, guest):
    mine, thiefs = enter(guest, cafe), enter(guest, cafe)
    changed = act(guest, cafe, mine, "password", password="another long one")
    assert act(guest, cafe, thiefs, "download").status_code == 403
    assert act(guest, cafe, thiefs, "password", password="a thief's long one").status_code == 403
    assert act(guest, cafe, changed, "download").status_code == 200, "whoever changed it stays"


def test_HN_W21_a_pass_ends_with_the_account(cafe, day, guest):
    from django.utils import timezone

    from hotgate.apps.subscribers import erasing

    page = enter(guest, cafe)
    scope.limit_to([cafe.operator.id])
    erasing.erase(day.maria, timezone.now())
    assert act(guest, cafe, page, "profile").status_code == 403


def test_HN_W21_passes_that_are_renewed_end_after_two_hours(cafe, guest, monkeypatch):
    from hotgate.web.portal import me

    page = act(guest, cafe, enter(guest, cafe), "")
    assert page.status_code == 200
    monkeypatch.setattr(me, "LONGEST_SECONDS", -1)
    assert act(guest, cafe, page, "").status_code == 403


def test_HN_W20_own_connections_are_ended_and_own_devices_forgotten_where_the_realm_allows_it(cafe, day, guest):
    from hotgate.apps.subscribers import devices, selfcare
    from hotgate.apps.subscribers.models import MacAddress
    from hotgate.apps.usage.models import AccessSession, SessionOrder

    scope.limit_to([cafe.operator.id])
    devices.bind_device(by=selfcare.BY, now=now(), subscriber=day.maria, mac=MAC)
    running = AccessSession.objects.get(subscriber=day.maria, stopped_at=None)
    page = enter(guest, cafe)
    assert str(running.uuid) in text_of(page)
    other = act(guest, cafe, page, "end", chosen=str(cafe.nas.uuid))
    scope.limit_to([cafe.operator.id])
    told = SessionOrder.objects.filter(session=running, kind="disconnect")
    assert not told.exists(), "an id of something else ends nothing"
    assert "is being ended" in text_of(act(guest, cafe, other, "end", chosen=str(running.uuid)))
    scope.limit_to([cafe.operator.id])
    assert told.exists()
    assert MAC in text_of(page)
    assert MAC in text_of(act(guest, cafe, page, "part", chosen="02-00-00-00-00-01"))
    assert MAC not in text_of(act(guest, cafe, page, "part", chosen=MAC))
    scope.limit_to([cafe.operator.id])
    assert not MacAddress.objects.filter(subscriber=day.maria).exists()
    change(cafe, day, part_devices=False)
    assert "My devices" not in text_of(enter(guest, cafe))
    for what in ("end", "part"):
        assert "can't be changed here" in text_of(act(guest, cafe, page, what, chosen=MAC))


def test_HN_W20_receipts_of_what_was_paid_are_sent_to_oneself(cafe, day, guest, monkeypatch):
    from hotgate.apps.messaging import queries, receipts
    from hotgate.apps.subscribers.models import Sale

    assert "Receipts" not in text_of(enter(guest, cafe)), "no address is known, and no server set up"
    use(monkeypatch, mail=mail_server())
    scope.limit_to([cafe.operator.id])
    type(day.maria).objects.filter(id=day.maria.id).update(email="maria@example.org")
    paid, unpaid = (Sale.objects.filter(subscriber=day.maria, state=state).first() for state in ("paid", "open"))
    page = enter(guest, cafe)
    assert str(paid.uuid) in text_of(page)
    assert str(unpaid.uuid) not in text_of(page)
    assert "on its way to maria@example.org" in text_of(act(guest, cafe, page, "receipt", chosen=str(paid.uuid)))
    assert act(guest, cafe, page, "receipt", chosen=str(unpaid.uuid)).status_code == 404
    scope.limit_to([cafe.operator.id])
    [message] = queries.messages_to(day.maria)
    assert (message.purpose, message.recipient) == ("receipt", "maria@example.org")
    text = receipts.text_of(paid)
    assert all(part in text for part in (cafe.operator.name, paid.plan.name, "EUR", str(paid.uuid)))
    change(cafe, day, send_receipts=False)
    assert "Receipts" not in text_of(enter(guest, cafe))
    assert "can't be changed here" in text_of(act(guest, cafe, page, "receipt", chosen=str(paid.uuid)))
