"""Secrets at rest: one master key, a derived key per purpose, and the few operations made with them.

Keys come in as arguments and nothing is read or stored here. A stolen database without the master key gives
no voucher code, wire password or RADIUS secret, and lets nobody test guesses offline.
"""

import hashlib
import hmac
import os
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_OCTETS = 12
TAG_OCTETS = 16
SHA256_BLOCK_OCTETS = 64
CLASS_TOKEN = struct.Struct(">Bqqq")
CLASS_TOKEN_VERSION = 1
CLASS_TOKEN_OCTETS = CLASS_TOKEN.size + TAG_OCTETS


class VaultError(Exception):
    """What was sealed cannot be opened: another key, another place (aad), or damaged octets."""


@dataclass(frozen=True, slots=True, repr=False)
class SealingKey:
    key_id: int  # 0..255, stands in front of what it sealed, so that keys can be changed
    secret: bytes  # 32 octets


@dataclass(frozen=True, slots=True, repr=False)
class Keys:
    """All working keys of one master key, each of 32 octets and for one purpose only."""

    network: SealingKey  # RADIUS secrets, passwords CHAP needs in clear: opened by the AAA server only
    reprint: SealingKey  # what staff may see again, such as voucher codes
    code_index: bytes
    wire: bytes
    class_token: bytes
    user_identity: bytes
    cookies: bytes  # Django's SECRET_KEY

    @classmethod
    def of(cls, master: bytes) -> Self:
        return cls(
            network=SealingKey(1, derive(master, "seal network secrets")),
            reprint=SealingKey(1, derive(master, "seal for reprint")),
            code_index=derive(master, "index of codes"),
            wire=derive(master, "wire passwords"),
            class_token=derive(master, "class attribute"),
            user_identity=derive(master, "chargeable user identity"),
            cookies=derive(master, "web cookies"),
        )


def derive(master: bytes, label: str) -> bytes:
    """32 octets for one purpose: HKDF with SHA-256 (RFC 5869), one block, the label as info."""
    pseudorandom = hmac.digest(b"hotgate", master, "sha256")
    return hmac.digest(pseudorandom, label.encode() + b"\x01", "sha256")


def fingerprint(master: bytes) -> str:
    """16 hexadecimal digits that tell two master keys apart and tell nothing about them."""
    return derive(master, "fingerprint").hex()[:16]


def database_password(master: bytes, login: str) -> str:
    return derive(master, f"database login {login}").hex()


def seal(key: SealingKey, plaintext: bytes, aad: bytes) -> bytes:
    """key id (1 octet) + nonce (12) + AES-256-GCM ciphertext and tag.

    `aad` names the place it is for, such as b"nas:17:secret": a row copied elsewhere does not open.
    """
    return sealer(key)(plaintext, aad)


def sealer(key: SealingKey) -> Callable[[bytes, bytes], bytes]:
    """`seal` with this key, for very many at once."""
    encrypt, first = AESGCM(key.secret).encrypt, bytes([key.key_id])

    def seal_one(plaintext: bytes, aad: bytes) -> bytes:
        nonce = os.urandom(NONCE_OCTETS)
        return first + nonce + encrypt(nonce, plaintext, aad)

    return seal_one


def unsealer(key: SealingKey) -> Callable[[bytes, bytes], bytes]:
    """`unseal` with this key, for very many at once. Raises VaultError as that does."""
    decrypt, key_id, begins, shortest = (
        AESGCM(key.secret).decrypt,
        key.key_id,
        1 + NONCE_OCTETS,
        1 + NONCE_OCTETS + TAG_OCTETS,
    )

    def unseal_one(sealed: bytes, aad: bytes) -> bytes:
        if len(sealed) < shortest or sealed[0] != key_id:
            raise VaultError("sealed with another key, or cut short")
        try:
            return decrypt(sealed[1:begins], sealed[begins:], aad)
        except InvalidTag:
            raise VaultError("sealed with another key, for another place, or damaged") from None

    return unseal_one


def unseal(key: SealingKey, sealed: bytes, aad: bytes) -> bytes:
    """Raises VaultError."""
    return unsealer(key)(sealed, aad)


@lru_cache(maxsize=64)
def keyed_hmac(key: bytes) -> Callable[[bytes], bytes]:
    """HMAC-SHA256 (RFC 2104) under a key that is digested once, and not for each message anew.

    Under OpenSSL 3 a one-shot `hmac.digest` takes more than twice as long. Our keys fit into a block: ValueError else.
    """
    if len(key) > SHA256_BLOCK_OCTETS:
        raise ValueError(f"a key of {len(key)} octets")
    block = key.ljust(SHA256_BLOCK_OCTETS, b"\0")
    inner, outer = (hashlib.sha256(bytes(octet ^ pad for octet in block)).copy for pad in (0x36, 0x5C))

    def digest(message: bytes) -> bytes:
        inside, outside = inner(), outer()
        inside.update(message)
        outside.update(inside.digest())
        return outside.digest()

    return digest


def code_index(key: bytes, normalised_code: str) -> bytes:
    """32 octets by which a voucher or top-up code is found without being stored in clear."""
    return keyed_hmac(key)(normalised_code.encode())


def code_indexes(key: bytes, normalised_codes: Sequence[str]) -> list[bytes]:
    """`code_index` of very many."""
    digest = keyed_hmac(key)
    return [digest(code.encode()) for code in normalised_codes]


def wire_digest(key: bytes, subscriber_ref: str, password: bytes) -> bytes:
    """32 octets that a PAP password is compared with. Equal passwords of two subscribers differ here."""
    ref = subscriber_ref.encode()
    return keyed_hmac(key)(len(ref).to_bytes(2, "big") + ref + password)


class ClassToken(NamedTuple):
    operator_id: int
    subscriber_id: int
    authorization_id: int


def class_token(key: bytes, operator_id: int, subscriber_id: int, authorization_id: int) -> bytes:
    """Class attribute of an Accept (RFC 2865 §5.25), 41 octets; some NASes keep no more than 64."""
    body = CLASS_TOKEN.pack(CLASS_TOKEN_VERSION, operator_id, subscriber_id, authorization_id)
    return body + _class_tag(key, body)


def user_identity(key: bytes, operator_id: int, subscriber_id: int) -> bytes:
    """Chargeable-User-Identity (RFC 4372): the same for a user at each login, and no name to anybody else."""
    return keyed_hmac(key)(b"%d:%d" % (operator_id, subscriber_id))[:16].hex().encode()


def read_class_token(key: bytes, token: bytes) -> ClassToken | None:
    """None when the token is not ours."""
    body, tag = token[: CLASS_TOKEN.size], token[CLASS_TOKEN.size :]
    if len(token) != CLASS_TOKEN_OCTETS or not hmac.compare_digest(tag, _class_tag(key, body)):
        return None
    version, *ids = CLASS_TOKEN.unpack(body)
    return ClassToken(*ids) if version == CLASS_TOKEN_VERSION else None


def _class_tag(key: bytes, body: bytes) -> bytes:
    return keyed_hmac(key)(body)[:TAG_OCTETS]
