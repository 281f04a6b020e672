"""The ordinary record, decided at once: a session begins, its counters grow, it ends, and nothing else comes of it.

Most of what a network sends is such records, and to see that a record is one takes a fifth of what it takes to apply
it. `quietly` and `quietly_begun` decide nothing of their own: what they answer, `accounting.apply_records` answers too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from hotgate.domain import endings, metering, places, spending, validity
from hotgate.domain.access import NasTraits
from hotgate.domain.accounting import measured
from hotgate.domain.sessions import (
    ALWAYS_POSSIBLE_OCTETS,
    ROUNDING,
    Record,
    RecordKind,
    Session,
    is_beyond_doubt,
    session_from,
)
from hotgate.domain.subscriber import AccessState, Entitlement, Slot

READINGS = (RecordKind.INTERIM, RecordKind.STOP)
AHEAD = timedelta(seconds=299)  # a second less than what is a mark of its own, for starts are known to a second


def quietly(state: AccessState, session: Session, record: Record, traits: NasTraits, now: datetime) -> Session | None:
    """The session after the record, where nothing but it changes; None: the record is for all the rules.

    `session` is the one that `near` gives. The outcome has no money, event, order or
    hold, the state stays as it is, and there is a reading if a counter moved.
    """
    is_stop = record.kind is RecordKind.STOP
    if (
        not _is_next_reading(session, record)
        or not _says_nothing_new(session, record)
        or traits.lacks_gigawords
        or not _is_left_alone(state, session, now)
        or (is_stop and state.slots)
    ):
        return None
    after = _with_counters(session, record)
    return measured(endings.close(after, record), state) if is_stop else after


class Begun(NamedTuple):
    """What an ordinary Start brings about."""

    session: Session
    state: AccessState  # with the first use of what pays, and the device's place


def quietly_begun(
    state: AccessState, record: Record, traits: NasTraits, now: datetime, new_ids: Iterator[int]
) -> Begun | None:
    """The session that the record opens, where nothing comes of it but that; None: it is for all the rules.

    Of its NAS and Acct-Session-Id no other session is known. Only where it is decided here an id is taken.
    """
    payer = _sole_payer(state, record, now)
    if payer is None or traits.lacks_gigawords or not _is_plain_start(record):
        return None
    active = validity.activate(payer, record.event_at, state.zone)
    place = next((slot for slot in state.slots if slot.device == record.device), None)
    if active.valid_until != payer.valid_until or not _may_take(place, state, payer):
        return None
    session = _opened(record, next(new_ids), payer.id)
    if active is not payer or place is not None:
        slots = () if place is None else places.with_slot(state.slots, places.bound(place, session.id))
        state = state._replace(entitlements=(active,), slots=slots)
    return Begun(session, state)


def near(sessions: Iterable[Session], record: Record) -> Session | None:
    """The one of the record's NAS and Acct-Session-Id that began with it, to a second; None: none, or two of them."""
    epoch = metering.start_epoch(record.event_at, record.session_seconds)
    found = [each for each in sessions if -ROUNDING <= epoch - each.started_at <= ROUNDING]
    return found[0] if len(found) == 1 else None


def _with_counters(session: Session, record: Record) -> Session:
    """The session with the record's counters and times, which are no less than its own."""
    return session_from(
        (
            *session[:_LAST_EVENT_AT],
            record.event_at,
            max(session.last_heard_at, record.received_at),
            *session[_ID:_SECONDS],
            record.session_seconds,
            record.octets_in,
            record.octets_out,
            *session[_STOPPED_AT:],
        )
    )


_LAST_EVENT_AT, _ID, _SECONDS, _STOPPED_AT = (
    Session._fields.index(name) for name in ("last_event_at", "id", "seconds", "stopped_at")
)


def _is_plain_start(record: Record) -> bool:
    """With counters that stand at zero and a clock that is right."""
    return (
        record.kind is RecordKind.START
        and record.session_id is None
        and not (record.session_seconds or record.octets_in or record.octets_out or record.has_odd_packets)
        and record.event_at - record.received_at < AHEAD
    )


def _sole_payer(state: AccessState, record: Record, now: datetime) -> Entitlement | None:
    """Who pays for what begins here, where there is no choice and nothing counts its use."""
    if len(state.entitlements) != 1 or state.holds:
        return None
    payer = state.entitlements[0]
    if record.entitlement_id not in (None, payer.id) or not _is_flat(payer):
        return None
    return payer if spending.is_valid(payer, now) and spending.is_valid(payer, record.event_at) else None


def _may_take(place: Slot | None, state: AccessState, payer: Entitlement) -> bool:
    """Does its login keep it a place, or does it need none?"""
    most = payer.plan.profile.devices_max
    if place is None:
        return most is None and not state.slots
    return place.session_id is None and place.slice_amount is None and (most is None or len(state.slots) <= most)


def _opened(record: Record, session_id: int, entitlement_id: int) -> Session:
    # By position, for each Start comes through here.
    return Session(
        record.nas_id,
        record.acct_session_id,
        record.event_at,
        record.event_at,
        record.received_at,
        session_id,
        entitlement_id,
        record.user_name,
        record.device,
        record.framed_ip,
        record.framed_ipv6,
        record.called_station,
        record.multi_session_id,
        record.nas_port,
    )


def _is_next_reading(session: Session, record: Record) -> bool:
    """The next one of a session that runs, by counters that a line can bring about and a clock that is right."""
    return (
        record.kind in READINGS
        and record.session_id is None
        and session.stopped_at is None
        and session.seconds <= record.session_seconds
        and session.last_event_at <= record.event_at
        and is_beyond_doubt(session, record)
        and 0 <= record.octets_in - session.octets_in <= ALWAYS_POSSIBLE_OCTETS
        and 0 <= record.octets_out - session.octets_out <= ALWAYS_POSSIBLE_OCTETS
        and not record.has_odd_packets
        and record.event_at - record.received_at < AHEAD
    )


def _says_nothing_new(session: Session, record: Record) -> bool:
    """Device, addresses and ports as we know them, or not told."""
    return (
        record.device in (session.device, "")
        and record.framed_ip in (session.framed_ip, None)
        and record.called_station in (session.called_station, "")
        and record.nas_port in (session.nas_port, "")
        and record.multi_session_id in (session.multi_session_id, "")
        and record.framed_ipv6 in (session.framed_ipv6, ())
    )


def _is_left_alone(state: AccessState, session: Session, now: datetime) -> bool:
    """Who pays for the session goes on to pay, nothing counts its use, and its place is its own."""
    if len(state.entitlements) != 1 or state.holds or session.superseded or session.throttled:
        return False
    payer = state.entitlements[0]
    return (
        payer.id == session.entitlement_id
        and _is_flat(payer)
        and spending.is_valid(payer, now)
        and not session.raw_points
        and not session.allocations
        and _has_its_place(state, session, payer)
    )


def _is_flat(payer: Entitlement) -> bool:
    """Is nothing of it counted, charged by use or limited?"""
    plan = payer.plan
    uncounted = plan.cap is None and plan.tariff is None and not spending.counts(payer)
    return uncounted and spending.limit_of(payer) is None


def _has_its_place(state: AccessState, session: Session, payer: Entitlement) -> bool:
    most = payer.plan.profile.devices_max
    if not state.slots:
        return most is None
    own = next((slot for slot in state.slots if slot.device == session.device), None)
    return (
        own is not None
        and (own.session_id, own.expires_at, own.activates_at, own.slice_amount) == (session.id, None, None, None)
        and (most is None or len(state.slots) <= most)
    )
