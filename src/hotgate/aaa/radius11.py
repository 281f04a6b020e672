"""RADIUS/1.1 (RFC 9765): the same attributes inside TLS 1.3, without MD5.

A token of four octets takes the place of identifier and authenticators, and what MD5 used to hide is in clear, since
TLS hides it. The rules of the server know only RADIUS/1.0, so a request is turned into one here, and its reply back.
"""

from __future__ import annotations

from collections.abc import Iterator

from hotgate.radius import attributes as attr
from hotgate.radius import mppe
from hotgate.radius.authenticator import ZEROS, ClientKey
from hotgate.radius.packet import (
    HEADER_OCTETS,
    PACKET_OCTETS_MAX,
    Packet,
    TooLong,
    attribute,
    vendor_attribute,
    vendor_values,
)
from hotgate.radius.passwords import PASSWORD_OCTETS_MAX, hide_password
from hotgate.radius.server import permitted_in_reject

TOKEN = slice(4, 8)
_REJECT = 3
_COVERED = frozenset({(attr.MICROSOFT, attr.MS_MPPE_SEND_KEY), (attr.MICROSOFT, attr.MS_MPPE_RECV_KEY)})


def request_of(packet: Packet, key: ClientKey) -> Packet:
    """The request as RADIUS/1.0 would carry it, its authenticator zeros; `octets` stay those that came.

    Message-Authenticator means nothing here (§5.2). CHAP needs its challenge as an attribute, for no authenticator can
    stand in for it: without one it is no proof.
    """
    firsts = {
        number: _hidden(value, key) if number == attr.USER_PASSWORD else value
        for number, value in packet.firsts.items()
        if number != attr.MESSAGE_AUTHENTICATOR and (number != attr.CHAP_PASSWORD or _has_challenge(packet))
    }
    return Packet(packet.code, 0, ZEROS, packet.octets, firsts, packet.repeated)


def reply_to(request: Packet, code: int, attributes: bytes, key: ClientKey) -> bytes:
    """The reply with the request's token, then its Proxy-States. Raises TooLong above 4096 octets."""
    if code == _REJECT:
        attributes = permitted_in_reject(attributes)
    body = b"".join(_uncovered(attributes, key))
    body += b"".join(attribute(attr.PROXY_STATE, state) for state in request.all(attr.PROXY_STATE))
    length = HEADER_OCTETS + len(body)
    if length > PACKET_OCTETS_MAX:
        raise TooLong(length)
    return bytes((code, 0)) + length.to_bytes(2, "big") + request.octets[TOKEN] + bytes(12) + body


def _has_challenge(packet: Packet) -> bool:
    return packet.first(attr.CHAP_CHALLENGE) is not None


def _hidden(password: bytes, key: ClientKey) -> bytes:
    # one too long counts as absent, as it would over UDP
    return hide_password(password, key, ZEROS) if len(password) <= PASSWORD_OCTETS_MAX else b""


def _uncovered(attributes: bytes, key: ClientKey) -> Iterator[bytes]:
    at = 0
    while at < len(attributes):
        end = at + attributes[at + 1]
        value = attributes[at + 2 : end]
        inner = vendor_values(value) if attributes[at] == attr.VENDOR_SPECIFIC else []
        if len(inner) == 1 and inner[0][0] in _COVERED:
            (vendor, number), covered = inner[0]
            yield vendor_attribute(vendor, number, mppe.uncover(covered, key, ZEROS))
        else:
            yield attributes[at:end]
        at = end
