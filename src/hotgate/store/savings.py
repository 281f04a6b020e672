"""What an accounting batch changed, as the few commands that save it in one round trip."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from hotgate.domain.accounting import Order, Outcome, UsagePoint
from hotgate.domain.events import Event
from hotgate.domain.sessions import Session, differs_in_counters_only
from hotgate.domain.subscriber import AccessState, Hold
from hotgate.domain.transfers import Transfer
from hotgate.store.access import SAVE_HOLDS
from hotgate.store.accounting import (
    ADVANCE_SESSIONS,
    INSERT_SESSIONS,
    SAVE_ALLOCATIONS,
    SAVE_SESSIONS,
    SAVE_USAGE,
    Stored,
    allocation_columns,
    counter_columns,
    insert_columns,
    save_columns,
    uuid7,
)
from hotgate.store.changes import Changes
from hotgate.store.db import Parameter, Statement, ints, literals, texts, times
from hotgate.store.events import APPEND_EVENTS, event_columns
from hotgate.store.ledger import ENSURE_ACCOUNTS, POST_TRANSFERS, account_columns, transfer_columns
from hotgate.store.orders import PUT_ORDERS, SETTLE_STOPPED

_COUNTERS = slice(Session._fields.index("seconds"), Session._fields.index("octets_out") + 1)

Columns = tuple[Statement[Any], list[Parameter]]


class Savings:
    """The outcomes of all subscribers of a batch, gathered by table."""

    def __init__(self, now: datetime, ended: Iterable[int] = ()) -> None:
        """`ended`: sessions that are saved already, and whose end is not acted on yet."""
        self._now = now
        self._changes = Changes()
        self._new: list[Stored] = []
        self._advanced: list[Stored] = []
        self._saved: list[Stored] = []
        self._reallocated: list[Stored] = []
        self._ended = list(ended)
        self._points: list[tuple[Stored, UsagePoint]] = []
        self._transfers: list[tuple[int, datetime, Transfer]] = []
        self._events: list[tuple[int, Event]] = []
        self._orders: list[tuple[int, Order]] = []
        self._holds: list[tuple[AccessState, Hold]] = []

    def add(
        self,
        outcome: Outcome,
        before: AccessState,
        sessions_before: Mapping[int, Session],
        stored: Sequence[Stored],
        adopted: set[int],
    ) -> None:
        """One subscriber's outcome. `adopted`: sessions that belonged to nobody and now belong to it."""
        operator_id, after = before.operator_id, outcome.account.access
        self._changes.add_state(before, after)
        for each in stored:
            self._add_session(each, sessions_before.get(each.session.id), each.session.id in adopted)
        by_id = {each.session.id: each for each in stored}
        self._points += [(by_id[point.session_id], point) for point in outcome.points]
        self._transfers += [(operator_id, self._now, transfer) for transfer in outcome.transfers]
        self._events += [(operator_id, event) for event in outcome.events]
        self._orders += [(operator_id, order) for order in outcome.orders]
        self._holds += [(after, hold) for hold in outcome.holds]

    def add_quiet(self, state: AccessState, before: Session, after: Session) -> None:
        """A session that moved on or ended, with which nothing else happened."""
        stored = Stored(after, state.operator_id, state.subscriber_id)
        if after.stopped_at is None:
            self._advanced.append(stored)
        else:
            self._saved.append(stored)
            self._ended.append(after.id)
        if before[_COUNTERS] != after[_COUNTERS]:
            self._points.append((stored, UsagePoint(after.id, after.point)))

    def add_begun(self, before: AccessState, after: AccessState, stored: Stored) -> None:
        """A session that began, with which nothing else happened."""
        self._changes.add_state(before, after)
        self._new.append(stored)

    def commands(self) -> Iterator[Columns]:
        """Each statement with its parameters, in an order in which references hold."""
        yield from self._session_commands()
        yield from self._changes.commands(self._now)
        if self._holds:
            yield SAVE_HOLDS, self._hold_columns()
        if self._transfers:
            yield ENSURE_ACCOUNTS, account_columns(self._transfers)
            yield POST_TRANSFERS, transfer_columns(self._transfers)
        if self._orders:
            yield PUT_ORDERS, self._order_columns()
        if self._ended:
            yield SETTLE_STOPPED, [ints(self._ended)]
        if self._events:
            yield APPEND_EVENTS, event_columns(self._events)

    def _add_session(self, stored: Stored, before: Session | None, is_adopted: bool) -> None:
        session = stored.session
        if before is None:
            self._new.append(stored)
        elif differs_in_counters_only(before, session) and not is_adopted:
            self._advanced.append(stored)
        else:
            self._saved.append(stored)
        if session.allocations and (before is None or session.allocations != before.allocations):
            self._reallocated.append(stored)
        if not session.is_open:
            self._ended.append(session.id)

    def _session_commands(self) -> Iterator[Columns]:
        if self._new:
            yield INSERT_SESSIONS, insert_columns(self._new)
        if self._advanced:
            yield ADVANCE_SESSIONS, counter_columns([each.session for each in self._advanced])
        if self._saved:
            yield SAVE_SESSIONS, save_columns(self._saved)
        allocations = allocation_columns(self._reallocated)
        if allocations is not None:
            yield SAVE_ALLOCATIONS, allocations
        if self._points:
            yield SAVE_USAGE, self._point_columns()

    def _point_columns(self) -> list[Parameter]:
        points = [usage.point for _, usage in self._points]
        return [
            times(point.at for point in points),
            ints(usage.session_id for _, usage in self._points),
            ints(stored.operator_id for stored, _ in self._points),
            ints(stored.subscriber_id for stored, _ in self._points),
            ints(point.seconds for point in points),
            ints(point.octets_in for point in points),
            ints(point.octets_out for point in points),
        ]

    def _order_columns(self) -> list[Parameter]:
        orders = [order for _, order in self._orders]
        return [
            ints(order.session_id for order in orders),
            ints(operator_id for operator_id, _ in self._orders),
            ints(order.nas_id for order in orders),
            texts(order.kind for order in orders),
            texts(order.reason or "" for order in orders),
            times(self._now for _ in orders),
        ]

    def _hold_columns(self) -> list[Parameter]:
        holds = [hold for _, hold in self._holds]
        return [
            literals(uuid7() for _ in holds),
            ints(state.operator_id for state, _ in self._holds),
            ints(state.subscriber_id for state, _ in self._holds),
            texts(hold.kind for hold in holds),
            ints(hold.entitlement_id for hold in holds),
            times(hold.until for hold in holds),
            texts("" for _ in holds),
            times(self._now for _ in holds),
        ]
