"""Two AAA processes on the same ports: no record is booked twice, no sum lost, and each process tells of itself."""

from __future__ import annotations

import contextlib
import random
import time
import urllib.request

from aaa.running import SECRET, Nas, Running, running
from aaa.seeded import World
from aaa.test_accounting import story, token_of, used_of

SOURCES = 24  # ports of one NAS, which the kernel spreads over both processes
STEPS, OCTETS = 6, 1_000_000


def test_two_processes_on_the_same_ports_book_each_record_once(world: World, host: str) -> None:
    """Each record leaves three times: twice from its port, and once from another, so for either process to meet."""
    guests = [world.guest(f"anna{n}", amount=10**12)[1] for n in range(SOURCES)]
    world.nas(host, SECRET)
    with running(is_shared=True, http=("127.0.0.1", 0)) as first:
        ports = {role: first.server.address(role) for role in ("auth", "acct")}  # type: ignore[arg-type]
        with running(is_shared=True, http=("127.0.0.1", 0), **ports) as second:
            nases = [Nas(first.server, host) for _ in range(SOURCES)]
            sent = [tell_thrice(nas, nases[n - 1], n) for n, nas in enumerate(nases)]
            answered = [identifiers(nas) for nas in nases]
            served = [here.server.shares["acct"].by_nas.total() for here in (first, second)]
            assert all(is_well(here) for here in (first, second))
            for nas in nases:
                nas.close()
    assert min(served) > 0
    assert all(told <= heard for told, heard in zip(sent, answered, strict=True))
    octets_in, octets_out = OCTETS * STEPS // 2, OCTETS * STEPS
    rows = world.rows(
        "SELECT seconds, octets_in, octets_out, stopped_at IS NOT NULL FROM access_session WHERE operator_id = %s",
        world.operator_id,
    )
    assert rows == [(300 * STEPS, octets_in, octets_out, True)] * SOURCES
    assert {used_of(world, entitlement_id) for entitlement_id in guests} == {octets_in + octets_out}
    written = world.value("SELECT count(*) FROM packet_journal WHERE operator_id = %s", world.operator_id)
    assert written == sum(served)


def tell_thrice(nas: Nas, other: Nas, number: int) -> set[int]:
    """All records of one session, out of order. The identifiers by which `nas` must hear of them."""
    name = f"anna{number}"
    token = token_of(nas.login(name, "secret-word", "AA-BB-CC-00-00-01"))
    told = [{**each, "name": name} for each in story(f"s{number}", token, time.time() - 7200, STEPS, OCTETS)]
    packets = [nas.record(**each) for each in told]  # type: ignore[arg-type]
    random.Random(number).shuffle(packets)
    for octets in packets:
        for sender in (nas, nas, other):
            sender.socket.sendto(octets, nas.server.address("acct"))
    return {octets[1] for octets in packets}


def identifiers(nas: Nas) -> set[int]:
    """Of all answers, until none has come for a while."""
    heard: set[int] = set()
    nas.socket.settimeout(2)
    with contextlib.suppress(TimeoutError):
        while True:
            heard.add(nas.socket.recv(4096)[1])
    return heard


def is_well(here: Running) -> bool:
    host, port = here.server.listener.address()
    pages = []
    for path in ("healthz", "metrics"):
        with urllib.request.urlopen(f"http://{host}:{port}/{path}", timeout=5) as page:
            pages.append(page.read())
    return b'"ok": true' in pages[0] and b"hotgate_" in pages[1]
