"""G2, G3, G4, G5 through the whole server: whatever reaches it in whatever order, the end is the truth."""

from __future__ import annotations

import time
from collections import Counter

from aaa.seeded import World
from faults import scale, truth
from faults.fleet import MB, SECRET
from faults.lives import Life, Truth, lives
from faults.parts import Parts
from faults.sending import Teller, tell_all

SESSIONS = scale.count(short=1_000, full=50_000)
SEED = 2
GUESTS = 60
CLOCK_SECONDS = 5  # Acct-Delay-Time counts whole seconds, and a request may be sent again
RELOAD_SECONDS = 1.5  # within which the server knows new NASes


def test_G2_G3_G4_G5_thousands_of_disturbed_sessions_end_like_the_truth(parts: Parts) -> None:
    world = parts.world("127.5.0.1")
    truth.register(world, GUESTS)
    all_lives = list(lives(SEED, GUESTS, SESSIONS))
    nas_ids = [world.nas(host_of(n), SECRET, lacks_gigawords=life.lacks_gigawords) for n, life in enumerate(all_lives)]
    time.sleep(RELOAD_SECONDS)
    told = tell_all(Teller(host_of(n), parts.accounting, life.requests) for n, life in enumerate(all_lives))
    sessions = sum(len(life.sessions) for life in all_lives)
    scale.note("G2 G3 G4 G5", seed=SEED, sessions=sessions, requests=told, nases=len(all_lives))
    wrong = [fault for nas_id, life in zip(nas_ids, all_lives, strict=True) for fault in faults_of(world, nas_id, life)]
    assert wrong[:5] == []
    assert world.rows("SELECT reason FROM quarantine WHERE operator_id = %s", world.operator_id) == []
    check_money(world, [each for life in all_lives for each in life.sessions])


def host_of(number: int) -> str:
    return f"127.6.{number // 250}.{number % 250 + 1}"


def faults_of(world: World, nas_id: int, life: Life) -> list[str]:
    """How the sessions on record differ from the truth about one NAS."""
    rows = world.rows(
        """SELECT acct_session_id, extract(epoch FROM started_at)::bigint, seconds, octets_in, octets_out,
                  stopped_at IS NOT NULL
             FROM access_session WHERE nas_id = %s""",
        nas_id,
    )
    found = [f"{life.clock}: {len(rows)} sessions are {len(life.sessions)}"] if len(rows) != len(life.sessions) else []
    for each in life.sessions:
        mine = [row for row in rows if row[0] == each.session_id and abs(row[1] - each.began) <= CLOCK_SECONDS]  # type: ignore[operator]
        if [row[2:] for row in mine] != [summary(each)]:
            found.append(f"{life.clock}, lacks gigawords {life.lacks_gigawords}: {mine} should be {each}")
    return found


def summary(each: Truth) -> tuple[object, ...]:
    return each.seconds, each.octets_in, each.octets_out, each.is_ended


def check_money(world: World, sessions: list[Truth]) -> None:
    used: Counter[str] = Counter()
    owed: Counter[str] = Counter()
    for each in sessions:
        octets = each.octets_in + each.octets_out
        used[f"guest{each.guest}"] += octets
        if each.guest % 2 == 0:
            owed[f"guest{each.guest}"] += octets // MB
    assert truth.used_of(world) == used
    assert truth.charged_of(world) == truth.paid_of(world) == owed
