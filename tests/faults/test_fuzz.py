"""G12: octets that nobody should send. No exception, no hang, no growth, and honest guests are served meanwhile."""

from __future__ import annotations

import contextlib
import pathlib
import random
import socket
import time

import pytest

from faults import mutation, scale
from faults.fleet import SECRET, START, number
from faults.parts import Parts
from faults.sending import Teller, tell_all
from hotgate.radius import attributes as attr
from hotgate.radius.authenticator import ClientKey
from hotgate.radius.packet import HEADER_OCTETS, PACKET_OCTETS_MAX, Malformed, attribute, decode
from hotgate.radius.server import Drop, Peer, Request, Resend, Respond, ServerProtocol
from radius.samples import EXCHANGES

SEED = 12
DECODED = scale.count(short=40_000, full=20_000_000)
SENT = scale.count(short=10_000, full=1_000_000)
WINDOW = 200  # sent before an honest record has to be answered
GROWTH_MAX = 0.15
KEY = ClientKey(SECRET)
OPEN = Peer(KEY, require_message_authenticator="no", limit_proxy_state=False)
HONEST = number(attr.ACCT_STATUS_TYPE, START) + attribute(attr.ACCT_SESSION_ID, b"honest")
CORPUS = [octets for _, request, reply in EXCHANGES for octets in (request, reply)]


def test_G12_no_octets_make_the_protocol_raise_or_linger() -> None:
    dice = random.Random(SEED)
    servers = [ServerProtocol("auth"), ServerProtocol("acct")]
    slowest = 0.0
    for count in range(DECODED):
        octets = mutation.mutated(dice, dice.choice(CORPUS))
        begins = time.perf_counter()
        for server in servers:
            received = server.receive_datagram(octets, ("192.0.2.1", 1), OPEN, count / 1000)
            assert isinstance(received, Request | Resend | Respond | Drop)
        slowest = max(slowest, time.perf_counter() - begins)
        if count % 1000 == 0:
            for server in servers:
                server.expire(count / 1000)
    scale.note("G12 decoder", packets=DECODED, seed=SEED, slowest_ms=round(slowest * 1000, 2))


def test_G12_what_is_decoded_is_what_the_octets_say() -> None:
    """Against a decoder of five lines that follows RFC 2865 §3 and §5 to the letter."""
    dice = random.Random(SEED + 1)
    for _ in range(DECODED // 4):
        octets = mutation.mutated(dice, dice.choice(CORPUS))
        try:
            decoded = list(decode(octets).attributes)
        except Malformed:
            decoded = None  # type: ignore[assignment]
        assert decoded == by_the_letter(octets), octets.hex()


def by_the_letter(octets: bytes) -> list[tuple[int, bytes]] | None:
    """The attributes, or None where the packet is to be dropped in silence."""
    length = int.from_bytes(octets[2:4], "big")
    if not HEADER_OCTETS <= length <= min(len(octets), PACKET_OCTETS_MAX):
        return None
    found, at = [], HEADER_OCTETS
    while at < length:
        size = octets[at + 1] if at + 1 < length else 0
        if size < 2 or at + size > length:
            return None
        found.append((octets[at], octets[at + 2 : at + size]))
        at += size
    return found


@pytest.fixture
def fuzzed(parts: Parts, host: str) -> tuple[Parts, str]:
    world = parts.world(host)
    world.guest("guest1", amount=10**12)
    time.sleep(1.5)
    return parts, host


def test_G12_the_whole_server_outlives_whatever_a_NAS_with_the_right_secret_sends(fuzzed: tuple[Parts, str]) -> None:
    parts, host = fuzzed
    assert parts.aaa is not None
    seen = len(parts.log.read_text())
    dice = random.Random(SEED + 2)
    send(parts, host, dice, SENT // 4)
    before = memory_megabytes(parts.aaa.pid)
    send(parts, host, dice, SENT - SENT // 4)
    after = memory_megabytes(parts.aaa.pid)
    scale.note("G12 server", packets=SENT, seed=SEED + 2, megabytes=[before, after])
    said = parts.log.read_text()[seen:]
    assert parts.aaa.poll() is None
    assert "Traceback" not in said, said[said.index("Traceback") - 200 :][:3000]
    assert after < before * (1 + GROWTH_MAX) + 10


def send(parts: Parts, host: str, dice: random.Random, count: int) -> None:
    """Half of it signed as it should be, so that it comes as far as the rules and the database.

    An honest record goes behind each window and is answered, so nothing waits in a queue when memory is looked at.
    """
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((host, 0))
    sock.setblocking(False)
    for at in range(count):
        accounting = dice.random() < 0.6
        octets = mutation.signed(dice, KEY, at % 256, accounting=accounting)
        if dice.random() < 0.3:
            octets = mutation.mutated(dice, octets)
        sock.sendto(octets, parts.accounting if accounting else parts.authentication)
        if (at + 1) % WINDOW == 0:
            assert tell_all([Teller(host, parts.accounting, [lambda: HONEST])]) == 1
            hear(sock)
    sock.close()


def hear(sock: socket.socket) -> None:
    """All that was answered."""
    with contextlib.suppress(BlockingIOError):
        while True:
            sock.recv(4096)


def memory_megabytes(pid: int) -> float:
    lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    return round(int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) / 1024, 1)
