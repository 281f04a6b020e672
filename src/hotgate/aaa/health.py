"""A small HTTP listener for machines that watch: `/healthz` and `/metrics`. It serves nothing else and nobody else."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import json
import logging
import socket
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

from hotgate.aaa import metrics

if TYPE_CHECKING:
    from hotgate.aaa.server import Server

log = logging.getLogger("hotgate.aaa")

FRESH_SECONDS = 5.0  # the database is asked every second
REQUEST_SECONDS = 5.0
HEAD_OCTETS_MAX = 8192
BACKLOG = 16
PORTS_TRIED = 64  # one after the other, where processes share a host

_REASONS = {200: "OK", 404: "Not Found", 405: "Method Not Allowed", 503: "Service Unavailable"}
_TEXT = "text/plain; version=0.0.4; charset=utf-8"


class Response(NamedTuple):
    status: int
    kind: str
    body: bytes

    def octets(self, *, with_body: bool) -> bytes:
        head = f"HTTP/1.1 {self.status} {_REASONS[self.status]}\r\nContent-Type: {self.kind}\r\n"
        head += f"Content-Length: {len(self.body)}\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n"
        return head.encode() + (self.body if with_body else b"")


class Listener:
    """Answers for one AAA process."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._listening: asyncio.Server | None = None

    async def start(self, host: str, port: int) -> None:
        """Listen on `port`, or on the next that is free: RADIUS must not wait for it."""
        for number in range(port, port + PORTS_TRIED if port else 1):
            try:
                sock = _listening_socket(host, number)
            except OSError as error:
                if error.errno != errno.EADDRINUSE:
                    log.error("no metrics: cannot listen on %s port %d: %s", host, number, error.strerror)
                    return
            else:
                self._listening = await asyncio.start_server(self._serve, sock=sock, limit=HEAD_OCTETS_MAX)
                log.info("metrics and health on http://%s:%d", *self.address())
                return
        log.error("no metrics: the ports from %d on are all taken", port)

    def address(self) -> tuple[str, int]:
        assert self._listening is not None
        host, port, *_ = self._listening.sockets[0].getsockname()
        return host, port

    def close(self) -> None:
        if self._listening is not None:
            self._listening.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(
            OSError, TimeoutError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError
        ):
            async with asyncio.timeout(REQUEST_SECONDS):
                head = await reader.readuntil(b"\r\n\r\n")
                method, path, _ = head.split(b"\r\n", 1)[0].decode("ascii").split(" ", 2)
                response = respond(self._server, method, path.partition("?")[0])
                writer.write(response.octets(with_body=method != "HEAD"))
                await writer.drain()
        writer.close()


def _listening_socket(host: str, port: int) -> socket.socket:
    """Raises OSError. Two processes that start at once may both bind a port; only one of them gets to listen.

    So it listens here: uvloop, told a host and a port, gives back a server without a socket where that fails.
    """
    sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, port))
        sock.listen(BACKLOG)
    except OSError:
        sock.close()
        raise
    sock.setblocking(False)
    return sock


def respond(server: Server, method: str, path: str) -> Response:
    """The answer to one request."""
    if method not in ("GET", "HEAD"):
        return Response(405, _TEXT, b"only GET and HEAD\n")
    if path == "/metrics":
        return Response(200, _TEXT, metrics.page(server))
    return _healthz(server) if path == "/healthz" else Response(404, _TEXT, b"/healthz or /metrics\n")


def _healthz(server: Server) -> Response:
    answered = server.health.answered_at
    age = None if answered is None else round(monotonic() - answered, 3)
    is_well = age is not None and age <= FRESH_SECONDS and not server.is_draining
    told = {"ok": is_well, "draining": server.is_draining, "database_answered_seconds_ago": age}
    return Response(200 if is_well else 503, "application/json", json.dumps(told).encode() + b"\n")
