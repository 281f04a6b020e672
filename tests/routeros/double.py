"""Servers for both protocols, on ports of their own, with the moods of a router that is not well."""

from __future__ import annotations

import base64
import contextlib
import json
import socketserver
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from routeros import words

USER = {"server": "all", "profile": "default", "disabled": "false", "dynamic": "false", "uptime": "0s"}
# RouterOS shows these two as it comes: the trial is its own, and nobody's
TRIAL = {".id": "*0", "name": "default-trial", "comment": "counters and limits for trial users", "default": "true"}


@dataclass
class Router:
    """What it holds, and how it feels: well, slow, half, nonsense, long or refusing."""

    users: list[dict[str, str]] = field(default_factory=list)
    username: str = "hotgate"
    password: str = "router-password"
    mood: str = "well"
    port: int = 0
    resource: dict[str, str] = field(default_factory=dict)  # `/system resource`; none: this login may not read it
    sentences: list[list[str]] = field(default_factory=list)  # what it was told over the binary API

    def add(self, name: str, **properties: str) -> None:
        number = f"*{len(self.users) + 1:X}"
        self.users.append(
            {".id": number, "name": name, **USER, **{k.replace("_", "-"): v for k, v in properties.items()}}
        )

    @property
    def rows(self) -> list[dict[str, str]]:
        return [TRIAL, *self.users]


@contextlib.contextmanager
def rest(router: Router) -> Iterator[Router]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            expected = base64.b64encode(f"{router.username}:{router.password}".encode()).decode()
            if self.headers.get("Authorization") != f"Basic {expected}":
                self.answer(401, b'{"error":401,"message":"Unauthorized"}')
            elif self.path == "/rest/system/resource" and router.resource:
                self.answer(200, json.dumps(router.resource).encode())
            elif self.path != "/rest/ip/hotspot/user" or router.mood == "old":
                self.answer(404, b'{"error":404,"message":"Not Found"}')
            elif router.mood == "elsewhere":
                self.send_response(302)
                self.send_header("Location", "http://127.0.0.1:1/")
                self.end_headers()
            else:
                self.answer(200, _body(router), length=10_000 if router.mood == "half" else None)

        def answer(self, status: int, body: bytes, length: int | None = None) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(length or len(body)))
            self.end_headers()
            if router.mood == "slow":
                time.sleep(1)
            with contextlib.suppress(OSError):
                self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    with _served(ThreadingHTTPServer(("127.0.0.1", 0), Handler), router):
        yield router


@contextlib.contextmanager
def binary(router: Router) -> Iterator[Router]:
    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            with contextlib.suppress(OSError, EOFError, IndexError):
                while True:
                    said = words.read_sentence(self.rfile.read)
                    if not said:
                        return
                    router.sentences.append(said)
                    if not self.reply(said):
                        return

        def reply(self, said: list[str]) -> bool:
            tag = [word for word in said if word.startswith(".tag=")]
            told = dict(word[1:].split("=", 1) for word in said if word.startswith("="))
            if router.mood == "slow":
                time.sleep(1)
            if said[0] == "/login":
                known = (told.get("name"), told.get("password")) == (router.username, router.password)
                refused = ["!trap", "=message=invalid user name or password (6)", *tag]
                self.send(*([] if known else [refused]), ["!done", *tag])
                return True
            if said[0] == "/system/resource/print" and router.resource:
                self.send(
                    ["!re", *(f"={key}={value}" for key, value in router.resource.items()), *tag], ["!done", *tag]
                )
                return True
            if said[0] != "/ip/hotspot/user/print":
                self.send(["!trap", "=category=0", "=message=no such command", *tag], ["!done", *tag])
                return True
            return self.users(tag)

        def users(self, tag: list[str]) -> bool:
            if router.mood == "nonsense":
                self.wfile.write(words.sentence(["<html>"]))
                return False
            if router.mood == "long":
                self.wfile.write(words.length_of(0xFFFFFFF0) + b"x")
                return False
            for row in router.rows:
                self.send(["!re", *(f"={key}={value}" for key, value in row.items()), *tag])
            if router.mood == "half":
                self.wfile.write(words.length_of(30) + b"!do")
                return False
            self.send(["!done", *tag])
            return True

        def send(self, *sentences: list[str]) -> None:
            self.wfile.write(b"".join(map(words.sentence, sentences)))

    with _served(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler), router):
        yield router


def _body(router: Router) -> bytes:
    if router.mood == "nonsense":
        return b'{"error": "not a list"}'
    if router.mood == "long":
        return b"[" + b" " * 40_000_000 + b"]"
    return json.dumps(router.rows).encode()


@contextlib.contextmanager
def _served(server: socketserver.BaseServer, router: Router) -> Iterator[None]:
    server.daemon_threads = True  # type: ignore[attr-defined]
    router.port = server.server_address[1]  # type: ignore[index]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
