"""A guest registers on the portal (HN-4, HN-5): one form, one code, one account, straight online."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from hotgate.apps.core import scope
from hotgate.apps.messaging.models import Channel
from hotgate.domain.people import Ask, Delivery, PersonField, Verification
from messaging.servers import sms_centre, use
from web.gateway import CHALLENGE, arrival

MAC = "02-00-00-00-00-77"


@pytest.fixture
def guest(cafe, as_web) -> Client:
    return Client()


class Form:
    """What a guest sees and sends, page after page."""

    def __init__(self, cafe: Any, guest: Client, **visit: str) -> None:
        self.guest, self.address = guest, arrival(cafe, **({"mac": MAC} | visit))
        self.path = self.address.split("?")[0] + "register/"
        self.page = guest.get(self.address)

    @property
    def text(self) -> str:
        return self.page.content.decode()

    def carried(self) -> dict[str, str]:
        names = ("visit", "once", "choice", "lang")
        found = {name: re.search(rf'type="hidden" name="{name}" value="([^"]*)"', self.text) for name in names}
        return {name: match[1] for name, match in found.items() if match}

    def send(self, **typed: str) -> Any:
        self.page = self.guest.post(self.path, self.carried() | typed)
        return self.page

    def choose(self, plan: str) -> Any:
        self.send()
        buttons = re.findall(r'name="choice" value="([^"]+)"><strong><bdi>([^<]+)', self.text)
        return self.send(choice={name: value for value, name in buttons}[plan])


def realm_of(cafe: Any, plans: tuple[str, ...] = ("Lobby", "1 hour"), **changes: Any) -> Any:
    """The café's only realm, with what it asks."""
    from hotgate.apps.operators.actor import COMMAND_LINE
    from hotgate.apps.subscribers import realms
    from hotgate.apps.subscribers.services import default_realm
    from web import office

    realm = default_realm(cafe.operator)
    given = {"name": realm.name, "ways": ["self", "staff"], "asked": {}} | changes
    realms.change_realm(
        by=COMMAND_LINE, now=office.now(), realm=realm, plans=[cafe.plans[name] for name in plans], **given
    )
    return realm


def users(cafe: Any) -> list[Any]:
    from hotgate.apps.subscribers.models import Subscriber

    return list(Subscriber.objects.filter(operator=cafe.operator, created_via="portal").order_by("id"))


def held(subscriber: Any) -> list[str]:
    from hotgate.apps.subscribers.models import Entitlement

    return list(Entitlement.objects.filter(subscriber=subscriber).values_list("plan__name", flat=True))


def code_in(text: str) -> str:
    return re.search(r"\b[0-9]{6}\b", text)[0]


def last_code(cafe: Any) -> str:
    return code_in(last_text(cafe, "verification"))


def last_text(cafe: Any, purpose: str) -> str:
    """What the message that waits in the queue says."""
    from hotgate import vault
    from hotgate.apps.core import keys
    from hotgate.apps.messaging.models import Message
    from hotgate.apps.messaging.services import _place

    message = Message.objects.filter(operator=cafe.operator, purpose=purpose).latest("id")
    return vault.unseal(keys.current().reprint, bytes(message.body_sealed), _place(message)).decode()


def test_HN_4_price_and_plan_come_first_then_only_what_is_asked_then_online(cafe, guest):
    realm_of(cafe, asked={PersonField.ROOM: Ask.REQUIRED, PersonField.PHONE: Ask.OPTIONAL})
    form = Form(cafe, guest)
    form.send()
    assert "free" in form.text
    assert "2.50" in form.text
    assert "<input id=" not in form.text  # no question before the price
    form.choose("Lobby")
    assert re.findall(r'<input id="(\w+)"', form.text) == ["phone", "room", "name", "password"]
    answer = form.send(act="register", room="12", phone="", name="anna", password="a long password")
    assert answer.status_code == 303
    proof = parse_qs(urlsplit(answer["Location"]).query)
    assert answer["Location"].startswith("http://10.1.0.1:3990/logon?")
    assert proof["username"] == ["anna"]
    [anna] = users(cafe)
    assert (anna.person, anna.site, held(anna)) == ({"room": "12"}, cafe.site, ["Lobby"])
    assert not answer.cookies


def test_HN_4_a_password_that_was_made_is_shown_with_the_button_that_goes_online(cafe, guest):
    realm_of(cafe)
    form = Form(cafe, guest)
    form.choose("Lobby")
    form.send(act="register", name="", password="")
    [made] = users(cafe)
    assert made.name in form.text
    assert 'href="http://10.1.0.1:3990/logon?username=' in form.text


def test_HN_4_nobody_registers_where_the_realm_does_not_take_guests_in(cafe, guest):
    realm_of(cafe, ways=["staff"])
    form = Form(cafe, guest)
    assert "register/" not in form.text
    form.send()
    assert "Nobody can register here" in form.text
    assert users(cafe) == []


def test_HN_4_nothing_typed_is_lost_and_each_mistake_stands_beside_its_field(cafe, guest):
    asked = {PersonField.EMAIL: Ask.REQUIRED, PersonField.PHONE: Ask.OPTIONAL, PersonField.CITY: Ask.OPTIONAL}
    realm_of(cafe, asked=asked, terms="Be kind.")
    form = Form(cafe, guest)
    form.choose("Lobby")
    typed = {"email": "not one", "phone": "12", "city": "<b>Roma</b>", "name": "anna", "password": "short"}
    page = form.send(act="register", **typed)
    assert page.status_code == 422
    for field in ("phone", "terms"):
        assert f'id="{field}-about"' in form.text.replace('class="hint" id="phone-about"', "")
    page = form.send(act="register", **typed | {"phone": "+39 333 1234567"}, terms=version(form))
    for field in ("email", "password"):
        assert re.search(rf'<p class="wrong" id="{field}-about">', form.text)
    assert "&lt;b&gt;Roma&lt;/b&gt;" in form.text
    assert 'value="not one"' in form.text
    assert users(cafe) == []


def version(form: Form) -> str:
    return re.search(r'name="terms" value="([0-9a-f]{64})"', form.text)[1]


def test_HN_4_the_terms_are_kept_as_they_were_agreed_to(cafe, guest):
    from hotgate.apps.subscribers.registering.models import Consent

    realm_of(cafe, terms="Be kind.")
    form = Form(cafe, guest)
    form.choose("Lobby")
    agreed = version(form)
    assert form.send(act="register", name="anna", password="a long password").status_code == 422
    realm_of(cafe, terms="Be very kind.")  # changed meanwhile: agree anew
    typed = {"name": "anna", "password": "a long password"}
    assert form.send(act="register", terms=agreed, **typed).status_code == 422
    assert form.send(act="register", terms=version(form), **typed).status_code == 303
    [consent] = Consent.objects.filter(subscriber=users(cafe)[0])
    assert consent.terms.text == "Be very kind."


def test_HN_4_a_form_sent_twice_makes_one_account_and_answers_alike(cafe, guest):
    realm_of(cafe)
    form = Form(cafe, guest)
    form.choose("Lobby")
    carried = form.carried()
    first, second = (guest.post(form.path, carried | {"act": "register", "name": "", "password": ""}) for _ in "ab")
    [made] = users(cafe)
    assert first.content == second.content
    assert made.name in second.content.decode()
    assert held(made) == ["Lobby"]


def test_HN_4_a_second_free_plan_within_a_day_is_refused_by_device(cafe, guest):
    from hotgate.apps.subscribers.registering.models import FreePlanClaim

    realm_of(cafe)
    for mac, expected in ((MAC, 1), (MAC.replace("-", ":"), 1), ("02-00-00-00-00-78", 2)):
        form = Form(cafe, guest, mac=mac)
        form.choose("Lobby")
        form.send(act="register", name="", password="")
        assert len(users(cafe)) == expected
        assert ("within the last 24 hours" in form.text) == (":" in mac)
    assert FreePlanClaim.objects.count() == 2


def test_HN_5_a_paid_plan_is_had_with_the_code_of_a_voucher_once(cafe, guest):
    code = ticket(cafe, "1 hour")
    realm_of(cafe)
    form = Form(cafe, guest)
    form.choose("1 hour")
    assert "Ask the staff" in form.text
    answer = form.send(act="register", voucher=code.lower(), name="anna", password="a long password")
    assert answer.status_code == 303
    [anna] = users(cafe)
    assert held(anna) == ["1 hour"]
    form = Form(cafe, guest)
    form.choose("1 hour")
    answer = form.send(act="register", voucher=code, name="bruno", password="a long password")
    assert answer.status_code == 422
    assert 'id="voucher-about">This code is not valid' in form.text
    assert users(cafe) == [anna]


def test_HN_5_the_code_of_another_plan_is_told_and_not_used_up(cafe, guest):
    code = ticket(cafe, "1 GB")
    realm_of(cafe)
    form = Form(cafe, guest)
    form.choose("1 hour")
    form.send(act="register", voucher=code, name="anna", password="a long password")
    assert "for another plan" in form.text
    assert users(cafe) == []
    realm_of(cafe, plans=("1 GB",))
    form = Form(cafe, guest)
    form.choose("1 GB")
    assert form.send(act="register", voucher=code, name="anna", password="a long password").status_code == 303


def test_HN_5_codes_of_vouchers_are_not_guessed_by_registering(cafe, guest):
    realm_of(cafe)
    form = Form(cafe, guest)
    form.choose("1 hour")
    for number in range(6):
        form.send(act="register", voucher=f"ZZZZ-ZZZ{number}", name="anna", password="a long password")
    assert "Too many tries" in form.text


def test_HN_5_where_codes_are_not_taken_nothing_that_costs_is_offered(cafe, guest):
    realm_of(cafe, vouchers_allowed=False)
    form = Form(cafe, guest)
    form.send()
    assert "Lobby" in form.text
    assert "1 hour" not in form.text


def ticket(cafe: Any, plan: str) -> str:
    from hotgate.apps.operators.actor import COMMAND_LINE
    from hotgate.apps.vouchers import services
    from web import office

    made = services.create_ticket(by=COMMAND_LINE, now=office.now(), operator=cafe.operator, plan=cafe.plans[plan])
    return str(made.username)


@pytest.fixture
def by_sms(cafe, guest, monkeypatch):
    """A form that waits for its code, and the SMS centre that would take it."""
    with sms_centre() as centre:
        use(monkeypatch, sms=centre)
        realm_of(cafe, asked={PersonField.PHONE: Ask.REQUIRED}, verification=Verification.SMS, delivery=Delivery.SMS)
        form = Form(cafe, guest)
        form.choose("Lobby")
        form.send(act="register", phone="+39 333 123 4567", name="", password="")
        yield form


def test_HN_4_a_code_by_sms_proves_the_number_and_comes_before_the_account(cafe, by_sms):
    assert "+393331234567" in by_sms.text
    assert users(cafe) == []
    code = last_code(cafe)
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    assert by_sms.send(act="verify", code=wrong).status_code == 422
    assert "not the code" in by_sms.text
    assert by_sms.send(act="verify", code=f"{code[:3]} {code[3:]}").status_code == 200
    [made] = users(cafe)
    assert made.phone == "+393331234567"
    assert made.name in by_sms.text


def test_HN_W21_the_login_that_is_sent_says_where_ones_data_are_from_anywhere(cafe, by_sms, settings):
    by_sms.send(act="verify", code=last_code(cafe))
    account = f"{settings.ENVIRONMENT.public_url}/portal/{cafe.operator.slug}/me/"
    assert f'href="{account}"' in by_sms.text
    [made] = users(cafe)
    text = last_text(cafe, "credentials")
    assert text.splitlines()[-1].endswith(account)
    assert made.name in text


def test_HN_4_after_five_wrong_codes_the_right_one_is_too_late(cafe, by_sms):
    code = last_code(cafe)
    for number in range(1, 6):
        by_sms.send(act="verify", code=f"{(int(code) + number) % 1_000_000:06}")
    by_sms.send(act="verify", code=code)
    assert "Too many wrong codes" in by_sms.text
    by_sms.send(act="resend", code="")
    assert by_sms.send(act="verify", code=last_code(cafe)).status_code == 200
    assert len(users(cafe)) == 1


def test_HN_4_a_code_lives_ten_minutes(cafe, by_sms):
    from datetime import timedelta

    from hotgate.apps.subscribers.registering.models import Registration

    row = Registration.objects.get()
    Registration.objects.update(code_expires_at=row.code_expires_at - timedelta(minutes=10))
    by_sms.send(act="verify", code=last_code(cafe))
    assert "too old" in by_sms.text
    assert users(cafe) == []


def test_HN_4_five_sms_an_hour_go_to_one_number(cafe, by_sms):
    from hotgate.apps.messaging.models import Message

    for _ in range(6):
        by_sms.send(act="resend", code="")
    assert "Too many tries" in by_sms.text
    assert Message.objects.filter(operator=cafe.operator).count() == 5


@pytest.mark.parametrize("is_signed", [False, True])
def test_HN_4_made_up_devices_of_one_address_empty_no_account_at_the_sms_centre(cafe, guest, monkeypatch, is_signed):
    from django.utils import timezone

    from hotgate.apps.core import throttle
    from hotgate.apps.messaging import verifying
    from hotgate.apps.network.models import Nas

    Nas.objects.filter(id=cafe.nas.id).update(login_addresses=["http://10.1.0.1:3990"])
    for number in range(60):
        limits = verifying._limits(cafe.operator, Channel.SMS, f"+39{number}", f"device {number}", "127.0.0.1")
        assert throttle.allow(limits, f"code {number}", timezone.now()) is None
    with sms_centre() as centre:
        use(monkeypatch, sms=centre)
        realm_of(cafe, asked={PersonField.PHONE: Ask.REQUIRED}, verification=Verification.SMS, delivery=Delivery.SMS)
        form = Form(cafe, guest)
        if not is_signed:
            form.page = guest.get(form.address.partition("&md=")[0])
        form.choose("Lobby")
        form.send(act="register", phone="+39 333 123 4567", name="", password="")
    assert ("Too many tries" in form.text) is not is_signed


def test_HN_4_the_code_of_one_number_proves_no_other(cafe, by_sms):
    code = last_code(cafe)
    by_sms.send(act="edit", code="")
    assert 'value="+393331234567"' in by_sms.text
    by_sms.send(act="register", phone="+39 333 765 4321", name="", password="")
    assert last_code(cafe) != code
    by_sms.send(act="verify", code=code)
    assert users(cafe) == []
    by_sms.send(act="verify", code=last_code(cafe))
    assert [each.phone for each in users(cafe)] == ["+393337654321"]


def test_HN_22_who_registered_gets_the_login_as_the_realm_delivers_it(cafe, by_sms):
    from hotgate.apps.messaging import queries

    by_sms.send(act="verify", code=last_code(cafe))
    [message] = queries.messages_to(users(cafe)[0])
    assert (message.purpose, message.recipient, message.channel) == ("credentials", "+393331234567", "sms")


def test_HN_4_codes_and_what_was_typed_are_not_in_the_database(cafe, by_sms):
    from django.db import connection

    code = last_code(cafe)
    with connection.cursor() as cursor:
        cursor.execute("SELECT r::text FROM registration r")
        [[row]] = cursor.fetchall()
    for secret in (code, "3331234567"):
        assert secret not in row
        assert secret.encode().hex() not in row


def test_HN_4_without_a_server_for_its_codes_a_realm_says_so(cafe, guest):
    realm_of(cafe, asked={PersonField.EMAIL: Ask.REQUIRED}, verification=Verification.EMAIL)
    form = Form(cafe, guest)
    form.choose("Lobby")
    form.send(act="register", email="anna@example.org", name="", password="")
    assert "does not work here at the moment" in form.text
    assert users(cafe) == []


def test_the_language_travels_without_cookies_and_keeps_what_was_typed(cafe, guest):
    realm_of(cafe)
    form = Form(cafe, guest)
    page = guest.get(form.address + "&lang=ar")
    assert page.status_code == 200
    assert 'dir="rtl"' in page.content.decode()
    form.choose("Lobby")
    form.send(name="anna", lang="it")
    assert 'lang="it" dir="ltr"' in form.text
    assert 'value="anna"' in form.text
    assert form.carried()["lang"] == "it"
    for name in ("English", "Italiano", "Deutsch", "Français", "Español", "Português", "العربية"):
        assert name in form.text
    assert 'lang="de"' in guest.get(form.address, headers={"accept-language": "de"}).content.decode()[:200]
    assert not form.page.cookies


def test_a_forged_form_registers_nobody(cafe, hotel, guest):
    scope.limit_to([cafe.operator.id])
    realm_of(cafe)
    form = Form(cafe, guest)
    form.choose("Lobby")
    carried = form.carried() | {"act": "register", "name": "", "password": ""}
    for wrong in ({"visit": "x"}, {"visit": carried["visit"][:-1] + "!"}):
        assert guest.post(form.path, carried | wrong).status_code == 400
    foreign = f"/portal/{hotel.operator.slug}/{hotel.nas.uuid}/register/"
    assert guest.post(foreign, carried).status_code == 400
    assert guest.get(form.path).status_code == 400
    scope.limit_to([cafe.operator.id])
    assert users(cafe) == []


def test_the_choice_of_another_operators_plan_is_none(cafe, hotel, guest):
    scope.limit_to([cafe.operator.id])
    realm_of(cafe)
    form = Form(cafe, guest)
    form.choose("Lobby")
    realm = form.carried()["choice"].split()[0]
    form.send(act="register", choice=f"{realm} {hotel.plans['Lobby'].uuid}", name="", password="")
    assert "Choose what you want" in form.text
    form.send(act="register", choice=f"{realm} {cafe.plans['20 GB a month'].uuid}", name="", password="")
    assert "Choose what you want" in form.text
    assert users(cafe) == []


def test_the_challenge_of_the_arrival_is_the_one_that_logs_in(cafe, guest):
    from hotgate.web.portal import uam
    from hotgate.web.shared.gateways import portal_secret

    realm_of(cafe)
    form = Form(cafe, guest)
    form.choose("Lobby")
    answer = form.send(act="register", name="anna", password="a long password")
    told = parse_qs(urlsplit(answer["Location"]).query)["password"][0]
    expected = uam.pap("a long password", bytes.fromhex(CHALLENGE), portal_secret(cafe.nas))
    assert told == expected
