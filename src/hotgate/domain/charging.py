"""What a stretch of use costs: which entitlement pays how many units, and which money moves.

Units are booked as allocations of (session, entitlement, cycle); money is what is due in total minus what was
charged, so replays, duplicates and lost interims need no special case. Metered use always books: what nothing can pay
for goes to the entitlement that let the session in, and money that a wallet lacks goes to *uncovered use*.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from hotgate.domain import cycles, metering, rating, spending, transfers, validity
from hotgate.domain.cycles import Cycle
from hotgate.domain.metering import Stretch
from hotgate.domain.sessions import Allocation, Session
from hotgate.domain.subscriber import AccessState, Entitlement, with_entitlement
from hotgate.domain.transfers import Transfer

CYCLES_KEPT = 9  # the running one and those that a record up to seven days late may belong to


class Spent(NamedTuple):
    state: AccessState
    allocations: tuple[Allocation, ...]
    finished: tuple[int, ...] = ()  # entitlements whose amount or cap was reached by this use, oldest first


def spend(state: AccessState, session: Session, stretch: Stretch) -> Spent:
    """Book a stretch of one session's use on the entitlements that pay for it, in spending order."""
    spent = Spent(state, session.allocations)
    if not any(spending.counts(e) for e in state.entitlements):
        return spent
    for piece in metering.split_at(stretch, _borders(state, stretch)):
        spent = _spend_piece(spent, piece)
    return spent


def _borders(state: AccessState, stretch: Stretch) -> list[datetime]:
    """The instants inside the stretch at which another cycle or another entitlement begins to pay."""
    found = {b for e in state.entitlements for b in _borders_of(e, state, stretch)}
    return sorted(b for b in found if stretch.starts_at < b < stretch.ends_at)


def _borders_of(entitlement: Entitlement, state: AccessState, stretch: Stretch) -> Iterable[datetime]:
    yield entitlement.starts_at
    yield from (b for b in (entitlement.valid_until, entitlement.ended_at) if b is not None)
    rule = entitlement.plan.counted_cycle
    if rule is not None:
        anchor = entitlement.cycle_anchor or entitlement.starts_at
        yield from cycles.borders_between(rule, anchor, state.zone, max(stretch.starts_at, anchor), stretch.ends_at)


def _spend_piece(spent: Spent, piece: Stretch) -> Spent:
    """Book a piece that crosses no border: the first payer takes what it can, the next the rest."""
    passed: set[int] = set()
    while True:
        payer, can_pay = _payer(spent.state, piece.starts_at, passed)
        if payer is None or not spending.counts(payer):
            return spent
        units = metering.counted(piece, payer.plan.counted_measure, payer.plan.direction)
        left = _can_take(payer, spent.state, piece.starts_at) if can_pay else None
        if left is None or units <= left:
            return _book(spent, payer, piece.starts_at, units)
        spent = _book(spent, payer, piece.starts_at, left)
        piece = _rest(piece, units, left)
        passed.add(payer.id)


def _payer(state: AccessState, at: datetime, passed: set[int]) -> tuple[Entitlement | None, bool]:
    """Who pays next, and whether its limit still counts: where nobody can, the last one to pay takes the rest."""
    for entitlement in spending.in_spending_order(state, at):
        if entitlement.id not in passed:
            return entitlement, True
    return spending.last_resort(state, at), False


def _can_take(entitlement: Entitlement, state: AccessState, at: datetime) -> int | None:
    # Money is no limit here: a metered charge takes what the wallet has and books the rest as uncovered.
    return spending.left_at(entitlement, state.zone, at)


def _rest(piece: Stretch, units: int, paid: int) -> Stretch:
    """What of the piece is still to be paid, by linear share."""
    return Stretch(
        piece.starts_at,
        piece.ends_at,
        piece.seconds - piece.seconds * paid // units,
        piece.octets_in - piece.octets_in * paid // units,
        piece.octets_out - piece.octets_out * paid // units,
    )


def _book(spent: Spent, payer: Entitlement, at: datetime, units: int) -> Spent:
    zone = spent.state.zone
    active = validity.activate(payer, at, zone)
    cycle = spending.counted_cycle(active, zone, at)
    used = add_use(active, cycle, units)
    state = with_entitlement(spent.state, used)
    allocations = with_units(spent.allocations, payer.id, cycle.starts_at if cycle else None, units)
    reached = _reaches(active, used, cycle)
    return Spent(state, allocations, (*spent.finished, payer.id) if reached else spent.finished)


def _reaches(before: Entitlement, after: Entitlement, cycle: Cycle | None) -> bool:
    """Did this use reach the amount or the cap?"""
    return has_reached(after, cycle) and not has_reached(before, cycle)


def has_reached(entitlement: Entitlement, cycle: Cycle | None) -> bool:
    """Has the use of that cycle reached the amount or the cap?"""
    cap = entitlement.plan.cap
    limit = cap.amount if cap else spending.limit_of(entitlement)
    return limit is not None and spending.used_in(entitlement, cycle) >= limit


def add_use(entitlement: Entitlement, cycle: Cycle | None, units: int) -> Entitlement:
    """The entitlement with `units` more used in that cycle, which need not be the running one."""
    if cycle is None or entitlement.cycle_started_at == cycle.starts_at:
        return entitlement._replace(used=entitlement.used + units)
    current = entitlement.cycle_started_at
    if current is not None and cycle.starts_at < current:
        return entitlement._replace(earlier=_with_use(entitlement.earlier, cycle.starts_at, units))
    earlier = entitlement.earlier if current is None else (*entitlement.earlier, (current, entitlement.used))
    return entitlement._replace(earlier=earlier[-CYCLES_KEPT + 1 :], cycle_started_at=cycle.starts_at, used=units)


def _with_use(
    earlier: Sequence[tuple[datetime, int]], starts_at: datetime, units: int
) -> tuple[tuple[datetime, int], ...]:
    uses = dict(earlier)
    uses[starts_at] = uses.get(starts_at, 0) + units
    return tuple(sorted(uses.items()))[-CYCLES_KEPT + 1 :]


def with_units(
    allocations: tuple[Allocation, ...], entitlement_id: int, cycle_started_at: datetime | None, units: int
) -> tuple[Allocation, ...]:
    """The session's allocations with `units` more on that entitlement and cycle."""
    for i, a in enumerate(allocations):
        if a.entitlement_id == entitlement_id and a.cycle_started_at == cycle_started_at:
            return (*allocations[:i], a._replace(units=a.units + units), *allocations[i + 1 :])
    return (*allocations, Allocation(entitlement_id, cycle_started_at, units))


def take_back(state: AccessState, session: Session) -> tuple[AccessState, Session]:
    """Undo what the session used, so that its points can be booked again in order. Money stays as charged."""
    for allocation in session.allocations:
        for e in state.entitlements:
            if e.id == allocation.entitlement_id:
                state = with_entitlement(state, _less_use(e, allocation))
    return state, session._replace(allocations=tuple(a._replace(units=0) for a in session.allocations))


def _less_use(entitlement: Entitlement, allocation: Allocation) -> Entitlement:
    started_at = allocation.cycle_started_at
    if started_at is None or started_at == entitlement.cycle_started_at:
        return entitlement._replace(used=entitlement.used - allocation.units)
    return entitlement._replace(earlier=_with_use(entitlement.earlier, started_at, -allocation.units))


class Charged(NamedTuple):
    state: AccessState
    allocations: tuple[Allocation, ...]
    transfers: tuple[Transfer, ...]


def charge(state: AccessState, session: Session) -> Charged:
    """Move the money for what the session used under a tariff: due in total minus charged. The close rounds, once."""
    posted: list[Transfer] = []
    allocations = []
    for allocation in session.allocations:
        entitlement = next((e for e in state.entitlements if e.id == allocation.entitlement_id), None)
        if entitlement is not None and entitlement.plan.tariff is not None:
            state, allocation, moved = _charge_one(state, session, allocation, entitlement)
            posted += moved
        allocations.append(allocation)
    return Charged(state, tuple(allocations), tuple(posted))


def _charge_one(
    state: AccessState, session: Session, allocation: Allocation, entitlement: Entitlement
) -> tuple[AccessState, Allocation, list[Transfer]]:
    tariff, currency = entitlement.plan.tariff, entitlement.plan.currency
    assert tariff is not None
    due = rating.charge_due(tariff, allocation.units, currency, closed=not session.is_open)
    state, moved = _move(state, session, allocation, due - allocation.charged_minor, currency)
    return state, allocation._replace(charged_minor=due, transfers=allocation.transfers + len(moved)), moved


def _move(
    state: AccessState, session: Session, allocation: Allocation, amount: int, currency: str
) -> tuple[AccessState, list[Transfer]]:
    """Transfers for `amount` more (or, when negative, back): from the wallet what it has, the rest as uncovered use."""
    if amount == 0:
        return state, []
    wallet = state.wallet
    covered = amount
    if wallet is None:
        covered = 0
    elif amount > 0 and not wallet.postpaid:
        covered = min(amount, max(wallet.balance_minor, 0))
    if wallet is not None:
        state = state._replace(wallet=wallet._replace(balance_minor=wallet.balance_minor - covered))
    parts = [(f"wallet:{state.subscriber_id}", covered), ("uncovered_use", amount - covered)]
    segment = f"{allocation.entitlement_id}/{allocation.cycle_started_at or ''}"
    moved: list[Transfer] = []
    for payer, part in parts:
        if part:
            identity = transfers.transfer_id(session.id, segment, allocation.transfers + len(moved))
            moved.append(_transfer(identity, payer, part, currency, session))
    return state, moved


def _transfer(identity: UUID, payer: str, amount: int, currency: str, session: Session) -> Transfer:
    debit, credit = (payer, "usage_revenue") if amount > 0 else ("usage_revenue", payer)
    return transfers.Transfer(
        id=identity,
        debit=debit,
        credit=credit,
        amount_minor=abs(amount),
        currency=currency,
        reference=f"session:{session.id}",
        reverses=None,
    )
