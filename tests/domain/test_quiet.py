"""A record that is decided at once ends as if all rules had been asked; whatever else it may bring about is asked."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotgate.domain import accounting, quiet
from hotgate.domain.access import NasTraits
from hotgate.domain.accounting import Account, UsagePoint
from hotgate.domain.catalogue import Measure, Unit, Validity, ValidityKind
from hotgate.domain.sessions import Allocation, Record, Session
from hotgate.domain.subscriber import AccessState, Hold, HoldKind, Slot
from small_world import (
    GB,
    HOUR,
    LONG_AGO,
    MAC,
    NAS,
    NOON,
    OTHER_MAC,
    capped,
    holding,
    hour,
    metered,
    person,
    plan,
    says,
    traffic,
)

AN_HOUR_ON = NOON + timedelta(seconds=HOUR)
PLACE = Slot(MAC, None, session_id=5, entitlement_id=1)
FLAT = holding(plan())
ANY_NUMBER = holding(plan(devices=None))
ELAPSED = holding(hour(elapsed=True), first_used_at=NOON, valid_until=NOON + timedelta(days=1))


HALF_AN_HOUR = timedelta(minutes=30)
TOLD = {"framed_ip": "10.0.0.9", "framed_ipv6": ("2001:db8::/64",), "called_station": "cafe", "nas_port": "wlan1"}
OTHER_PLACE = Slot(OTHER_MAC, None, session_id=6, entitlement_id=1)


def state_of(*entitlements: Any, **changes: Any) -> AccessState:
    return person(*(entitlements or (FLAT,)), **({"slots": (PLACE,)} | changes))


def session(**changes: Any) -> Session:
    """It has run for half an hour."""
    told: dict[str, Any] = {
        "nas_id": 1,
        "acct_session_id": "s1",
        "started_at": NOON,
        "last_event_at": NOON + timedelta(seconds=1800),
        "last_heard_at": NOON + timedelta(seconds=1800),
        "id": 5,
        "entitlement_id": 1,
        "user_name": "ada",
        "device": MAC,
        "seconds": 1800,
        "octets_in": 1000,
        "octets_out": 2000,
    }
    return Session(**(told | changes))


def interim(seconds: int = HOUR, down: int = 5000, up: int = 3000, kind: str = "interim", **changes: Any) -> Record:
    return says(kind, seconds, down, up, **changes)


def asked_at_once(
    state: AccessState, known: Session, record: Record, nas: NasTraits = NAS, now: datetime = AN_HOUR_ON
) -> Session | None:
    return quiet.quietly(state, known, record, nas, now)


@dataclass(frozen=True)
class Case:
    why: str
    known: dict[str, Any] = field(default_factory=dict)
    record: dict[str, Any] = field(default_factory=dict)
    state: AccessState = field(default_factory=state_of)
    nas: NasTraits = NAS

    def __str__(self) -> str:
        return self.why


QUIET = [
    Case("the next reading"),
    Case("the same reading again", record={"seconds": 1800, "down": 2000, "up": 1000}),
    Case("by a second off", record={"event_at": AN_HOUR_ON + timedelta(seconds=1)}),
    Case("the first reading", known={"seconds": 0, "octets_in": 0, "octets_out": 0, "last_event_at": NOON}),
    Case("a stop", record={"kind": "stop", "terminate_cause": 1}, state=state_of(ANY_NUMBER, slots=())),
    Case(
        "a stop of one that was faster than its plan",
        record={"kind": "stop", "down": GB},
        state=state_of(holding(plan(devices=None, profile={"download_bps": 1_000_000})), slots=()),
    ),
    Case("marked before", known={"flags": ("odd_packets",)}),
    Case("elapsed time, paid with its first use", state=state_of(ELAPSED)),
    Case("a plan for any number of devices", state=state_of(ANY_NUMBER, slots=())),
    Case("addresses told again", known={"framed_ip": "10.0.0.9"}, record={"framed_ip": "10.0.0.9"}),
    Case("an address that it leaves out", known={"framed_ip": "10.0.0.9", "nas_port": "wlan1"}),
]

FOR_ALL_THE_RULES = [
    Case("a start", record={"kind": "start"}),
    Case("a stop that gives a place back", record={"kind": "stop"}),
    Case("an ending of our own", record={"session_id": 5}),
    Case("perhaps of another that began just now", known={"seconds": 2}, record={"seconds": 2, "is_timed": False}),
    Case("time that went back", record={"seconds": 1000, "event_at": AN_HOUR_ON}),
    Case("octets out that fell", record={"down": 1999}),
    Case("octets in that fell", record={"up": 999}),
    Case("more than any line carries", record={"down": 26 * GB}),
    Case("as much the other way", record={"up": 26 * GB}),
    Case("a late one", record={"seconds": 1700, "down": 2000, "up": 1000}),
    Case("another start by its clock", record={"event_at": AN_HOUR_ON + timedelta(seconds=2)}),
    Case("ahead of our clock", record={"received_at": AN_HOUR_ON - timedelta(seconds=299)}),
    Case("octets without packets", record={"has_odd_packets": True}),
    Case("another device", record={"device": OTHER_MAC}),
    Case("another address", known={"framed_ip": "10.0.0.9"}, record={"framed_ip": "10.0.0.8"}),
    Case("a first address", record={"framed_ip": "10.0.0.8"}),
    Case("a prefix", record={"framed_ipv6": ("2001:db8::/64",)}),
    Case("another access point", record={"called_station": "02-00-00-00-00-AA:cafe"}),
    Case("another port", record={"nas_port": "wlan2"}),
    Case("a roaming session's name", record={"multi_session_id": "m1"}),
    Case("a session that is over", known={"stopped_at": AN_HOUR_ON}),
    Case("a session whose device began anew", known={"superseded": True}),
    Case("a session that is slowed down", known={"throttled": True}),
    Case("a session with use booked", known={"allocations": (Allocation(1, None, 10),)}),
    Case("a NAS without Gigawords", nas=NasTraits(id=1, lacks_gigawords=True)),
    Case("readings of 32 bits", known={"raw_points": ((1800, 1000, 2000),)}),
    Case("somebody on hold", state=state_of(holds=(Hold(HoldKind.STAFF),))),
    Case("nothing to pay with", state=person(slots=(PLACE,))),
    Case("two that could pay", state=state_of(FLAT, holding(plan(2), 2))),
    Case("another payer", known={"entitlement_id": 2}),
    Case("traffic that is counted", state=state_of(holding(traffic()))),
    Case("time that is counted", state=state_of(holding(hour()))),
    Case("a cap", state=state_of(holding(capped(measure=Measure.TRAFFIC)))),
    Case("a price for each hour", state=state_of(holding(metered()))),
    Case("the end of what was paid", state=state_of(FLAT._replace(valid_until=AN_HOUR_ON))),
    Case("the end by staff", state=state_of(FLAT._replace(ended_at=AN_HOUR_ON))),
    Case("what begins tomorrow", state=state_of(FLAT._replace(starts_at=NOON + timedelta(days=1)))),
    Case("no place", state=state_of(slots=())),
    Case("a place that waits for its session", state=state_of(slots=(PLACE._replace(session_id=None),))),
    Case("a place of another session", state=state_of(slots=(PLACE._replace(session_id=6),))),
    Case("a place with a slice", state=state_of(slots=(PLACE._replace(slice_amount=10),))),
    Case("a place that lapses", state=state_of(slots=(PLACE._replace(expires_at=AN_HOUR_ON),))),
    Case("one device too many", state=state_of(slots=(PLACE, Slot(OTHER_MAC, None, session_id=6)))),
]


@pytest.mark.parametrize("case", QUIET, ids=str)
def test_that_moves_counters_only(case: Case) -> None:
    known, record = session(**case.known), interim(**case.record)
    after = asked_at_once(case.state, known, record, case.nas)
    assert after is not None
    assert applied(case.state, known, record, case.nas) == expected(case.state, known, after, case.nas)


@pytest.mark.parametrize("case", FOR_ALL_THE_RULES, ids=str)
def test_that_is_for_all_the_rules(case: Case) -> None:
    assert asked_at_once(case.state, session(**case.known), interim(**case.record), case.nas) is None


SECONDS = st.sampled_from([0, 1, 2, 3, 1798, 1799, 1800, 1801, 1830, 3600, 100_000])
OCTETS = st.sampled_from([0, 999, 1000, 1001, 2000, 5000, 1 << 32, 24 * GB, 26 * GB])
PLANS = [plan(), plan(devices=None), plan(devices=2), hour(elapsed=True), hour(), traffic(), capped(), metered()]
PLACES = [PLACE, PLACE._replace(session_id=6), PLACE._replace(slice_amount=100, slice_used=90)]


@settings(max_examples=1500)
@given(
    st.builds(holding, st.sampled_from(PLANS), used=st.sampled_from([0, 10**7]), valid_until=st.none()),
    st.lists(st.sampled_from(PLACES), max_size=1),
    st.builds(
        session, seconds=SECONDS, octets_in=OCTETS, octets_out=OCTETS, framed_ip=st.sampled_from([None, "10.0.0.9"])
    ),
    st.builds(
        interim,
        SECONDS,
        OCTETS,
        OCTETS,
        kind=st.sampled_from(["interim", "interim", "interim", "stop"]),
        framed_ip=st.sampled_from([None, "10.0.0.9"]),
        has_gigawords=st.booleans(),
        is_timed=st.booleans(),
    ),
    st.integers(-400, 400),
    st.integers(-3, 3),
)
def test_what_is_decided_at_once_is_what_all_rules_say(
    payer: Any, slots: list[Slot], known: Session, record: Record, way_seconds: int, clock_seconds: int
) -> None:
    state = person(payer, slots=tuple(slots))
    event_at = record.event_at + timedelta(seconds=clock_seconds)
    record = record._replace(event_at=event_at, received_at=event_at + timedelta(seconds=way_seconds))
    after = asked_at_once(state, known, record, now=record.received_at)
    if after is not None:
        assert applied(state, known, record, NAS, record.received_at) == expected(state, known, after, NAS)


RESERVED = PLACE._replace(session_id=None, expires_at=AN_HOUR_ON)  # as a login leaves it
FROM_FIRST_USE = hour(elapsed=True, validity=Validity(ValidityKind.FROM_FIRST_USE, 1, Unit.DAY))


def start(**changes: Any) -> Record:
    return says("start", **changes)


BEGUN = [
    Case("any number of devices", state=state_of(ANY_NUMBER, slots=())),
    Case("a place that its login keeps", state=state_of(slots=(RESERVED,))),
    Case("beside another device", state=state_of(holding(plan(devices=2)), slots=(OTHER_PLACE, RESERVED))),
    Case("used before", state=state_of(ANY_NUMBER._replace(first_used_at=LONG_AGO), slots=())),
    Case("without our Class", record={"entitlement_id": None}, state=state_of(ANY_NUMBER, slots=())),
    Case("by no clock of the NAS", record={"is_timed": False}, state=state_of(ANY_NUMBER, slots=())),
    Case("with all that a NAS can tell", record=TOLD, state=state_of(ANY_NUMBER, slots=())),
    Case("days late", record={"received_at": NOON + timedelta(days=6)}, state=state_of(ANY_NUMBER, slots=())),
]

BEGUN_BY_ALL_THE_RULES = [
    Case("an interim", record={"kind": "interim"}),
    Case("our own session", record={"session_id": 5}),
    Case("time has passed", record={"seconds": 1}),
    Case("octets in", record={"up": 1}),
    Case("octets out", record={"down": 1}),
    Case("octets without packets", record={"has_odd_packets": True}),
    Case("ahead of our clock", record={"received_at": NOON - timedelta(seconds=299)}),
    Case("a NAS without Gigawords", nas=NasTraits(id=1, lacks_gigawords=True)),
    Case("a Class of an entitlement that is over", record={"entitlement_id": 2}),
    Case("somebody on hold", state=state_of(ANY_NUMBER, slots=(), holds=(Hold(HoldKind.STAFF),))),
    Case("nothing to pay with", state=person()),
    Case("two that could pay", state=state_of(ANY_NUMBER, holding(plan(2), 2), slots=())),
    Case("traffic that is counted", state=state_of(holding(traffic(devices=None)), slots=())),
    Case("a cap", state=state_of(holding(capped(devices=None)), slots=())),
    Case("a price for each hour", state=state_of(holding(metered(devices=None)), slots=())),
    Case("over by now", state=state_of(ANY_NUMBER._replace(valid_until=AN_HOUR_ON), slots=())),
    Case("not yet begun by then", state=state_of(ANY_NUMBER._replace(starts_at=NOON + HALF_AN_HOUR), slots=())),
    Case("a first use that tells the end", state=state_of(holding(FROM_FIRST_USE), slots=(RESERVED,))),
    Case("no place", state=state_of(slots=())),
    Case("a place of another session", state=state_of(slots=(PLACE,))),
    Case("a place with a slice", state=state_of(slots=(RESERVED._replace(slice_amount=10),))),
    Case("only another's place", state=state_of(holding(plan(devices=2)), slots=(OTHER_PLACE,))),
    Case("one device too many", state=state_of(slots=(OTHER_PLACE, RESERVED))),
]


@pytest.mark.parametrize("case", BEGUN, ids=str)
def test_a_start_that_opens_a_session_only(case: Case) -> None:
    begun = begun_at_once(case.state, start(**case.record), case.nas)
    assert begun is not None
    assert applied_to_nothing(case.state, start(**case.record), case.nas) == as_outcome(begun, case.nas)


@pytest.mark.parametrize("case", BEGUN_BY_ALL_THE_RULES, ids=str)
def test_a_start_that_is_for_all_the_rules_takes_no_id(case: Case) -> None:
    ids = count(100)
    record = says(**({"kind": "start"} | case.record))
    assert quiet.quietly_begun(case.state, record, case.nas, AN_HOUR_ON, ids) is None
    assert next(ids) == 100


@settings(max_examples=600)
@given(
    st.builds(
        holding,
        st.sampled_from([*PLANS, FROM_FIRST_USE]),
        first_used_at=st.sampled_from([None, LONG_AGO]),
        valid_until=st.sampled_from([None, NOON, AN_HOUR_ON + timedelta(days=9)]),
    ),
    st.lists(st.sampled_from([*PLACES, RESERVED, OTHER_PLACE]), max_size=2, unique_by=lambda slot: slot.device),
    st.builds(
        start,
        has_counters=st.booleans(),
        has_gigawords=st.booleans(),
        is_timed=st.booleans(),
        tells_delay=st.booleans(),
        entitlement_id=st.sampled_from([None, 1, 2]),
        has_odd_packets=st.booleans(),
    ),
    st.sampled_from([-400, -299, -1, 0, 1, 30, 31, 700, 6 * 86_400]),
)
def test_a_start_decided_at_once_is_what_all_rules_say(
    payer: Any, slots: list[Slot], record: Record, way_seconds: int
) -> None:
    state = person(payer, slots=tuple(slots))
    record = record._replace(received_at=record.event_at + timedelta(seconds=way_seconds))
    begun = begun_at_once(state, record, NAS, record.received_at)
    if begun is not None:
        assert applied_to_nothing(state, record, NAS, record.received_at) == as_outcome(begun, NAS)


def begun_at_once(state: AccessState, record: Record, nas: NasTraits, now: datetime = AN_HOUR_ON) -> quiet.Begun | None:
    return quiet.quietly_begun(state, record, nas, now, count(100))


def applied_to_nothing(
    state: AccessState, record: Record, nas: NasTraits, now: datetime = AN_HOUR_ON
) -> accounting.Outcome:
    """By all rules, where no session is known."""
    return accounting.apply_records(Account(state, (), {nas.id: nas}), [record], now, count(100))


def as_outcome(begun: quiet.Begun, nas: NasTraits) -> accounting.Outcome:
    """The session opened, the state after it, and nothing else."""
    return accounting.Outcome(Account(begun.state, (begun.session,), {nas.id: nas}), (begun.session,))


def applied(
    state: AccessState, known: Session, record: Record, nas: NasTraits, now: datetime = AN_HOUR_ON
) -> accounting.Outcome:
    return accounting.apply_records(Account(state, (known,), {nas.id: nas}), [record], now, count(100))


def expected(state: AccessState, known: Session, after: Session, nas: NasTraits) -> accounting.Outcome:
    """The session moved on, a reading if a counter did, and nothing else."""
    moved = known[_SECONDS:_OCTETS_OUT] != after[_SECONDS:_OCTETS_OUT]
    points = (UsagePoint(after.id, after.point),) if moved else ()
    return accounting.Outcome(Account(state, (after,), {nas.id: nas}), (after,), points)


_SECONDS, _OCTETS_OUT = Session._fields.index("seconds"), Session._fields.index("octets_out") + 1
