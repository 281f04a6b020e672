"""The simulator's bad NASes against a real server over UDP, at the speed of the wall clock: exact or flagged."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from aaa.seeded import World
from faults import scale
from faults.fleet import SECRET
from faults.parts import Parts
from hotgate import cli
from hotgate.domain.sessions import DOUBTFUL
from hotgate.simulator import options, run
from hotgate.simulator.truth import ServerView, Totals, Verdict, compare

ALONE = (
    "--lose 10%",
    "--double 20%",
    "--late 20%",
    "--reorder 20%",
    "--reboot-silent",
    "--reboot-with-on",
    "--reuse-session-ids",
    "--no-gigawords",
    "--swap-octets",
    "--no-class",
    "--clock-1970",
)
TOGETHER = (
    "--lose 10% --double 20% --late 20% --reorder 20% --reboot-silent --reuse-session-ids --no-class --clock-1970"
    " --no-gigawords --swap-octets"
)
SEEDS = scale.count(short=12, full=200)
RELOAD_SECONDS = 1.5  # within which the server knows new NASes


def test_G3_each_bad_habit_alone_and_all_together_are_exact_or_flagged(parts: Parts) -> None:
    world = parts.world("127.5.1.1")
    plan_id = world.plan(amount=None, profile_id=world.profile(devices_max=None))
    wanted = [*ALONE, *(f"{TOGETHER} --seed {seed}" + " --again" * (seed % 3 == 0) for seed in range(SEEDS))]
    for number, words in enumerate(wanted):
        world.nas(host_of(number), SECRET, octets_swapped="--swap" in words, require_message_authenticator="no")
        world.entitlement(world.subscriber(f"guest{number}"), plan_id)
    time.sleep(RELOAD_SECONDS)
    found = asyncio.run(play_all(parts, world, wanted))
    flagged = sum(verdict.estimated > 0 for verdict, _ in found.values())
    scale.note("G3 simulate", together=SEEDS, flagged=flagged, unanswered=sum(lost for _, lost in found.values()))
    assert {words: v.differences for words, (v, lost) in found.items() if not v.honest and not lost} == {}
    assert {w: v.differences for w, (v, _) in found.items() if w in ALONE and w != "--lose 10%" and not v.equal} == {}
    assert sum(lost for _, lost in found.values()) <= len(found) // 4


def host_of(number: int) -> str:
    return f"127.7.{number // 250}.{number % 250 + 1}"


async def play_all(parts: Parts, world: World, wanted: list[str]) -> dict[str, tuple[Verdict, int]]:
    """By what was typed: both sides, and how many reports were never answered."""
    results = await asyncio.gather(*(play(parts, number, words) for number, words in enumerate(wanted)))
    return {
        words: (compare(result.truths[0], ServerView(), view(world, number)), result.truths[0].unanswered)
        for number, (words, result) in enumerate(zip(wanted, results, strict=True))
    }


async def play(parts: Parts, number: int, words: str) -> run.Result:
    (host, auth), acct = parts.authentication, parts.accounting[1]
    common = (
        f"simulate --server {host}:{auth} --acct-port {acct} --bind {host_of(number)}"
        f" --coa-port 0 --no-compare --user guest{number} --password secret-word"
        " --interim 4 --traffic 20MB --rate 20M --retry 0.5 --patience 20"
    )
    typed: Any = cli.parser().parse_args([*common.split(), "--secret", SECRET.decode(), *words.split()])
    return await run.run(options.from_arguments(typed), lambda _: None)


def view(world: World, number: int) -> ServerView:
    """What `hotgate user` would tell."""
    rows = world.rows(
        """SELECT s.seconds, s.octets_in, s.octets_out, s.estimated OR s.flags && %s FROM access_session s
             JOIN subscriber p ON p.id = s.subscriber_id WHERE p.operator_id = %s AND p.name = %s""",
        sorted(DOUBTFUL),
        world.operator_id,
        f"guest{number}",
    )
    seconds, octets_in, octets_out = (sum(row[at] for row in rows) for at in range(3))
    return ServerView(Totals(len(rows), seconds, octets_in, octets_out), sum(row[3] for row in rows))
