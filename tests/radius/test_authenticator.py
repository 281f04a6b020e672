"""Signatures against the plain definition with hmac and hashlib, and against turned bits."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotgate.radius.authenticator import ZEROS, ClientKey
from hotgate.radius.packet import Code, attribute, decode
from radius.samples import (
    AUTHENTICATOR,
    KEY,
    NAME,
    SECRET,
    accounting_request,
    message_authenticator_first,
    plain,
    spoiled,
    with_message_authenticator_at,
)

REPLIES = [Code.ACCESS_ACCEPT, Code.ACCESS_REJECT, Code.ACCESS_CHALLENGE, Code.COA_ACK, Code.DISCONNECT_NAK]


@given(st.binary(min_size=1, max_size=200), st.binary(max_size=300))
def test_keyed_states_give_what_hmac_gives(secret: bytes, octets: bytes) -> None:
    assert ClientKey(secret).hmac(octets) == hmac.digest(secret, octets, "md5")


@pytest.mark.parametrize("size", [1, 16, 63, 64, 65, 128])
def test_secrets_of_any_length_work(size: int) -> None:
    key = ClientKey(b"s" * size)
    assert key.hmac(b"octets") == hmac.digest(b"s" * size, b"octets", "md5")


def test_a01_an_empty_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="empty"):
        ClientKey(b"")


def test_the_secret_is_not_in_repr() -> None:
    assert SECRET.decode() not in repr(KEY)


@pytest.mark.parametrize("code", REPLIES)
def test_a03_reply_carries_the_response_authenticator_and_message_authenticator_first(code: Code) -> None:
    reply = KEY.sign_reply(code, 9, AUTHENTICATOR, attribute(18, b"welcome"))
    assert message_authenticator_first(reply)
    expected = hashlib.md5(reply[:4] + AUTHENTICATOR + reply[20:] + SECRET).digest()
    assert reply[4:20] == expected
    unsigned = reply[:4] + AUTHENTICATOR + reply[20:22] + ZEROS + reply[38:]
    assert reply[22:38] == hmac.digest(SECRET, unsigned, "md5")


def test_a03_reply_with_any_bit_turned_is_not_valid() -> None:
    reply = KEY.sign_reply(Code.ACCESS_ACCEPT, 9, AUTHENTICATOR, attribute(27, bytes(4)))
    assert KEY.verify_reply(decode(reply), AUTHENTICATOR)
    for at in [0, 1, *range(4, len(reply))]:
        if at not in (20, 21, 38, 39):  # types and lengths: other packets, or none
            assert not KEY.verify_reply(decode(spoiled(reply, at)), AUTHENTICATOR)


def test_reply_signed_by_another_secret_is_not_valid() -> None:
    reply = ClientKey(b"other").sign_reply(Code.ACCESS_ACCEPT, 9, AUTHENTICATOR, b"")
    assert not KEY.verify_reply(decode(reply), AUTHENTICATOR)


def test_reply_with_right_header_and_wrong_message_authenticator_is_not_valid() -> None:
    body = attribute(80, bytes(16))
    start = b"\x02\x01\x00\x26"
    reply = start + hashlib.md5(start + AUTHENTICATOR + body + SECRET).digest() + body
    assert not KEY.verify_reply(decode(reply), AUTHENTICATOR)


@pytest.mark.parametrize("covered", [ZEROS, None], ids=["over zeros", "over the request's"])
def test_accounting_response_with_message_authenticator_is_valid_in_both_readings(
    covered: bytes | None,
) -> None:
    inner = AUTHENTICATOR if covered is None else covered
    start = b"\x05\x01\x00\x26"
    body = attribute(80, KEY.hmac(start + inner + attribute(80, bytes(16))))
    reply = start + hashlib.md5(start + AUTHENTICATOR + body + SECRET).digest() + body
    assert KEY.verify_reply(decode(reply), AUTHENTICATOR)


def test_accept_whose_message_authenticator_covers_zeros_is_not_valid() -> None:
    start = b"\x02\x01\x00\x26"
    body = attribute(80, KEY.hmac(start + ZEROS + attribute(80, bytes(16))))
    reply = start + hashlib.md5(start + AUTHENTICATOR + body + SECRET).digest() + body
    assert not KEY.verify_reply(decode(reply), AUTHENTICATOR)


def test_b02_accounting_request_is_hashed_over_zeros() -> None:
    datagram = accounting_request()
    assert datagram[4:20] == hashlib.md5(datagram[:4] + ZEROS + datagram[20:] + SECRET).digest()
    assert KEY.verify_accounting_request(decode(datagram))
    assert not KEY.verify_accounting_request(decode(spoiled(datagram, len(datagram) - 1)))


@pytest.mark.parametrize("code", [Code.DISCONNECT_REQUEST, Code.COA_REQUEST])
def test_x01_dynamic_request_is_signed_over_zeros_in_both_signatures(code: Code) -> None:
    datagram = KEY.sign_request(code, 3, NAME)
    assert message_authenticator_first(datagram)
    unsigned = datagram[:4] + ZEROS + datagram[20:22] + ZEROS + datagram[38:]
    assert datagram[22:38] == hmac.digest(SECRET, unsigned, "md5")
    assert KEY.verify_request(decode(datagram))


@pytest.mark.parametrize("place", [0, 1, 2], ids=["first", "middle", "last"])
def test_message_authenticator_is_valid_wherever_it_stands(place: int) -> None:
    packet = decode(with_message_authenticator_at(place, NAME, attribute(32, b"nas")))
    assert KEY.verify_message_authenticator(packet)


@pytest.mark.parametrize(
    "body",
    [b"", attribute(80, bytes(15)), attribute(80, bytes(17)), attribute(80, b"")],
    ids=["absent", "short", "long", "empty"],
)
def test_message_authenticator_of_another_length_is_not_valid(body: bytes) -> None:
    assert not KEY.verify_message_authenticator(decode(plain(1, body)))


def test_two_message_authenticators_are_not_valid_though_one_would_be() -> None:
    once = with_message_authenticator_at(0, NAME)
    twice = once[20:38] + attribute(80, bytes(16)) + NAME
    unsigned = plain(1, attribute(80, bytes(16)) + twice[18:])
    signed = unsigned[:22] + KEY.hmac(unsigned) + unsigned[38:]
    assert not KEY.verify_message_authenticator(decode(signed))


def test_a_later_message_authenticator_does_not_replace_an_earlier() -> None:
    unsigned = plain(1, attribute(80, b"sixteen octets..") + NAME + attribute(80, bytes(16)))
    assert not KEY.verify_message_authenticator(decode(unsigned[:-16] + KEY.hmac(unsigned)))


def test_request_is_not_valid_by_half_of_its_signatures() -> None:
    wrong_inside = KEY.sign_request(Code.COA_REQUEST, 1, attribute(80, bytes(16)), message_authenticator=False)
    assert not KEY.verify_request(decode(wrong_inside))
    assert not KEY.verify_request(decode(spoiled(KEY.sign_request(Code.COA_REQUEST, 1, NAME), 4)))


def test_packets_beyond_4096_octets_are_refused() -> None:
    fits = attribute(18, bytes(253)) * 15 + attribute(18, bytes(231))
    assert len(KEY.sign_reply(Code.ACCESS_ACCEPT, 1, AUTHENTICATOR, fits)) == 4096
    with pytest.raises(ValueError, match="4096"):
        KEY.sign_reply(Code.ACCESS_ACCEPT, 1, AUTHENTICATOR, fits + attribute(18, b""))
