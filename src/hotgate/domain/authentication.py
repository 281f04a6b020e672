"""Whether what a request says proves who asks."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from hmac import compare_digest
from typing import Protocol, TypeGuard

from hotgate.domain import codes
from hotgate.domain.subscriber import Credential, CredentialKind

PAP = "pap"
Digest = Callable[[bytes], bytes] | bytes | None


class Proof(Protocol):
    """A response to a challenge, or a password: something to hold against a secret."""

    @property
    def kind(self) -> str: ...

    def matches(self, secret: bytes) -> bool:
        """Was it made from this secret, in clear text?"""


class PasswordProof(Proof, Protocol):
    """PAP: the password itself."""

    @property
    def password(self) -> bytes: ...


class Verdict(StrEnum):
    OK = "ok"
    WRONG = "wrong"
    NOT_PROVABLE = "not_provable"  # CHAP or MS-CHAP, but only a one-way hash is kept (D16); or PAP without one
    MISSING = "missing"  # no credential, or nothing that proves it


def check_credential(credential: Credential | None, proof: Proof | None, digest: Digest) -> Verdict:
    """Hold a proof against a credential.

    PAP compares `digest`, in constant time, with the digest that is kept: it is the keyed HMAC of a password,
    or a function that makes one. Codes are digested in their normal form, here and when they are kept.
    """
    if credential is None or proof is None:
        return Verdict.MISSING
    if _is_password(proof):
        return _check_password(credential, proof.password, digest)
    if credential.secret is None:
        return Verdict.NOT_PROVABLE
    return _verdict(any(proof.matches(secret) for secret in _secrets(credential.kind, credential.secret)))


def proven_secret(credential: Credential | None, proof: Proof | None) -> bytes | None:
    """The kept secret, in the spelling that the proof was made from; None when it proves nothing."""
    if credential is None or credential.secret is None or proof is None:
        return None
    return next((each for each in _secrets(credential.kind, credential.secret) if proof.matches(each)), None)


def wire_password(kind: CredentialKind, password: bytes) -> bytes:
    """What is digested for PAP: a code in its normal form, anything else as it is."""
    if kind is not CredentialKind.CODE:
        return password
    return codes.normalise(password.decode(errors="replace")).encode()


def _check_password(credential: Credential, password: bytes, digest: Digest) -> Verdict:
    if credential.pap_digest is None or digest is None:
        return Verdict.NOT_PROVABLE
    if callable(digest):
        digest = digest(wire_password(credential.kind, password))
    return _verdict(compare_digest(digest, credential.pap_digest))


def _secrets(kind: CredentialKind, secret: bytes) -> list[bytes]:
    """A challenge can't be normalised, so a code is tried in the ways in which guests type it."""
    if kind is not CredentialKind.CODE:
        return [secret]
    return [spelling.encode() for spelling in dict.fromkeys(codes.spellings(secret.decode()))]


def _is_password(proof: Proof) -> TypeGuard[PasswordProof]:
    return proof.kind == PAP


def _verdict(matches: bool) -> Verdict:
    return Verdict.OK if matches else Verdict.WRONG
