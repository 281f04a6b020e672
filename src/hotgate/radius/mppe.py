"""Session keys for MPPE after MS-CHAPv2, and their cover on the wire (RFC 3079 §3, RFC 2548 §2.4.2)."""

from __future__ import annotations

from hashlib import sha1
from typing import Final

from hotgate.radius import attributes as attr
from hotgate.radius.authenticator import ClientKey
from hotgate.radius.packet import vendor_attribute
from hotgate.radius.passwords import xor16

_MASTER: Final = b"This is the MPPE Master Key"
_CLIENT_SENDS: Final = b"On the client side, this is the send key; on the server side, it is the receive key."
_CLIENT_RECEIVES: Final = b"On the client side, this is the receive key; on the server side, it is the send key."
_PAD_1: Final = bytes(40)
_PAD_2: Final = b"\xf2" * 40


def master_key(password_hash_hash: bytes, nt_response: bytes) -> bytes:
    """16 octets that both start keys come from (RFC 3079 §3.4)."""
    return sha1(password_hash_hash + nt_response + _MASTER).digest()[:16]


def send_key(master: bytes) -> bytes:
    """The 128-bit start key of the direction from NAS to client."""
    return _start_key(master, _CLIENT_RECEIVES)


def receive_key(master: bytes) -> bytes:
    """The 128-bit start key of the direction from client to NAS."""
    return _start_key(master, _CLIENT_SENDS)


def mppe_attributes(master: bytes, key: ClientKey, request_authenticator: bytes, salt: int) -> bytes:
    """MS-MPPE-Send-Key and MS-MPPE-Recv-Key, ready for an Access-Accept.

    `salt` is 15 random bits; the two keys use neighbouring salts, for no two in a packet may be equal.
    """
    send = cover(send_key(master), key, request_authenticator, salt)
    receive = cover(receive_key(master), key, request_authenticator, salt + 1)
    return vendor_attribute(attr.MICROSOFT, attr.MS_MPPE_SEND_KEY, send) + vendor_attribute(
        attr.MICROSOFT, attr.MS_MPPE_RECV_KEY, receive
    )


def cover(session_key: bytes, key: ClientKey, request_authenticator: bytes, salt: int) -> bytes:
    """Salt (its top bit set) and the hidden key (RFC 2548 §2.4.2)."""
    salt_octets = (salt & 0x7FFF | 0x8000).to_bytes(2, "big")
    plain = bytes((len(session_key),)) + session_key
    plain = plain.ljust(-(-len(plain) // 16) * 16, b"\0")
    covered, previous = b"", request_authenticator + salt_octets
    for at in range(0, len(plain), 16):
        previous = xor16(plain[at : at + 16], key.keystream(previous))
        covered += previous
    return salt_octets + covered


def uncover(value: bytes, key: ClientKey, request_authenticator: bytes) -> bytes:
    """The session key that `cover` hid. ValueError when the value has no such shape."""
    if len(value) < 18 or len(value) % 16 != 2:
        raise ValueError(f"{len(value)} octets are no covered key")
    plain, previous = b"", request_authenticator + value[:2]
    for at in range(2, len(value), 16):
        block = value[at : at + 16]
        plain += xor16(block, key.keystream(previous))
        previous = block
    if plain[0] > len(plain) - 1:
        raise ValueError("the key length passes the end")
    return plain[1 : 1 + plain[0]]


def _start_key(master: bytes, direction: bytes) -> bytes:
    return sha1(master + _PAD_1 + direction + _PAD_2).digest()[:16]
