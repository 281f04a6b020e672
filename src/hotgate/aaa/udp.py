"""The door: datagrams in, verified requests on, replies out. Nothing here waits, and no task is made per packet."""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from collections.abc import Callable
from time import monotonic
from typing import Any, NamedTuple, Protocol

from hotgate.aaa.attempts import Attempts
from hotgate.aaa.clients import Client, Clients
from hotgate.radius.packet import TooLong
from hotgate.radius.server import Drop, Request, Resend, Respond, Role, ServerProtocol, hint_to_sign

RECEIVE_BUFFER_OCTETS = 16 << 20
UNSIGNED_RULES = ("D8", "D11", "D23")  # by which a packet under another secret is dropped
STATUS_PER_SECOND_MAX = 20  # of one NAS at one port
HINT_SECONDS = 30.0  # a NAS that does not sign is told so no more often
SO_RCVBUFFORCE = 33  # Linux; root may pass the system's limit


class Submit(Protocol):
    """Takes a verified request on; False when there is no room for it (D19)."""

    def __call__(self, arrived: Arrived) -> bool: ...


class Answering(Protocol):
    """Where a request came in, and where its answer goes out: a UDP port, or a connection."""

    def reply(self, request: Request, code: int, attributes: bytes) -> None: ...

    def keep_silent(self, request: Request, rule: str = "D19") -> None: ...


class Arrived(NamedTuple):
    """A verified request, who sent it, and the door through which to answer."""

    request: Request
    client: Client
    door: Answering
    received_at: float  # seconds since the epoch, when it was read


class Door(asyncio.DatagramProtocol):
    """One port."""

    def __init__(
        self,
        role: Role,
        clients: Clients,
        attempts: Attempts,
        submit: Submit,
        *,
        is_serving: Callable[[], bool],
        wall_clock: Callable[[], float],
    ) -> None:
        self.protocol = ServerProtocol(role)
        self.role = role
        self._clients = clients
        self._attempts = attempts
        self._submit = submit
        self._is_serving = is_serving
        self._wall_clock = wall_clock
        self._transport: asyncio.DatagramTransport | None = None
        self.is_draining = False
        self.resent = 0
        self._asked_for_status: Counter[int] = Counter()  # in this second, by NAS
        self._hinted_at: dict[int, float] = {}  # by NAS

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]

    def datagram_received(self, data: bytes, addr: Any) -> None:
        if self.is_draining:
            return
        client = self._clients.find(addr[0])
        if client is None:
            self._attempts.unknown_source(addr[0], self.role)
            return
        received = self.protocol.receive_datagram(data, addr, client.peer, monotonic())
        if client.previous is not None and isinstance(received, Drop) and received.rule in UNSIGNED_RULES:
            client = client._replace(peer=client.previous, previous=None)
            received = self.protocol.receive_datagram(data, addr, client.peer, monotonic())
        if isinstance(received, Request):
            if received.has_message_authenticator and not client.peer.has_sent_message_authenticator:
                self._learn(client)
            if not self._submit(Arrived(received, client, self, self._wall_clock())):
                self.protocol.forget(received)
        elif isinstance(received, Resend):
            self.resent += 1
            self.send(received.octets, addr)
        else:
            self._refuse(received, client, addr)
            if isinstance(received, Drop) and received.rule == "D9":
                self._hint(data, client, addr)

    def error_received(self, exc: Exception) -> None:
        """An ICMP error about an earlier reply: the NAS asks again."""

    def reply(self, request: Request, code: int, attributes: bytes) -> None:
        """Sign, remember for duplicates, and send. What no packet holds is not said (T7): no Proxy-State may go."""
        try:
            octets = self.protocol.reply(request, code, attributes, monotonic())
        except TooLong:
            self.keep_silent(request, "T7")
            return
        self.send(octets, request.source)

    def keep_silent(self, request: Request, rule: str = "D19") -> None:
        """No answer (D19): the NAS asks again, or asks another server."""
        self._attempts.totals[rule, self.role] += 1
        self.protocol.forget(request)

    def send(self, octets: bytes, address: Any) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.sendto(octets, address)

    def expire(self) -> None:
        """Forget old duplicates; about once a second."""
        self.protocol.expire(monotonic())
        self._asked_for_status.clear()

    def sockname(self) -> tuple[Any, ...]:
        """The address that the system gave it."""
        assert self._transport is not None
        return tuple(self._transport.get_extra_info("sockname"))

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def _learn(self, client: Client) -> None:
        if self.role == "auth":
            self._clients.learn(client)
            self._attempts.signed(client)

    def _refuse(self, received: Respond | Drop, client: Client, address: Any) -> None:
        if isinstance(received, Drop):
            self._attempts.dropped(client, received.rule, self.role)
        elif self._is_serving() and not self._asks_too_often(client):
            self.send(received.octets, address)

    def _hint(self, data: bytes, client: Client, address: Any) -> None:
        """Why it hears nothing: a NAS that has never signed is told now and then, which its log shows (M8)."""
        now = monotonic()
        if now - self._hinted_at.get(client.row.id, -HINT_SECONDS) < HINT_SECONDS:
            return
        octets = hint_to_sign(data, client.peer)
        if octets is not None:
            self._hinted_at[client.row.id] = now
            self.send(octets, address)

    def _asks_too_often(self, client: Client) -> bool:
        """A NAS asks for our status every half minute; a flood of that gets no answer (S4)."""
        self._asked_for_status[client.row.id] += 1
        if self._asked_for_status[client.row.id] <= STATUS_PER_SECOND_MAX:
            return False
        self._attempts.totals["S4", self.role] += 1
        return True


def listening_socket(host: str, port: int, *, shared: bool) -> socket.socket:
    """A bound UDP socket with room for a burst. `shared`: several processes may bind the same port."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_DGRAM)
    sock.setblocking(False)
    if shared:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER_OCTETS)
    except OSError:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_OCTETS)
    sock.bind((host, port))
    return sock
