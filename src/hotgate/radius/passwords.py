"""What a request says to prove who asks: PAP, CHAP or MS-CHAPv2 (RFC 2865 §2.2, §5.2, §5.3; 2548 §2.3; 2759).

Each proof is a value that can be held against a secret later, when the database has answered. Both sides of
each method are here, the NAS's for tests and the simulator.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import md5, sha1
from hmac import compare_digest
from typing import ClassVar, Final, TypeAlias

from Crypto.Cipher import DES
from Crypto.Hash import MD4

from hotgate.radius import attributes as attr
from hotgate.radius.authenticator import ClientKey
from hotgate.radius.packet import Packet

PASSWORD_OCTETS_MAX: Final = 128
BATCH: Final = 256  # logins: what was worked out to decide one is asked again when its answer is made

_BLOCK: Final = 16
_CHAP_PASSWORD_OCTETS: Final = 17
_MS_CHAP2_RESPONSE_OCTETS: Final = 50
_SERVER_SIGNING: Final = b"Magic server to client signing constant"
_SERVER_PADDING: Final = b"Pad to make it do more than one iteration"


@dataclass(frozen=True, slots=True)
class PapProof:
    """The password itself, deciphered; trailing NULs are padding and gone (RFC 2865 §5.2)."""

    kind: ClassVar[str] = "pap"
    password: bytes = field(repr=False)

    def matches(self, secret: str | bytes) -> bool:
        """Whether the password is `secret` (clear text), in constant time."""
        return compare_digest(self.password, _octets(secret))


@dataclass(frozen=True, slots=True)
class ChapProof:
    """MD5 over identifier, password and challenge (RFC 2865 §5.3)."""

    kind: ClassVar[str] = "chap"
    identifier: int
    challenge: bytes
    response: bytes = field(repr=False)

    def matches(self, secret: str | bytes) -> bool:
        """Whether the response was made from `secret` (clear text), in constant time."""
        expected = chap_response(self.identifier, _octets(secret), self.challenge)
        return compare_digest(expected[1:], self.response)


@dataclass(frozen=True, slots=True)
class MsChapV2Proof:
    """Challenges of both sides and the response to them (RFC 2759 §4).

    Equal challenges are accepted: CoovaChilli sends the same octets as both.
    """

    kind: ClassVar[str] = "mschapv2"
    identifier: int
    user_name: bytes
    authenticator_challenge: bytes
    peer_challenge: bytes
    response: bytes = field(repr=False)

    def matches(self, secret: str | bytes) -> bool:
        """Whether the response was made from `secret` (clear text, UTF-8), in constant time."""
        hashed = _nt_hash_or_none(secret)
        return hashed is not None and compare_digest(nt_response(self._challenge(), hashed), self.response)

    def success(self, secret: str | bytes) -> bytes:
        """The value of MS-CHAP2-Success, 43 octets: it proves to the client that we know the secret (RFC
        2548 §2.3.3).

        Call it for a secret that matches; ValueError when it is no text.
        """
        digest = sha1(self.password_hash_hash(secret) + self.response + _SERVER_SIGNING).digest()
        digest = sha1(digest + self._challenge() + _SERVER_PADDING).digest()
        return bytes((self.identifier,)) + b"S=" + digest.hex().upper().encode()

    def password_hash_hash(self, secret: str | bytes) -> bytes:
        """MD4 of the NT hash, from which the MPPE keys grow (RFC 3079 §3.4)."""
        return _hash_of(nt_hash(_text(secret)))

    def _challenge(self) -> bytes:
        return challenge_hash(self.peer_challenge, self.authenticator_challenge, self.user_name)


Proof: TypeAlias = PapProof | ChapProof | MsChapV2Proof


@dataclass(frozen=True, slots=True)
class Unproven:
    """A request that proves nothing this server can check; `rule` D15 or D17. Both are answered with a
    Reject.
    """

    rule: str
    text: str


def proof_from(packet: Packet, key: ClientKey) -> Proof | Unproven | None:
    """The one proof in an Access-Request; None when it carries only a State, so that an earlier answer
    decides.

    A credential of impossible length counts as absent (RFC 2865 §5, rule D5).
    """
    if packet.first(attr.EAP_MESSAGE) is not None:
        return Unproven("D17", "EAP, which this server does not speak")
    password, chap, mschap = _password_in(packet), _chap_in(packet), _mschap_in(packet)
    if (password is not None) + (chap is not None) + (mschap is not None) > 1:
        return Unproven("D15", "more than one of User-Password, CHAP-Password and MS-CHAP")
    if password is not None:
        return PapProof(reveal_password(password, key, packet.authenticator))
    if chap is not None:
        challenge = packet.first(attr.CHAP_CHALLENGE)
        return ChapProof(chap[0], packet.authenticator if challenge is None else challenge, chap[1:])
    if mschap is not None:
        return mschap
    if packet.first(attr.STATE) is not None:
        return None
    return Unproven("D15", "neither User-Password, CHAP-Password, MS-CHAPv2, EAP nor State")


def hide_password(password: bytes, key: ClientKey, authenticator: bytes) -> bytes:
    """The value of User-Password: padded to 16, chained MD5 (RFC 2865 §5.2). ValueError above 128 octets."""
    if len(password) > PASSWORD_OCTETS_MAX:
        raise ValueError(f"a password of {len(password)} octets: at most {PASSWORD_OCTETS_MAX} fit")
    padded = password.ljust(max(_BLOCK, -(-len(password) // _BLOCK) * _BLOCK), b"\0")
    hidden, previous = b"", authenticator
    for at in range(0, len(padded), _BLOCK):
        previous = xor16(padded[at : at + _BLOCK], key.keystream(previous))
        hidden += previous
    return hidden


def reveal_password(hidden: bytes, key: ClientKey, authenticator: bytes) -> bytes:
    """The password in a User-Password value of 16 … 128 octets, without trailing NULs."""
    if len(hidden) == _BLOCK:
        return xor16(hidden, key.keystream(authenticator)).rstrip(b"\0")
    plain, previous = b"", authenticator
    for at in range(0, len(hidden), _BLOCK):
        block = hidden[at : at + _BLOCK]
        plain += xor16(block, key.keystream(previous))
        previous = block
    return plain.rstrip(b"\0")


def chap_response(identifier: int, password: bytes, challenge: bytes) -> bytes:
    """The value of CHAP-Password: identifier and MD5 (RFC 2865 §5.3), 17 octets."""
    start = bytes((identifier,))
    return start + md5(start + password + challenge, usedforsecurity=False).digest()


def mschapv2_response(
    identifier: int, password: str, user_name: bytes, authenticator_challenge: bytes, peer_challenge: bytes
) -> bytes:
    """The value of MS-CHAP2-Response, 50 octets (RFC 2548 §2.3.2)."""
    challenge = challenge_hash(peer_challenge, authenticator_challenge, user_name)
    return bytes((identifier, 0)) + peer_challenge + bytes(8) + nt_response(challenge, nt_hash(password))


@lru_cache(maxsize=BATCH)
def nt_hash(password: str) -> bytes:
    """MD4 of the password in UTF-16, little end first (RFC 2759 §8.3)."""
    return MD4.new(password.encode("utf-16-le")).digest()


def challenge_hash(peer_challenge: bytes, authenticator_challenge: bytes, user_name: bytes) -> bytes:
    """8 octets from both challenges and the name without its domain (RFC 2759 §8.2)."""
    name = user_name.rpartition(b"\\")[2]
    return sha1(peer_challenge + authenticator_challenge + name).digest()[:8]


@lru_cache(maxsize=BATCH)
def _hash_of(hashed: bytes) -> bytes:
    return MD4.new(hashed).digest()


@lru_cache(maxsize=BATCH)
def nt_response(challenge: bytes, hashed: bytes) -> bytes:
    """24 octets: the challenge under DES with each third of the padded NT hash (RFC 2759 §8.5)."""
    padded = hashed.ljust(21, b"\0")
    thirds = (padded[:7], padded[7:14], padded[14:])
    return b"".join(DES.new(des_key(third), DES.MODE_ECB).encrypt(challenge) for third in thirds)


def des_key(seven: bytes) -> bytes:
    """56 bits spread over 8 octets, the last bit of each making its parity odd (RFC 2759 §8.6)."""
    bits = int.from_bytes(seven, "big")
    return bytes([_WITH_PARITY[bits >> shift & 0x7F] for shift in _GROUPS])


_GROUPS = range(49, -1, -7)
_WITH_PARITY = [group << 1 | (group.bit_count() & 1 ^ 1) for group in range(128)]


def xor16(left: bytes, right: bytes) -> bytes:
    """Sixteen octets XOR sixteen octets."""
    return (int.from_bytes(left, "big") ^ int.from_bytes(right, "big")).to_bytes(_BLOCK, "big")


def _password_in(packet: Packet) -> bytes | None:
    value = packet.first(attr.USER_PASSWORD)
    if value is None or len(value) % _BLOCK or not 0 < len(value) <= PASSWORD_OCTETS_MAX:
        return None
    return value


def _chap_in(packet: Packet) -> bytes | None:
    value = packet.first(attr.CHAP_PASSWORD)
    return value if value is not None and len(value) == _CHAP_PASSWORD_OCTETS else None


def _mschap_in(packet: Packet) -> MsChapV2Proof | None:
    response = packet.vendor(attr.MICROSOFT, attr.MS_CHAP2_RESPONSE)
    if response is None or len(response) != _MS_CHAP2_RESPONSE_OCTETS:
        return None
    challenge = packet.vendor(attr.MICROSOFT, attr.MS_CHAP_CHALLENGE)
    if challenge is None or len(challenge) != _BLOCK:
        return None
    name = packet.first(attr.USER_NAME) or b""
    return MsChapV2Proof(response[0], name, challenge, response[2:18], response[26:])


def _octets(secret: str | bytes) -> bytes:
    return secret.encode() if isinstance(secret, str) else secret


def _text(secret: str | bytes) -> str:
    return secret if isinstance(secret, str) else secret.decode()


def _nt_hash_or_none(secret: str | bytes) -> bytes | None:
    try:
        return nt_hash(_text(secret))
    except UnicodeError:
        return None
