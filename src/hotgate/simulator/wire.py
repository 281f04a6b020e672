"""Sockets: requests that are repeated until they are answered, and the port where CoA and Disconnect arrive."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Final, cast

from hotgate.radius import client, dynauth
from hotgate.radius.attributes import ErrorCause
from hotgate.radius.authenticator import ClientKey
from hotgate.radius.client import ClientProtocol, Sent
from hotgate.radius.packet import Packet
from hotgate.radius.server import Drop
from hotgate.simulator.mischief import Mischief

Address = tuple[str, int]
Attributes = Callable[[bytes], bytes]  # from the Request Authenticator, which hides a password
Handler = Callable[[Packet], ErrorCause | None]  # None: done; else why not

_REMEMBERED_MAX: Final = 4096
_IDENTIFIERS: Final = 256
_WAIT_SECONDS_MAX: Final = 16.0


class NoAnswer(Exception):
    """Every try went unanswered; the text says what came instead, if anything."""


class Exchanges(asyncio.DatagramProtocol):
    """One socket to one port of the server, with at most 256 requests under way (one for each identifier)."""

    def __init__(self, protocol: ClientProtocol, mischief: Mischief, waits: Sequence[float]) -> None:
        self._protocol = protocol
        self._mischief = mischief
        self._waits = waits
        self._room = asyncio.Semaphore(_IDENTIFIERS)
        self._answers: dict[Sent, asyncio.Future[Packet]] = {}
        self._last_fault = ""
        self.retransmissions = 0
        self.bad_replies = 0

    @classmethod
    async def open(
        cls,
        server: Address,
        protocol: ClientProtocol,
        mischief: Mischief,
        waits: Sequence[float],
        local: str | None = None,
    ) -> Exchanges:
        """A socket connected to the server's port."""
        loop = asyncio.get_running_loop()
        _, exchanges = await loop.create_datagram_endpoint(
            lambda: cls(protocol, mischief, waits),
            remote_addr=server,
            local_addr=(local, 0) if local else None,
        )
        return exchanges

    async def ask_access(self, attributes: Attributes) -> Packet:
        """The answer to an Access-Request. Raises NoAnswer."""
        nonce = os.urandom(16)
        async with self._room:
            return await self._ask(self._protocol.access_request(attributes(nonce), nonce, time.monotonic()))

    async def ask_accounting(self, attributes: bytes) -> Packet:
        """The answer to an Accounting-Request. Raises NoAnswer."""
        async with self._room:
            return await self._ask(self._protocol.accounting_request(attributes, time.monotonic()))

    def close(self) -> None:
        """Give the socket back."""
        self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: Address) -> None:
        # A reply that was lost or came twice is the mischief of the way back.
        for _ in range(self._mischief.copies()):
            received = self._protocol.receive_datagram(data, time.monotonic())
            if isinstance(received, client.Answer):
                self._answers[received.sent].set_result(received.packet)
            elif received.rule != "A15":  # a second copy of an answer that was taken
                self.bad_replies += 1
                self._last_fault = received.text

    def error_received(self, exc: Exception) -> None:
        # Nobody listens there yet (ICMP): the next try will tell.
        self._last_fault = "nothing listens there"

    async def _ask(self, sent: Sent) -> Packet:
        answer: asyncio.Future[Packet] = asyncio.get_running_loop().create_future()
        self._answers[sent] = answer
        try:
            for number, wait in enumerate(self._waits):
                self.retransmissions += number > 0
                self._send(sent.octets)
                done, _ = await asyncio.wait((answer,), timeout=wait)
                if done:
                    return answer.result()
            raise NoAnswer(self._last_fault)
        finally:
            del self._answers[sent]
            self._protocol.abandon(sent, time.monotonic())

    def _send(self, octets: bytes) -> None:
        for _ in range(self._mischief.copies()):
            self._transport.sendto(octets)


class DynamicAuthorization(asyncio.DatagramProtocol):
    """The NAS's port for CoA and Disconnect (RFC 5176). A duplicate gets the answer of the first."""

    def __init__(self, key: ClientKey, handle: Handler) -> None:
        self._key = key
        self._handle = handle
        self._answers: dict[tuple[Address, bytes], bytes] = {}

    @classmethod
    async def open(cls, local: Address, key: ClientKey, handle: Handler) -> DynamicAuthorization:
        """Listen on `local`. Raises OSError when the port is taken."""
        loop = asyncio.get_running_loop()
        _, port = await loop.create_datagram_endpoint(lambda: cls(key, handle), local_addr=local)
        return port

    def close(self) -> None:
        """Give the socket back."""
        self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: Address) -> None:
        order = dynauth.receive_request(data, self._key, int(time.time()))
        if isinstance(order, Drop):
            return
        known = (addr, order.authenticator)
        if known not in self._answers:
            self._answers[known] = self._answer(order)
        self._transport.sendto(self._answers[known], addr)
        if len(self._answers) > _REMEMBERED_MAX:
            self._answers.pop(next(iter(self._answers)))

    def _answer(self, order: Packet) -> bytes:
        cause = self._handle(order)
        return dynauth.ack(order, self._key) if cause is None else dynauth.nak(order, self._key, cause)


def waits(first: float, total: float) -> Iterator[float]:
    """How long each try waits: doubling from `first` to 16 s at most, `total` in all (RFC 5080 §2.2.1).

    Without its ±10 % of chance, so that a seed gives the same run again.
    """
    spent, wait = 0.0, first
    while spent < total:
        yield min(wait, total - spent)
        spent += wait
        wait = min(wait * 2, _WAIT_SECONDS_MAX)
