"""The decision table, row by row, as far as the wire decides (docs/algorithms/wire.md)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotgate.radius import attributes as attr
from hotgate.radius.authenticator import ClientKey
from hotgate.radius.packet import Code, attribute, decode, uint32, vendor_attribute
from hotgate.radius.server import Drop, Peer, Request, Resend, Respond, Role, ServerProtocol, hint_to_sign
from radius.samples import (
    AUTHENTICATOR,
    KEY,
    NAME,
    OPEN_PEER,
    PEER,
    PROXY_STATES,
    SOURCE,
    access_request,
    accounting_request,
    message_authenticator_first,
    plain,
    spoiled,
    status_server,
    with_message_authenticator_at,
)

EAP = attribute(attr.EAP_MESSAGE, b"\x02\x00\x00\x05\x01")
OTHER = bytes(reversed(AUTHENTICATOR))


def received(
    datagram: bytes, peer: Peer = PEER, *, role: Role = "auth", server: ServerProtocol | None = None, now: float = 0.0
) -> Request | Resend | Respond | Drop:
    return (server or ServerProtocol(role)).receive_datagram(datagram, SOURCE, peer, now)


def admitted(
    datagram: bytes, peer: Peer = PEER, *, role: Role = "auth", server: ServerProtocol | None = None, now: float = 0.0
) -> Request:
    answer = received(datagram, peer, role=role, server=server, now=now)
    assert isinstance(answer, Request), answer
    return answer


def dropped_by(
    datagram: bytes, peer: Peer = PEER, *, role: Role = "auth", server: ServerProtocol | None = None, now: float = 0.0
) -> str:
    answer = received(datagram, peer, role=role, server=server, now=now)
    assert isinstance(answer, Drop), answer
    assert answer.text
    return answer.rule


@pytest.mark.parametrize("role", ["auth", "acct"])
@pytest.mark.parametrize(
    ("rule", "datagram"),
    [("D2", b""), ("D2", bytes(20)), ("D4", plain(1, b"\x01\x00")), ("D4", plain(4, b"\x01\x09x"))],
)
def test_d02_d04_malformed_datagram_is_dropped(rule: str, datagram: bytes, role: Role) -> None:
    assert dropped_by(datagram, role=role) == rule


def test_d03_padding_does_not_spoil_a_signature() -> None:
    admitted(access_request() + b"\x00" * 9)
    admitted(accounting_request() + b"\x00" * 9, role="acct")


def test_d05_unknown_attributes_stay_in_the_request() -> None:
    unknown = attribute(250, b"?") + attribute(26, b"\x00") + attribute(attr.SERVICE_TYPE, b"\x01")
    request = admitted(access_request(unknown))
    assert request.packet.first(250) == b"?"


ACCT_ONLY = [code for code in range(256) if code not in (4, 12)]
AUTH_ONLY = [code for code in range(256) if code not in (1, 12)]


@pytest.mark.parametrize(("role", "codes"), [("auth", AUTH_ONLY), ("acct", ACCT_ONLY)])
def test_d06_code_of_another_port_is_dropped(role: Role, codes: list[int]) -> None:
    assert {dropped_by(plain(code, b""), OPEN_PEER, role=role) for code in codes} == {"D6"}


def test_d07_eap_without_message_authenticator_is_dropped_even_where_none_is_required() -> None:
    assert dropped_by(access_request(EAP, signed=False), OPEN_PEER) == "D7"
    admitted(access_request(EAP), OPEN_PEER)


@pytest.mark.parametrize("peer", [PEER, OPEN_PEER], ids=["required", "not required"])
def test_d08_wrong_message_authenticator_is_dropped_and_leaves_the_duplicate_cache_alone(peer: Peer) -> None:
    server = ServerProtocol("auth")
    assert dropped_by(spoiled(access_request(), 25), peer, server=server) == "D8"
    assert server.remembered == 0
    request = admitted(access_request(), peer, server=server)
    octets = server.reply(request, Code.ACCESS_ACCEPT, b"", 0.1)
    assert dropped_by(spoiled(access_request(authenticator=OTHER), 25), peer, server=server) == "D8"
    assert received(access_request(), peer, server=server) == Resend(octets)


def test_d08_two_message_authenticators_are_dropped() -> None:
    assert dropped_by(access_request(attribute(80, bytes(16)))) == "D8"


def test_d08_accounting_with_wrong_message_authenticator_is_dropped() -> None:
    admitted(accounting_request(signed=True), role="acct")
    wrong = accounting_request(attribute(80, bytes(16)))
    assert dropped_by(wrong, role="acct") == "D8"


def test_d09_request_without_message_authenticator_is_dropped_where_it_is_required() -> None:
    assert dropped_by(access_request(signed=False)) == "D9"
    assert dropped_by(access_request(EAP, PROXY_STATES, signed=False)) == "D9"


def test_d09_is_not_consulted_for_accounting() -> None:
    admitted(accounting_request(signed=False), role="acct")


def test_d09_auto_lets_the_unsigned_in_until_one_was_signed() -> None:
    fresh = Peer(KEY, require_message_authenticator="auto")
    request = admitted(access_request(signed=False), fresh)
    assert not request.has_message_authenticator
    request = admitted(access_request(identifier=2), fresh)
    assert request.has_message_authenticator
    learned = Peer(KEY, require_message_authenticator="auto", has_sent_message_authenticator=True)
    assert dropped_by(access_request(signed=False), learned) == "D9"


def test_d09_no_never_requires_it_whatever_was_sent() -> None:
    peer = Peer(KEY, require_message_authenticator="no", has_sent_message_authenticator=True)
    admitted(access_request(signed=False), peer)


def test_m08_a_client_that_never_signed_is_told_so_in_a_signed_reject() -> None:
    hint = hint_to_sign(access_request(signed=False), Peer(KEY))
    assert hint is not None
    reply = decode(hint)
    assert KEY.verify_reply(reply, AUTHENTICATOR)
    assert message_authenticator_first(hint)
    assert (reply.code, reply.first(attr.ERROR_CAUSE)) == (Code.ACCESS_REJECT, uint32(510))


def test_m08_no_hint_to_who_has_signed_before_nor_for_what_was_proxied() -> None:
    assert hint_to_sign(access_request(signed=False), Peer(KEY, has_sent_message_authenticator=True)) is None
    assert hint_to_sign(access_request(PROXY_STATES, signed=False), Peer(KEY)) is None


@pytest.mark.parametrize("mode", ["no", "auto"])
@pytest.mark.parametrize("proxied", [True, False], ids=["proxied", "direct"])
@pytest.mark.parametrize("limited", [True, False], ids=["limited", "unlimited"])
def test_d10_unsigned_proxy_state_is_dropped_while_limited(mode: str, proxied: bool, limited: bool) -> None:
    peer = Peer(KEY, require_message_authenticator=mode, limit_proxy_state=limited)  # type: ignore[arg-type]
    datagram = access_request(PROXY_STATES if proxied else b"", signed=False)
    if proxied and limited:
        assert dropped_by(datagram, peer) == "D10"
    else:
        admitted(datagram, peer)


def test_d10_signed_proxy_state_is_welcome() -> None:
    admitted(access_request(PROXY_STATES))


@pytest.mark.parametrize("place", [0, 1, 2], ids=["first", "middle", "last"])
def test_d09_position_of_message_authenticator_in_a_request_does_not_matter(place: int) -> None:
    admitted(with_message_authenticator_at(place, NAME, attribute(attr.NAS_IDENTIFIER, b"nas")))


def test_d11_accounting_with_wrong_request_authenticator_is_dropped_and_not_remembered() -> None:
    server = ServerProtocol("acct")
    assert dropped_by(spoiled(accounting_request(), 4), role="acct", server=server) == "D11"
    assert dropped_by(accounting_request(), Peer(ClientKey(b"other")), server=server) == "D11"
    assert server.remembered == 0


def test_d11_accounting_with_zeros_says_so() -> None:
    unsigned = plain(Code.ACCOUNTING_REQUEST, b"", authenticator=bytes(16))
    answer = received(unsigned, role="acct")
    assert isinstance(answer, Drop)
    assert answer.rule == "D11"
    assert "zeros" in answer.text


BOTH_PORTS = pytest.mark.parametrize(
    ("role", "datagram", "another", "code"),
    [
        ("auth", access_request(), access_request(authenticator=OTHER), Code.ACCESS_ACCEPT),
        ("acct", accounting_request(), accounting_request(NAME), Code.ACCOUNTING_RESPONSE),
    ],
    ids=["auth", "acct"],
)


@BOTH_PORTS
class TestDuplicates:
    def test_d12_duplicate_in_flight_is_dropped(self, role: Role, datagram: bytes, another: bytes, code: Code) -> None:
        server = ServerProtocol(role)
        admitted(datagram, server=server)
        assert dropped_by(datagram, server=server, now=1.0) == "D12"

    def test_d13_answered_duplicate_gets_the_same_octets(
        self, role: Role, datagram: bytes, another: bytes, code: Code
    ) -> None:
        server = ServerProtocol(role)
        octets = server.reply(admitted(datagram, server=server), code, b"", 0.2)
        assert received(datagram, server=server, now=1.0) == Resend(octets)
        assert received(datagram, server=server, now=9.0) == Resend(octets)

    def test_d14_same_identifier_with_another_authenticator_is_new(
        self, role: Role, datagram: bytes, another: bytes, code: Code
    ) -> None:
        server = ServerProtocol(role)
        old = admitted(datagram, server=server)
        new = admitted(another, server=server)
        late = server.reply(old, code, b"", 0.5)
        assert KEY.verify_reply(decode(late), old.packet.authenticator)
        assert dropped_by(another, server=server) == "D12"
        octets = server.reply(new, code, b"", 0.6)
        assert received(another, server=server) == Resend(octets)
        admitted(datagram, server=server)

    def test_d19_after_silence_the_retransmission_is_handled_anew(
        self, role: Role, datagram: bytes, another: bytes, code: Code
    ) -> None:
        server = ServerProtocol(role)
        server.forget(admitted(datagram, server=server))
        assert server.remembered == 0
        admitted(datagram, server=server)

    def test_d19_silence_about_an_overtaken_request_leaves_the_newer_one(
        self, role: Role, datagram: bytes, another: bytes, code: Code
    ) -> None:
        server = ServerProtocol(role)
        old = admitted(datagram, server=server)
        admitted(another, server=server)
        server.forget(old)
        assert dropped_by(another, server=server) == "D12"

    def test_a15_another_address_or_port_is_another_client(
        self, role: Role, datagram: bytes, another: bytes, code: Code
    ) -> None:
        server = ServerProtocol(role)
        for source in [("192.0.2.7", 1), ("192.0.2.7", 2), ("192.0.2.8", 1), ("2001:db8::7", 1)]:
            assert isinstance(server.receive_datagram(datagram, source, PEER, 0.0), Request)
        assert server.remembered == 4

    def test_a15_answer_is_forgotten_after_its_time(
        self, role: Role, datagram: bytes, another: bytes, code: Code
    ) -> None:
        server = ServerProtocol(role, remember_seconds=5.0)
        octets = server.reply(admitted(datagram, server=server, now=100.0), code, b"", 101.0)
        server.expire(105.9)
        assert received(datagram, server=server) == Resend(octets)
        server.expire(106.0)
        assert server.remembered == 0
        admitted(datagram, server=server)

    def test_a15_answer_after_long_work_is_remembered_its_full_time(
        self, role: Role, datagram: bytes, another: bytes, code: Code
    ) -> None:
        server = ServerProtocol(role, remember_seconds=5.0)
        request = admitted(datagram, server=server, now=0.0)
        server.expire(20.0)
        octets = server.reply(request, code, b"", 20.0)
        server.expire(25.0)
        assert received(datagram, server=server) == Resend(octets)
        server.expire(60.0)
        assert server.remembered == 0

    def test_a15_expiry_of_an_overtaken_request_leaves_the_newer_one(
        self, role: Role, datagram: bytes, another: bytes, code: Code
    ) -> None:
        server = ServerProtocol(role, remember_seconds=10.0)
        server.reply(admitted(datagram, server=server, now=0.0), code, b"", 0.0)
        octets = server.reply(admitted(another, server=server, now=9.0), code, b"", 9.0)
        server.expire(10.0)
        assert received(another, server=server) == Resend(octets)

    def test_a15_work_that_never_ends_is_forgotten_after_thirty_seconds(
        self, role: Role, datagram: bytes, another: bytes, code: Code
    ) -> None:
        server = ServerProtocol(role)
        lost = admitted(datagram, server=server, now=0.0)
        server.expire(29.0)
        assert dropped_by(datagram, server=server, now=29.0) == "D12"
        server.expire(30.0)
        assert server.remembered == 0
        assert server.reply(lost, code, b"", 31.0)
        assert server.remembered == 0

    def test_a15_the_cache_is_bounded(self, role: Role, datagram: bytes, another: bytes, code: Code) -> None:
        server = ServerProtocol(role, remembered_max=1)
        admitted(datagram, server=server)
        full = server.receive_datagram(datagram, ("192.0.2.9", 1), PEER, 0.0)
        assert isinstance(full, Drop)
        assert full.rule == "D19"
        admitted(another, server=server)


@pytest.mark.parametrize(("role", "code"), [("auth", Code.ACCESS_ACCEPT), ("acct", Code.ACCOUNTING_RESPONSE)])
def test_d22_status_server_is_answered_at_once_and_not_remembered(role: Role, code: Code) -> None:
    server = ServerProtocol(role)
    answer = received(status_server(attributes=PROXY_STATES), server=server)
    assert isinstance(answer, Respond)
    reply = decode(answer.octets)
    assert reply.code == code
    assert reply.all(attr.PROXY_STATE) == [b"one", b"\x00two"]
    assert message_authenticator_first(answer.octets)
    assert KEY.verify_reply(reply, AUTHENTICATOR)
    assert server.remembered == 0


@pytest.mark.parametrize("role", ["auth", "acct"])
@pytest.mark.parametrize("peer", [PEER, OPEN_PEER], ids=["required", "not required"])
def test_d23_status_server_without_valid_message_authenticator_is_dropped(role: Role, peer: Peer) -> None:
    assert dropped_by(plain(Code.STATUS_SERVER, NAME), peer, role=role) == "D23"
    assert dropped_by(spoiled(status_server(), 30), peer, role=role) == "D23"


ACCESS_CODES = [Code.ACCESS_ACCEPT, Code.ACCESS_REJECT, Code.ACCESS_CHALLENGE]


@pytest.mark.parametrize("code", ACCESS_CODES)
@pytest.mark.parametrize("signed", [True, False], ids=["signed", "unsigned"])
def test_a07_access_reply_has_message_authenticator_first_and_proxy_states_in_order(code: Code, signed: bool) -> None:
    server = ServerProtocol("auth")
    request = admitted(access_request(PROXY_STATES, signed=signed), OPEN_PEER, server=server)
    octets = server.reply(request, code, attribute(attr.REPLY_MESSAGE, b"hello"), 0.0)
    assert message_authenticator_first(octets)
    assert octets[38:] == attribute(attr.REPLY_MESSAGE, b"hello") + PROXY_STATES
    assert KEY.verify_reply(decode(octets), AUTHENTICATOR)


def test_a07_accounting_reply_echoes_proxy_states_and_is_signed_by_its_authenticator_alone() -> None:
    server = ServerProtocol("acct")
    request = admitted(accounting_request(PROXY_STATES), server=server)
    octets = server.reply(request, Code.ACCOUNTING_RESPONSE, b"", 0.0)
    assert octets[20:] == PROXY_STATES
    assert KEY.verify_reply(decode(octets), request.packet.authenticator)


def test_a06_reject_keeps_only_what_a_reject_may_carry() -> None:
    server = ServerProtocol("auth")
    error = vendor_attribute(attr.MICROSOFT, attr.MS_CHAP_ERROR, b"\x05E=691 R=0")
    text = attribute(attr.REPLY_MESSAGE, b"no")
    cause = attribute(attr.ERROR_CAUSE, uint32(510))
    grant = attribute(attr.SESSION_TIMEOUT, uint32(60)) + vendor_attribute(attr.MIKROTIK, 8, b"5M/20M")
    octets = server.reply(
        admitted(access_request(), server=server), Code.ACCESS_REJECT, grant + text + error + cause, 0
    )
    assert octets[38:] == text + error + cause


def test_reply_beyond_4096_octets_is_refused_and_the_request_stays_open() -> None:
    server = ServerProtocol("auth")
    request = admitted(access_request(), server=server)
    with pytest.raises(ValueError, match="4096"):
        server.reply(request, Code.ACCESS_ACCEPT, attribute(25, bytes(253)) * 16, 0.0)
    assert server.reply(request, Code.ACCESS_REJECT, b"", 0.0)


def test_request_repr_shows_no_password() -> None:
    assert "arctangent" not in repr(admitted(access_request()))


@given(st.binary(max_size=100), st.sampled_from(["auth", "acct"]))
def test_any_octets_are_dropped_without_a_trace(octets: bytes, role: Role) -> None:
    server = ServerProtocol(role)
    dropped_by(octets, server=server)
    assert server.remembered == 0


@given(st.integers(0, 8 * len(access_request()) - 1))
def test_any_turned_bit_of_a_signed_request_is_dropped(bit: int) -> None:
    datagram = bytearray(access_request())
    datagram[bit // 8] ^= 1 << bit % 8
    server = ServerProtocol("auth")
    assert isinstance(received(bytes(datagram), server=server), Drop)
    assert server.remembered == 0


@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["ask", "answer", "forget", "expire"])), max_size=40))
def test_the_cache_never_holds_more_than_identifiers_asked_and_empties(steps: list[tuple[int, str]]) -> None:
    server, open_requests, now = ServerProtocol("auth"), dict[int, Request](), 0.0
    for identifier, step in steps:
        now += 1.0
        if step == "ask":
            answer = received(access_request(identifier=identifier), server=server, now=now)
            if isinstance(answer, Request):
                open_requests[identifier] = answer
        elif step == "expire":
            server.expire(now)
        elif identifier in open_requests:
            request = open_requests.pop(identifier)
            server.forget(request) if step == "forget" else server.reply(request, 2, b"", now)
        assert server.remembered <= 4
    server.expire(now + 100.0)
    assert server.remembered == 0
