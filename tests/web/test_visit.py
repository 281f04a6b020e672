"""What gateways tell the portal: golden values, and addresses that must never receive a password."""

from __future__ import annotations

import hashlib
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from hotgate.web.portal import mikrotik, uam
from hotgate.web.portal.visit import Gateway, RefusedVisit

# CoovaChilli: challenge, response and signature for the secret `uamsecret1`, password `arctangent`
SECRET, PASSWORD = "uamsecret1", "arctangent"
CHALLENGE = bytes(range(16))
URL = (
    "http://portal.example/p?res=notyet&uamip=10.1.0.1&uamport=3990&challenge=000102030405060708090a0b0c0d0e0f"
    "&called=02-00-00-00-00-01&mac=02-00-00-00-00-02&ip=10.1.0.2&nasid=site1&sessionid=abc"
    "&userurl=http%3a%2f%2fexample.com%2f"
)
SIGNED = URL + "&md=E7CE37B3F4BB68322188AE20331341D3"
COOVA = Gateway(SECRET, frozenset())
ROUTER = Gateway("", frozenset({"http://10.5.50.1", "https://login.cafe.example"}))


def signed(url: str) -> str:
    return f"{url}&md={hashlib.md5((url + SECRET).encode()).hexdigest().upper()}"


def router_url(login: str, **more: str) -> str:
    fields = {"link-login-only": login, "mac": "02:00:00:00:00:02"} | more
    return "http://portal.example/p?" + "&".join(f"{name}={quote(value)}" for name, value in fields.items())


def test_uam_challenge_and_proofs():
    assert uam.mixed(CHALLENGE, SECRET).hex() == "b5143925bfd83563619839f7710d7c10"
    assert uam.chap(PASSWORD, CHALLENGE, SECRET) == "8b38b05f4891b8c68468c214e6fd42e2"
    assert uam.pap(PASSWORD, CHALLENGE, SECRET) == "d4665a51deb652060fec39f7710d7c10"


def test_a_long_password_goes_on_with_the_same_pad():
    twice = uam.pap("a" * 32, CHALLENGE, SECRET)
    assert twice[:32] == twice[32:]
    assert uam.pap("", CHALLENGE, SECRET) == ""


def test_a_signed_redirect_is_read():
    visit = uam.visit_of(SIGNED, COOVA)
    assert (visit.origin, visit.result, visit.challenge) == ("http://10.1.0.1:3990", "notyet", CHALLENGE)
    assert (visit.mac, visit.ip, visit.wanted) == ("02-00-00-00-00-02", "10.1.0.2", "http://example.com/")


def test_the_way_back_carries_a_proof_and_no_password():
    address = uam.login_url(uam.visit_of(SIGNED, COOVA), COOVA, "a&b=c", PASSWORD)
    assert address.startswith("http://10.1.0.1:3990/logon?")
    assert parse_qs(urlsplit(address).query) == {
        "username": ["a&b=c"],
        "password": ["d4665a51deb652060fec39f7710d7c10"],
    }
    assert PASSWORD not in address


@pytest.mark.parametrize(
    "url",
    [
        URL,  # no signature
        SIGNED.replace("10.1.0.1", "10.1.0.9"),
        SIGNED.replace("3990", "80"),
        SIGNED.lower(),
        SIGNED[:-1],
        SIGNED + "&uamip=8.8.8.8",
        SIGNED + "0",
        SIGNED.replace("%3a", ":"),  # signed is what was sent, not what it means
        URL + "&md=",
        URL.replace("uamip=10.1.0.1", "uamip=8.8.8.8") + SIGNED[len(URL) :],
    ],
)
def test_a_changed_redirect_is_refused(url):
    with pytest.raises(RefusedVisit):
        uam.visit_of(url, COOVA)


@pytest.mark.parametrize(
    "host", ["8.8.8.8", "127.0.0.1", "169.254.169.254", "0.0.0.0", "example.com", "10.1.0.1:80", "10.1", "", "[::1]"]
)
def test_even_a_signed_redirect_leads_only_into_the_gateways_network(host):
    with pytest.raises(RefusedVisit):
        uam.visit_of(signed(URL.replace("uamip=10.1.0.1", f"uamip={host}")), COOVA)


@pytest.mark.parametrize(
    ("field", "value"),
    [("uamport", "0"), ("uamport", "65536"), ("uamport", "80/x"), ("challenge", "zz"), ("challenge", "00")],
)
def test_impossible_values_are_refused(field, value):
    start, rest = URL.split(f"{field}=", 1)
    tail = rest.partition("&")[2]
    with pytest.raises(RefusedVisit):
        uam.visit_of(signed(f"{start}{field}={value}&{tail}"), COOVA)


def test_two_values_for_one_field_are_refused():
    with pytest.raises(RefusedVisit):
        uam.visit_of(signed(URL + "&uamip=10.1.0.9"), COOVA)


def test_a_registered_address_needs_no_signature():
    gateway = Gateway("", frozenset({"http://10.1.0.1:3990"}))
    assert uam.visit_of(URL, gateway).origin == "http://10.1.0.1:3990"
    for other in (URL.replace("10.1.0.1", "10.1.0.2"), URL.replace("3990", "3991"), URL.replace("3990", "80")):
        with pytest.raises(RefusedVisit):
            uam.visit_of(other, gateway)


# MikroTik: id 0x37, challenge 0001…0f


def test_routeros_octal_escapes():
    assert mikrotik.unescape_octal(r"\067") == b"\x37"
    assert mikrotik.unescape_octal(r"\000\001A\377") == b"\x00\x01A\xff"


def test_routeros_chap():
    challenge = "".join(f"\\{octet:03o}" for octet in CHALLENGE)
    url = router_url("http://10.5.50.1/login", **{"chap-id": r"\067", "chap-challenge": challenge})
    visit = mikrotik.visit_of(url, ROUTER)
    assert (visit.origin, visit.path) == ("http://10.5.50.1", "/login")
    assert mikrotik.login_fields(visit, "nemo", PASSWORD) == {
        "username": "nemo",
        "password": "b44dd517082c7b7da01c26a956f1f489",
    }


@pytest.mark.parametrize(
    "login", ["http://10.5.50.1/login", "https://login.cafe.example/login", "http://10.5.50.1:80/login"]
)
def test_a_registered_router_is_believed(login):
    assert mikrotik.visit_of(router_url(login), ROUTER).path == "/login"


EVIL_HOSTS = (
    "evil.example", "10.5.50.1.evil.example", "10.5.50.10", "evil.example#10.5.50.1", "evil.example?10.5.50.1",
    "10.5.50.1@evil.example", "login.cafe.example@evil.example", "evil.example\\@10.5.50.1", "evil.example/10.5.50.1",
    "[::ffff:10.5.50.1]", "0x0a053201", "168112641", "10.5.50.1%00.evil.example", "10.5.50.1。evil.example", "",
    "login.cafe.example.", "xlogin.cafe.example", "10.5.50.1:80@evil.example", " evil.example", "evil.example\t",
)  # fmt: skip
EVIL_FORMS = (
    "http://{}/login", "https://{}/login", "http:{}", "//{}/login", "http:\\\\{}/login", "HTTP://{}/login",
    "http://{}\r\nHost: 10.5.50.1", "ftp://{}/login", "javascript://{}/%0aalert(1)", "http:///{}/login", "{}",
)  # fmt: skip
EVIL = [form.format(host) for form in EVIL_FORMS for host in EVIL_HOSTS] + [
    "javascript:alert(1)", "data:text/html,x", "//10.5.50.1/login", "http:10.5.50.1/login", "10.5.50.1/login",
    "http://10.5.50.1\\.evil.example/", "http://10.5.50.1/lo gin", "http://10.5.50.1:99999/", "http://10.5.50.1:x/",
    "http://10.5.50.1:8080/login", "https://10.5.50.1/login", "http://login.cafe.example/login",
    "https://login.cafe.example:80/login", "http://10.5.50.1:443/", "http://10.5.50.1:0/",
    "file://10.5.50.1/etc", "ws://10.5.50.1/", "http://[10.5.50.1/", "http://user:pw@10.5.50.1/login",
]  # fmt: skip


def test_two_hundred_forged_login_addresses_get_nothing():
    assert len(EVIL) >= 200
    believed = []
    for login in EVIL:
        try:
            believed.append((login, mikrotik.visit_of(router_url(login), ROUTER).origin))
        except RefusedVisit:
            continue
    assert believed == []


@pytest.mark.parametrize(
    "wanted", ["javascript:alert(1)", "//evil.example", "http://a@b/", "http:\\\\x", "http://a\r\nb", ""]
)
def test_a_strange_page_is_not_offered(wanted):
    visit = mikrotik.visit_of(router_url("http://10.5.50.1/login", **{"link-orig": wanted}), ROUTER)
    assert visit.wanted == ""
