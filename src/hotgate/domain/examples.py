"""What a plan promises, tried on the rules themselves: "after 5 GB on day 3: refused, used up".

A guest is sold the plan at the beginning of the 1st of June and logs in at once. On the day asked about the use
happens, and at eleven in the evening the guest wants to log in again. Accounting books that use and the access rules
answer, as they do for everybody.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import count
from typing import NamedTuple
from zoneinfo import ZoneInfo

from hotgate.domain import access, accounting, cycles, validity
from hotgate.domain.access import AccessRequest, NasTraits
from hotgate.domain.accounting import Account
from hotgate.domain.catalogue import Measure, Plan, Unit
from hotgate.domain.limits import Grant
from hotgate.domain.quantities import HOUR, QUANTITY_MAX
from hotgate.domain.reasons import Reason
from hotgate.domain.sessions import Record, RecordKind
from hotgate.domain.subscriber import AccessState, Wallet
from hotgate.domain.wording import _

DAY_MAX = 1000
ASKED_AT = timedelta(hours=23)  # of the day
SOLD = datetime(2026, 6, 1)  # noqa: DTZ001 — on the wall, in whatever zone

_NAS = NasTraits(id=1)
_DEVICE = "02-00-00-00-00-01"


class Expectation(StrEnum):
    ACCEPTED = "accepted"
    SLOWER = "slower"  # accepted, at the speed behind a cap
    USED_UP = "used_up"
    CYCLE_USED_UP = "cycle_used_up"
    CAP_REACHED = "cap_reached"
    EXPIRED = "expired"


class Example(NamedTuple):
    used: int  # seconds of a plan that counts time, else octets
    day: int  # 1 is the day of the sale
    expected: Expectation


class Result(NamedTuple):
    example: Example
    found: str  # an Expectation, or another Reason

    @property
    def passed(self) -> bool:
        return self.found == self.example.expected


def measure_of(plan: Plan) -> Measure:
    """What `used` of an example is: time where the plan counts it, else traffic."""
    return Measure.TIME if plan.counted_measure is Measure.TIME else Measure.TRAFFIC


def problem(example: Example, measure: Measure) -> str:
    """Why it can't be tried; '' if it can."""
    if not 1 <= example.day <= DAY_MAX:
        return _("Please give a day from 1 to 1000; 1 is the day of the sale.")
    if not 0 <= example.used <= QUANTITY_MAX:
        return _("That is too much.")
    if measure is Measure.TIME and example.used > (example.day - 1) * 24 * HOUR + ASKED_AT.total_seconds():
        return _("So much time has not passed by then.")
    return ""


def run(plan: Plan, example: Example, zone: ZoneInfo) -> Result:
    """What the rules answer. Only of an example without a `problem`."""
    sold = cycles.first_instant(SOLD, zone)
    asked = cycles.add(sold, example.day - 1, Unit.DAY, zone) + ASKED_AT
    entitlement = validity.grant(plan, id=1, created_at=sold, starts_at=sold, zone=zone)
    state = AccessState(1, 1, zone, None, (entitlement,), Wallet(0, postpaid=True))
    account = Account(state, (), {_NAS.id: _NAS})
    records = [*_session("first", sold, sold, plan, 0), *_used(plan, example.used, sold, asked)]
    after = accounting.apply_records(account, records, asked, count(1)).account.access
    return Result(example, _answer(after, asked))


def _used(plan: Plan, used: int, sold: datetime, asked: datetime) -> list[Record]:
    """The session in which it is used; it ends when the guest wants to log in again."""
    if used == 0:
        return []
    seconds = used if measure_of(plan) is Measure.TIME else HOUR
    return _session("second", max(sold, asked - timedelta(seconds=seconds)), asked, plan, used)


def _session(id: str, began: datetime, ended: datetime, plan: Plan, used: int) -> list[Record]:
    octets = used if measure_of(plan) is Measure.TRAFFIC else 0
    start = Record(RecordKind.START, _NAS.id, id, began.astimezone(UTC), began.astimezone(UTC), device=_DEVICE)
    stop = start._replace(
        kind=RecordKind.STOP,
        event_at=ended.astimezone(UTC),
        received_at=ended.astimezone(UTC),
        session_seconds=int((ended - began).total_seconds()),
        octets_in=octets if plan.direction == "upload" else 0,
        octets_out=0 if plan.direction == "upload" else octets,
    )
    return [start, stop]


def _answer(state: AccessState, now: datetime) -> str:
    answer = access.decide_access(state, AccessRequest("example", None, _DEVICE, _NAS), now).answer
    if isinstance(answer, Grant):
        return Expectation.SLOWER if answer.throttled else Expectation.ACCEPTED
    return str(Reason(answer.reason))
