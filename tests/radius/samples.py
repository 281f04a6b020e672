"""Packets for the tests: the vectors, and short ways to say a request."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hotgate.radius import attributes as attr
from hotgate.radius.authenticator import ClientKey
from hotgate.radius.packet import Code, attribute, decode, uint32
from hotgate.radius.passwords import hide_password
from hotgate.radius.server import Peer

VECTORS: dict[str, Any] = json.loads((Path(__file__).parent / "vectors.json").read_text())
SECRET: bytes = VECTORS["secret"].encode()
KEY = ClientKey(SECRET)
PEER = Peer(KEY)
OPEN_PEER = Peer(KEY, require_message_authenticator="no", limit_proxy_state=False)
SOURCE = ("192.0.2.7", 49152)
AUTHENTICATOR = bytes(range(16))
EXCHANGES = [
    (each["about"], bytes.fromhex(each["request"]), bytes.fromhex(each["reply"])) for each in VECTORS["exchanges"]
]

NAME = attribute(attr.USER_NAME, b"nemo")
PROXY_STATES = attribute(attr.PROXY_STATE, b"one") + attribute(attr.PROXY_STATE, b"\x00two")


def octets(vector: str) -> bytes:
    return bytes.fromhex(VECTORS[vector])


def message_authenticator_first(datagram: bytes) -> bool:
    return datagram[20:22] == b"\x50\x12" and len(datagram) >= 38


def access_request(
    *extra: bytes,
    password: bytes | None = b"arctangent",
    identifier: int = 1,
    authenticator: bytes = AUTHENTICATOR,
    signed: bool = True,
) -> bytes:
    body = NAME + b"".join(extra)
    if password is not None:
        body += attribute(attr.USER_PASSWORD, hide_password(password, KEY, authenticator))
    if signed:
        return KEY.sign_access_request(Code.ACCESS_REQUEST, identifier, authenticator, body)
    return plain(Code.ACCESS_REQUEST, body, identifier=identifier, authenticator=authenticator)


def accounting_request(*extra: bytes, identifier: int = 1, signed: bool = False) -> bytes:
    body = attribute(attr.ACCT_STATUS_TYPE, uint32(1)) + attribute(attr.ACCT_SESSION_ID, b"0001") + b"".join(extra)
    return KEY.sign_request(Code.ACCOUNTING_REQUEST, identifier, body, message_authenticator=signed)


def status_server(identifier: int = 1, authenticator: bytes = AUTHENTICATOR, attributes: bytes = b"") -> bytes:
    return KEY.sign_access_request(Code.STATUS_SERVER, identifier, authenticator, attributes)


def plain(code: int, body: bytes, *, identifier: int = 1, authenticator: bytes = AUTHENTICATOR) -> bytes:
    """A packet as it stands, signed by nobody."""
    return bytes((code, identifier)) + (20 + len(body)).to_bytes(2, "big") + authenticator + body


def with_message_authenticator_at(place: int, *parts: bytes) -> bytes:
    """An Access-Request whose Message-Authenticator stands before the part of that number."""
    blank = attribute(attr.MESSAGE_AUTHENTICATOR, bytes(16))
    unsigned = plain(Code.ACCESS_REQUEST, b"".join((*parts[:place], blank, *parts[place:])))
    at = decode(unsigned).message_authenticator_at
    return unsigned[:at] + KEY.hmac(unsigned) + unsigned[at + 16 :]


def spoiled(datagram: bytes, at: int) -> bytes:
    """The datagram with one bit turned."""
    return datagram[:at] + bytes((datagram[at] ^ 1,)) + datagram[at + 1 :]
