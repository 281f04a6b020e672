"""RADIUS over TLS: who may speak, what is answered, and when the connection ends (RFC 6613, 6614, 9765)."""

from __future__ import annotations

import contextlib
import pathlib
import random
import secrets
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from aaa.authority import Authority, fingerprint
from aaa.running import SECRET, Nas, Running, running
from aaa.seeded import World
from aaa.test_accounting import DEVICE, INTERIM, START, session_of, token_of
from hotgate.aaa import radsec
from hotgate.aaa.attempts import Attempts
from hotgate.aaa.radsec import KEY, RADIUS_1_0, RADIUS_1_1
from hotgate.radius import attributes as attr
from hotgate.radius import passwords
from hotgate.radius.packet import Code, Packet, attribute, decode, text, vendor_attribute


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def files(authority: Authority) -> radsec.Files:
    return radsec.Files(*authority.sign("radius.example", "radius.example"), authority.path)


@pytest.fixture(scope="module")
def aaa(database_url: str, files: radsec.Files) -> Iterator[Running]:
    with running(radsec_address=("127.0.0.1", 0), radsec_files=files) as here:
        yield here


class Stream(Nas):
    """A NAS on a TLS connection; it can do all that a NAS on UDP can."""

    def __init__(self, aaa: Running, authority: Authority, files: Any, alpn: list[str], **options: Any) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(options.get("trusted", authority.path))
        if files is not None:
            context.load_cert_chain(*files)
        if alpn:
            context.set_alpn_protocols(alpn)
        if options.get("is_old"):
            context.maximum_version = ssl.TLSVersion.TLSv1_2
        connection = socket.create_connection(aaa.server.radsec.address(), timeout=5)
        self.tls = context.wrap_socket(connection, server_hostname="radius.example")
        self.socket = self.tls
        self.key = KEY
        self.identifier = 0
        self.buffer = b""

    def ask(self, role: Any, octets: bytes, seconds: float = 5.0) -> Packet | None:
        self.tls.sendall(octets)
        return self.receive(octets, seconds)

    def receive(self, octets: bytes, seconds: float = 5.0) -> Packet | None:
        reply = self.packet(seconds)
        if reply is None:
            return None
        packet = decode(reply)
        assert packet.identifier == octets[1]
        assert self.key.verify_reply(packet, octets[4:20])
        return packet

    def packet(self, seconds: float = 5.0) -> bytes | None:
        """The next packet; None when none comes, or the connection ends."""
        ends_at = time.monotonic() + seconds
        while len(self.buffer) < 20 or len(self.buffer) < int.from_bytes(self.buffer[2:4], "big"):
            self.tls.settimeout(max(ends_at - time.monotonic(), 0.001))
            try:
                more = self.tls.recv(4096)
            except (TimeoutError, OSError):
                return None
            if not more:
                return None
            self.buffer += more
        length = int.from_bytes(self.buffer[2:4], "big")
        packet, self.buffer = self.buffer[:length], self.buffer[length:]
        return packet

    def is_closed(self, seconds: float = 3.0) -> bool:
        self.tls.settimeout(seconds)
        try:
            return self.tls.recv(1) == b""
        except TimeoutError:
            return False
        except OSError:
            return True


Connect = Callable[..., Stream]


@pytest.fixture
def connect_as(aaa: Running, authority: Authority) -> Iterator[Connect]:
    """connect_as("gw.example"): a NAS with a certificate of that name."""
    with contextlib.ExitStack() as opened:

        def connect(name: str = "gw.example", *, alpn: tuple[str, ...] = (), **options: Any) -> Stream:
            files = options.pop("files", None) or authority.sign(name, name)
            stream = Stream(aaa, authority, files, list(alpn), **options)
            opened.callback(stream.close)
            return stream

        yield connect


@pytest.fixture
def gateway(aaa: Running, world: World, host: str) -> Iterator[int]:
    """The NAS `gw.example`, which knows nobody's address."""
    nas_id = world.nas(host, SECRET, identifier="GW.example")
    aaa.do(aaa.server._reload_clients())
    yield nas_id
    world.execute("UPDATE nas SET enabled = false, identifier = '' WHERE id = %s", nas_id)
    aaa.do(aaa.server._reload_clients())


@pytest.mark.parametrize("alpn", [(), (RADIUS_1_0,), ("something-else",)])
def test_login_and_accounting_on_one_connection(
    gateway: int, connect_as: Connect, world: World, alpn: tuple[str, ...]
) -> None:
    world.guest("anna", amount=10_000_000)
    nas = connect_as(alpn=alpn)
    token = token_of(nas.login("anna", "secret-word", DEVICE))
    now = time.time() - 60
    assert nas.tell(START, "s1", name="anna", token=token, device=DEVICE, seconds=0, at=now)
    assert nas.tell(INTERIM, "s1", name="anna", token=token, device=DEVICE, seconds=60, octets_in=5, at=now + 60)
    assert session_of(world, "s1") == (60, 5, 0, False)
    assert world.value("SELECT nas_id FROM access_session WHERE operator_id = %s", world.operator_id) == gateway


@pytest.mark.parametrize("is_signed", [True, False])
def test_message_authenticator_is_not_asked_for(
    gateway: int, connect_as: Connect, world: World, is_signed: bool
) -> None:
    world.guest("anna", amount=10_000_000)
    nas = connect_as()
    octets = nas.access_request("anna", "secret-word", DEVICE)
    if not is_signed:
        octets = octets[:2] + (len(octets) - 18).to_bytes(2, "big") + octets[4:20] + octets[38:]
    reply = nas.ask("auth", octets)
    assert reply is not None
    assert reply.code == Code.ACCESS_ACCEPT


def test_packets_in_pieces_and_together(gateway: int, connect_as: Connect, world: World) -> None:
    nas = connect_as()
    first, second = nas.record(START, "s1", name="x", seconds=0), nas.record(START, "s2", name="x", seconds=0)
    for octet in first[:-1]:
        nas.tls.sendall(bytes((octet,)))
    nas.tls.sendall(first[-1:] + second)
    replies = {decode(nas.packet() or b"").identifier, decode(nas.packet() or b"").identifier}
    assert replies == {first[1], second[1]}


def test_the_watchdog_is_answered(gateway: int, connect_as: Connect) -> None:
    nas = connect_as()
    request = KEY.sign_access_request(Code.STATUS_SERVER, 0, secrets.token_bytes(16), b"")
    reply = nas.ask("auth", request)
    assert reply is not None
    assert reply.code == Code.ACCESS_ACCEPT


def test_duplicates_are_answered_from_memory_that_dies_with_the_connection(
    gateway: int, connect_as: Connect, world: World
) -> None:
    world.guest("anna", amount=10_000_000)
    nas = connect_as()
    octets = nas.access_request("anna", "secret-word", DEVICE)
    first = nas.ask("auth", octets)
    attempts = "SELECT count(*) FROM login_attempt WHERE operator_id = %s AND kind = 'auth'"
    again = nas.ask("auth", octets)
    assert first is not None
    assert again is not None
    assert first.octets == again.octets
    assert world.value(attempts, world.operator_id) == 1
    assert connect_as().ask("auth", octets)
    assert world.value(attempts, world.operator_id) == 2


# -- who may speak -----------------------------------------------------------------------------------------------------


def is_welcome(stream: Stream) -> bool:
    octets = KEY.sign_access_request(Code.STATUS_SERVER, 0, secrets.token_bytes(16), b"")
    with contextlib.suppress(OSError):
        return stream.ask("auth", octets) is not None
    return False


def test_a_name_in_subjectaltname_counts_and_the_common_name_beside_it_does_not(
    gateway: int, connect_as: Connect, authority: Authority
) -> None:
    assert is_welcome(connect_as(files=authority.sign("cn-only-1", "other.example", "gw.example")))
    assert not is_welcome(connect_as(files=authority.sign("gw.example", "other.example")))
    assert is_welcome(connect_as(files=authority.sign("gw.example")))


def test_a_fingerprint_names_a_nas(
    aaa: Running, connect_as: Connect, world: World, authority: Authority, host: str
) -> None:
    files = authority.sign("anything")
    nas_id = world.nas(host, SECRET, identifier=f"sha256:{fingerprint(files[0])}")
    aaa.do(aaa.server._reload_clients())
    assert is_welcome(connect_as(files=files))
    world.execute("UPDATE nas SET enabled = false WHERE id = %s", nas_id)


def test_nobody_is_known_by_a_name_that_two_bear(aaa: Running, gateway: int, connect_as: Connect, world: World) -> None:
    assert is_welcome(connect_as())
    twin = world.nas("127.99.0.9", SECRET, identifier="gw.example")
    aaa.do(aaa.server._reload_clients())
    assert not is_welcome(connect_as())
    world.execute("UPDATE nas SET enabled = false, identifier = '' WHERE id = %s", twin)
    aaa.do(aaa.server._reload_clients())


def test_certificates_that_are_not_ours_or_have_ended(
    gateway: int, connect_as: Connect, authority: Authority, tmp_path: pathlib.Path
) -> None:
    stranger = Authority(tmp_path, "stranger")
    for files in (stranger.sign("gw.example", "gw.example"), authority.sign("gw-old", "gw.example", days=-1)):
        with contextlib.suppress(OSError):
            assert not is_welcome(connect_as(files=files))


def test_no_certificate_no_answer(aaa: Running, gateway: int, authority: Authority) -> None:
    with contextlib.suppress(OSError):
        assert not is_welcome(Stream(aaa, authority, None, []))


def test_a_nas_that_is_switched_off_loses_its_connection(
    aaa: Running, gateway: int, connect_as: Connect, world: World
) -> None:
    nas = connect_as()
    assert is_welcome(nas)
    world.execute("UPDATE nas SET enabled = false WHERE id = %s", gateway)
    assert nas.is_closed(4)


LONG_STATES = attribute(attr.PROXY_STATE, bytes(250)) * 16  # 4032 octets: with an Accept's own too many


def test_what_no_packet_holds_is_not_sent_and_the_connection_stays(
    aaa: Running, gateway: int, connect_as: Connect, world: World
) -> None:
    world.guest("anna", amount=10_000_000)
    nas, before = connect_as(), aaa.server.attempts.totals["T7", "auth"]
    request = nas.access_request("anna", "secret-word", "", LONG_STATES)
    assert nas.ask("auth", request, 0.3) is None
    assert aaa.server.attempts.totals["T7", "auth"] == before + 1
    assert is_welcome(nas)


# -- when the connection ends ------------------------------------------------------------------------------------------

MALFORMED = {
    "Length below a header": b"\x01\x01\x00\x13" + bytes(16),
    "Length above 4096": b"\x01\x01\x10\x01" + bytes(16),
    "an attribute of length 0": b"\x01\x01\x00\x16" + bytes(16) + b"\x01\x00",
    "an attribute past the end": b"\x01\x01\x00\x16" + bytes(16) + b"\x01\x09",
    "accounting without a valid authenticator": b"\x04\x01\x00\x14" + bytes(16),
    "a wrong Message-Authenticator": b"\x01\x01\x00\x26" + bytes(16) + b"\x50\x12" + bytes(16),
    "Status-Server without one": b"\x0c\x01\x00\x14" + bytes(16),
    "no RADIUS at all": b"GET / HTTP/1.1\r\nHost: radius.example\r\n\r\n",
}


@pytest.mark.parametrize("octets", MALFORMED.values(), ids=MALFORMED.keys())
def test_what_cannot_be_trusted_ends_the_connection(gateway: int, connect_as: Connect, octets: bytes) -> None:
    nas = connect_as()
    nas.tls.sendall(octets)
    assert nas.is_closed()


def test_an_unknown_code_is_passed_over(gateway: int, connect_as: Connect) -> None:
    nas = connect_as()
    nas.tls.sendall(b"\x63\x01\x00\x14" + bytes(16))
    assert is_welcome(nas)


# -- RADIUS/1.1 --------------------------------------------------------------------------------------------------------


class Stream11:
    """RADIUS/1.1 on a connection."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        assert stream.tls.selected_alpn_protocol() == RADIUS_1_1

    def ask(self, code: int, *attributes: bytes, seconds: float = 5.0) -> Packet | None:
        token, body = secrets.token_bytes(4), b"".join(attributes)
        octets = bytes((code, 0)) + (20 + len(body)).to_bytes(2, "big") + token + bytes(12) + body
        self.stream.tls.sendall(octets)
        reply = self.stream.packet(seconds)
        if reply is None:
            return None
        assert (reply[1], reply[4:8], reply[8:20]) == (0, token, bytes(12))
        packet = decode(reply)
        assert packet.first(attr.MESSAGE_AUTHENTICATOR) is None
        return packet


@pytest.fixture
def modern(gateway: int, connect_as: Connect) -> Stream11:
    return Stream11(connect_as(alpn=(RADIUS_1_0, RADIUS_1_1)))


def name_of(name: str) -> bytes:
    return attribute(attr.USER_NAME, text(name))


def test_11_password_in_clear_inside_tls(modern: Stream11, world: World) -> None:
    world.guest("anna", amount=10_000_000)
    state = attribute(attr.PROXY_STATE, b"p1")
    accept = modern.ask(Code.ACCESS_REQUEST, name_of("anna"), attribute(attr.USER_PASSWORD, b"secret-word"), state)
    assert accept is not None
    assert accept.code == Code.ACCESS_ACCEPT
    assert accept.first(attr.PROXY_STATE) == b"p1"
    refused = modern.ask(Code.ACCESS_REQUEST, name_of("anna"), attribute(attr.USER_PASSWORD, b"wrong"))
    assert refused is not None
    assert refused.code == Code.ACCESS_REJECT


def test_11_what_no_packet_holds_is_not_sent_and_the_connection_stays(modern: Stream11, world: World) -> None:
    world.guest("anna", amount=10_000_000)
    proof = attribute(attr.USER_PASSWORD, b"secret-word")
    assert modern.ask(Code.ACCESS_REQUEST, name_of("anna"), proof, LONG_STATES, seconds=0.3) is None
    assert modern.ask(Code.STATUS_SERVER) is not None


def test_11_accounting_and_watchdog(modern: Stream11, world: World) -> None:
    record = decode(KEY.sign_request(4, 0, name_of("x") + attribute(attr.ACCT_SESSION_ID, b"s1"))).octets[38:]
    status = attribute(attr.ACCT_STATUS_TYPE, bytes((0, 0, 0, 1)))
    reply = modern.ask(Code.ACCOUNTING_REQUEST, status, record)
    assert reply is not None
    assert reply.code == Code.ACCOUNTING_RESPONSE
    assert session_of(world, "s1") == (0, 0, 0, False)
    status_reply = modern.ask(Code.STATUS_SERVER)
    assert status_reply is not None
    assert status_reply.code == Code.ACCESS_ACCEPT


def test_11_chap_needs_its_challenge_as_an_attribute(modern: Stream11, world: World) -> None:
    world.entitlement(world.subscriber("anna", chap=True), world.plan())
    challenge = secrets.token_bytes(16)
    response = attribute(attr.CHAP_PASSWORD, passwords.chap_response(7, b"secret-word", challenge))
    accept = modern.ask(Code.ACCESS_REQUEST, name_of("anna"), response, attribute(attr.CHAP_CHALLENGE, challenge))
    assert accept is not None
    assert accept.code == Code.ACCESS_ACCEPT
    zeros = attribute(attr.CHAP_PASSWORD, passwords.chap_response(7, b"secret-word", bytes(16)))
    refused = modern.ask(Code.ACCESS_REQUEST, name_of("anna"), zeros)
    assert refused is not None
    assert refused.code == Code.ACCESS_REJECT


def test_11_keys_of_mschapv2_come_in_clear(modern: Stream11, world: World) -> None:
    world.entitlement(world.subscriber("anna", chap=True), world.plan())
    challenge, peer = secrets.token_bytes(16), secrets.token_bytes(16)
    response = passwords.mschapv2_response(1, "secret-word", b"anna", challenge, peer)
    accept = modern.ask(
        Code.ACCESS_REQUEST,
        name_of("anna"),
        vendor_attribute(attr.MICROSOFT, 11, challenge),
        vendor_attribute(attr.MICROSOFT, 25, response),
    )
    assert accept is not None
    assert accept.code == Code.ACCESS_ACCEPT
    assert len(accept.vendor(attr.MICROSOFT, attr.MS_MPPE_SEND_KEY) or b"") == 16


def test_11_wants_tls_13(gateway: int, connect_as: Connect) -> None:
    with pytest.raises(OSError, match=r"EOF|reset"):
        assert connect_as(alpn=(RADIUS_1_1,), is_old=True).tls.recv(1)


def test_11_malformed_ends_it_too(modern: Stream11) -> None:
    modern.stream.tls.sendall(b"\x01\x00\x00\x16" + bytes(16) + b"\x01\x00")
    assert modern.stream.is_closed()


# -- a running server --------------------------------------------------------------------------------------------------


def test_new_certificates_without_losing_a_connection(
    authority: Authority, world: World, host: str, tmp_path: pathlib.Path
) -> None:
    world.nas(host, SECRET, identifier="gw7.example")
    second = Authority(tmp_path, "second")
    paths = radsec.Files(*(tmp_path / name for name in ("our.pem", "our.key", "ca.pem")))
    _copy(radsec.Files(*authority.sign("radius.example", "radius.example"), authority.path), paths)
    with running(radsec_address=("127.0.0.1", 0), radsec_files=paths) as here:
        old = Stream(here, authority, authority.sign("gw7", "gw7.example"), [])
        assert is_welcome(old)
        _copy(radsec.Files(*second.sign("radius.example", "radius.example"), second.path), paths)
        here.do(here.server.reload())
        new = Stream(here, second, second.sign("gw7", "gw7.example"), [])
        assert is_welcome(new)
        assert is_welcome(old)  # on its connection of before
        paths.certificate.write_text("no certificate")
        here.do(here.server.reload())
        assert is_welcome(Stream(here, second, second.sign("gw7", "gw7.example"), []))
    assert old.is_closed()


def _copy(source: radsec.Files, target: radsec.Files) -> None:
    for before, after in zip(source, target, strict=True):
        after.write_bytes(before.read_bytes())


# -- whatever comes ----------------------------------------------------------------------------------------------------


class Wire:
    """A transport that keeps what is written."""

    def __init__(self, alpn: str) -> None:
        self.alpn = alpn
        self.written: list[bytes] = []
        self.ended = False

    def get_extra_info(self, name: str) -> Any:
        return ("127.0.0.1", 40000) if name == "peername" else self

    def selected_alpn_protocol(self) -> str:
        return self.alpn

    def version(self) -> str:
        return "TLSv1.3"

    def getpeercert(self, *, binary_form: bool = False) -> Any:
        return b"der" if binary_form else {"subjectAltName": (("DNS", "gw.example"),)}

    def set_write_buffer_limits(self, _octets: int) -> None:
        return

    def setsockopt(self, *_option: int) -> None:
        return

    def write(self, octets: bytes) -> None:
        self.written.append(octets)

    def is_closing(self) -> bool:
        return self.ended

    def close(self) -> None:
        self.ended = True

    abort = close


@pytest.mark.parametrize("alpn", [RADIUS_1_0, RADIUS_1_1])
def test_no_octets_break_a_connection(aaa: Running, gateway: int, alpn: str) -> None:
    """20,000 packets with flipped octets and cuts: each is answered, passed over, or ends its connection."""
    chance = random.Random(11)
    taken: list[Any] = []
    services = radsec.Services(
        aaa.server.clients,
        Attempts(),
        {"auth": lambda arrived: not taken.append(arrived), "acct": lambda arrived: not taken.append(arrived)},
        lambda: True,
    )
    name = attribute(attr.USER_NAME, b"anna") + attribute(attr.USER_PASSWORD, b"0123456789abcdef")
    good = [
        KEY.sign_access_request(Code.ACCESS_REQUEST, 1, bytes(16), name),
        KEY.sign_request(Code.ACCOUNTING_REQUEST, 2, attribute(attr.ACCT_SESSION_ID, b"s1")),
        KEY.sign_access_request(Code.STATUS_SERVER, 3, bytes(16), b""),
    ]
    wire = Wire(alpn)
    wire.ended = True
    for _ in range(20_000):
        if wire.ended:
            wire = Wire(alpn)
            connection = radsec.Connection(services, set())
            connection.connection_made(wire)  # type: ignore[arg-type]
        octets = bytearray(chance.choice(good))
        for _ in range(chance.randrange(3)):
            octets[chance.randrange(len(octets))] = chance.randrange(256)
        connection.data_received(bytes(octets[: len(octets) - chance.randrange(2)]))
    for arrived in taken:
        arrived.door.reply(arrived.request, Code.ACCESS_REJECT, b"")
    assert taken
