"""The six states of a voucher (EN-A20), worked out from its row, its batch and the entitlement that it gave."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from django.db.models import BooleanField, ExpressionWrapper, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.lookups import Exact, IsNull

from hotgate.apps.subscribers.models import Entitlement
from hotgate.apps.vouchers.models import Voucher, VoucherState


class State(StrEnum):
    AVAILABLE = "available"
    ASSIGNED = "assigned"  # belongs to a user who has not used it yet
    IN_USE = "in_use"
    SPENT = "spent"  # nothing is left of it
    EXPIRED = "expired"
    VOID = "void"


UNUSED = frozenset({State.AVAILABLE, State.ASSIGNED})


class Seen(NamedTuple):
    voucher: Voucher
    state: State


def seen(vouchers: Sequence[Voucher], now: datetime) -> list[Seen]:
    """Each with its state, by one more query for all of them."""
    held = _entitlements(vouchers)
    return [Seen(voucher, state_of(voucher, held.get(voucher.id), now)) for voucher in vouchers]


def state_of(voucher: Voucher, entitlement: Entitlement | None, now: datetime) -> State:
    if voucher.state == VoucherState.VOID:
        return State.VOID
    if voucher.subscriber_id is None or entitlement is None:
        return State.EXPIRED if voucher.expires_at is not None and voucher.expires_at <= now else State.AVAILABLE
    if entitlement.ended_at is not None or (entitlement.valid_until is not None and entitlement.valid_until <= now):
        return State.EXPIRED
    is_once = voucher.plan.cycle_period is None  # a cycle gives the amount anew
    if is_once and entitlement.amount is not None and entitlement.used >= entitlement.amount:
        return State.SPENT
    is_begun = voucher.state == VoucherState.USED or entitlement.first_used_at is not None
    return State.IN_USE if is_begun else State.ASSIGNED


def entitlement_of(voucher: Voucher) -> Entitlement | None:
    """What the voucher has given to whoever used it or was assigned it."""
    return _entitlements([voucher]).get(voucher.id)


def begun() -> Q:
    """EN-58, *hide unused*: what was used, or made void."""
    used = Entitlement.objects.filter(subscriber=OuterRef("subscriber"), first_used_at__isnull=False)
    return Q(state__in=[VoucherState.USED, VoucherState.VOID]) | Q(state=VoucherState.ASSIGNED) & _any(used)


def not_over(now: datetime) -> Q:
    """EN-58, *hide expired*: neither expired nor spent.

    What was over when the worker last looked is not read at all, however much there is of it; see `ending.note_over`.
    """
    return Q(is_over=False) & left(now)


def left(now: datetime) -> Q:
    """The rule itself, as `state_of` has it: of a first login the subscriber's oldest entitlement counts."""
    held = Entitlement.objects.filter(
        Q(id=OuterRef("entitlement")) | Q(IsNull(OuterRef("entitlement"), True)), subscriber=OuterRef("subscriber")
    )
    is_left = Q(
        Q(valid_until=None) | Q(valid_until__gt=now),
        Q(amount=None) | Q(used__lt=F("amount")) | Q(plan__cycle_period__isnull=False),
        ended_at=None,
    )
    unused = Q(subscriber=None) & (Q(expires_at=None) | Q(expires_at__gt=now))
    oldest = held.order_by("id").annotate(is_left=ExpressionWrapper(is_left, BooleanField())).values("is_left")[:1]
    used = Q(subscriber__isnull=False) & Q(Exact(Subquery(oldest), True))
    return ~Q(state=VoucherState.VOID) & (unused | used)


def _any(rows: QuerySet[Entitlement]) -> Q:
    """EXISTS that is asked row by row: the planner likes to hash all entitlements for it, to fill one page."""
    return Q(IsNull(Subquery(rows.values("id")[:1]), False))


def _entitlements(vouchers: Sequence[Voucher]) -> dict[int, Entitlement]:
    """By voucher. Of a first login it is the subscriber's oldest."""
    people = {v.subscriber_id: v for v in vouchers if v.subscriber_id is not None and v.entitlement_id is None}
    given = {v.entitlement_id: v for v in vouchers if v.entitlement_id is not None}
    found = {given[each.id].id: each for each in Entitlement.objects.filter(id__in=list(given))}
    for each in Entitlement.objects.filter(subscriber_id__in=list(people)).order_by("-id"):
        found[people[each.subscriber_id].id] = each
    return found
