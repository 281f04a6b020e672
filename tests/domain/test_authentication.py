"""Proofs against credentials: every kind, every way in which it can't be told (D16)."""

import hmac
from typing import NamedTuple

import pytest

from hotgate.domain import authentication, codes
from hotgate.domain.authentication import Proof, Verdict
from hotgate.domain.subscriber import Credential, CredentialKind
from hotgate.radius.passwords import ChapProof, MsChapV2Proof, PapProof, chap_response, mschapv2_response

CHALLENGE = bytes(range(16))


def digest(password: bytes) -> bytes:
    return hmac.digest(b"key", password, "sha256")


def pap(password: str) -> Proof:
    return PapProof(password.encode())


def chap(password: str) -> Proof:
    return ChapProof(1, CHALLENGE, chap_response(1, password.encode(), CHALLENGE)[1:])


def mschap(password: str) -> Proof:
    response = mschapv2_response(1, password, b"guest", CHALLENGE, CHALLENGE)
    return MsChapV2Proof(1, b"guest", CHALLENGE, CHALLENGE, response[26:])


BOTH = Credential(1, CredentialKind.PASSWORD, digest(b"open sesame"), b"open sesame")
HASH_ONLY = BOTH._replace(secret=None)
CLEAR_ONLY = BOTH._replace(pap_digest=None)
CODE = Credential(2, CredentialKind.CODE, digest(b"ABCDEFGHJKM"), b"ABCDEFGHJKM")


class Case(NamedTuple):
    credential: Credential | None
    proof: Proof | None
    verdict: Verdict


@pytest.mark.parametrize(
    ("credential", "proof", "verdict"),
    [
        Case(BOTH, pap("open sesame"), Verdict.OK),
        Case(BOTH, pap("Open sesame"), Verdict.WRONG),
        Case(BOTH, pap(""), Verdict.WRONG),
        Case(BOTH, chap("open sesame"), Verdict.OK),
        Case(BOTH, chap("open"), Verdict.WRONG),
        Case(BOTH, mschap("open sesame"), Verdict.OK),
        Case(BOTH, mschap("open"), Verdict.WRONG),
        Case(HASH_ONLY, pap("open sesame"), Verdict.OK),
        Case(HASH_ONLY, chap("open sesame"), Verdict.NOT_PROVABLE),
        Case(HASH_ONLY, mschap("open sesame"), Verdict.NOT_PROVABLE),
        Case(CLEAR_ONLY, pap("open sesame"), Verdict.NOT_PROVABLE),
        Case(CLEAR_ONLY, chap("open sesame"), Verdict.OK),
        Case(None, pap("open sesame"), Verdict.MISSING),
        Case(BOTH, None, Verdict.MISSING),
    ],
    ids=[
        "PAP",
        "PAP minds the case",
        "PAP empty",
        "CHAP",
        "CHAP wrong",
        "MS-CHAP",
        "MS-CHAP wrong",
        "PAP by hash",
        "D16 CHAP",
        "D16 MS-CHAP",
        "PAP without digest",
        "CHAP without digest",
        "nobody",
        "no proof",
    ],
)
def test_check_credential(credential: Credential | None, proof: Proof | None, verdict: Verdict) -> None:
    assert authentication.check_credential(credential, proof, digest) is verdict


@pytest.mark.parametrize("typed", ["ABCDEFGHJKM", "abcdefghjkm", "ABCD-EFGH-JKM", "abcd-efgh-jkm"])
@pytest.mark.parametrize("how", [pap, chap, mschap])
def test_a_code_is_known_however_it_is_typed(how: type[Proof], typed: str) -> None:
    assert authentication.check_credential(CODE, how(typed), digest) is Verdict.OK  # type: ignore[call-arg]


@pytest.mark.parametrize("how", [pap, chap, mschap])
def test_another_code_is_wrong(how: type[Proof]) -> None:
    assert authentication.check_credential(CODE, how("ABCDEFGHJKN"), digest) is Verdict.WRONG  # type: ignore[call-arg]


def test_a_code_of_mixed_case_is_known_as_printed() -> None:
    printed = "aBcD2345"
    credential = CODE._replace(pap_digest=digest(codes.normalise(printed).encode()), secret=printed.encode())
    for proof in (pap(printed), chap(printed), chap(printed.lower()), pap(printed.upper())):
        assert authentication.check_credential(credential, proof, digest) is Verdict.OK


def test_octets_that_are_no_text_are_a_wrong_code() -> None:
    assert authentication.check_credential(CODE, PapProof(b"\xff\xfe"), digest) is Verdict.WRONG


def test_the_digest_may_be_given() -> None:
    given = digest(b"open sesame")
    assert authentication.check_credential(BOTH, pap("whatever"), given) is Verdict.OK
    assert authentication.check_credential(BOTH, pap("whatever"), given[:-1]) is Verdict.WRONG
    assert authentication.check_credential(BOTH, pap("open sesame"), None) is Verdict.NOT_PROVABLE


def test_what_is_digested() -> None:
    assert authentication.wire_password(CredentialKind.CODE, b"abcd-efgh") == b"ABCDEFGH"
    assert authentication.wire_password(CredentialKind.PASSWORD, b"abcd-efgh") == b"abcd-efgh"
