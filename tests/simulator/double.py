"""A RADIUS server of some ninety lines, to hear what the simulator says: one price list, no database."""

from __future__ import annotations

import asyncio
import json
import pathlib
import time
from collections.abc import Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from hotgate.radius import attributes as attr
from hotgate.radius import passwords
from hotgate.radius.authenticator import ClientKey
from hotgate.radius.client import ClientProtocol
from hotgate.radius.packet import Code, Packet, attribute, text, uint32, vendor_attribute
from hotgate.radius.server import Peer, Request, Resend, ServerProtocol

SECRET = b"sixteen-octets-at-least"


@dataclass
class Shop:
    """Who may log in, how much is left, and what was reported (greatest counters by session)."""

    file: pathlib.Path
    password: str = "secret"
    quota: int = 10_000_000
    session_seconds: int = 3600
    tells_limit: bool = True
    coa_port: int = 0
    booked: dict[str, list[int]] = field(default_factory=dict)
    packets: list[Packet] = field(default_factory=list)
    orders: list[int] = field(default_factory=list)
    ended: set[str] = field(default_factory=set)
    change: bytes | None = None  # attributes of a CoA, sent at the first interim
    steals: int = 0  # octets that the ledger "loses"

    @property
    def left(self) -> int:
        return self.quota - sum(each[1] + each[2] for each in self.booked.values())

    def log_in(self, request: Request) -> tuple[int, bytes]:
        proof = passwords.proof_from(request.packet, request.peer.key)
        if not hasattr(proof, "matches") or not proof.matches(self.password):
            return Code.ACCESS_REJECT, attribute(attr.REPLY_MESSAGE, text("The password is wrong."))
        if self.left <= 0:
            return Code.ACCESS_REJECT, attribute(attr.REPLY_MESSAGE, text("Your data is used up."))
        given = attribute(attr.SESSION_TIMEOUT, uint32(self.session_seconds)) + attribute(attr.CLASS, b"payer")
        if self.tells_limit:
            given += vendor_attribute(attr.MIKROTIK, 17, uint32(self.left & 0xFFFFFFFF))
            given += vendor_attribute(attr.MIKROTIK, 18, uint32(self.left >> 32))
        return Code.ACCESS_ACCEPT, given

    def book(self, packet: Packet) -> bool:
        """Whether what is booked now asks for a Disconnect."""
        self.packets.append(packet)
        kind = number(packet, attr.ACCT_STATUS_TYPE)
        if kind in (attr.AcctStatusType.ACCOUNTING_ON, attr.AcctStatusType.ACCOUNTING_OFF):
            return False
        session = (packet.first(attr.ACCT_SESSION_ID) or b"").decode()
        seen = [
            number(packet, attr.ACCT_SESSION_TIME),
            number(packet, attr.ACCT_INPUT_OCTETS) + (number(packet, attr.ACCT_INPUT_GIGAWORDS) << 32),
            number(packet, attr.ACCT_OUTPUT_OCTETS) + (number(packet, attr.ACCT_OUTPUT_GIGAWORDS) << 32),
        ]
        known = self.booked.setdefault(session, [0, 0, 0])
        self.booked[session] = [max(pair) for pair in zip(known, seen, strict=True)]
        if kind == attr.AcctStatusType.STOP:
            self.ended.add(session)
        self.file.write_text(json.dumps({"sessions": list(self.listed())}))
        return self.left <= 0 and session not in self.ended

    def listed(self) -> Iterator[dict[str, Any]]:
        for seconds, octets_in, octets_out in self.booked.values():
            yield {"seconds": seconds, "octets_in": octets_in - self.steals, "octets_out": octets_out}


class Port(asyncio.DatagramProtocol):
    def __init__(self, shop: Shop, role: Any) -> None:
        self.shop = shop
        self.peer = Peer(ClientKey(SECRET))
        self.protocol = ServerProtocol(role)

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        received = self.protocol.receive_datagram(data, addr, self.peer, time.monotonic())
        if isinstance(received, Resend):
            self.transport.sendto(received.octets, addr)
        elif isinstance(received, Request):
            code, given = self.answer(received)
            self.transport.sendto(self.protocol.reply(received, code, given, time.monotonic()), addr)

    def answer(self, request: Request) -> tuple[int, bytes]:
        if request.packet.code == Code.ACCESS_REQUEST:
            return self.shop.log_in(request)
        if self.shop.book(request.packet):
            self.order(request.packet)
        if self.shop.change is not None and number(request.packet, attr.ACCT_SESSION_TIME):
            self.order(request.packet, self.shop.change)
            self.shop.change = None
        return Code.ACCOUNTING_RESPONSE, b""

    def order(self, packet: Packet, change: bytes | None = None) -> None:
        wanted = attribute(attr.ACCT_SESSION_ID, packet.first(attr.ACCT_SESSION_ID) or b"")
        client = ClientProtocol(self.peer.key)
        send = client.disconnect_request if change is None else client.coa_request
        sent = send(wanted + (change or b""), int(time.time()), time.monotonic())
        self.transport.sendto(sent.octets, ("127.0.0.1", self.shop.coa_port))
        self.shop.orders.append(sent.code)


@asynccontextmanager
async def opened(shop: Shop) -> Any:
    """(port for authentication, port for accounting)."""
    loop = asyncio.get_running_loop()
    transports = [
        (await loop.create_datagram_endpoint(lambda role=role: Port(shop, role), local_addr=("127.0.0.1", 0)))[0]
        for role in ("auth", "acct")
    ]
    try:
        yield [transport.get_extra_info("sockname")[1] for transport in transports]
    finally:
        for transport in transports:
            transport.close()


def number(packet: Packet, kind: int) -> int:
    return int.from_bytes(packet.first(kind) or b"", "big")
