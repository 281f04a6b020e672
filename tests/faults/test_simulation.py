"""G25: hundreds of seeded worlds in which everything fails. A seed that fails here fails again by itself:

HOTGATE_SEED=17 pytest tests/faults/test_simulation.py
"""

from __future__ import annotations

import os

import pytest

from faults import scale
from faults.virtual import Told, World
from hotgate.domain.access import NasTraits
from hotgate.domain.accounting import Account
from small_world import holding, person, traffic

ONLY = os.environ.get("HOTGATE_SEED")
SEEDS = [int(ONLY)] if ONLY else list(range(scale.count(short=100, full=10_000)))
PER_TEST = 25


def account_of(guest: int) -> Account:
    return Account(person(holding(traffic(None, devices=None)))._replace(subscriber_id=guest + 1), (), TRAITS)


TRAITS = {nas_id: NasTraits(id=nas_id) for nas_id in range(1, 5)}


@pytest.mark.parametrize(
    "seeds", [SEEDS[at : at + PER_TEST] for at in range(0, len(SEEDS), PER_TEST)], ids=lambda s: f"{s[0]}-{s[-1]}"
)
def test_G25_nothing_acknowledged_is_lost_and_nothing_counts_twice(seeds: list[int]) -> None:
    faults = {seed: fault for seed in seeds if (fault := fault_of(played(seed)))}
    scale.note("G25", first_seed=seeds[0], last_seed=seeds[-1], wrong=len(faults))
    assert faults == {}


def test_G25_a_seed_is_played_the_same_again() -> None:
    assert played(7).sessions() == played(7).sessions()


def played(seed: int) -> World:
    world = World(seed, account_of)
    world.run()
    return world


def fault_of(world: World) -> str:
    """What is wrong in the end; '' when all is right."""
    told = [each for each in world.told if each.acknowledged is not None]
    doubtful = [each for each in world.told if each.acknowledged is None]
    stored = world.sessions()
    if not len(told) <= len(stored) <= len(told) + len(doubtful):
        return f"{len(stored)} sessions, but {len(told)} were acknowledged and {len(doubtful)} may be there"
    for guest, account in world.store.accounts.items():
        mine = [each for each in world.told if each.guest == guest]
        for at, name in ((0, "seconds"), (1, "octets_in"), (2, "octets_out")):
            least, most = bounds(mine, at)
            total = sum(getattr(session, name) for session in account.sessions)
            if not least <= total <= most:
                return f"guest {guest}: {name} are {total}, and should be {least} to {most}"
        used = sum(session.octets_in + session.octets_out for session in account.sessions)
        if account.access.entitlements[0].used != used:
            return f"guest {guest}: {account.access.entitlements[0].used} octets used, but sessions have {used}"
    return ""


def bounds(told: list[Told], at: int) -> tuple[int, int]:
    """What was acknowledged must be there; what was only sent before a reboot of the NAS may be."""
    least = sum((each.acknowledged or (0, 0, 0))[at] for each in told)
    return least, sum((each.sent or (0, 0, 0))[at] for each in told)
