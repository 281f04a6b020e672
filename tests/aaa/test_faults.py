"""What a NAS sees when the database stalls, goes away or refuses a record: silence or an answer, never a lie."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import psycopg
import pytest

from aaa.running import SECRET, Nas, Running, running
from aaa.seeded import Connect, World
from aaa.test_accounting import DEVICE, INTERIM, START, session_of, story, tell_all, token_of, used_of
from hotgate.aaa import server
from hotgate.radius.packet import Code


def test_killed_backends_cost_silence_and_nothing_else(alone: tuple[Running, Nas], world: World) -> None:
    _, nas = alone
    _, entitlement_id = world.guest("anna", amount=10**12)
    token = token_of(nas.login("anna", "secret-word", DEVICE))
    for told in story("s1", token, time.time() - 9000, 8, 1_000_000):
        end_connections(world)
        octets = nas.record(**told)  # type: ignore[arg-type]
        answers = (nas.ask("acct", octets, 1.0) for _ in range(8))
        assert next(filter(None, answers)).code == Code.ACCOUNTING_RESPONSE
    assert session_of(world, "s1") == (2400, 4_000_000, 8_000_000, True)
    assert used_of(world, entitlement_id) == 12_000_000


def test_G1_a_server_that_gives_ids_again_after_a_crash_loses_no_record(
    alone: tuple[Running, Nas], world: World, host: str
) -> None:
    """What a sequence gave is durable by the next commit only: after a crash it gives the same numbers to others."""
    _, nas = alone
    world.guest("anna", amount=10**12)
    now = time.time() - 900
    nas.tell(START, "s1", name="anna", device=DEVICE, seconds=0, at=now)
    end_connections(world)
    (last,) = world.rows("SELECT max(id) FROM access_session WHERE operator_id = %s", world.operator_id)[0]
    world.rows("SELECT setval(pg_get_serial_sequence('access_session', 'id'), %s)", last)
    with running() as second:
        other = Nas(second.server, host)
        other.tell(START, "s2", name="anna", device=DEVICE, seconds=0, at=now)
        other.close()
    octets = nas.record(START, "s3", name="anna", device=DEVICE, seconds=0, at=now)
    answers = (nas.ask("acct", octets, 1.0) for _ in range(8))
    assert next(filter(None, answers)).code == Code.ACCOUNTING_RESPONSE
    names = world.rows("SELECT acct_session_id FROM access_session WHERE operator_id = %s", world.operator_id)
    assert sorted(names) == [("s1",), ("s2",), ("s3",)]


def end_connections(world: World) -> None:
    """Of the AAA servers of this worker's database: another worker's server is on the same PostgreSQL."""
    world.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE application_name = 'hotgate_aaa' AND datname = current_database()"
    )


def test_no_answer_before_the_commit(nas: Nas, world: World, connect: Connect) -> None:
    """B1, D19: while it can neither be booked nor written down nothing is stored, so nothing is acknowledged."""
    subscriber_id, _ = world.guest("anna", amount=10**9)
    token = token_of(nas.login("anna", "secret-word", DEVICE))
    other = connect("owner")
    other.execute("SELECT FROM subscriber WHERE id = %s FOR UPDATE", [subscriber_id])
    other.execute("LOCK TABLE accounting_backlog IN ACCESS EXCLUSIVE MODE")
    start = nas.record(START, "s1", name="anna", token=token, device=DEVICE, seconds=0)
    assert nas.ask("acct", start, 1.5) is None
    other.rollback()
    answers = (nas.ask("acct", start, 1.0) for _ in range(4))
    assert next(filter(None, answers)).code == Code.ACCOUNTING_RESPONSE


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Accounting waits for a lock instead of being written down."""
    monkeypatch.setattr(server, "ACCOUNTING_SETTINGS", "SET lock_timeout = '10s'")


def test_two_batches_on_one_entitlement_take_turns(
    patient: None, alone: tuple[Running, Nas], world: World, host: str, connect: Connect
) -> None:
    """Two processes, the first batch held open: the second waits, then books on what the first one left."""
    _, nas = alone
    profile_id = world.profile(devices_max=None)
    subscriber_id, entitlement_id = world.guest("anna", amount=10**12, profile_id=profile_id)
    token = token_of(nas.login("anna", "secret-word", DEVICE))
    now = time.time() - 900
    for name in ("s1", "s2"):
        nas.tell(START, name, name="anna", token=token, device=DEVICE + name, seconds=0, at=now)
    holder = connect("owner")
    holder.execute("SELECT FROM subscriber WHERE id = %s FOR NO KEY UPDATE", [subscriber_id])
    with running() as second:
        other = Nas(second.server, host)
        sent = []
        for each, name, octets in ((nas, "s1", 3_000_000), (other, "s2", 5_000_000)):
            record = each.record(
                INTERIM,
                name,
                name="anna",
                token=token,
                device=DEVICE + name,
                seconds=300,
                octets_out=octets,
                at=now + 300,
            )
            each.socket.sendto(record, each.server.address("acct"))
            sent.append((each, record))
        time.sleep(0.5)
        assert waiting(world) == 2
        holder.execute("UPDATE entitlement SET used = used + 7 WHERE id = %s", [entitlement_id])
        holder.commit()
        assert all(each.receive(record) is not None for each, record in sent)
        other.close()
    assert used_of(world, entitlement_id) == 8_000_007


def waiting(world: World) -> int:
    """Backends of AAA servers that wait for a lock."""
    return int(
        world.value(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'hotgate_aaa' AND wait_event_type = 'Lock'"
            " AND datname = current_database()"  # other tests run beside this one
        )
    )


def test_one_bad_record_stops_none_of_its_batch(nas: Nas, world: World, connect: Connect, host: str) -> None:
    """64 records arrive while a lock holds the lane up; one can't be stored, and only that one is set aside."""
    subscribers = [world.guest(f"guest{i}", amount=10**9)[0] for i in range(3)]
    world.execute("ALTER TABLE access_session ADD CONSTRAINT poison CHECK (called_station <> 'poison')")
    try:
        holder = connect("owner")
        holder.execute("SELECT FROM subscriber WHERE id = ANY (%s) FOR UPDATE", [subscribers])
        sent = burst(nas, world)
        time.sleep(0.3)
        holder.rollback()
        nas.socket.settimeout(5)
        assert {nas.socket.recv(4096)[1] for _ in sent} == {octets[1] for octets in sent}
        world.wait_for_books()
    finally:
        world.execute("ALTER TABLE access_session DROP CONSTRAINT poison")
    count = "SELECT count(*) FROM {} WHERE operator_id = %s"
    assert world.value(count.format("access_session"), world.operator_id) == 63
    assert world.rows("SELECT reason FROM quarantine WHERE operator_id = %s", world.operator_id) == [("23514",)]


COLLIDES = """
    CREATE FUNCTION collide() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION 'in the way of another' USING ERRCODE = '40P01'; END $$;
    CREATE TRIGGER collides BEFORE INSERT ON access_session FOR EACH ROW EXECUTE FUNCTION collide()"""


def test_a_record_in_the_way_of_another_transaction_is_acknowledged_and_booked_later(nas: Nas, world: World) -> None:
    world.guest("anna", amount=10**12)
    told = story("s1", token_of(nas.login("anna", "secret-word", DEVICE)), time.time() - 9000, 1, 1_000_000)[0]
    octets = nas.record(**told)  # type: ignore[arg-type]
    world.execute(COLLIDES)
    try:
        answer = nas.ask("acct", octets)
        assert answer is not None
        assert answer.code == Code.ACCOUNTING_RESPONSE
    finally:
        world.execute("DROP FUNCTION collide CASCADE")
    assert session_of(world, "s1")[3] is False
    assert world.value("SELECT count(*) FROM quarantine WHERE operator_id = %s", world.operator_id) == 0


def burst(nas: Nas, world: World) -> list[bytes]:
    from hotgate.radius import attributes as attr
    from hotgate.radius.packet import attribute

    sent = []
    for i in range(64):
        station = attribute(attr.CALLED_STATION_ID, b"poison" if i == 40 else b"AA-BB:guests")
        record = nas.record(START, f"s{i}", station, name=f"guest{i % 3}", device=f"AA-BB-CC-00-03-{i:02X}", seconds=0)
        sent.append(record)
        nas.socket.sendto(record, nas.server.address("acct"))
    return sent


def test_tenth_of_duplicates_on_two_processes_keeps_the_sums_exact(
    alone: tuple[Running, Nas], world: World, host: str
) -> None:
    guests = [world.guest(f"guest{i}", amount=10**13, profile_id=world.profile(devices_max=None)) for i in range(4)]
    with running() as second:
        threads = [
            threading.Thread(target=drive, args=(here, host, f"{here is second}-{i}", i % 4))
            for here in (alone[0], second)
            for i in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    for _, entitlement_id in guests:
        assert used_of(world, entitlement_id) == 2 * 30 * 1_500_000_000
    total = "SELECT sum(octets_in + octets_out)::bigint FROM access_session WHERE operator_id = %s"
    assert world.value(total, world.operator_id) == 8 * 30 * 1_500_000_000


def drive(here: Running, host: str, session_id: str, guest: int) -> None:
    nas = Nas(here.server, host)
    for told in story(session_id, b"", time.time() - 86400, 30, 1_000_000_000):
        told |= {"name": f"guest{guest}", "device": session_id}
        tell_all(nas, [told] * (2 if told["seconds"] % 3000 == 0 else 1))  # type: ignore[operator]
    nas.close()


def wait_until(fact: Callable[[], bool], seconds: float = 5.0) -> bool:
    ends_at = time.monotonic() + seconds
    while time.monotonic() < ends_at:
        if fact():
            return True
        time.sleep(0.05)
    return False


def test_a_record_that_is_too_old_is_set_aside(nas: Nas, world: World) -> None:
    """B13: more than seven days late."""
    from aaa.running import number
    from hotgate.radius import attributes as attr

    late = number(attr.ACCT_DELAY_TIME, 8 * 86400)
    assert nas.tell(START, "s1", late, name="anna") is not None
    assert world.value("SELECT reason FROM quarantine WHERE operator_id = %s", world.operator_id) == "too_old"


def test_the_server_starts_without_a_database_and_serves_when_it_comes(world: World, host: str) -> None:
    world.nas(host, SECRET)
    world.guest("anna", amount=10**9)
    given = psycopg.conninfo.conninfo_to_dict("host=/nowhere dbname=none connect_timeout=1")
    with running(conninfo=given) as here:
        from hotgate.aaa.links import Link

        nas = Nas(here.server, host)
        assert nas.login("anna", "secret-word", DEVICE, seconds=0.3) is None
        for link in here.server._links:
            assert isinstance(link, Link)
            link._conninfo = configuration_conninfo()
        assert wait_until(lambda: nas.login("anna", "secret-word", DEVICE, seconds=0.3) is not None)
        nas.close()


def configuration_conninfo() -> dict[str, object]:
    from aaa.running import configuration

    return configuration().conninfo


def test_a_fault_of_ours_costs_only_the_request_that_met_it(
    nas: Nas, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hotgate.domain import access, accounting

    def faulty(rule: Callable[..., object], name: str) -> Callable[..., object]:
        def wrapped(*arguments: object) -> object:
            assert name not in repr(arguments)
            return rule(*arguments)

        return wrapped

    world.guest("anna", amount=10**9)
    world.guest("poison", amount=10**9)
    monkeypatch.setattr(access, "decide_access", faulty(access.decide_access, "poison"))
    monkeypatch.setattr(accounting, "apply_records", faulty(accounting.apply_records, "poison"))
    names = ["anna", "poison", "anna", "anna"]
    logins = [nas.access_request(name, "secret-word", DEVICE) for name in names]
    records = [nas.record(START, f"s-{i}-{name}", name=name, seconds=0) for i, name in enumerate(names)]
    for octets in logins:
        nas.socket.sendto(octets, nas.server.address("auth"))
    for octets in records:
        nas.socket.sendto(octets, nas.server.address("acct"))
    nas.socket.settimeout(5)
    answered = {nas.socket.recv(4096)[1] for _ in range(7)}
    assert answered == {octets[1] for octets in (*logins, *records)} - {logins[1][1]}
    assert world.rows("SELECT reason FROM quarantine WHERE operator_id = %s", world.operator_id) == [
        ("AssertionError",)
    ]
