"""A running AAA server on loopback ports of its own, in a thread, with a NAS's side to talk to it."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import uvloop

from hotgate import database, environment, vault
from hotgate.aaa.server import Configuration, Server
from hotgate.radius import attributes as attr
from hotgate.radius import passwords
from hotgate.radius.authenticator import ClientKey
from hotgate.radius.packet import Code, Packet, attribute, decode, text, uint32

SECRET = b"a long enough secret for tests"
KEY = ClientKey(SECRET)
SECONDS = 5.0


class Running:
    """The server with its loop; `do` runs a coroutine on it."""

    def __init__(self, server: Server, loop: asyncio.AbstractEventLoop) -> None:
        self.server = server
        self.loop = loop

    def do(self, coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(SECONDS * 4)


def configuration(**changes: Any) -> Configuration:
    here = environment.current()
    assert here.key is not None
    given: dict[str, Any] = {
        "conninfo": database.conninfo(here, "aaa"),
        "become": database.become(here, "aaa"),
        "keys": vault.Keys.of(here.key),
        "auth": ("127.0.0.1", 0),
        "acct": ("127.0.0.1", 0),
    }
    return Configuration(**(given | changes))


@contextlib.contextmanager
def running(**changes: Any) -> Iterator[Running]:
    loop = uvloop.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    server = Server(configuration(**changes))
    here = Running(server, loop)
    here.do(server.start())
    try:
        yield here
    finally:
        here.do(server.stop())
        loop.call_soon_threadsafe(loop.stop)
        thread.join(SECONDS)
        loop.close()


class Nas:
    """What a NAS sends, and what it gets back: None when nobody answers."""

    def __init__(self, server: Server, host: str = "127.0.0.1", key: ClientKey = KEY) -> None:
        self.server = server
        self.key = key
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((host, 0))
        self.identifier = 0

    def close(self) -> None:
        self.socket.close()

    def login(self, name: str, password: str = "", device: str = "", *more: bytes, **options: Any) -> Packet | None:
        """An Access-Request by PAP (or by CHAP with `chap=True`)."""
        octets = self.access_request(name, password, device, *more, **options)
        return self.ask("auth", octets, options.get("seconds", SECONDS))

    def access_request(
        self, name: str, password: str = "", device: str = "", *more: bytes, chap: bool = False, **_: Any
    ) -> bytes:
        authenticator = secrets.token_bytes(16)
        attributes = attribute(attr.USER_NAME, text(name))
        if chap:
            attributes += attribute(attr.CHAP_PASSWORD, passwords.chap_response(7, password.encode(), authenticator))
        elif password:
            hidden = passwords.hide_password(password.encode(), self.key, authenticator)
            attributes += attribute(attr.USER_PASSWORD, hidden)
        if device:
            attributes += attribute(attr.CALLING_STATION_ID, text(device))
        attributes += b"".join(more)
        return self.key.sign_access_request(Code.ACCESS_REQUEST, self._next(), authenticator, attributes)

    def tell(
        self, status: int, session_id: str, *more: bytes, name: str = "", token: bytes = b"", **told: Any
    ) -> Packet | None:
        """An Accounting-Request; `told`: seconds, octets_in, octets_out, device, ip, at."""
        octets = self.record(status, session_id, *more, name=name, token=token, **told)
        return self.ask("acct", octets, told.get("wait", SECONDS))

    def record(
        self, status: int, session_id: str, *more: bytes, name: str = "", token: bytes = b"", **told: Any
    ) -> bytes:
        attributes = number(attr.ACCT_STATUS_TYPE, status)
        if session_id:
            attributes += attribute(attr.ACCT_SESSION_ID, text(session_id))
        if name:
            attributes += attribute(attr.USER_NAME, text(name))
        if token:
            attributes += attribute(attr.CLASS, token)
        attributes += counted(**told)
        attributes += b"".join(more)
        return self.key.sign_request(Code.ACCOUNTING_REQUEST, self._next(), attributes, message_authenticator=False)

    def ask(self, role: Any, octets: bytes, seconds: float = SECONDS) -> Packet | None:
        self.socket.sendto(octets, self.server.address(role))
        return self.receive(octets, seconds)

    def receive(self, octets: bytes, seconds: float = SECONDS) -> Packet | None:
        """The answer to a request that was sent."""
        ends_at = time.monotonic() + seconds
        while (left := ends_at - time.monotonic()) > 0:
            self.socket.settimeout(left)
            try:
                reply = self.socket.recv(4096)
            except TimeoutError:
                return None
            if reply[1] == octets[1]:
                packet = decode(reply)
                assert self.key.verify_reply(packet, octets[4:20])
                assert packet.code == Code.ACCOUNTING_RESPONSE or reply[20] == attr.MESSAGE_AUTHENTICATOR
                return packet
        return None

    def _next(self) -> int:
        self.identifier = (self.identifier + 1) % 256
        return self.identifier


def counted(
    *,
    seconds: int | None = None,
    octets_in: int | None = None,
    octets_out: int | None = None,
    device: str = "",
    ip: str = "",
    at: float | None = None,
    **_: Any,
) -> bytes:
    octets = b""
    if seconds is not None:
        octets += number(attr.ACCT_SESSION_TIME, seconds)
    for value, low, high in (
        (octets_in, attr.ACCT_INPUT_OCTETS, attr.ACCT_INPUT_GIGAWORDS),
        (octets_out, attr.ACCT_OUTPUT_OCTETS, attr.ACCT_OUTPUT_GIGAWORDS),
    ):
        if value is not None:
            octets += number(low, value & 0xFFFFFFFF) + number(high, value >> 32)
    if device:
        octets += attribute(attr.CALLING_STATION_ID, text(device))
    if ip:
        octets += attribute(attr.FRAMED_IP_ADDRESS, socket.inet_aton(ip))
    if at is not None:
        octets += number(attr.EVENT_TIMESTAMP, int(at))
    return octets


def number(kind: int, value: int) -> bytes:
    return attribute(kind, uint32(value))
