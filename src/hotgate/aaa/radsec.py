"""RADIUS over TLS: authentication and accounting on one TCP port, each NAS known by its certificate (RFC 6614, 6613).

A certificate that one of our authorities signed names its NAS: by a DNS name in subjectAltName, without one by the
common name, or by its fingerprint; that name is the *identifier* of exactly one NAS. Where several operators gave it to
a NAS, it is the one's who gave it first, so that nobody takes another's connection or keeps it out. The shared secret
is the word of the RFC, since TLS does the work, and rules about Message-Authenticator are for plain UDP. Answers known
for duplicates live as long as their connection.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import pathlib
import socket
import ssl
import time
from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from time import monotonic
from typing import Any, Final, NamedTuple

from hotgate.aaa import radius11
from hotgate.aaa.attempts import Attempts
from hotgate.aaa.clients import Client, Clients
from hotgate.aaa.udp import Arrived, Submit
from hotgate.radius.authenticator import ClientKey
from hotgate.radius.packet import HEADER_OCTETS, PACKET_OCTETS_MAX, Code, Malformed, TooLong, decode
from hotgate.radius.server import Drop, Peer, Request, Resend, Respond, Role, ServerProtocol

log = logging.getLogger("hotgate.aaa")

RADIUS_1_0, RADIUS_1_1 = "radius/1.0", "radius/1.1"
KEY: Final = ClientKey(b"radsec")
PEER: Final = Peer(KEY, "no", limit_proxy_state=False)
HANDSHAKE_SECONDS = 10.0
CONNECTIONS_MAX = 4096
CONNECTIONS_PER_NAS_MAX = 64
UNREAD_OCTETS_MAX = 1 << 20  # of answers that the NAS does not take
# A NAS that loses its power says no goodbye: after a minute of silence the kernel asks, and gives up after another.
KEEPALIVE: Final = {
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE): 1,
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE): 60,
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL): 15,
    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT): 4,
    (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT): 120_000,  # milliseconds; for answers that are never acknowledged
}
# What says that the other side or the stream is not what it should be: nothing after it can be trusted (6613 §2.6).
_FATAL = frozenset({"D2", "D4", "D8", "D11", "D23"})

_ROLES: dict[int, Role] = {Code.ACCESS_REQUEST: "auth", Code.ACCOUNTING_REQUEST: "acct", Code.STATUS_SERVER: "auth"}


class Files(NamedTuple):
    """Where our side of TLS is kept, all in PEM."""

    certificate: pathlib.Path
    key: pathlib.Path
    authorities: pathlib.Path


class Services(NamedTuple):
    """What a connection needs of the process."""

    clients: Clients
    attempts: Attempts
    submit: Mapping[Role, Submit]
    is_serving: Callable[[], bool]


def context(files: Files) -> ssl.SSLContext:
    """TLS 1.2 or later, with certificates on both sides. Raises OSError (ssl.SSLError among them)."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    made.verify_mode = ssl.CERT_REQUIRED
    made.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_TICKET
    made.num_tickets = 0  # a resumed session would outlive the trust in its certificate
    made.set_alpn_protocols([RADIUS_1_1, RADIUS_1_0])
    made.load_cert_chain(files.certificate, files.key)
    made.load_verify_locations(files.authorities)
    return made


class Listener:
    """The port, and the connections on it."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._listening: asyncio.Server | None = None
        self.connections: set[Connection] = set()

    async def start(self, host: str, port: int, files: Files) -> None:
        """Listen. Again: with the files as they are now, and without a moment in which nobody listens."""
        loop = asyncio.get_running_loop()
        before = self._listening
        self._listening = await loop.create_server(
            lambda: Connection(self._services, self.connections),
            host,
            port if before is None else self.address()[1],
            ssl=context(files),
            ssl_handshake_timeout=HANDSHAKE_SECONDS,
            reuse_port=True,
        )
        if before is not None:
            before.close()

    def address(self) -> tuple[str, int]:
        assert self._listening is not None
        host, port, *_ = self._listening.sockets[0].getsockname()
        return host, port

    def expire(self) -> None:
        """Forget old duplicates, and connections whose NAS is gone or has another certificate now."""
        for connection in list(self.connections):
            connection.expire()

    def drain(self) -> None:
        """Read no more; what was read is still answered."""
        if self._listening is not None:
            self._listening.close()
        for connection in self.connections:
            connection.drain()

    def close(self) -> None:
        for connection in list(self.connections):
            connection.close()


class Connection(asyncio.Protocol):
    """One NAS's stream of packets. It answers in the place of a UDP port's door."""

    def __init__(self, services: Services, connections: set[Connection]) -> None:
        self._services = services
        self._connections = connections
        self._protocols: dict[Role, ServerProtocol] = {"auth": ServerProtocol("auth"), "acct": ServerProtocol("acct")}
        self._transport: asyncio.Transport | None = None
        self._source = ("", 0)
        self._names: frozenset[str] = frozenset()
        self._known: Client | None = None  # as the list has it
        self._client: Client | None = None  # the same, as it speaks here
        self._is_1_1 = False
        self._octets = b""
        self.heard_at = monotonic()

    # -- the stream ------------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        stream: asyncio.Transport = transport  # type: ignore[assignment]
        self._transport = stream
        self._source = tuple(transport.get_extra_info("peername")[:2])
        tls: ssl.SSLObject = transport.get_extra_info("ssl_object")
        self._is_1_1 = tls.selected_alpn_protocol() == RADIUS_1_1
        self._names = names_in(tls.getpeercert() or {}, tls.getpeercert(binary_form=True) or b"")
        if not self._identify() or (self._is_1_1 and tls.version() != "TLSv1.3"):
            stream.abort()
            return
        self._make_room()
        keep_alive(transport.get_extra_info("socket"))
        stream.set_write_buffer_limits(UNREAD_OCTETS_MAX)
        self._connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._connections.discard(self)
        self._transport = None

    def pause_writing(self) -> None:
        """It asks and asks, and reads no answer."""
        self.close()

    def data_received(self, data: bytes) -> None:
        self.heard_at = monotonic()
        self._octets += data
        while len(self._octets) >= HEADER_OCTETS and self._transport is not None:
            length = int.from_bytes(self._octets[2:4], "big")
            if not HEADER_OCTETS <= length <= PACKET_OCTETS_MAX:
                self._drop(Drop("D2", "no packet has this length"), "auth")
                return
            if len(self._octets) < length:
                return
            packet, self._octets = self._octets[:length], self._octets[length:]
            self._receive(packet)

    def _receive(self, octets: bytes) -> None:
        if self._client is None or self._transport is None or self._transport.is_closing():
            return
        role = _ROLES.get(octets[0], "auth")
        now = monotonic()
        receive = self._receive_1_1 if self._is_1_1 else self._protocols[role].receive_datagram
        received = receive(octets, self._source, PEER, now)
        if isinstance(received, Request):
            arrived = Arrived(received, self._client, self, time.time())
            if not self._services.submit[role](arrived):
                self._protocols[role].forget(received)
        elif isinstance(received, Drop):
            self._drop(received, role)
        elif isinstance(received, Resend) or self._services.is_serving():
            self._send(received.octets)

    def _receive_1_1(
        self, octets: bytes, source: tuple[str, int], peer: Peer, now: float
    ) -> Request | Resend | Respond | Drop:
        # Nothing is sent twice on one connection, and a token of its own goes with every request: no duplicates.
        try:
            packet = decode(octets)
        except Malformed as error:
            return Drop(error.rule, error.text)
        if packet.code == Code.STATUS_SERVER:
            return Respond(radius11.reply_to(packet, Code.ACCESS_ACCEPT, b"", KEY))
        if packet.code not in _ROLES:
            return Drop("D6", f"code {packet.code} is no request")
        return Request(radius11.request_of(packet, KEY), source, peer, now)

    def _drop(self, drop: Drop, role: Role) -> None:
        if self._client is not None:
            self._services.attempts.dropped(self._client, drop.rule, role)
        if drop.rule in _FATAL:
            self.close()

    # -- answers ---------------------------------------------------------------------------------------------------

    def reply(self, request: Request, code: int, attributes: bytes) -> None:
        """Sign, remember for duplicates, and send. What no packet holds is not said (T7)."""
        try:
            self._send(self._signed(request, code, attributes))
        except TooLong:
            self.keep_silent(request, "T7")

    def _signed(self, request: Request, code: int, attributes: bytes) -> bytes:
        if self._is_1_1:
            return radius11.reply_to(request.packet, code, attributes, KEY)
        return self._protocols[_ROLES[request.packet.code]].reply(request, code, attributes, monotonic())

    def keep_silent(self, request: Request, rule: str = "D19") -> None:
        """No answer (D19). The NAS's watchdog gets none either, so it goes elsewhere or comes back."""
        role = _ROLES[request.packet.code]
        self._services.attempts.totals[rule, role] += 1
        self._protocols[role].forget(request)

    def _send(self, octets: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(octets)

    # -- life ------------------------------------------------------------------------------------------------------

    def expire(self) -> None:
        if not self._identify():
            self.close()
        for protocol in self._protocols.values():
            protocol.expire(monotonic())

    def drain(self) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.pause_reading()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """At once: who is gone takes no leave."""
        self._connections.discard(self)
        if self._transport is not None:
            self._transport.abort()

    @property
    def nas_id(self) -> int:
        assert self._known is not None
        return self._known.row.id

    def _identify(self) -> bool:
        """Whether the list knows this NAS, still or again; its settings are taken over."""
        clients = self._services.clients
        known = None if self._known is None else clients.by_id(self._known.row.id)
        if known is not None and known is self._known:
            return True
        found = meant_by(self._names, _all(clients) if self._known is None else filter(None, [known]))
        if len(found) != 1:
            self._services.attempts.unknown_source(self._source[0], "auth")
            log.warning("a certificate names %d NASes: %s from %s", len(found), sorted(self._names), self._source[0])
            return False
        self._known = found[0]
        self._client = found[0]._replace(peer=PEER, previous=None)
        return True

    def _make_room(self) -> None:
        """The longest quiet makes room: of this NAS's connections, or where all are too many, of who has most."""
        by_nas: defaultdict[int, list[Connection]] = defaultdict(list)
        for each in self._connections:
            by_nas[each.nas_id].append(each)
        crowd = by_nas[self.nas_id]
        if len(crowd) < CONNECTIONS_PER_NAS_MAX:
            if len(self._connections) < CONNECTIONS_MAX:
                return
            crowd = max(by_nas.values(), key=len)
        quietest = min(crowd, key=lambda each: each.heard_at)
        log.info("NAS %d has another connection: its quietest is closed", quietest.nas_id)
        quietest.abort()


def keep_alive(connected: socket.socket) -> None:
    """Have the kernel find out about a peer that is gone."""
    for (level, option), value in KEEPALIVE.items():
        connected.setsockopt(level, option, value)


def meant_by(names: Container[str], clients: Iterable[Client]) -> list[Client]:
    """The NASes that a certificate of these names may mean: all of the operator who gave one of them first."""
    found = [each for each in clients if each.row.identifier_since is not None and folded(each.row.identifier) in names]
    first = min(found, key=_since, default=None)
    return [each for each in found if first is not None and each.row.operator_id == first.row.operator_id]


def _since(client: Client) -> tuple[Any, int]:
    return client.row.identifier_since, client.row.id


def folded(name: str) -> str:
    """Only ASCII letters have two cases in names of hosts (RFC 4343 §3), and where the database says who was first."""
    return name.encode().lower().decode()


def names_in(certificate: Mapping[str, Any], der: bytes) -> frozenset[str]:
    """By which identifiers of a NAS this certificate may be meant."""
    names = {name for kind, name in certificate.get("subjectAltName", ()) if kind == "DNS"}
    names = names or set(_common_names(certificate.get("subject", ())))
    return frozenset(folded(name) for name in (*names, f"sha256:{hashlib.sha256(der).hexdigest()}") if name)


def _common_names(subject: Iterable[Iterable[tuple[str, str]]]) -> Iterator[str]:
    return (value for parts in subject for kind, value in parts if kind == "commonName")


def _all(clients: Clients) -> Iterator[Client]:
    return (client for client in map(clients.by_id, clients.ids()) if client is not None)
