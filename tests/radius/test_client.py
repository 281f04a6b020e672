"""Requests, retransmission times and replies (A3, A7, A17, X1, X4), and the NAS's side of CoA and Disconnect."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotgate.radius import attributes as attr
from hotgate.radius import dynauth
from hotgate.radius.authenticator import ClientKey
from hotgate.radius.client import (
    ACCESS_TIMERS,
    ACCOUNTING_TIMERS,
    Answer,
    ClientProtocol,
    Identifiers,
    NoIdentifier,
    Sent,
    Timers,
    next_wait,
)
from hotgate.radius.packet import Code, Packet, attribute, decode
from hotgate.radius.server import Drop, Request, Respond, ServerProtocol
from radius.samples import (
    AUTHENTICATOR,
    KEY,
    NAME,
    PEER,
    PROXY_STATES,
    SECRET,
    SOURCE,
    message_authenticator_first,
    plain,
    spoiled,
)

NOW = 1_795_000_000
SESSION = attribute(attr.ACCT_SESSION_ID, b"0001") + NAME


def answered(client: ClientProtocol, datagram: bytes) -> Answer:
    answer = client.receive_datagram(datagram, 1.0)
    assert isinstance(answer, Answer), answer
    return answer


def refused_by(client: ClientProtocol, datagram: bytes) -> str:
    answer = client.receive_datagram(datagram, 1.0)
    assert isinstance(answer, Drop), answer
    return answer.rule


def access(client: ClientProtocol, attributes: bytes = NAME) -> Sent:
    return client.access_request(attributes, AUTHENTICATOR, 0.0)


def waits(timers: Timers, tries: int, random: float) -> list[float]:
    found, wait = [], None
    for _ in range(tries):
        wait = next_wait(timers, wait, random)
        found.append(round(wait, 3))
    return found


def test_a17_waits_double_from_two_seconds_to_sixteen() -> None:
    assert waits(ACCESS_TIMERS, 6, 0.5) == [2.0, 4.0, 8.0, 16.0, 16.0, 16.0]


@pytest.mark.parametrize(("random", "expected"), [(0.0, [1.8, 3.42, 6.498]), (1.0, [2.2, 4.62, 9.702])])
def test_a17_waits_are_spread_by_a_tenth(random: float, expected: list[float]) -> None:
    assert waits(ACCESS_TIMERS, 3, random) == expected


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_a17_no_wait_passes_the_maximum_by_more_than_a_tenth(draws: list[float]) -> None:
    wait = None
    for random in draws:
        wait = next_wait(ACCOUNTING_TIMERS, wait, random)
        assert 1.8 <= wait <= 17.6


def test_a17_access_request_is_sent_at_these_times_and_given_up_at_thirty_seconds() -> None:
    client = ClientProtocol(KEY)
    sent = access(client)
    times, given_up = [], list[Sent]()
    while not given_up:
        now = client.next_due()
        assert now is not None
        again, given_up = client.retransmit(now, 0.5)
        times.append(now)
        assert [each.octets for each in again] == ([] if given_up else [sent.octets])
    assert times == [2.0, 6.0, 14.0, 30.0]
    assert (client.waiting, client.next_due()) == (0, None)


def test_a17_accounting_is_tried_without_end() -> None:
    client = ClientProtocol(KEY)
    sent = client.accounting_request(SESSION, 0.0)
    for _ in range(100):
        again, given_up = client.retransmit(sent.due, 0.5)
        assert (again, given_up) == ([sent], [])
    assert sent.due > 1500


def test_a17_tries_end_at_five_where_time_does_not() -> None:
    client = ClientProtocol(KEY)
    sent = access(client)
    sent.timers = Timers(seconds=None)
    results = [client.retransmit(sent.due, 0.5) for _ in range(5)]
    assert [len(again) for again, _ in results] == [1, 1, 1, 1, 0]
    assert results[-1][1] == [sent]


def test_nothing_is_sent_again_before_its_time() -> None:
    client = ClientProtocol(KEY)
    access(client)
    assert client.retransmit(1.99, 0.5) == ([], [])


def test_status_server_is_never_sent_again() -> None:
    client = ClientProtocol(KEY)
    sent = client.status_server(AUTHENTICATOR, 0.0)
    assert message_authenticator_first(sent.octets)
    assert client.retransmit(2.0, 0.5) == ([], [sent])


def test_access_request_and_server_understand_each_other() -> None:
    client, server = ClientProtocol(KEY), ServerProtocol("auth")
    sent = access(client, NAME + PROXY_STATES)
    assert message_authenticator_first(sent.octets)
    request = server.receive_datagram(sent.octets, SOURCE, PEER, 0.0)
    assert isinstance(request, Request)
    answer = answered(client, server.reply(request, Code.ACCESS_ACCEPT, attribute(25, b"c"), 0.0))
    assert answer.sent is sent
    assert answer.packet.first(attr.CLASS) == b"c"
    assert client.waiting == 0


def test_accounting_and_status_server_understand_each_other() -> None:
    client, server = ClientProtocol(KEY), ServerProtocol("acct")
    request = server.receive_datagram(client.accounting_request(SESSION, 0.0).octets, SOURCE, PEER, 0.0)
    assert isinstance(request, Request)
    answered(client, server.reply(request, Code.ACCOUNTING_RESPONSE, b"", 0.0))
    status = server.receive_datagram(client.status_server(AUTHENTICATOR, 0.0).octets, SOURCE, PEER, 0.0)
    assert isinstance(status, Respond)
    assert answered(client, status.octets).packet.code == Code.ACCOUNTING_RESPONSE


def test_reply_that_is_refused_leaves_the_request_waiting() -> None:
    client = ClientProtocol(KEY)
    sent = access(client)
    good = KEY.sign_reply(Code.ACCESS_ACCEPT, sent.identifier, AUTHENTICATOR, b"")
    forged = ClientKey(b"other").sign_reply(Code.ACCESS_ACCEPT, sent.identifier, AUTHENTICATOR, b"")
    assert refused_by(client, b"") == "D2"
    assert refused_by(client, spoiled(good, 21)) == "D4"
    assert refused_by(client, spoiled(good, 4)) == "A3"
    assert refused_by(client, forged) == "A3"
    assert refused_by(client, KEY.sign_reply(Code.COA_ACK, sent.identifier, AUTHENTICATOR, b"")) == "D6"
    assert refused_by(client, KEY.sign_reply(Code.ACCESS_ACCEPT, 255, AUTHENTICATOR, b"")) == "A15"
    answered(client, good)
    assert refused_by(client, good) == "A15"


def test_a07_reply_with_a_proxy_state_that_was_not_sent_is_invalid() -> None:
    client = ClientProtocol(KEY)
    sent = access(client)
    for states in [PROXY_STATES, attribute(attr.PROXY_STATE, b"")]:
        reply = KEY.sign_reply(Code.ACCESS_ACCEPT, sent.identifier, AUTHENTICATOR, states)
        assert refused_by(client, reply) == "A7"


def test_a07_reply_that_lost_or_turned_proxy_states_is_invalid() -> None:
    client = ClientProtocol(KEY)
    sent = access(client, NAME + PROXY_STATES)
    turned = attribute(attr.PROXY_STATE, b"\x00two") + attribute(attr.PROXY_STATE, b"one")
    for states in [b"", turned]:
        assert refused_by(client, KEY.sign_reply(2, sent.identifier, AUTHENTICATOR, states)) == "A7"
    answered(client, KEY.sign_reply(2, sent.identifier, AUTHENTICATOR, PROXY_STATES))


def unsigned_accept(identifier: int) -> bytes:
    start = bytes((2, identifier, 0, 20))
    return start + KEY.signature(start + AUTHENTICATOR)


def test_accept_without_message_authenticator_is_refused_unless_let_be() -> None:
    strict, lenient = ClientProtocol(KEY), ClientProtocol(KEY, require_message_authenticator=False)
    assert refused_by(strict, unsigned_accept(access(strict).identifier)) == "D9"
    answered(lenient, unsigned_accept(access(lenient).identifier))


def test_identifiers_are_all_used_before_one_returns() -> None:
    client = ClientProtocol(KEY)
    sent = [access(client) for _ in range(256)]
    assert {each.identifier for each in sent} == set(range(256))
    with pytest.raises(NoIdentifier):
        access(client)
    client.abandon(sent[7], 0.0)
    client.abandon(sent[7], 0.0)
    assert access(client).identifier == 7


def test_x04_identifier_rests_through_the_replay_window() -> None:
    identifiers = Identifiers(rest_seconds=300.0)
    for _ in range(256):
        identifier = identifiers.take(0.0)
        assert identifier is not None
        identifiers.give_back(identifier, 10.0)
    assert identifiers.take(309.9) is None
    assert identifiers.take(310.0) == 0


def test_request_that_cannot_be_built_takes_no_identifier() -> None:
    client = ClientProtocol(KEY)
    for _ in range(300):
        with pytest.raises(ValueError, match="4096"):
            access(client, attribute(25, bytes(253)) * 16)
    access(client)


DYNAMIC = pytest.mark.parametrize("name", ["disconnect_request", "coa_request"])


def dynamic(client: ClientProtocol, name: str, timestamp: int = NOW) -> Sent:
    sent = getattr(client, name)(SESSION, timestamp, 0.0)
    assert isinstance(sent, Sent)
    return sent


@DYNAMIC
class TestDynamicAuthorization:
    def test_x01_x04_request_is_signed_first_and_stamped(self, name: str) -> None:
        sent = dynamic(ClientProtocol(KEY), name)
        packet = decode(sent.octets)
        assert message_authenticator_first(sent.octets)
        assert packet.first(attr.EVENT_TIMESTAMP) == NOW.to_bytes(4, "big")
        assert KEY.verify_request(packet)

    def test_x04_stamp_is_not_refreshed_when_sent_again(self, name: str) -> None:
        client = ClientProtocol(KEY)
        sent = dynamic(client, name)
        octets = sent.octets
        assert client.retransmit(2.0, 0.5)[0][0].octets == octets

    def test_acknowledged(self, name: str) -> None:
        client = ClientProtocol(KEY)
        sent = dynamic(client, name)
        request = dynauth.receive_request(sent.octets, KEY, NOW)
        assert isinstance(request, Packet)
        reply = dynauth.ack(request, KEY)
        assert message_authenticator_first(reply)
        assert answered(client, reply).packet.code == sent.code + 1

    @pytest.mark.parametrize("cause", [503, None])
    def test_refused_with_and_without_a_cause(self, name: str, cause: int | None) -> None:
        client = ClientProtocol(KEY)
        sent = dynamic(client, name)
        request = dynauth.receive_request(sent.octets, KEY, NOW)
        assert isinstance(request, Packet)
        packet = answered(client, dynauth.nak(request, KEY, cause)).packet
        assert packet.code == sent.code + 2
        expected = None if cause is None else cause.to_bytes(4, "big")
        assert packet.first(attr.ERROR_CAUSE) == expected

    @pytest.mark.parametrize("age", [-301, 301])
    def test_x04_request_from_outside_the_window_is_dropped(self, name: str, age: int) -> None:
        sent = dynamic(ClientProtocol(KEY), name)
        answer = dynauth.receive_request(sent.octets, KEY, NOW + age)
        assert isinstance(answer, Drop)
        assert answer.rule == "X4"

    @pytest.mark.parametrize("age", [-300, 300])
    def test_x04_request_at_the_edge_of_the_window_is_taken(self, name: str, age: int) -> None:
        sent = dynamic(ClientProtocol(KEY), name)
        assert isinstance(dynauth.receive_request(sent.octets, KEY, NOW + age), Packet)


UNFIT = {
    "D2": b"",
    "D4": plain(40, b"\x01\x00"),
    "D6": plain(1, b""),
    "D11": plain(40, SESSION),
    "D8": KEY.sign_request(40, 1, attribute(80, bytes(16)), message_authenticator=False),
}


@pytest.mark.parametrize(("rule", "datagram"), UNFIT.items(), ids=UNFIT)
def test_nas_drops_what_is_not_signed_for_it(rule: str, datagram: bytes) -> None:
    answer = dynauth.receive_request(datagram, KEY, NOW)
    assert isinstance(answer, Drop)
    assert answer.rule == rule


def test_nas_echoes_proxy_states_and_takes_requests_without_a_stamp() -> None:
    request = dynauth.receive_request(KEY.sign_request(40, 1, SESSION + PROXY_STATES), KEY, NOW)
    assert isinstance(request, Packet)
    assert dynauth.ack(request, KEY)[38:] == PROXY_STATES
    assert SECRET not in dynauth.ack(request, KEY)
