"""The fleet's truth against the database: nothing missing, nothing twice."""

from __future__ import annotations

from collections import Counter
from typing import Any

from aaa.seeded import World
from faults.fleet import MB

UNIT_PRICE, UNIT_OCTETS = "0.01", MB  # a cent for each megabyte, so that every charge is exact
DEPOSIT = 10**12


def register(world: World, guests: int) -> None:
    """Half of the guests have prepaid traffic, half pay from a wallet by the megabyte."""
    profile_id = world.profile(devices_max=None)
    prepaid = world.plan(amount=10**17, profile_id=profile_id)
    postpaid = world.plan(
        payment="postpaid", tariff_unit_price=UNIT_PRICE, tariff_unit=UNIT_OCTETS, profile_id=profile_id
    )
    for guest in range(guests):
        if guest % 2:
            world.entitlement(world.subscriber(f"guest{guest}"), prepaid, amount=10**17)
            continue
        wallet = world.insert(
            "ledger_account", operator_id=world.operator_id, kind="wallet", currency="EUR", balance_minor=DEPOSIT
        )
        world.entitlement(world.subscriber(f"guest{guest}", wallet_id=wallet), postpaid)


def check(world: World, told: dict[str, Any]) -> None:
    """Session totals, usage points, entitlements, allocations, ledger and wallets, to the octet and the cent."""
    assert told["unfinished"] == 0
    sessions = {name: tuple(each) for name, each in told["sessions"].items()}
    assert sessions_of(world) == {name: each[1:4] for name, each in sessions.items()}
    expected = {name: each[4] for name, each in sessions.items()}
    points = points_of(world)
    set_aside = world.rows("SELECT reason, count(*) FROM quarantine GROUP BY 1")
    assert {n: (points.get(n), expected[n]) for n in expected if points.get(n) != expected[n]} == {}, set_aside
    assert points.keys() == expected.keys()
    used: Counter[str] = Counter()
    for guest, _, octets_in, octets_out, _ in sessions.values():
        used[f"guest{guest}"] += octets_in + octets_out
    assert used_of(world) == used
    owed = {guest: octets // MB for guest, octets in used.items() if int(guest[5:]) % 2 == 0}
    assert charged_of(world) == owed
    assert paid_of(world) == owed


def sessions_of(world: World) -> dict[str, tuple[int, int, int]]:
    rows = world.rows(
        "SELECT acct_session_id, seconds, octets_in, octets_out, stopped_at IS NOT NULL FROM access_session"
        " WHERE operator_id = %s",
        world.operator_id,
    )
    assert [row for row in rows if not row[4]] == []
    assert len({row[0] for row in rows}) == len(rows), "a session is there twice"
    return {row[0]: row[1:4] for row in rows}


def points_of(world: World) -> dict[str, int]:
    """How many readings are kept of each session, no two of them alike."""
    rows = world.rows(
        """SELECT s.acct_session_id, count(*), count(DISTINCT (u.seconds, u.octets_in, u.octets_out))
             FROM usage u JOIN access_session s ON s.id = u.session_id WHERE s.operator_id = %s GROUP BY 1""",
        world.operator_id,
    )
    assert [row for row in rows if row[1] != row[2]] == []
    return {row[0]: row[1] for row in rows}


def used_of(world: World) -> dict[str, int]:
    rows = world.rows(
        """SELECT s.name, e.used, (SELECT sum(units) FROM session_allocation a WHERE a.entitlement_id = e.id)::bigint
             FROM entitlement e JOIN subscriber s ON s.id = e.subscriber_id WHERE e.operator_id = %s AND e.used <> 0""",
        world.operator_id,
    )
    assert [row for row in rows if row[1] != row[2]] == []
    return {row[0]: row[1] for row in rows}


def charged_of(world: World) -> dict[str, int]:
    """Cents by guest, from the transfers."""
    rows = world.rows(
        """SELECT s.name, sum(t.amount_minor)::bigint
             FROM transfer t
             JOIN ledger_account c ON c.id = t.credit_id AND c.kind = 'revenue'
             JOIN subscriber s ON s.wallet_id = t.debit_id
            WHERE t.operator_id = %s GROUP BY 1""",
        world.operator_id,
    )
    total = world.value("SELECT count(*) FROM transfer WHERE operator_id = %s", world.operator_id)
    charges = world.value(
        """SELECT count(*) FROM transfer t JOIN ledger_account d ON d.id = t.debit_id AND d.kind = 'wallet'
            WHERE t.operator_id = %s""",
        world.operator_id,
    )
    assert total == charges, "something else than charges was moved"
    return dict(rows)  # type: ignore[arg-type]


def paid_of(world: World) -> dict[str, int]:
    """Cents by guest, from what the wallets lack."""
    rows = world.rows(
        """SELECT s.name, %s - a.balance_minor FROM subscriber s JOIN ledger_account a ON a.id = s.wallet_id
            WHERE s.operator_id = %s AND a.balance_minor <> %s""",
        DEPOSIT,
        world.operator_id,
        DEPOSIT,
    )
    return dict(rows)  # type: ignore[arg-type]
