"""The servers to which messages go, for whatever test needs them."""

from __future__ import annotations

import contextlib
import dataclasses
import socket
from collections.abc import Iterator

import pytest
from django.conf import settings

from hotgate.environment import MessageServer
from messaging import centre
from messaging.centre import Centre

NONE: dict[str, MessageServer | None] = {"mail": None, "sms": None}


def use(monkeypatch: pytest.MonkeyPatch, **servers: MessageServer | None) -> None:
    monkeypatch.setattr(settings, "ENVIRONMENT", dataclasses.replace(settings.ENVIRONMENT, **NONE | servers))


@contextlib.contextmanager
def sms_centre() -> Iterator[MessageServer]:
    with centre.running(Centre()) as running:
        yield MessageServer("smpp", "127.0.0.1", running.port, "hotgate", "secret", "Hotgate")


def mail_server(port: int = 0) -> MessageServer:
    """As it is set up; port 0: one that nobody listens at."""
    return MessageServer("smtp+plain", "127.0.0.1", port or free_port(), "", "", "wifi@example.org")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
