"""G18: how far past its end prepaid traffic can run, with one to ten devices, and a NAS with or without a limit."""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from faults import scale
from hotgate.domain import access, accounting
from hotgate.domain.access import NasTraits
from hotgate.domain.accounting import Account, OrderKind
from hotgate.domain.catalogue import Direction
from hotgate.domain.limits import Grant
from hotgate.domain.overshoot import overshoot
from hotgate.domain.sessions import Record, RecordKind
from small_world import MB, NOON, asks, holding, person, traffic

RUNS = scale.count(short=60, full=20_000)
INTERIM_SECONDS = 300
REACTION_SECONDS = 10  # from the interim to the end by Disconnect
ROUNDS_MAX = 2_000


@dataclass
class Device:
    """Uses as much as it gets until the NAS ends it."""

    name: str
    octets_per_second: int
    session_id: str = ""
    began: datetime = NOON
    used: int = 0  # in this session
    limit: int | None = None
    is_online: bool = False
    total: int = 0


@dataclass
class Place:
    """One guest's devices at one NAS."""

    amount: int
    devices: list[Device]
    enforces: bool  # the NAS cuts at the octets that the Accept allowed
    now: datetime = NOON
    ids: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        self.nas = NasTraits(id=1, can_reauthorize=False)
        plan = traffic(self.amount, devices=len(self.devices))
        self.account = Account(person(holding(plan)), (), {1: self.nas})

    def run(self) -> None:
        """Until nobody gets in any more."""
        for _ in range(ROUNDS_MAX):
            for device in self.devices:
                if not device.is_online:
                    self.login(device)
            if not any(device.is_online for device in self.devices):
                return
            self.now += timedelta(seconds=INTERIM_SECONDS)
            for device in [each for each in self.devices if each.is_online]:
                self.use(device, INTERIM_SECONDS)
        raise AssertionError("the traffic never ends")

    def login(self, device: Device) -> None:
        decision = access.decide_access(self.account.access, asks(device.name, self.nas), self.now)
        if decision.state is not None:
            self.account = self.account._replace(access=decision.state)
        if isinstance(decision.answer, Grant):
            device.session_id, device.began, device.used = f"s{next(self.ids)}", self.now, 0
            device.limit, device.is_online = decision.answer.octets, True
            self.tell(device, RecordKind.START)

    def use(self, device: Device, seconds: int) -> None:
        self.consume(device, device.octets_per_second * seconds)
        if self.enforces and device.limit is not None and device.used >= device.limit:
            self.tell(device, RecordKind.STOP)
            device.is_online = False
        elif self.tell(device, RecordKind.INTERIM):
            self.consume(device, device.octets_per_second * REACTION_SECONDS)
            self.tell(device, RecordKind.STOP, late_seconds=REACTION_SECONDS)
            device.is_online = False

    def consume(self, device: Device, octets: int) -> None:
        if self.enforces and device.limit is not None:
            octets = min(octets, device.limit - device.used)
        device.used += octets
        device.total += octets

    def tell(self, device: Device, kind: RecordKind, late_seconds: int = 0) -> bool:
        """Whether the NAS is told to end the session, or to ask anew, which without CoA is the same."""
        at = self.now + timedelta(seconds=late_seconds)
        record = Record(
            kind,
            1,
            device.session_id,
            at,
            at,
            session_seconds=int((at - device.began).total_seconds()),
            octets_out=device.used,
            device=device.name,
            entitlement_id=1,
        )
        outcome = accounting.apply_records(self.account, [record], at, self.ids)
        self.account = outcome.account
        return any(order.kind in (OrderKind.DISCONNECT, OrderKind.REAUTHORIZE) for order in outcome.orders)


def place(seed: int, *, enforces: bool) -> Place:
    dice = random.Random(seed)
    amount = dice.choice([100 * MB, 1000 * MB, 20_000 * MB])
    devices = [
        Device(f"02-00-00-00-00-{n:02X}", amount // dice.choice([600, 5_000, 60_000]))
        for n in range(dice.randint(1, 10))
    ]
    return Place(amount, devices, enforces)


@pytest.mark.parametrize("seed", range(RUNS // 10))
def test_G18_a_nas_with_its_own_limit_ends_at_most_one_percent_or_a_megabyte_late(seed: int) -> None:
    for each in range(seed * 10, seed * 10 + 10):
        here = place(each, enforces=True)
        here.run()
        total = sum(device.total for device in here.devices)
        said = overshoot(traffic(here.amount))
        assert said is not None
        assert total - here.amount <= said.enforced == max(here.amount // 100, MB), each
        assert total == here.account.access.entitlements[0].used


def said_without_limit(here: Place) -> int:
    """What the page of such a plan says, with the speed of the fastest device."""
    speed = {"download_bps": 8 * max(device.octets_per_second for device in here.devices)}
    said = overshoot(traffic(here.amount, devices=len(here.devices), profile=speed, direction=Direction.DOWNLOAD))
    assert said is not None
    assert said.told is not None
    return said.told


@pytest.mark.parametrize("seed", range(RUNS // 10))
def test_G18_without_one_each_device_ends_within_an_interim_and_ten_seconds(seed: int) -> None:
    for each in range(seed * 10, seed * 10 + 10):
        here = place(each, enforces=False)
        here.run()
        total = sum(device.total for device in here.devices)
        bound = sum(device.octets_per_second for device in here.devices) * (INTERIM_SECONDS + REACTION_SECONDS)
        assert 0 <= total - here.amount <= bound <= said_without_limit(here), each
        assert total == here.account.access.entitlements[0].used
