"""PAP, CHAP and MS-CHAPv2 as a request carries them (rules D15 and D17, A4, A5, A23)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotgate.radius import attributes as attr
from hotgate.radius import mppe, passwords
from hotgate.radius.packet import attribute, decode, vendor_attribute
from hotgate.radius.passwords import ChapProof, MsChapV2Proof, PapProof, Unproven, proof_from
from radius.samples import AUTHENTICATOR, KEY, NAME, access_request, plain

PAP = attribute(attr.USER_PASSWORD, passwords.hide_password(b"arctangent", KEY, AUTHENTICATOR))
CHAP = attribute(attr.CHAP_PASSWORD, passwords.chap_response(22, b"arctangent", AUTHENTICATOR))
CHALLENGE = bytes(range(16, 32))
MS_CHALLENGE = vendor_attribute(attr.MICROSOFT, attr.MS_CHAP_CHALLENGE, CHALLENGE)


def ms_chap(password: str = "clientPass", name: bytes = b"nemo", peer: bytes = b"p" * 16) -> bytes:
    value = passwords.mschapv2_response(5, password, name, CHALLENGE, peer)
    return MS_CHALLENGE + vendor_attribute(attr.MICROSOFT, attr.MS_CHAP2_RESPONSE, value)


def proof_in(*parts: bytes) -> passwords.Proof | Unproven | None:
    return proof_from(decode(plain(1, NAME + b"".join(parts))), KEY)


@pytest.mark.parametrize(("size", "hidden"), [(0, 16), (1, 16), (16, 16), (17, 32), (127, 128), (128, 128)])
def test_a04_password_of_this_length_is_hidden_and_revealed(size: int, hidden: int) -> None:
    password = (b"0123456789abcdef" * 8)[:size]
    value = passwords.hide_password(password, KEY, AUTHENTICATOR)
    assert len(value) == hidden
    proof = proof_in(attribute(attr.USER_PASSWORD, value))
    assert proof == PapProof(password)


def test_a04_password_of_129_octets_is_refused_when_sent_and_ignored_when_received() -> None:
    with pytest.raises(ValueError, match="129 octets: at most 128"):
        passwords.hide_password(bytes(129), KEY, AUTHENTICATOR)
    answer = proof_in(attribute(attr.USER_PASSWORD, bytes(144)))
    assert isinstance(answer, Unproven)


@pytest.mark.parametrize("size", [0, 1, 15, 17, 129])
def test_d05_user_password_of_impossible_length_counts_as_absent(size: int) -> None:
    answer = proof_in(attribute(attr.USER_PASSWORD, bytes(size)))
    assert isinstance(answer, Unproven)
    assert answer.rule == "D15"


def test_a04_only_trailing_nuls_are_stripped() -> None:
    value = passwords.hide_password(b"\0a\0b\0", KEY, AUTHENTICATOR)
    assert proof_in(attribute(attr.USER_PASSWORD, value)) == PapProof(b"\0a\0b")


@given(
    st.binary(max_size=128).filter(lambda password: not password.endswith(b"\0")),
    st.binary(min_size=16, max_size=16),
)
def test_a04_any_password_comes_back(password: bytes, authenticator: bytes) -> None:
    hidden = passwords.hide_password(password, KEY, authenticator)
    assert passwords.reveal_password(hidden, KEY, authenticator) == password


def test_a05_chap_takes_the_request_authenticator_where_no_challenge_is_sent() -> None:
    proof = proof_in(CHAP)
    assert isinstance(proof, ChapProof)
    assert proof.matches("arctangent")
    assert not proof.matches("Arctangent")


def test_a05_chap_challenge_goes_before_the_request_authenticator() -> None:
    response = attribute(attr.CHAP_PASSWORD, passwords.chap_response(1, b"pw", b"eight oc"))
    proof = proof_in(response, attribute(attr.CHAP_CHALLENGE, b"eight oc"))
    assert isinstance(proof, ChapProof)
    assert proof.matches(b"pw")


D15 = {
    "User-Password and CHAP-Password": PAP + CHAP,
    "User-Password and MS-CHAP": PAP + ms_chap(),
    "nothing": b"",
    "CHAP-Password of 16 octets": attribute(attr.CHAP_PASSWORD, bytes(16)),
    "MS-CHAP2-Response without challenge": ms_chap()[len(MS_CHALLENGE) :],
    "MS-CHAP-Challenge of 8 octets": vendor_attribute(311, 11, bytes(8)) + ms_chap()[len(MS_CHALLENGE) :],
    "MS-CHAP of version 1": vendor_attribute(311, 1, bytes(50)) + MS_CHALLENGE,
}


@pytest.mark.parametrize("body", D15.values(), ids=D15)
def test_d15_ambiguous_or_missing_proof_is_unproven(body: bytes) -> None:
    answer = proof_in(body)
    assert isinstance(answer, Unproven)
    assert answer.rule == "D15"


def test_d15_state_alone_is_left_to_the_caller() -> None:
    assert proof_in(attribute(attr.STATE, b"opaque")) is None


def test_d17_eap_is_unproven() -> None:
    answer = proof_in(attribute(attr.EAP_MESSAGE, b"\x02\x00\x00\x05\x01"))
    assert isinstance(answer, Unproven)
    assert answer.rule == "D17"


@pytest.mark.parametrize("password", ["clientPass", "pässwörd", "пароль", "🔑", ""])
def test_ms_chap_matches_text_of_any_script(password: str) -> None:
    proof = proof_in(ms_chap(password))
    assert isinstance(proof, MsChapV2Proof)
    assert proof.matches(password)
    assert proof.matches(password.encode())
    assert not proof.matches(password + "x")
    assert proof.success(password)[:3] == b"\x05S="
    assert len(proof.success(password)) == 43


def test_ms_chap_matches_no_octets_that_are_no_text() -> None:
    proof = proof_in(ms_chap())
    assert isinstance(proof, MsChapV2Proof)
    assert not proof.matches(b"\xff\xfe")


def test_ms_chap_leaves_the_domain_out_of_the_name() -> None:
    packet = decode(plain(1, attribute(attr.USER_NAME, b"HOTEL\\nemo") + ms_chap(name=b"nemo")))
    proof = proof_from(packet, KEY)
    assert isinstance(proof, MsChapV2Proof)
    assert proof.matches("clientPass")


def test_a23_equal_challenges_are_accepted() -> None:
    proof = proof_in(ms_chap(peer=CHALLENGE))
    assert isinstance(proof, MsChapV2Proof)
    assert proof.matches("clientPass")


def test_kinds_are_named() -> None:
    assert (PapProof.kind, ChapProof.kind, MsChapV2Proof.kind) == ("pap", "chap", "mschapv2")


def test_no_proof_shows_its_secret() -> None:
    assert "arctangent" not in repr(proof_in(PAP))
    assert "response" not in repr(proof_in(CHAP))


@given(st.binary(max_size=100), st.integers(0, 0x7FFF))
def test_any_session_key_is_covered_under_a_salt_with_its_top_bit_set(session_key: bytes, salt: int) -> None:
    covered = mppe.cover(session_key, KEY, AUTHENTICATOR, salt)
    assert covered[0] & 0x80
    assert mppe.uncover(covered, KEY, AUTHENTICATOR) == session_key


def test_the_two_keys_of_a_packet_never_share_a_salt() -> None:
    both = mppe.mppe_attributes(bytes(16), KEY, AUTHENTICATOR, 0x7FFF)
    packet = decode(plain(2, both))
    send, receive = packet.vendor(311, 16), packet.vendor(311, 17)
    assert send is not None
    assert receive is not None
    assert send[:2] != receive[:2]


@pytest.mark.parametrize("value", [b"", bytes(17), bytes(33), b"\x80\x01" + bytes(17)])
def test_value_that_is_no_covered_key_is_refused(value: bytes) -> None:
    with pytest.raises(ValueError, match="covered key"):
        mppe.uncover(value, KEY, AUTHENTICATOR)


def test_covered_key_that_says_it_is_longer_than_it_is_is_refused() -> None:
    covered = mppe.cover(bytes(15), KEY, AUTHENTICATOR, 1)
    with pytest.raises(ValueError, match="passes the end"):
        mppe.uncover(covered[:2] + bytes((covered[2] ^ 0xFF,)) + covered[3:], KEY, AUTHENTICATOR)


def test_wrong_secret_gives_another_password() -> None:
    packet = decode(access_request(password=b"arctangent"))
    proof = proof_from(packet, type(KEY)(b"other"))
    assert isinstance(proof, PapProof)
    assert not proof.matches("arctangent")
