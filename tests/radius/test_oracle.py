"""Both ways against pyrad, which was written by others: what one signs, the other must accept."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyrad import packet as oracle
from pyrad.dictionary import Dictionary

from hotgate.radius import attributes as attr
from hotgate.radius import dictionary, dynauth, passwords
from hotgate.radius.client import Answer, ClientProtocol
from hotgate.radius.packet import Code, Packet, attribute, decode
from hotgate.radius.server import Request, Respond, ServerProtocol
from radius.samples import AUTHENTICATOR, KEY, OPEN_PEER, PEER, SECRET, SOURCE, message_authenticator_first

NAMES = Dictionary(str(Path(__file__).parent / "oracle.dictionary"))
NOW = 1_795_000_000

# pyrad folds attributes of one type together, so a list of distinct types keeps its order in both.
VALUES = st.binary(min_size=1, max_size=100)
BODIES = st.dictionaries(st.sampled_from([18, 24, 25, 31, 87, 88, 200, 250]), VALUES, max_size=6)
PASSWORDS = st.text(st.characters(min_codepoint=33, max_codepoint=0x3FF), max_size=60)


def encoded(body: dict[int, bytes]) -> bytes:
    return b"".join(attribute(number, value) for number, value in body.items())


def raw(packet: Any) -> dict[int, list[bytes]]:
    return {number: list(dict.__getitem__(packet, number)) for number in packet if isinstance(number, int)}


def oracle_auth(**attributes: Any) -> Any:
    packet = oracle.AuthPacket(id=7, secret=SECRET, authenticator=AUTHENTICATOR, dict=NAMES, message_authenticator=True)
    for name, value in attributes.items():
        packet[name.replace("_", "-")] = value
    return packet


@given(BODIES, PASSWORDS)
def test_oracle_reads_our_access_request(body: dict[int, bytes], password: str) -> None:
    hidden = passwords.hide_password(password.encode(), KEY, AUTHENTICATOR)
    sent = ClientProtocol(KEY).access_request(attribute(attr.USER_PASSWORD, hidden) + encoded(body), AUTHENTICATOR, 0.0)
    packet = oracle.AuthPacket(packet=sent.octets, secret=SECRET, dict=NAMES)
    assert packet.verify_message_authenticator()
    assert packet.PwDecrypt(dict.__getitem__(packet, 2)[0]) == password
    assert {number: [value] for number, value in body.items()}.items() <= raw(packet).items()


@given(PASSWORDS)
def test_our_server_reads_the_oracles_pap(password: str) -> None:
    packet = oracle_auth(User_Name="nemo")
    packet["User-Password"] = packet.PwCrypt(password)
    request = ServerProtocol("auth").receive_datagram(packet.RequestPacket(), SOURCE, PEER, 0.0)
    assert isinstance(request, Request)
    assert request.has_message_authenticator
    assert passwords.proof_from(request.packet, KEY) == passwords.PapProof(password.encode())


@pytest.mark.parametrize("challenge", [b"", b"sixteen octets.."], ids=["request authenticator", "own challenge"])
def test_oracle_agrees_on_chap(challenge: bytes) -> None:
    response = passwords.chap_response(9, b"arctangent", challenge or AUTHENTICATOR)
    body = attribute(attr.CHAP_PASSWORD, response)
    if challenge:
        body += attribute(attr.CHAP_CHALLENGE, challenge)
    sent = ClientProtocol(KEY).access_request(body, AUTHENTICATOR, 0.0)
    packet = oracle.AuthPacket(packet=sent.octets, secret=SECRET, dict=NAMES)
    assert packet.VerifyChapPasswd("arctangent")
    assert not packet.VerifyChapPasswd("Arctangent")


@given(BODIES, st.sampled_from([Code.ACCESS_ACCEPT, Code.ACCESS_CHALLENGE, Code.ACCESS_REJECT]))
def test_oracle_accepts_our_reply_with_its_proxy_states(body: dict[int, bytes], code: Code) -> None:
    packet = oracle_auth(User_Name="nemo", Proxy_State=[b"one", b"\x00two"])
    server = ServerProtocol("auth")
    request = server.receive_datagram(packet.RequestPacket(), SOURCE, PEER, 0.0)
    assert isinstance(request, Request)
    octets = server.reply(request, code, encoded(body), 0.0)
    reply = packet.CreateReply(packet=octets)
    assert packet.VerifyReply(reply, octets, enforce_ma=True)
    assert message_authenticator_first(octets)


@given(BODIES, st.sampled_from([2, 3, 11]))
def test_our_client_accepts_the_oracles_reply(body: dict[int, bytes], code: int) -> None:
    client = ClientProtocol(KEY)
    sent = client.access_request(encoded({33: b"state"}), AUTHENTICATOR, 0.0)
    request = oracle.AuthPacket(packet=sent.octets, secret=SECRET, dict=NAMES)
    reply = request.CreateReply()
    reply.code = code
    reply.add_message_authenticator()
    for number, value in body.items():
        OrderedDict.__setitem__(reply, number, [value])
    answer = client.receive_datagram(reply.ReplyPacket(), 0.0)
    assert isinstance(answer, Answer)
    for number, value in body.items():
        assert answer.packet.all(number) == [value]


@pytest.mark.parametrize("signed", [True, False], ids=["signed", "unsigned"])
def test_accounting_is_understood_both_ways(signed: bool) -> None:
    packet = oracle.AcctPacket(id=7, secret=SECRET, dict=NAMES, message_authenticator=signed or None)
    packet["Acct-Status-Type"] = 1
    packet["Acct-Session-Id"] = "0001"
    server = ServerProtocol("acct")
    request = server.receive_datagram(packet.RequestPacket(), SOURCE, OPEN_PEER, 0.0)
    assert isinstance(request, Request)
    octets = server.reply(request, Code.ACCOUNTING_RESPONSE, b"", 0.0)
    assert packet.VerifyReply(packet.CreateReply(packet=octets), octets)


@pytest.mark.parametrize("signed", [True, False], ids=["signed", "unsigned"])
def test_our_client_accepts_the_oracles_accounting_response(signed: bool) -> None:
    client = ClientProtocol(KEY)
    sent = client.accounting_request(encoded({44: b"0001"}), 0.0)
    request = oracle.AcctPacket(packet=sent.octets, secret=SECRET, dict=NAMES)
    assert request.VerifyAcctRequest()
    reply = request.CreateReply()
    if signed:
        reply.add_message_authenticator()
    assert isinstance(client.receive_datagram(reply.ReplyPacket(), 0.0), Answer)


@pytest.mark.parametrize("role", ["auth", "acct"])
def test_oracle_accepts_our_answer_to_its_status_server(role: Any) -> None:
    packet = oracle.AuthPacket(
        code=oracle.StatusServer, id=7, secret=SECRET, authenticator=AUTHENTICATOR, message_authenticator=True
    )
    answer = ServerProtocol(role).receive_datagram(packet.RequestPacket(), SOURCE, PEER, 0.0)
    assert isinstance(answer, Respond)
    reply = packet.CreateReply(packet=answer.octets)
    assert packet.VerifyReply(reply, answer.octets, enforce_ma=True)


@pytest.mark.parametrize("name", ["coa_request", "disconnect_request"])
def test_oracle_accepts_our_dynamic_request_and_we_its_answer(name: str) -> None:
    client = ClientProtocol(KEY)
    sent = getattr(client, name)(dictionary.encode("Mikrotik-Rate-Limit", "5M/20M"), NOW, 0.0)
    request = oracle.CoAPacket(packet=sent.octets, secret=SECRET, dict=NAMES)
    assert request.VerifyCoARequest()
    assert request.verify_message_authenticator()
    assert request["Mikrotik-Rate-Limit"] == ["5M/20M"]
    assert request["Event-Timestamp"] == [NOW]
    reply = request.CreateReply()
    reply.code = sent.code + 2
    reply["Error-Cause"] = 503
    answer = client.receive_datagram(reply.ReplyPacket(), 0.0)
    assert isinstance(answer, Answer)
    assert answer.packet.first(attr.ERROR_CAUSE) == b"\x00\x00\x01\xf7"


def test_nas_side_accepts_the_oracles_coa_and_the_oracle_its_answer() -> None:
    packet = oracle.CoAPacket(id=7, secret=SECRET, dict=NAMES, message_authenticator=True)
    packet["Acct-Session-Id"] = "0001"
    packet["Event-Timestamp"] = NOW
    request = dynauth.receive_request(packet.RequestPacket(), KEY, NOW)
    assert isinstance(request, Packet)
    octets = dynauth.ack(request, KEY)
    assert packet.VerifyReply(packet.CreateReply(packet=octets), octets)


@given(BODIES)
def test_typed_values_are_read_alike(body: dict[int, bytes]) -> None:
    ours = (
        dictionary.encode("User-Name", "nemo")
        + dictionary.encode("Session-Timeout", 3600)
        + dictionary.encode("NAS-IP-Address", "192.168.1.16")
        + dictionary.encode("Framed-IPv6-Prefix", "2001:db8::/32")
        + dictionary.encode("Mikrotik-Rate-Limit", "5M/20M")
    )
    octets = KEY.sign_access_request(Code.ACCESS_REQUEST, 1, AUTHENTICATOR, ours + encoded(body))
    packet = oracle.AuthPacket(packet=octets, secret=SECRET, dict=NAMES)
    assert packet["User-Name"] == ["nemo"]
    assert packet["Session-Timeout"] == [3600]
    assert packet["NAS-IP-Address"] == ["192.168.1.16"]
    assert packet["Framed-IPv6-Prefix"] == ["2001:db8::/32"]
    assert packet["Mikrotik-Rate-Limit"] == ["5M/20M"]
    assert dict(dictionary.describe(decode(octets)))["Framed-IPv6-Prefix"] == "2001:db8::/32"
