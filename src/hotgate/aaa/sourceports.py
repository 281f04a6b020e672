"""The source ports from which orders go out.

A NAS remembers an order for five minutes by source port and identifier, and one port has 256 identifiers. Who has
more to tell it within that time opens another port (RFC 5176 §6.3).
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import random
import time
from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

from hotgate.aaa.clients import Client
from hotgate.aaa.reauthorize import Wish
from hotgate.aaa.translate import number
from hotgate.radius.attributes import ERROR_CAUSE
from hotgate.radius.client import Answer, ClientProtocol, NoIdentifier, Sent
from hotgate.store.orders import Leased

log = logging.getLogger("hotgate.aaa")

REST_SECONDS = 300.0  # before an identifier is used again: NASes remember so long (RFC 5176 §6.3)
PORTS_MAX = 64  # 16,384 orders to one NAS in five minutes; what is more waits
ANYWHERE = "::"  # bound there, a socket speaks IPv4 as well

Address: TypeAlias = tuple[str, int]


class Flight(NamedTuple):
    """An order under way to its NAS."""

    order: Leased
    client: Client
    wish: Wish


class Landed(NamedTuple):
    """How it ended: the answer's code and Error-Cause; (None, None) without an answer."""

    flight: Flight
    code: int | None
    cause: int | None

    @property
    def order(self) -> Leased:
        return self.flight.order


def destination(bound: str, host: str) -> str | None:
    """`host` as a socket that is bound there takes it; None where the two are of families that don't meet."""
    here, there = _address(bound), _address(host)
    if here.version != there.version and bound != ANYWHERE:
        return None
    return f"::ffff:{there}" if there.version == 4 and ":" in bound else str(there)


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    address = ipaddress.ip_address(host)
    return getattr(address, "ipv4_mapped", None) or address


class SourcePort(asyncio.DatagramProtocol):
    """One of them, towards every NAS."""

    def __init__(self, landed: Callable[[Landed], None]) -> None:
        self._landed = landed
        self._transport: asyncio.DatagramTransport | None = None
        self._protocols: dict[Address, ClientProtocol] = {}
        self._sent_at: dict[Address, float] = {}
        self.flights: dict[tuple[Address, int], Flight] = {}  # (NAS's address, identifier)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]

    def datagram_received(self, data: bytes, addr: Any) -> None:
        address = (addr[0], addr[1])
        protocol = self._protocols.get(address)
        answer = protocol.receive_datagram(data, time.monotonic()) if protocol is not None else None
        if isinstance(answer, Answer):
            self._land(address, answer.sent, answer.packet.code, number(answer.packet, ERROR_CAUSE))

    def error_received(self, exc: Exception) -> None:
        """Nobody listens there: the retransmissions will tell."""

    def send(self, flight: Flight, address: Address) -> bool:
        """False: this port has no identifier left for that NAS, or speaks there by another secret."""
        protocol = self._protocol(address, flight.client)
        if protocol is None:
            return False
        request = protocol.coa_request if flight.wish.is_change else protocol.disconnect_request
        try:
            sent = request(flight.wish.attributes, int(time.time()), time.monotonic(), random=random.random())
        except NoIdentifier:
            return False
        self._sent_at[address] = time.monotonic()
        self.flights[address, sent.identifier] = flight
        self._put(address, sent)
        return True

    def _protocol(self, address: Address, client: Client) -> ClientProtocol | None:
        """None where another secret is in use: of a NAS that another operator registered there, or before a change.

        Its answers would be lost, and its identifiers used again too soon.
        """
        protocol, key = self._protocols.get(address), client.peer.key
        if protocol is not None and protocol.key.secret == key.secret:  # a changed NAS has a new key of the same
            return protocol
        if protocol is not None and time.monotonic() - self._sent_at.get(address, 0.0) < REST_SECONDS:
            return None
        protocol = self._protocols[address] = ClientProtocol(key, rest_seconds=REST_SECONDS)
        return protocol

    def retransmit(self) -> None:
        now = time.monotonic()
        for address, protocol in self._protocols.items():
            again, given_up = protocol.retransmit(now, random.random())
            for sent in again:
                self._put(address, sent)
            for sent in given_up:
                self._land(address, sent, None, None)

    def _put(self, address: Address, sent: Sent) -> None:
        """Out with it. What can't leave counts as lost on the way, and holds up no other order."""
        if self._transport is None:
            return
        try:
            self._transport.sendto(sent.octets, address)
        except (OSError, ValueError, RuntimeError) as error:  # uvloop raises what asyncio would report
            log.warning("an order to %s did not leave: %s", address[0], error)

    def _land(self, address: Address, sent: Sent, code: int | None, cause: int | None) -> None:
        flight = self.flights.pop((address, sent.identifier), None)
        if flight is not None:
            self._landed(Landed(flight, code, cause))


class SourcePorts:
    """Opened one after the other, as they are needed."""

    def __init__(self, host: str, landed: Callable[[Landed], None]) -> None:
        self._landed = landed
        self.host = host
        self.opened: list[SourcePort] = []

    def address_of(self, client: Client) -> Address | None:
        """Where orders to this NAS go; None when it has no address for them, or none that is reached from here."""
        host = None if client.coa_address is None else destination(self.host, client.coa_address)
        return None if host is None else (host, client.row.coa_port)

    async def send(self, flight: Flight) -> bool:
        """False: all identifiers of all ports rest, or the NAS can't be reached."""
        address = self.address_of(flight.client)
        if address is None:
            return False
        for port in self.opened:
            if port.send(flight, address):
                return True
        if len(self.opened) == PORTS_MAX:
            return False
        return (await self._open()).send(flight, address)

    def retransmit(self) -> None:
        for port in self.opened:
            port.retransmit()

    def close(self) -> None:
        for port in self.opened:
            port.close()

    async def _open(self) -> SourcePort:
        loop = asyncio.get_running_loop()
        _, port = await loop.create_datagram_endpoint(lambda: SourcePort(self._landed), local_addr=(self.host, 0))
        self.opened.append(port)
        return port
