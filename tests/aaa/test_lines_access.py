"""Lines of the access checklist that need no test file of their own (docs/requirements/radius.md)."""

from __future__ import annotations

import inspect
import secrets

import pytest

from aaa.running import KEY, Nas, number
from aaa.seeded import World
from aaa.test_access import DEVICE, PASSWORD, attempts_of, code_of, unsigned_request
from hotgate.domain import authentication
from hotgate.domain.reasons import Reason
from hotgate.radius import attributes as attr
from hotgate.radius import authenticator, passwords
from hotgate.radius.packet import Code, attribute, uint32, vendor_attribute

AUTHORIZE_ONLY = number(attr.SERVICE_TYPE, attr.ServiceType.AUTHORIZE_ONLY)
STATE = attribute(attr.STATE, bytes(range(16)))


@pytest.mark.parametrize("more", [STATE, AUTHORIZE_ONLY, AUTHORIZE_ONLY + STATE], ids=["state", "authorize", "both"])
def test_no_state_of_ours_is_out_there_so_none_lets_anybody_in(nas: Nas, world: World, more: bytes) -> None:
    """A8: this server issues no State; one that comes in proves nothing."""
    world.guest("anna", amount=1_000_000)
    assert code_of(nas.login("anna", "", DEVICE, more)) == Code.ACCESS_REJECT
    assert attempts_of(world) == [("refused", str(Reason.NO_PROOF), "D15")]


ODD = [
    attribute(250, b"?"),  # a number that nobody gave out
    attribute(241, b"\x03" + b"long"),  # RFC 6929: extended
    attribute(245, b"\x01\x80" + bytes(40)),  # long extended, with more to come that never does
    attribute(246, b"\x1a\x00\x00\x00\x37\x01" + b"evs"),
    attribute(241, b""),
    attribute(attr.VENDOR_SPECIFIC, b"\x00\x00"),
    attribute(attr.VENDOR_SPECIFIC, b"\x00\x00\xff\xff" + b"\xff\xff\xff"),
    vendor_attribute(65_000, 1, b"x"),
    attribute(attr.SERVICE_TYPE, b"\x00\x00\x02"),  # three octets of a number
    attribute(attr.NAS_IP_ADDRESS, b"\x7f"),
    attribute(attr.FRAMED_IPV6_PREFIX, b"\x00\xff"),
    attribute(attr.CALLED_STATION_ID, b"\xff\xfe:ssid"),
]


@pytest.mark.parametrize("odd", [*ODD, b"".join(ODD)], ids=[*map(str, range(len(ODD))), "all"])
def test_what_we_do_not_know_spoils_nothing(nas: Nas, world: World, odd: bytes) -> None:
    """A12, A27, D5"""
    world.guest("anna", amount=1_000_000)
    assert code_of(nas.login("anna", PASSWORD, DEVICE, odd)) == Code.ACCESS_ACCEPT


@pytest.mark.parametrize("step", [1, -1])
def test_attributes_of_different_types_may_stand_in_any_order(nas: Nas, world: World, step: int) -> None:
    """A13"""
    world.guest("anna", amount=1_000_000)
    random = secrets.token_bytes(16)
    parts = [
        attribute(attr.USER_NAME, b"anna"),
        attribute(attr.USER_PASSWORD, passwords.hide_password(PASSWORD.encode(), KEY, random)),
        attribute(attr.CALLING_STATION_ID, DEVICE.encode()),
        number(attr.NAS_PORT, 3),
    ]
    request = KEY.sign_access_request(Code.ACCESS_REQUEST, 1, random, b"".join(parts[::step]))
    assert code_of(nas.ask("auth", request)) == Code.ACCESS_ACCEPT


@pytest.mark.parametrize(("password", "code"), [(PASSWORD, Code.ACCESS_ACCEPT), ("guess", Code.ACCESS_REJECT)])
def test_proxy_states_come_back_as_they_were_and_behind_our_signature(
    nas: Nas, world: World, password: str, code: int
) -> None:
    """A7, and the reply's Message-Authenticator first (§1.4)."""
    world.guest("anna", amount=1_000_000)
    states = [secrets.token_bytes(9), b"", secrets.token_bytes(200)]
    more = b"".join(attribute(attr.PROXY_STATE, state) for state in states)
    reply = nas.login("anna", password, DEVICE, more)
    assert reply is not None
    assert reply.code == code
    assert reply.all(attr.PROXY_STATE) == states
    assert reply.attributes[0][0] == attr.MESSAGE_AUTHENTICATOR


def test_the_class_is_short_and_there_is_one(nas: Nas, world: World) -> None:
    """A9"""
    world.guest("anna", amount=1_000_000)
    reply = nas.login("anna", PASSWORD, DEVICE)
    assert reply is not None
    (token,) = reply.all(attr.CLASS)
    assert 16 <= len(token) <= 64


def test_an_accept_has_only_what_an_accept_may_carry(nas: Nas, world: World) -> None:
    """A6: of RFC 2865 §5.44 and 2869 §5.19, nothing that only a request has."""
    world.guest("anna", amount=1_000_000)
    reply = nas.login("anna", PASSWORD, DEVICE)
    assert reply is not None
    allowed = {attr.MESSAGE_AUTHENTICATOR, attr.CLASS, attr.SESSION_TIMEOUT, attr.IDLE_TIMEOUT, 85, 11, 88}
    assert {kind for kind, _ in reply.attributes} <= allowed


def test_a_chargeable_identity_is_given_when_asked_for_and_stays_the_same(nas: Nas, world: World) -> None:
    """A24: by an empty one the NAS says that it knows the attribute; it is no name, and another user's is another."""
    empty = attribute(attr.CHARGEABLE_USER_IDENTITY, b"\0")
    told = []
    for name in ("anna", "berta", "anna"):
        if name not in dict(told):
            world.guest(name, amount=1_000_000)
        reply = nas.login(name, PASSWORD, DEVICE, empty)
        assert reply is not None
        told.append((name, reply.first(attr.CHARGEABLE_USER_IDENTITY)))
    first, other, again = (identity for _, identity in told)
    assert first == again != other
    assert first is not None
    assert len(first) == 32
    assert b"anna" not in first
    unasked = nas.login("anna", PASSWORD, DEVICE)
    assert unasked is not None
    assert unasked.first(attr.CHARGEABLE_USER_IDENTITY) is None


def test_a_new_nas_has_to_sign(nas: Nas, world: World) -> None:
    """M6, M8: nothing was said about it, so an unsigned request changes nothing, and the first is told why."""
    world.guest("anna", amount=1_000_000)
    hint = nas.ask("auth", unsigned_request(nas))
    assert hint is not None
    assert hint.code == Code.ACCESS_REJECT
    assert hint.first(attr.ERROR_CAUSE) == uint32(510)
    assert nas.ask("auth", unsigned_request(nas), 0.4) is None
    assert {rule for _, _, rule in attempts_of(world, "outcome, reason, rule")} <= {"D9"}  # written once a second


def test_a_nas_that_has_signed_once_gets_silence_for_what_is_unsigned(nas: Nas, world: World) -> None:
    """M8: from then on an unsigned request is forged, or was stripped on its way."""
    world.guest("anna", amount=1_000_000)
    assert code_of(nas.login("anna", PASSWORD, DEVICE)) == Code.ACCESS_ACCEPT
    assert nas.ask("auth", unsigned_request(nas), 0.4) is None


def test_only_constant_time_comparisons_judge_secrets() -> None:
    """A19: by what stands in the code, since time can't be asserted."""
    for module, times in ((authenticator, 1), (passwords, 3), (authentication, 1)):
        assert inspect.getsource(module).count("compare_digest(") >= times
