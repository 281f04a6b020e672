"""Every published and own vector, the misprinted ones as negative cases."""

from __future__ import annotations

import pytest

from hotgate.radius import attributes as attr
from hotgate.radius import mppe, passwords
from hotgate.radius.packet import Code, Malformed, decode, vendor_attribute
from hotgate.radius.server import Drop, Peer, Request, Respond, ServerProtocol
from radius.samples import EXCHANGES, KEY, OPEN_PEER, SOURCE, VECTORS, octets

STATUS = [case for case in EXCHANGES if "Status" in case[0]]
PROOFS = [
    (each["about"], bytes.fromhex(each["request"]), kind, each[kind])
    for each in VECTORS["exchanges"]
    for kind in ("pap", "chap")
    if kind in each
]
MS_CHAP = VECTORS["ms_chap"]
MPPE = VECTORS["mppe"]


@pytest.mark.parametrize(("about", "request_", "reply"), EXCHANGES, ids=[case[0] for case in EXCHANGES])
class TestExchange:
    def test_request_is_valid_in_every_signature(self, about: str, request_: bytes, reply: bytes) -> None:
        assert KEY.verify_request(decode(request_))

    def test_reply_belongs_to_the_request(self, about: str, request_: bytes, reply: bytes) -> None:
        assert KEY.verify_reply(decode(reply), decode(request_).authenticator)

    def test_reply_does_not_belong_to_another_request(self, about: str, request_: bytes, reply: bytes) -> None:
        assert not KEY.verify_reply(decode(reply), bytes(16))


@pytest.mark.parametrize(("about", "request_", "kind", "secret"), PROOFS, ids=[case[0] for case in PROOFS])
def test_proof_matches_the_password_and_no_other(about: str, request_: bytes, kind: str, secret: str) -> None:
    proof = passwords.proof_from(decode(request_), KEY)
    assert isinstance(proof, passwords.PapProof | passwords.ChapProof)
    assert proof.kind == kind
    assert proof.matches(secret)
    assert proof.matches(secret.encode())
    assert not proof.matches(secret + "x")


@pytest.mark.parametrize(("about", "request_", "reply"), STATUS, ids=[case[0] for case in STATUS])
def test_d22_status_server_is_answered_by_the_code_of_the_port(about: str, request_: bytes, reply: bytes) -> None:
    role = "acct" if reply[0] == Code.ACCOUNTING_RESPONSE else "auth"
    answer = ServerProtocol(role).receive_datagram(request_, SOURCE, OPEN_PEER, 0.0)
    assert isinstance(answer, Respond)
    assert answer.octets[0] == reply[0]
    assert KEY.verify_reply(decode(answer.octets), decode(request_).authenticator)


def test_rfc_2865_third_packet_as_printed_is_dropped_for_its_state_length() -> None:
    with pytest.raises(Malformed) as caught:
        decode(bytes.fromhex(VECTORS["misprinted_state"]["request"]))
    assert caught.value.rule == "D4"


def test_rfc_2865_third_packet_with_the_right_state_length_decodes() -> None:
    printed = bytearray.fromhex(VECTORS["misprinted_state"]["request"])
    printed[-9] = 0x0A
    packet = decode(bytes(printed))
    proof = passwords.proof_from(packet, KEY)
    assert isinstance(proof, passwords.PapProof)
    assert proof.password == b"99101462"
    assert packet.first(attr.STATE) == b"32769430"
    reject = decode(bytes.fromhex(VECTORS["misprinted_state"]["reject"]))
    assert KEY.verify_reply(reject, packet.authenticator)


def test_rfc_5997_accounting_status_reply_as_printed_is_not_valid() -> None:
    vector = VECTORS["misprinted_status_reply"]
    request, reply = (decode(bytes.fromhex(vector[part])) for part in ("request", "reply"))
    assert not KEY.verify_reply(reply, request.authenticator)


def test_own_accept_and_reject_are_rebuilt_octet_for_octet() -> None:
    for about, request_, reply in EXCHANGES:
        if "own, Access-Request" not in about and "own, Reject" not in about:
            continue
        server = ServerProtocol("auth")
        request = server.receive_datagram(request_, SOURCE, Peer(KEY), 0.0)
        assert isinstance(request, Request)
        attributes = reply[38:].removesuffix(octets("proxy_state_unsigned")[-6:])
        assert server.reply(request, reply[0], attributes, 0.0) == reply


def test_own_accounting_start_is_answered_octet_for_octet() -> None:
    _, request_, reply = next(case for case in EXCHANGES if "Start" in case[0])
    server = ServerProtocol("acct")
    request = server.receive_datagram(request_, SOURCE, Peer(KEY), 0.0)
    assert isinstance(request, Request)
    assert server.reply(request, Code.ACCOUNTING_RESPONSE, b"", 0.0) == reply


def test_own_coa_and_disconnect_requests_are_rebuilt_octet_for_octet() -> None:
    for about, request_, _ in EXCHANGES:
        if "Disconnect" in about or "CoA" in about:
            assert KEY.sign_request(request_[0], request_[1], request_[38:]) == request_


def test_own_proxy_state_without_message_authenticator_is_dropped_while_limited() -> None:
    limited = Peer(KEY, require_message_authenticator="no", limit_proxy_state=True)
    datagram = octets("proxy_state_unsigned")
    answer = ServerProtocol("auth").receive_datagram(datagram, SOURCE, limited, 0.0)
    assert isinstance(answer, Drop)
    assert answer.rule == "D10"
    assert isinstance(ServerProtocol("auth").receive_datagram(datagram, SOURCE, OPEN_PEER, 0.0), Request)


def test_own_accounting_stop_counts_past_two_to_the_32() -> None:
    vector = VECTORS["accounting_stop"]
    packet = decode(bytes.fromhex(vector["request"]))
    assert KEY.verify_accounting_request(packet)

    def number(type_: int) -> int:
        return int.from_bytes(packet.first(type_) or b"", "big")

    received = number(attr.ACCT_INPUT_GIGAWORDS) << 32 | number(attr.ACCT_INPUT_OCTETS)
    sent = number(attr.ACCT_OUTPUT_GIGAWORDS) << 32 | number(attr.ACCT_OUTPUT_OCTETS)
    assert (received, sent) == (vector["input_octets"], vector["output_octets"])


def ms_chap_proof() -> passwords.MsChapV2Proof:
    return passwords.MsChapV2Proof(
        7,
        MS_CHAP["user"].encode(),
        bytes.fromhex(MS_CHAP["auth_challenge"]),
        bytes.fromhex(MS_CHAP["peer_challenge"]),
        bytes.fromhex(MS_CHAP["nt_response"]),
    )


def test_rfc_2759_hashes_and_challenge() -> None:
    proof = ms_chap_proof()
    assert passwords.nt_hash(MS_CHAP["password"]).hex() == MS_CHAP["password_hash"]
    assert proof.password_hash_hash(MS_CHAP["password"]).hex() == MS_CHAP["password_hash_hash"]
    challenge = passwords.challenge_hash(proof.peer_challenge, proof.authenticator_challenge, proof.user_name)
    assert challenge.hex() == MS_CHAP["challenge"]


def test_rfc_2759_response_matches_and_success_proves_the_server() -> None:
    proof = ms_chap_proof()
    assert proof.matches("clientPass")
    assert proof.matches(b"clientPass")
    assert not proof.matches("clientpass")
    assert proof.success("clientPass") == b"\x07" + MS_CHAP["authenticator_response"].encode()


def test_rfc_2759_des_keys_have_odd_parity() -> None:
    vector = VECTORS["ms_chap_des"]
    hashed = passwords.nt_hash(vector["password"])
    assert hashed.hex() == vector["nt_hash"]
    assert [passwords.des_key(hashed[at : at + 7]).hex() for at in (0, 7)] == vector["keys"]


def test_rfc_3079_keys() -> None:
    proof = ms_chap_proof()
    master = mppe.master_key(proof.password_hash_hash(MS_CHAP["password"]), proof.response)
    assert master.hex() == MPPE["master_key"]
    assert mppe.send_key(master).hex() == MPPE["send_start_key128"]
    assert mppe.receive_key(master).hex() == MPPE["recv_start_key128_derived"]


def test_rfc_2548_keys_are_covered_and_uncovered() -> None:
    vector = VECTORS["mppe_attributes"]
    authenticator = bytes.fromhex(vector["authenticator"])
    for part, number, salt, key in (
        ("send", attr.MS_MPPE_SEND_KEY, 0x0001, MPPE["send_start_key128"]),
        ("recv", attr.MS_MPPE_RECV_KEY, 0x0002, MPPE["recv_start_key128_derived"]),
    ):
        covered = mppe.cover(bytes.fromhex(key), KEY, authenticator, salt)
        assert vendor_attribute(attr.MICROSOFT, number, covered).hex() == vector[part]
        assert mppe.uncover(covered, KEY, authenticator).hex() == key
    both = mppe.mppe_attributes(bytes.fromhex(MPPE["master_key"]), KEY, authenticator, 1)
    assert both.hex() == vector["send"] + vector["recv"]
