"""Accounting over UDP: exact sums, whatever the network does to the packets."""

from __future__ import annotations

import random
import time

from aaa.running import Nas
from aaa.seeded import World
from hotgate.radius import attributes as attr
from hotgate.radius.packet import Code, Packet

START, STOP, INTERIM, ON, OFF = 1, 2, 3, 7, 8
DEVICE = "AA-BB-CC-00-00-01"


def token_of(reply: Packet | None) -> bytes:
    assert reply is not None
    assert reply.code == Code.ACCESS_ACCEPT
    return reply.first(attr.CLASS) or b""


def session_of(world: World, session_id: str) -> tuple[object, ...]:
    (row,) = world.rows(
        "SELECT seconds, octets_in, octets_out, stopped_at IS NOT NULL FROM access_session"
        " WHERE operator_id = %s AND acct_session_id = %s",
        world.operator_id,
        session_id,
    )
    return row


def owner_of(world: World) -> object:
    return world.value("SELECT subscriber_id FROM access_session WHERE operator_id = %s", world.operator_id)


def used_of(world: World, entitlement_id: int) -> int:
    return int(world.value("SELECT used FROM entitlement WHERE id = %s", entitlement_id))


def test_five_thousand_million_octets_are_exactly_that(nas: Nas, world: World) -> None:
    _, entitlement_id = world.guest("anna", amount=20_000_000_000)
    token = token_of(nas.login("anna", "secret-word", DEVICE))
    now = time.time() - 600
    for status, seconds, octets in ((START, 0, None), (INTERIM, 300, 2_500_000_000), (STOP, 600, 5_000_000_000)):
        reply = nas.tell(
            status,
            "s1",
            name="anna",
            token=token,
            seconds=seconds,
            octets_in=0,
            octets_out=octets,
            device=DEVICE,
            at=now + seconds,
        )
        assert reply is not None
        assert reply.code == Code.ACCOUNTING_RESPONSE
    assert session_of(world, "s1") == (600, 0, 5_000_000_000, True)
    assert used_of(world, entitlement_id) == 5_000_000_000


def story(session_id: str, token: bytes, start: float, steps: int, octets: int) -> list[dict[str, object]]:
    """Start, interims and Stop of one session: each interim 300 s and so many octets further."""
    kinds = [START, *[INTERIM] * (steps - 1), STOP]
    return [
        {
            "status": kind,
            "session_id": session_id,
            "token": token,
            "name": "anna",
            "device": DEVICE,
            "seconds": 300 * i,
            "octets_in": octets * i // 2,
            "octets_out": octets * i,
            "at": start + 300 * i,
        }
        for i, kind in enumerate(kinds)
    ]


def tell_all(nas: Nas, records: list[dict[str, object]]) -> None:
    for told in records:
        reply = nas.tell(**told)  # type: ignore[arg-type]
        assert reply is not None
        assert reply.code == Code.ACCOUNTING_RESPONSE


def test_order_and_copies_change_no_sum(nas: Nas, world: World) -> None:
    """B5, B7, B8 and D24's neighbours: any order, up to three copies, the same sums."""
    _, entitlement_id = world.guest("anna", amount=10**12)
    token = token_of(nas.login("anna", "secret-word", DEVICE))
    rng, start = random.Random(7), time.time() - 7200
    for round_ in range(4):
        records = story(f"s{round_}", token, start, 6, 1_000_000_007) * rng.randint(1, 3)
        rng.shuffle(records)
        tell_all(nas, records)
        assert session_of(world, f"s{round_}") == (1800, 3_000_000_021, 6_000_000_042, True)
        assert used_of(world, entitlement_id) == (round_ + 1) * 9_000_000_063
    allocated = "SELECT sum(units) FROM session_allocation WHERE operator_id = %s"
    assert world.value(allocated, world.operator_id) == 4 * 9_000_000_063


def test_a_hundred_records_of_one_session_at_once_are_one_sum(nas: Nas, world: World) -> None:
    _, entitlement_id = world.guest("anna", amount=10**12)
    token = token_of(nas.login("anna", "secret-word", DEVICE))
    records = story("s1", token, time.time() - 86400, 100, 12_345_678)
    random.Random(3).shuffle(records)
    sent = [nas.record(**told) for told in records]  # type: ignore[arg-type]
    for octets in sent:
        nas.socket.sendto(octets, nas.server.address("acct"))
    nas.socket.settimeout(5)
    assert {nas.socket.recv(4096)[1] for _ in sent} == {octets[1] for octets in sent}
    assert session_of(world, "s1") == (30_000, 617_283_900, 1_234_567_800, True)
    assert used_of(world, entitlement_id) == 1_851_851_700


def test_a_start_after_the_stop_does_not_reopen(nas: Nas, world: World) -> None:
    world.guest("anna", amount=10**9)
    token = token_of(nas.login("anna", "secret-word", DEVICE))
    start, _, stop = story("s1", token, time.time() - 900, 2, 5_000)
    tell_all(nas, [stop, start])
    assert session_of(world, "s1") == (600, 5_000, 10_000, True)


def test_an_interim_without_a_start_opens_the_session(nas: Nas, world: World) -> None:
    world.guest("anna", amount=10**9)
    token = token_of(nas.login("anna", "secret-word", DEVICE))
    tell_all(nas, story("s1", token, time.time() - 900, 2, 5_000)[1:2])
    assert session_of(world, "s1") == (300, 2_500, 5_000, False)
    assert world.value("SELECT session_id IS NOT NULL FROM slot WHERE operator_id = %s", world.operator_id)


def test_a_nas_that_echoes_no_class_is_charged_by_name(nas: Nas, world: World) -> None:
    subscriber_id, entitlement_id = world.guest("anna", amount=10**9)
    tell_all(nas, story("s1", b"", time.time() - 900, 2, 5_000))
    assert used_of(world, entitlement_id) == 15_000
    assert (
        world.value("SELECT subscriber_id FROM access_session WHERE operator_id = %s", world.operator_id)
        == subscriber_id
    )


def test_records_of_nobody_are_stored_too(nas: Nas, world: World) -> None:
    tell_all(nas, story("s1", b"", time.time() - 900, 3, 5_000) * 2)
    assert session_of(world, "s1") == (900, 7_500, 15_000, True)
    owner = "SELECT subscriber_id, user_name FROM access_session WHERE operator_id = %s"
    assert world.rows(owner, world.operator_id) == [(None, "anna")]


def test_a_class_of_another_operator_charges_nobody(nas: Nas, world: World) -> None:
    """D24: same Acct-Session-Id, same name, and a Class that is genuine, but of another tenant."""
    from hotgate import vault

    stranger = World(world.connection)
    subscriber_id, entitlement_id = stranger.guest("anna", amount=10**9)
    token = vault.class_token(world.keys.class_token, stranger.operator_id, subscriber_id, entitlement_id)
    tell_all(nas, story("s1", token, time.time() - 900, 2, 5_000))
    assert used_of(stranger, entitlement_id) == 0
    assert owner_of(world) is None


def test_a_reboot_closes_what_began_before_it_and_nothing_newer(nas: Nas, world: World) -> None:
    """B9: Accounting-On, late and twice."""
    world.guest("anna", amount=10**9, profile_id=world.profile(devices_max=None))
    token = token_of(nas.login("anna", "secret-word", DEVICE))
    now = time.time()
    tell_all(nas, story("old", token, now - 4000, 3, 5_000)[:2])
    tell_all(nas, story("new", token, now - 300, 3, 5_000)[:1])
    for _ in range(2):
        assert nas.tell(ON, "", at=now - 1000) is not None
    closed = """SELECT acct_session_id, stopped_at IS NOT NULL, close_reason FROM access_session
                 WHERE operator_id = %s ORDER BY 1"""
    assert world.rows(closed, world.operator_id) == [("new", False, ""), ("old", True, "rebooted")]


def test_an_unknown_status_or_no_session_id_is_set_aside_and_acknowledged(nas: Nas, world: World) -> None:
    """D20: it would be sent for ever otherwise. Secrets are left out (B14)."""
    from hotgate.radius.packet import attribute

    secret = attribute(attr.CHAP_PASSWORD, b"\x07" + b"secret-secret-16")
    assert nas.tell(99, "s1", secret) is not None
    assert nas.tell(START, "") is not None
    rows = world.rows(
        "SELECT reason, attributes, raw FROM quarantine WHERE operator_id = %s ORDER BY id", world.operator_id
    )
    assert [row[0] for row in rows] == ["unknown_status_type", "no_session_id"]
    assert all("3" not in row[1] and b"secret" not in bytes(row[2]) for row in rows)


def test_counters_of_a_gateway_with_the_clients_view_are_turned_round(aaa: object, nas: Nas, world: World) -> None:
    from aaa.running import Running

    assert isinstance(aaa, Running)
    world.execute("UPDATE nas SET maker = 'chillispot' WHERE operator_id = %s", world.operator_id)
    aaa.do(aaa.server._reload_clients())
    tell_all(nas, story("s1", b"", time.time() - 900, 2, 5_000))
    assert session_of(world, "s1") == (600, 10_000, 5_000, True)


def test_postpaid_use_moves_money_once(nas: Nas, world: World) -> None:
    """10 MB for 0.50: 25 MB are 1.25, however often it is told, and what the wallet lacks is uncovered use."""
    wallet = world.insert(
        "ledger_account", operator_id=world.operator_id, kind="wallet", currency="EUR", balance_minor=100
    )
    plan_id = world.plan(payment="postpaid", tariff_unit_price="0.50", tariff_unit=10_000_000)
    subscriber_id = world.subscriber("anna", wallet_id=wallet)
    world.entitlement(subscriber_id, plan_id)
    token = token_of(nas.login("anna", "secret-word", DEVICE))
    records = story("s1", token, time.time() - 3600, 5, 5_000_000)
    for told in records:
        told["octets_in"] = 0
    tell_all(nas, records * 2)
    moved = """SELECT d.kind, c.kind, sum(t.amount_minor)::int
                 FROM transfer t
                 JOIN ledger_account d ON d.id = t.debit_id
                 JOIN ledger_account c ON c.id = t.credit_id
                WHERE t.operator_id = %s GROUP BY 1, 2 ORDER BY 1"""
    assert world.rows(moved, world.operator_id) == [("uncovered_use", "revenue", 25), ("wallet", "revenue", 100)]
    assert world.value("SELECT balance_minor FROM ledger_account WHERE id = %s", wallet) == 0
