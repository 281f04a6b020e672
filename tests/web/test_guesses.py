"""Codes that somebody guesses at the portal: five, and then a quarter of an hour."""

from __future__ import annotations

import html
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.db import connections, transaction
from django.test import Client, RequestFactory
from django.utils import timezone

from hotgate.apps.core import scope
from hotgate.domain import codes
from hotgate.web.shared.client import address_of, handle_of
from web.gateway import arrival

WAIT = "Too many tries. Please wait 15 minutes."


def guesses(count, start=0):
    """Codes that fit their check character, and that nobody has made."""
    bodies = (f"GUESS{codes.CLEAR_ALPHABET[number // 31]}{codes.CLEAR_ALPHABET[number % 31]}QRS" for number in
              range(start, start + count))  # fmt: skip
    return [codes.display(body + codes.check_character(body, codes.Check.MOD_31)) for body in bodies]


@pytest.fixture
def code(cafe):
    from hotgate.apps.vouchers import queries
    from web import busy_day

    with scope.of(cafe.operator.id):
        return queries.code_of(busy_day.live_through(cafe).ticket)


@pytest.fixture
def guest(as_web):
    return Client()


def type_at(cafe, guest, code, mac="02-00-00-00-00-02"):
    address = arrival(cafe, mac=mac)
    token = re.search(r'name="visit" value="([^"]+)"', guest.get(address).content.decode())[1]
    return guest.post(address.split("?")[0], {"visit": token, "code": code})


def text_of(answer):
    return html.unescape(answer.content.decode())


def test_a_device_has_five_guesses_and_another_is_not_touched(cafe, code, guest):
    for guess in guesses(5):
        assert "Too many" not in text_of(type_at(cafe, guest, guess))
    assert WAIT in text_of(type_at(cafe, guest, guesses(1, 5)[0]))
    assert WAIT in text_of(type_at(cafe, guest, code))
    assert type_at(cafe, guest, code, mac="02-00-00-00-00-03").status_code == 303


def test_the_same_wrong_code_counts_once_however_it_is_typed(cafe, code, guest):
    [guess] = guesses(1)
    for typed in (guess, guess.lower(), guess.replace("-", " "), guess, guess, guess.replace("-", "")):
        assert "Too many" not in text_of(type_at(cafe, guest, typed))
    assert type_at(cafe, guest, code).status_code == 303


def test_typing_mistakes_do_not_count(cafe, code, guest):
    typed_wrong = [code[:-1] + character for character in codes.CLEAR_ALPHABET]
    for typed in [each for each in typed_wrong if not codes.verify_check(each)][:8]:
        assert "typing mistake" in text_of(type_at(cafe, guest, typed))
    assert type_at(cafe, guest, code).status_code == 303


def test_without_check_characters_every_unknown_code_is_a_guess(cafe, code, guest):
    from hotgate.apps.vouchers.models import VoucherBatch

    with scope.of(cafe.operator.id):
        VoucherBatch.objects.filter(operator=cafe.operator).update(has_check=False)
    for number in range(5):
        type_at(cafe, guest, f"AAAA-AAA{number}")
    assert WAIT in text_of(type_at(cafe, guest, code))


def test_many_devices_of_one_gateway_are_no_way_around(cafe, code, guest):
    for number, guess in enumerate(guesses(60)):
        assert "Too many" not in text_of(type_at(cafe, guest, guess, mac=f"02-00-00-00-01-{number // 5:02x}"))
    assert "Please wait 10 minutes" in text_of(type_at(cafe, guest, code, mac="02-00-00-00-02-00"))


def test_a_device_that_was_online_before_does_not_wait_for_what_others_guess(cafe, code, guest):
    be_online_before(cafe, "02:00:00:00:02:00")
    for number, guess in enumerate(guesses(60)):
        type_at(cafe, guest, guess, mac=f"02-00-00-00-01-{number // 5:02x}")
    assert "Please wait 10 minutes" in text_of(type_at(cafe, guest, code, mac="02-00-00-00-02-01"))
    assert type_at(cafe, guest, code, mac="02-00-00-00-02-00").status_code == 303
    for guess in guesses(5, 60):
        assert "Too many" not in text_of(type_at(cafe, guest, guess, mac="02-00-00-00-02-00"))
    assert WAIT in text_of(type_at(cafe, guest, code, mac="02-00-00-00-02-00"))


def be_online_before(cafe, mac):
    from hotgate.apps.usage.models import AccessSession

    with scope.of(cafe.operator.id):
        assert AccessSession.objects.filter(operator=cafe.operator).update(mac=mac)


class Router:
    """A MikroTik, which signs nothing: any guest writes any MAC address."""

    def __init__(self, cafe):
        from hotgate.apps.network.models import Nas

        self.path = f"/portal/{cafe.operator.slug}/{cafe.nas.uuid}/"
        with scope.of(cafe.operator.id):
            Nas.objects.filter(id=cafe.nas.id).update(maker="mikrotik", login_addresses=["http://10.5.50.1"])

    def type(self, guest, code, mac, source):
        told = urlencode({"link-login-only": "http://10.5.50.1/login", "mac": mac})
        page = guest.get(f"{self.path}?{told}", REMOTE_ADDR=source).content.decode()
        token = re.search(r'name="visit" value="([^"]+)"', page)[1]
        return text_of(guest.post(self.path, {"visit": token, "code": code}, REMOTE_ADDR=source))


@pytest.mark.parametrize(
    ("source", "neighbour", "stranger"),
    [("192.0.2.1", "192.0.2.1", "192.0.2.2"), ("2001:db8:1:2::1", "2001:db8:1:2::ffff", "2001:db8:1:3::1")],
)
def test_made_up_devices_are_no_way_around_where_nothing_is_signed(cafe, code, guest, source, neighbour, stranger):
    router = Router(cafe)
    be_online_before(cafe, "02:00:00:00:02:00")
    for number, guess in enumerate(guesses(30)):
        assert "Too many" not in router.type(guest, guess, f"02:00:00:00:01:{number:02x}", source)
    assert "Please wait 10 minutes" in router.type(guest, code, "02:00:00:00:01:99", neighbour)
    assert "Too many" not in router.type(guest, code, "02:00:00:00:01:99", stranger)
    assert "Too many" not in router.type(guest, code, "02:00:00:00:02:00", neighbour), "known, so not blocked"


def test_the_spelling_of_a_device_is_no_way_around(cafe, code, guest):
    router = Router(cafe)
    spellings = ("02:00:00:00:01:0a", "02:00:00:00:01:0A", "0200.0000.010a", "02-00-00-00-01-0a", "02000000010A")
    for guess, spelling in zip(guesses(5), spellings, strict=True):
        router.type(guest, guess, spelling, "192.0.2.1")
    assert WAIT in router.type(guest, code, "02:00:00:00:01:0a", "192.0.2.1")
    assert "Too many" not in router.type(guest, code, "02:00:00:00:01:0a", "192.0.2.2"), "nobody fills it from afar"


def test_the_ticket_page_counts_by_address(cafe, code, guest):
    path = f"/portal/{cafe.operator.slug}/"
    for guess in guesses(5):
        assert "Too many" not in text_of(guest.post(path, {"code": guess}, REMOTE_ADDR="192.0.2.1"))
    assert WAIT in text_of(guest.post(path, {"code": code}, REMOTE_ADDR="192.0.2.1"))
    assert "Not used yet" in text_of(guest.post(path, {"code": code}, REMOTE_ADDR="192.0.2.2"))


def test_guesses_at_one_operator_stop_nobody_at_another(cafe, hotel, code, guest):
    for guess in guesses(6):
        last = text_of(guest.post(f"/portal/{hotel.operator.slug}/", {"code": guess}))
    assert WAIT in last
    assert "Not used yet" in text_of(guest.post(f"/portal/{cafe.operator.slug}/", {"code": code}))


@pytest.mark.django_db(transaction=True)
def test_of_100_codes_typed_at_once_five_are_looked_at():
    from hotgate.apps.messaging.registering import Guest
    from hotgate.web.portal import guesses as portal
    from web import office

    guest = Guest("02-00-00-00-00-02", "device")

    with scope.of():
        operator = office.open_cafe().operator

    def type_one(code):
        try:
            with transaction.atomic():
                scope.limit_to([operator.id])
                return portal.answer_guest(operator, code, guest, "gateway", timezone.now()).is_guess
        finally:
            connections["default"].close()

    with ThreadPoolExecutor(16) as threads:
        assert sum(threads.map(type_one, guesses(100))) == 5


def test_an_unsigned_page_tells_nothing_about_a_name(cafe, code, guest):
    from hotgate.apps.network.models import Nas

    with scope.of(cafe.operator.id):
        Nas.objects.filter(id=cafe.nas.id).update(login_addresses=["http://10.1.0.1:3990"])
    signed = arrival(cafe, res="success", uid="maria")
    assert "1 GB" in text_of(guest.get(signed))
    assert "1 GB" not in text_of(guest.get(signed.partition("&md=")[0]))


@pytest.mark.parametrize(
    ("told", "address", "handle"),
    [
        ({"REMOTE_ADDR": "192.0.2.1", "HTTP_X_FORWARDED_FOR": "203.0.113.5"}, "192.0.2.1", "192.0.2.1"),
        ({"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "10.0.0.1, 203.0.113.5"}, "203.0.113.5", "203.0.113.5"),
        ({"REMOTE_ADDR": "::1", "HTTP_X_FORWARDED_FOR": "<b>"}, "::1", "::/64"),
        ({"REMOTE_ADDR": "2001:db8:1:2:3::4"}, "2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ({"REMOTE_ADDR": "::ffff:192.0.2.1", "HTTP_X_FORWARDED_FOR": "203.0.113.5"}, "192.0.2.1", "192.0.2.1"),
        ({"REMOTE_ADDR": "::ffff:127.0.0.1", "HTTP_X_FORWARDED_FOR": "::ffff:203.0.113.5"}, *["203.0.113.5"] * 2),
        ({"REMOTE_ADDR": ""}, "", ""),
    ],
)
def test_only_our_own_proxy_is_believed(told, address, handle):
    request = RequestFactory().get("/", **told)
    assert (address_of(request), handle_of(request)) == (address, handle)


def ticket_page(cafe, guest, code, source):
    return text_of(guest.post(f"/portal/{cafe.operator.slug}/", {"code": code}, REMOTE_ADDR=source))


def crowd_guesses(cafe, guest, count=60):
    """From a dozen addresses, five wrong codes each: then each of them waits, and the page's limit is full."""
    for number, guess in enumerate(guesses(count)):
        assert "Too many" not in ticket_page(cafe, guest, guess, f"198.51.100.{number // 5}")


@pytest.mark.parametrize(
    ("source", "wrong", "is_let_in"),
    [
        ("192.0.2.1", 0, True),
        ("192.0.2.1", 1, True),
        ("192.0.2.1", 2, False),
        ("2001:db8:1:2::1", 1, True),
        ("2001:db8:1:2::1", 2, False),
        ("198.51.100.3", 0, False),  # which guessed itself
    ],
)
def test_the_ticket_page_lets_newcomers_in_where_others_guess(cafe, code, guest, source, wrong, is_let_in):
    crowd_guesses(cafe, guest)
    neighbour = source.replace(":1:2::", ":1:3::")  # another /64 of the same customer
    for guess in guesses(wrong, 60):
        ticket_page(cafe, guest, guess, neighbour)
    assert ("Not used yet" in ticket_page(cafe, guest, code, source)) == is_let_in


def test_where_codes_are_short_the_limit_of_the_ticket_page_is_for_everybody(cafe, code, guest):
    from hotgate.apps.vouchers.models import VoucherBatch

    with scope.of(cafe.operator.id):
        VoucherBatch.objects.filter(operator=cafe.operator).update(charset="digits", length=12)
    crowd_guesses(cafe, guest)
    assert "Too many tries. Please wait 10 minutes." in ticket_page(cafe, guest, code, "192.0.2.1")


def test_where_codes_are_short_80_wrong_ones_an_hour_are_all(cafe, code, guest):
    from hotgate.apps.vouchers.models import VoucherBatch
    from hotgate.web.portal import guesses as portal

    with scope.of(cafe.operator.id):
        VoucherBatch.objects.filter(operator=cafe.operator).update(charset="digits", length=12)
        began, looked_at = timezone.now(), 0
        for number, guess in enumerate(guesses(300)):
            request = RequestFactory().post("/", REMOTE_ADDR=f"198.51.100.{number // 5}")
            now = began + timedelta(seconds=10 * number)  # 50 minutes in all
            looked_at += portal.answer_anybody(request, cafe.operator, guess, now).is_guess
    assert looked_at == 80


def test_my_account_lets_newcomers_in_where_others_guess(cafe, code, guest):
    def sign_in(name, password, source):
        typed = {"name": name, "password": password}
        return text_of(guest.post(f"/portal/{cafe.operator.slug}/me/", typed, REMOTE_ADDR=source))

    for number in range(60):
        assert "Too many" not in sign_in(f"nobody{number}", "a guess", f"198.51.100.{number // 5}")
    assert "Download my data" in sign_in("maria", "a long password", "192.0.2.1")
    for number in range(2):
        assert "Too many" not in sign_in(f"somebody{number}", "a guess", "192.0.2.2")
    assert "Too many" in sign_in("maria", "a long password", "192.0.2.2")
    assert "Download my data" in sign_in("maria", "a long password", "192.0.2.3")
