"""An SMS centre: as much of SMPP 3.4 as a submission needs (bind, submit_sm, enquire_link, unbind)."""

from __future__ import annotations

import contextlib
import socketserver
import struct
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

HEADER = struct.Struct(">IIII")  # length, command, status, sequence
BIND, SUBMIT, UNBIND, ENQUIRE = 0x9, 0x4, 0x6, 0x15
RESPONSE = 0x80000000
WRONG_PASSWORD = 0x0E
UCS2 = 8


class Sms(NamedTuple):
    sender: str
    number: str
    text: str


@dataclass
class Centre:
    password: str = "secret"
    status: int = 0  # to submissions; 0x0B: invalid destination, 0x58: throttled
    port: int = 0
    sent: list[Sms] = field(default_factory=list)


@contextlib.contextmanager
def running(centre: Centre) -> Iterator[Centre]:
    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            with contextlib.suppress(OSError, struct.error):
                while self.answer(*HEADER.unpack(self.rfile.read(HEADER.size))):
                    pass

        def answer(self, length: int, command: int, _status: int, sequence: int) -> bool:
            body = self.rfile.read(length - HEADER.size)
            if command == BIND:
                _system, password, _ = body.split(b"\0", 2)
                self.respond(
                    command, sequence, 0 if password.decode() == centre.password else WRONG_PASSWORD, b"smsc\0"
                )
            elif command == SUBMIT:
                if centre.status == 0:
                    centre.sent.append(_read(body))
                self.respond(command, sequence, centre.status, b"" if centre.status else b"17\0")
            else:
                self.respond(command, sequence, 0, b"")
            return command != UNBIND

        def respond(self, command: int, sequence: int, status: int, body: bytes) -> None:
            self.wfile.write(HEADER.pack(HEADER.size + len(body), command | RESPONSE, status, sequence) + body)

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    centre.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield centre
    finally:
        server.shutdown()
        server.server_close()


def _read(body: bytes) -> Sms:
    """SMPP 3.4 §4.4.1."""
    _service, rest = body.split(b"\0", 1)
    sender, rest = rest[2:].split(b"\0", 1)
    number, rest = rest[2:].split(b"\0", 1)
    rest = rest[3:]  # esm_class, protocol_id, priority_flag
    _scheduled, rest = rest.split(b"\0", 1)
    _valid, rest = rest.split(b"\0", 1)
    coding, length = rest[2], rest[4]
    octets = rest[5 : 5 + length]
    return Sms(sender.decode(), number.decode(), octets.decode("utf-16-be") if coding == UCS2 else _gsm(octets))


def _gsm(octets: bytes) -> str:
    """GSM 03.38, as much of it as the tests write beside ASCII."""
    return octets.replace(b"\x1be", "€".encode()).replace(b"\x04", "è".encode()).decode()
