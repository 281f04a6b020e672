"""The journal of packets, and a day booked again from it."""

from __future__ import annotations

import asyncio
import random
import time
from datetime import UTC, datetime
from typing import Any

import pytest

from aaa.running import SECRET, Nas, Running, configuration, running
from aaa.seeded import World, code_of
from aaa.test_accounting import DEVICE, INTERIM, ON, START, story, tell_all, token_of
from hotgate import database, environment
from hotgate.aaa import journal, replay
from hotgate.radius import attributes as attr
from hotgate.radius.packet import Packet, attribute, decode, vendor_attribute

MEGABYTE = 1_000_000


def _fifty_minutes_ago() -> float:
    """A moment that has a minute before it and behind it on the same day in UTC; every story is over by now."""
    moment = time.time() - 3000
    since_midnight = moment % 86_400
    return moment - 120 if since_midnight < 60 or since_midnight > 86_340 else moment


BEGINS = _fifty_minutes_ago()
DAY = datetime.fromtimestamp(BEGINS, UTC).date()


def kept(world: World) -> list[Packet]:
    rows = world.rows("SELECT packet FROM packet_journal WHERE operator_id = %s ORDER BY at, id", world.operator_id)
    return [decode(bytes(packet)) for (packet,) in rows]


def replayed(world: World) -> replay.Result:
    world.wait_for_books()
    here = environment.current()
    day = replay.day_of(DAY)
    conninfo = database.conninfo(here, "owner")
    return asyncio.run(replay.replay(conninfo, day, world.operator_id, configuration().keys))


@pytest.fixture
def online(nas: Nas, world: World) -> bytes:
    """Anna's Class."""
    world.guest("anna", amount=100 * MEGABYTE)
    return token_of(nas.login("anna", "secret-word", DEVICE))


# -- what is kept ------------------------------------------------------------------------------------------------------


def test_each_booked_packet_is_kept_in_order(nas: Nas, online: bytes, world: World) -> None:
    tell_all(nas, story("s1", online, BEGINS, 3, MEGABYTE))
    packets = kept(world)
    assert [p.first(attr.ACCT_STATUS_TYPE) for p in packets] == [bytes((0, 0, 0, n)) for n in (1, 3, 3, 2)]
    assert packets[0].first(attr.USER_NAME) == b"anna"
    assert {p.authenticator for p in packets} == {bytes(16)}


SECRETS = (
    attribute(attr.USER_PASSWORD, b"0123456789abcdef"),
    attribute(attr.CHAP_PASSWORD, b"\x01" * 17),
    attribute(69, b"\x00tunnel-password-"),
    attribute(attr.STATE, b"state"),
    vendor_attribute(attr.MICROSOFT, 16, b"mppe-send-key"),
    vendor_attribute(14988, 16, b"wireless-psk"),
)


def test_secrets_are_left_out_and_nothing_else(nas: Nas, world: World) -> None:
    harmless = vendor_attribute(14988, 1, b"kept-as-it-was")
    octets = nas.record(START, "s1", *SECRETS, harmless, name="stranger", seconds=0)
    signed = nas.key.sign_request(4, 9, octets[20:])  # with a Message-Authenticator
    assert nas.ask("acct", signed)
    (packet,) = kept(world)
    before = decode(octets)
    left_out = {decode(bytes(2) + (20 + len(s)).to_bytes(2, "big") + bytes(16) + s).attributes[0] for s in SECRETS}
    assert packet.attributes == [each for each in before.attributes if each not in left_out]


def test_a_code_is_masked_and_its_subscriber_told(nas: Nas, world: World) -> None:
    code_of(world, "ABCD-EFGH-JK", world.plan(amount=MEGABYTE))
    assert token_of(nas.login("ABCD-EFGH-JK", "ABCD-EFGH-JK", DEVICE))
    nas.tell(START, "s1", name="ABCD-EFGH-JK", device=DEVICE, seconds=0)
    (packet,) = kept(world)
    assert packet.first(attr.USER_NAME) == "••••-••GH-JK".encode()
    owner = world.value("SELECT subscriber_id FROM access_session WHERE operator_id = %s", world.operator_id)
    assert journal.subscriber_of(packet) == owner


def test_what_a_nas_says_in_our_own_numbers_is_not_believed(nas: Nas, world: World) -> None:
    forged = attribute(journal.SUBSCRIBER, bytes(7) + b"\x05"), attribute(journal.ENDING, b"stale x")
    nas.tell(START, "s1", *forged, name="stranger", seconds=0)
    (packet,) = kept(world)
    assert journal.subscriber_of(packet) is None
    assert journal.ending_of(packet) is None


def test_quarantined_and_refused_packets_are_not_in_it(nas: Nas, world: World) -> None:
    nas.tell(99, "s1", name="anna")
    assert kept(world) == []


def test_off_means_off(world: World, host: str) -> None:
    world.nas(host, SECRET)
    with running(journal=False) as here:
        nas = Nas(here.server, host)
        assert nas.tell(START, "s1", name="stranger", seconds=0)
        nas.close()
    assert kept(world) == []


# -- a day booked again ------------------------------------------------------------------------------------------------


def test_a_day_gives_the_same_sessions_allocations_and_charges(nas: Nas, world: World) -> None:
    """Prepaid by two entitlements, one metered from a wallet, repeats, disorder and a reboot."""
    subscriber_id, _ = world.guest("anna", amount=2 * MEGABYTE)
    world.entitlement(subscriber_id, world.plan(amount=50 * MEGABYTE), amount=50 * MEGABYTE)
    wallet = world.insert(
        "ledger_account", operator_id=world.operator_id, kind="wallet", currency="EUR", balance_minor=1, postpaid=False
    )
    ben = world.subscriber("ben", wallet_id=wallet)
    metered = world.plan(measure="traffic", tariff_unit_price="0.5", tariff_unit=MEGABYTE, payment="postpaid")
    world.entitlement(ben, metered)
    anna_token = token_of(nas.login("anna", "secret-word", DEVICE))
    ben_token = token_of(nas.login("ben", "secret-word", "AA-BB-CC-00-00-02"))
    records = story("s1", anna_token, BEGINS, 6, MEGABYTE)
    ben_records = [
        each | {"name": "ben", "device": "AA-BB-CC-00-00-02"} for each in story("s2", ben_token, BEGINS, 4, MEGABYTE)
    ]
    mixed = [*records, *ben_records, *random.Random(7).sample(records, 4)]
    random.Random(3).shuffle(mixed)
    tell_all(nas, mixed)
    nas.tell(START, "s3", name="anna", token=anna_token, device=DEVICE, seconds=0, at=BEGINS + 5)
    nas.tell(ON, "")
    result = replayed(world)
    assert result.differences == []
    assert (result.sessions, result.packets) == (3, len(mixed) + 2)
    assert world.value("SELECT sum(charged_minor) FROM session_allocation WHERE operator_id = %s", world.operator_id)


def test_our_own_endings_are_booked_again(aaa: Running, nas: Nas, online: bytes, world: World) -> None:
    from aaa.test_stale import look

    now = BEGINS
    nas.tell(START, "s1", name="anna", token=online, device=DEVICE, seconds=0, at=now)
    nas.tell(
        INTERIM, "s1", name="anna", token=online, device=DEVICE, seconds=60, octets_in=0, octets_out=9, at=now + 60
    )
    look(aaa, 30)
    result = replayed(world)
    assert (result.sessions, result.packets, result.differences) == (1, 3, [])


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("UPDATE access_session SET octets_out = octets_out + 1", "session s1: octets_out is 3000001 in the books"),
        ("UPDATE session_allocation SET units = units + 5", "session s1: allocations is"),
        ("UPDATE access_session SET acct_session_id = 's9'", "session s9: only in the books"),
    ],
)
def test_a_changed_book_is_found(nas: Nas, online: bytes, world: World, change: str, told: str) -> None:
    tell_all(nas, story("s1", online, BEGINS, 3, MEGABYTE))
    world.execute(f"{change} WHERE operator_id = %s", world.operator_id)
    differences = replayed(world).differences
    assert any(told in line for line in differences), differences


def test_a_replay_leaves_nothing_behind(nas: Nas, online: bytes, world: World) -> None:
    tell_all(nas, story("s1", online, BEGINS, 3, MEGABYTE))
    jobs = world.value("SELECT count(*) FROM procrastinate_jobs")
    used = world.value("SELECT used FROM entitlement WHERE operator_id = %s", world.operator_id)
    replayed(world)
    assert world.value("SELECT count(*) FROM pg_namespace WHERE nspname = 'hotgate_replay'") == 0
    assert world.value("SELECT count(*) FROM procrastinate_jobs") == jobs
    assert world.value("SELECT used FROM entitlement WHERE operator_id = %s", world.operator_id) == used


def test_the_command(
    nas: Nas, online: bytes, world: World, capsys: pytest.CaptureFixture[str], django_db_blocker: Any
) -> None:
    from hotgate import cli

    slug = world.value("SELECT slug FROM operator WHERE id = %s", world.operator_id)
    tell_all(nas, story("s1", online, BEGINS, 3, MEGABYTE))
    words = ["replay", DAY.isoformat(), "--operator", slug]
    with django_db_blocker.unblock():
        assert cli.main(words) == 0
        assert "1 sessions, 4 packets: equal to the books" in capsys.readouterr().out
        world.execute("UPDATE access_session SET seconds = 1 WHERE operator_id = %s", world.operator_id)
        assert cli.main(words) == 1
        assert "seconds is 1 in the books, 900 by the journal" in capsys.readouterr().out


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_disorderly_day_is_booked_again_alike(nas: Nas, world: World, seed: int) -> None:
    """Caps, daily cycles, tariffs, two entitlements, a voucher, shared plans; late, lost, repeated and shuffled."""
    chance = random.Random(seed)
    code_of(world, f"ABCD-EFGH-J{seed}", world.plan(amount=3 * MEGABYTE))
    names = [f"guest{number}" for number in range(8)] + [f"ABCD-EFGH-J{seed}"]
    plans = [
        world.plan(amount=4 * MEGABYTE),
        world.plan(amount=2 * MEGABYTE, cycle_period="day", cycle_count=3),
        world.plan(cap_amount=3 * MEGABYTE, cap_action="disconnect", cap_period="month"),
        world.plan(tariff_unit_price="0.37", tariff_unit=100_000, payment="postpaid"),
    ]
    for number, name in enumerate(names[:8]):
        subscriber_id = world.subscriber(name, wallet_id=_wallet(world) if number % 3 else None)
        for plan_id in chance.sample(plans, 2):
            amount = world.value("SELECT amount FROM plan WHERE id = %s", plan_id)
            cycles = world.value("SELECT cycle_count FROM plan WHERE id = %s", plan_id)
            world.entitlement(subscriber_id, plan_id, amount=amount, cycles=cycles)
    told = []
    for number in range(24):
        name = chance.choice(names)
        device = f"AA-BB-CC-00-01-{number:02X}"
        password = name if name.startswith("ABCD") else "secret-word"
        reply = nas.login(name, password, device, seconds=3)
        token = (reply.first(attr.CLASS) if reply is not None else b"") or b""
        start = BEGINS - chance.randrange(60)
        records = story(f"d{number}", token, start, chance.randrange(2, 7), chance.randrange(100_000, 900_000))
        told += [each | {"name": name, "device": device} for each in records if chance.random() > 0.15]
    told += chance.sample(told, len(told) // 5)
    chance.shuffle(told)
    tell_all(nas, told)
    result = replayed(world)
    assert result.differences == []
    assert result.packets == len(told)


def _wallet(world: World) -> int:
    return world.insert(
        "ledger_account", operator_id=world.operator_id, kind="wallet", currency="EUR", balance_minor=40
    )
