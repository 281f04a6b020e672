"""What a process tells those who watch it."""

from __future__ import annotations

import contextlib
import json
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest
from prometheus_client.parser import text_string_to_metric_families

from aaa.running import SECRET, Nas, Running, running
from aaa.seeded import World
from aaa.test_accounting import DEVICE, INTERIM, START, token_of
from hotgate.aaa import health
from hotgate.aaa.metrics import NAS_LABELS_MAX, Histogram


@pytest.fixture(scope="module")
def aaa(database_url: str) -> Iterator[Running]:
    with running(http=("127.0.0.1", 0)) as here:
        yield here


def url(aaa: Running, path: str) -> str:
    host, port = aaa.server.listener.address()
    return f"http://{host}:{port}{path}"


def get(aaa: Running, path: str) -> tuple[int, str]:
    with contextlib.closing(_open(url(aaa, path))) as response:
        return response.status, response.read().decode()


def _open(address: str) -> urllib.request.addinfourl:
    try:
        return urllib.request.urlopen(address, timeout=5)
    except urllib.error.HTTPError as error:
        return error


def value(aaa: Running, name: str, **labels: str) -> float:
    """The sum over all samples of that name with these labels."""
    families = text_string_to_metric_families(get(aaa, "/metrics")[1])
    samples = [sample for family in families for sample in family.samples if sample.name == name]
    return sum(s.value for s in samples if labels.items() <= s.labels.items())


def test_logins_are_counted_by_outcome_and_reason(aaa: Running, nas: Nas, world: World) -> None:
    world.guest("anna", amount=1_000_000)
    before = {
        outcome: value(aaa, "hotgate_logins_total", outcome=outcome, reason=reason)
        for outcome, reason in (("accepted", ""), ("refused", "wrong_password"))
    }
    nas.login("anna", "secret-word", DEVICE)
    nas.login("anna", "wrong", DEVICE)
    assert value(aaa, "hotgate_logins_total", outcome="accepted", reason="") == before["accepted"] + 1
    assert value(aaa, "hotgate_logins_total", outcome="refused", reason="wrong_password") == before["refused"] + 1


def test_drops_are_counted_by_rule(aaa: Running, nas: Nas) -> None:
    before = value(aaa, "hotgate_dropped_total", rule="D2", port="auth"), value(aaa, "hotgate_dropped_total", rule="D1")
    nas.ask("auth", b"short", 0.1)
    stranger = Nas(aaa.server, "127.77.0.1")
    stranger.ask("acct", b"short", 0.1)
    stranger.close()
    after = value(aaa, "hotgate_dropped_total", rule="D2", port="auth"), value(aaa, "hotgate_dropped_total", rule="D1")
    assert after == (before[0] + 1, before[1] + 1)


def test_duplicates_answered_from_memory(aaa: Running, nas: Nas, world: World) -> None:
    world.guest("anna", amount=1_000_000)
    before = value(aaa, "hotgate_resent_total", port="auth")
    octets = nas.access_request("anna", "secret-word", DEVICE)
    assert nas.ask("auth", octets)
    assert nas.ask("auth", octets)
    assert value(aaa, "hotgate_resent_total", port="auth") == before + 1


def test_batches_and_nases(aaa: Running, nas: Nas, world: World) -> None:
    nas_id = str(world.value("SELECT id FROM nas WHERE operator_id = %s", world.operator_id))
    world.guest("anna", amount=1_000_000)
    token = token_of(nas.login("anna", "secret-word", DEVICE))
    for kind, seconds in ((START, 0), (INTERIM, 60)):
        nas.tell(kind, "s1", name="anna", token=token, device=DEVICE, seconds=seconds, at=time.time() + seconds)
    assert value(aaa, "hotgate_nas_requests_total", nas=nas_id, port="acct") == 2
    assert value(aaa, "hotgate_nas_requests_total", nas=nas_id, port="auth") == 1
    counted = value(aaa, "hotgate_batch_seconds_count", lane="acct-1") + value(
        aaa, "hotgate_batch_seconds_count", lane="acct-2"
    )
    assert counted >= 2
    assert value(aaa, "hotgate_batch_size_bucket", le="1.0") >= 2
    assert value(aaa, "hotgate_queue_length") == 0
    assert 0 <= value(aaa, "hotgate_last_commit_age_seconds") < 5
    assert value(aaa, "hotgate_database_up") == 1


def test_labels_of_nases_are_bounded(aaa: Running) -> None:
    counts = aaa.server.shares["acct"].by_nas
    kept = dict(counts)
    counts.update({-n: 5 for n in range(1, NAS_LABELS_MAX + 11)})
    try:
        families = text_string_to_metric_families(get(aaa, "/metrics")[1])
        labels = [s.labels for f in families if f.name == "hotgate_nas_requests" for s in f.samples]
        assert len([each for each in labels if each["port"] == "acct"]) == NAS_LABELS_MAX + 1
        assert value(aaa, "hotgate_nas_requests_total", nas="others", port="acct") >= 50
    finally:
        counts.clear()
        counts.update(kept)


def test_a_histogram_counts_what_is_at_most_each_bound() -> None:
    histogram = Histogram((1, 2))
    for each in (0.5, 1, 1.5, 9):
        histogram.add(each)
    assert histogram.buckets() == [("1.0", 2), ("2.0", 3), ("+Inf", 4)]
    assert histogram.total == 12


def test_health_is_an_answer_of_the_database_within_seconds(aaa: Running) -> None:
    ends_at = time.monotonic() + 5
    while get(aaa, "/healthz")[0] != 200 and time.monotonic() < ends_at:
        time.sleep(0.1)
    assert get(aaa, "/healthz")[0] == 200


def test_health_without_a_database(world: World) -> None:
    nobody = {"host": "127.0.0.1", "port": 9, "dbname": "none", "connect_timeout": 1}
    with running(http=("127.0.0.1", 0), conninfo=nobody) as here:
        status, body = get(here, "/healthz")
    assert status == 503
    assert json.loads(body)["ok"] is False


@pytest.mark.parametrize(("path", "status"), [("/", 404), ("/metrics?x=1", 200), ("/../etc/passwd", 404)])
def test_nothing_else_is_served(aaa: Running, path: str, status: int) -> None:
    assert get(aaa, path)[0] == status


@pytest.mark.parametrize(
    "sent", [b"POST /metrics HTTP/1.1\r\n\r\n", b"\xff\xfe\r\n\r\n", b"GET\r\n\r\n", b"x" * 20_000]
)
def test_strange_requests_harm_nobody(aaa: Running, sent: bytes) -> None:
    address = aaa.server.listener.address()
    with contextlib.suppress(OSError), socket.create_connection(address, timeout=5) as connection:
        connection.sendall(sent)
        connection.recv(100)
    assert get(aaa, "/metrics")[0] == 200


def test_a_taken_port_gives_way_to_the_next(aaa: Running) -> None:
    host, port = aaa.server.listener.address()
    with running(http=(host, port)) as other:
        assert other.server.listener.address()[1] > port
        assert get(other, "/metrics")[0] == 200
        assert SECRET not in get(other, "/metrics")[1].encode()


def test_a_port_bound_by_who_starts_at_the_same_moment_gives_way(aaa: Running) -> None:
    """Both bind, one listens: the other goes on to the next port and serves."""
    with socket.socket() as rival:
        rival.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        rival.bind(("127.0.0.1", 0))
        host, port = rival.getsockname()
        real = socket.socket.bind

        def bind_and_lose(self: socket.socket, address: tuple[str, int]) -> None:
            real(self, address)
            if address == (host, port):
                rival.listen()

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(socket.socket, "bind", bind_and_lose)
            with pytest.raises(OSError, match="in use"):
                health._listening_socket(host, port)
        with running(http=(host, port)) as here:
            assert here.server.listener.address()[1] > port
            assert get(here, "/healthz")[0] == 200
