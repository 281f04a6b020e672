"""The guest's pages: small, without cookies and scripts, honest about what is left and why not."""

from __future__ import annotations

import gzip
import hashlib
import html
import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from hotgate.apps.core import scope
from hotgate.web.portal import uam
from hotgate.web.shared.gateways import portal_secret
from web.gateway import CHALLENGE, arrival

BUDGET_OCTETS = 14_600


@pytest.fixture
def day(cafe):
    from web import busy_day

    with scope.of(cafe.operator.id):
        return busy_day.live_through(cafe)


@pytest.fixture
def guest(as_web):
    return Client()


def code_of(day):
    from hotgate.apps.vouchers import queries

    return queries.code_of(day.ticket)


def visit_of(page):
    return re.search(r'name="visit" value="([^"]+)"', page.content.decode())[1]


def text_of(page):
    return html.unescape(page.content.decode())


def test_the_first_view_fits_one_flight(cafe, guest):
    page = guest.get(arrival(cafe))
    files = [Path(finders.find(f"portal/{name}")).read_bytes() for name in ("portal.css", "portal.js")]
    assert sum(len(gzip.compress(each)) for each in (page.content, *files)) < BUDGET_OCTETS
    assert not page.cookies
    assert "style=" not in text_of(page)


def test_a_code_goes_back_to_the_gateway_that_signed(cafe, day, guest):
    address = arrival(cafe)
    token = visit_of(guest.get(address))
    typed = code_of(day).lower().replace("-", " ")
    answer = guest.post(address.split("?")[0], {"visit": token, "code": typed})
    assert answer.status_code == 303
    assert answer["Location"].startswith("http://10.1.0.1:3990/logon?")
    proof = parse_qs(urlsplit(answer["Location"]).query)
    assert proof["username"] == [code_of(day)]
    pad = uam.mixed(bytes.fromhex(CHALLENGE), portal_secret(cafe.nas))
    octets = bytes(a ^ b for a, b in zip(bytes.fromhex(proof["password"][0]), pad, strict=True))
    assert octets.rstrip(b"\0").decode() == code_of(day)
    assert answer["Cache-Control"] == "no-store"


def test_the_form_may_only_lead_to_us_and_to_this_gateway(cafe, guest):
    policy = guest.get(arrival(cafe))["Content-Security-Policy"] + ";"  # the directives come in any order
    assert "form-action 'self' http://10.1.0.1:3990;" in policy


def test_name_and_password_go_the_same_way(cafe, day, guest):
    address = arrival(cafe)
    token = visit_of(guest.get(address))
    answer = guest.post(address.split("?")[0], {"visit": token, "name": "maria", "password": "a long password"})
    assert answer.status_code == 303
    assert "a+long+password" not in answer["Location"]


def test_forged_redirects_send_nothing(cafe, guest):
    for address in (
        arrival(cafe).replace("10.1.0.1", "203.0.113.66"),
        arrival(cafe, uamip="203.0.113.66"),
        arrival(cafe).partition("&md=")[0],
        f"/portal/{cafe.operator.slug}/{cafe.nas.uuid}/?link-login-only=http://203.0.113.66/login",
    ):
        page = guest.get(address)
        assert page.status_code == 400
        assert "<form" not in text_of(page)
        assert "203.0.113.66" not in text_of(page)


def test_a_forged_or_old_form_sends_nothing(cafe, day, guest):
    path = arrival(cafe).split("?")[0]
    for token in ("", "x", visit_of(guest.get(arrival(cafe)))[:-1] + "!"):
        answer = guest.post(path, {"visit": token, "code": code_of(day)})
        assert answer.status_code == 400
        assert "Location" not in answer


def test_a_visit_of_one_gateway_is_none_at_another(cafe, hotel, guest):
    token = visit_of(guest.get(arrival(cafe)))
    answer = guest.post(arrival(hotel).split("?")[0], {"visit": token, "code": "ABCD"})
    assert answer.status_code == 400


def test_a_router_gets_a_form_that_posts_to_it(cafe, day, guest):
    from hotgate.apps.network.models import Nas

    with scope.of(cafe.operator.id):
        Nas.objects.filter(id=cafe.nas.id).update(maker="mikrotik", login_addresses=["http://10.5.50.1"])
    path = f"/portal/{cafe.operator.slug}/{cafe.nas.uuid}/"
    chap = r"chap-id=%5C067&chap-challenge=%5C000%5C001"
    page = guest.get(f"{path}?link-login-only=http%3A%2F%2F10.5.50.1%2Flogin&{chap}")
    page = guest.post(path, {"visit": visit_of(page), "code": code_of(day)})
    text = text_of(page)
    expected = hashlib.md5(b"\x37" + code_of(day).encode() + b"\0\1").hexdigest()
    assert 'action="http://10.5.50.1/login"' in text
    assert f'name="password" value="{expected}"' in text
    assert "form-action 'self' http://10.5.50.1;" in page["Content-Security-Policy"] + ";"


def test_a_new_portal_secret_ends_the_old_one(cafe, sign_in, guest):
    from hotgate.apps.network.models import Nas

    old = arrival(cafe)
    form = {"name": "Gateway", "site": cafe.site.uuid, "maker": "chillispot", "require_message_authenticator": "yes"}
    answer = sign_in().post(f"/network/{cafe.nas.uuid}/", form | {"coa_port": 3799, "new_portal_secret": "on"})
    assert answer["Location"] == f"/network/{cafe.nas.uuid}/"
    with scope.of(cafe.operator.id):
        Nas.objects.filter(id=cafe.nas.id).update(enabled=True)
        renewed = cafe._replace(nas=Nas.objects.get(id=cafe.nas.id))
    assert guest.get(old).status_code == 400
    assert guest.get(arrival(renewed)).status_code == 200


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("ZZZZ-ZZZZ-ZZZ", "typing mistake"),
        ("", "Please type your code"),
        ("<b>x</b>" * 20, "<b>x</b>"),
        ("م" * 30, "typing mistake"),
    ],
)
def test_a_wrong_code_is_told_and_kept(cafe, guest, typed, told):
    token = visit_of(guest.get(arrival(cafe)))
    answer = guest.post(arrival(cafe).split("?")[0], {"visit": token, "code": typed})
    assert answer.status_code == 422
    assert told in text_of(answer)
    assert "<b>x</b>" not in answer.content.decode()
    assert 'aria-invalid="true" aria-describedby="problem"' in text_of(answer)
    assert '<p class="problem" id="problem" role="alert">' in text_of(answer)


def test_what_the_gateway_said_is_only_text(cafe, guest):
    page = guest.get(arrival(cafe, res="failed", reply="%3Cscript%3Ealert(1)%3C/script%3E"))
    assert "<script>alert" not in page.content.decode()
    assert "<script>alert(1)" in text_of(page)


def test_after_login_it_says_what_is_left_and_how_to_come_back(cafe, day, guest):
    page = text_of(guest.get(arrival(cafe, res="success", uid="maria", userurl="https%3A%2F%2Fexample.com%2F")))
    assert "You are online" in page
    assert "1 GB" in page
    assert f"/portal/{cafe.operator.slug}/" in page
    assert 'href="https://example.com/"' in page
    assert "http://10.1.0.1:3990/logoff" in page


def test_a_ticket_says_what_it_gives_before_its_first_use(cafe, day, guest):
    page = text_of(guest.post(f"/portal/{cafe.operator.slug}/", {"code": code_of(day)}))
    assert "Not used yet" in page
    assert "usable for 7 days from first login" in page


def test_a_used_up_ticket_says_why_and_what_to_do(cafe, day, guest):
    from hotgate.apps.subscribers.models import Credential
    from hotgate.apps.vouchers.models import Voucher

    with scope.of(cafe.operator.id):
        voucher = Voucher.objects.get(id=day.ticket.id)
        voucher.subscriber, voucher.state, voucher.claimed_at = day.bruno, "used", voucher.created_at
        voucher.save()
        key = "code:" + bytes(voucher.code_index).hex()
        Credential.objects.create(operator=cafe.operator, subscriber=day.bruno, kind="code", name_key=key)
    page = text_of(guest.post(f"/portal/{cafe.operator.slug}/", {"code": code_of(day)}))
    assert "What you bought is used up. Please buy a new plan, or ask the staff." in page


def test_unknown_operators_and_gateways_are_not_there(cafe, hotel, guest):
    assert guest.get("/portal/nobody/").status_code == 404
    assert guest.get(f"/portal/{cafe.operator.slug}/{hotel.nas.uuid}/").status_code == 404
