"""Give a subscriber an entitlement or money, and end an entitlement."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q

from hotgate.apps.catalogue import queries as catalogue
from hotgate.apps.catalogue.models import Plan
from hotgate.apps.core.checking import Checking
from hotgate.apps.ledger import services as ledger
from hotgate.apps.ledger.models import AccountKind, LedgerAccount, Transfer, TransferKind
from hotgate.apps.operators.actor import Actor
from hotgate.apps.operators.audit import record_audit
from hotgate.apps.operators.verbs import verb
from hotgate.apps.subscribers import orders, sales
from hotgate.apps.subscribers.models import Entitlement, PaymentState, Sale, Subscriber
from hotgate.apps.subscribers.services import lock, refuse_restricted
from hotgate.domain import catalogue as terms
from hotgate.domain import subscriber as values
from hotgate.domain import validity as validities
from hotgate.domain.accounting import OrderKind
from hotgate.domain.errors import DomainError
from hotgate.domain.reasons import Reason
from hotgate.domain.wording import _


@verb
def give_entitlement(
    *,
    by: Actor,
    now: datetime,
    subscriber: Subscriber,
    plan: Plan,
    starts_at: datetime | None = None,
    validity: terms.Validity | None = None,
    cycles: int | None = None,
    payment_state: PaymentState | None = None,
) -> Entitlement:
    """One more plan for the subscriber, usable from `starts_at`. Moves no money; `payment_state` says what is due.

    `validity` and `cycles` override the plan's (EN-24, EN-29). Running sessions get their new limits.
    DomainError `plan_retired`; `second_cyclic`: one cyclic plan at a time (EN-27); `terms_invalid`: of `foreseen`.
    """
    lock(subscriber)
    entitlement = _new(subscriber, plan, now, starts_at, validity, cycles)
    _give(by, now, entitlement, payment_state)
    return entitlement


@verb
def buy_entitlement(
    *,
    by: Actor,
    now: datetime,
    subscriber: Subscriber,
    plan: Plan,
    starts_at: datetime | None = None,
    validity: terms.Validity | None = None,
    cycles: int | None = None,
    id: uuid.UUID | None = None,
) -> Entitlement:
    """The same, paid from the wallet. `id` is the transfer's: the same one again is refused and charges nothing.

    DomainError `money_short`, `no_wallet`, `already_bought`, and those of `give_entitlement`.
    """
    lock(subscriber)
    if subscriber.wallet is None:
        raise DomainError("no_wallet", _("This user has no balance to pay from."))
    if id is not None and Transfer.objects.filter(id=id).exists():
        raise DomainError("already_bought", _("This was bought before."))
    entitlement = give_entitlement(
        by=by,
        now=now,
        subscriber=subscriber,
        plan=plan,
        starts_at=starts_at,
        validity=validity,
        cycles=cycles,
        payment_state=PaymentState.PAID,
    )
    if entitlement.price_minor:
        ledger.post(
            by=by,
            now=now,
            debit=subscriber.wallet,
            credit=ledger.open_account(operator=subscriber.operator, kind=AccountKind.REVENUE),
            amount_minor=entitlement.price_minor,
            kind=TransferKind.PURCHASE,
            reference=f"entitlement:{entitlement.id}",
            id=id,
        )
    return entitlement


class Due(StrEnum):
    """What becomes of the price of a recharge by staff (HN-A7)."""

    PAID = "paid"  # cash was taken
    OPEN = "open"  # to pay
    FREE = "free"  # a present: the sale is written down with what it cost us
    WALLET = "wallet"


@verb
def recharge_subscriber(
    *,
    by: Actor,
    now: datetime,
    subscriber: Subscriber,
    plan: Plan,
    due: Due = Due.OPEN,
    starts_at: datetime | None = None,
    validity: terms.Validity | None = None,
    cycles: int | None = None,
) -> Entitlement:
    """One more plan beside what is held (HN-19): nothing is merged, and nothing is lost (HN-20, HN-A6).

    DomainError `restricted`, those of `give_entitlement`, and from the wallet those of `buy_entitlement`.
    """
    refuse_restricted(subscriber)
    if due is Due.WALLET:
        return buy_entitlement(
            by=by, now=now, subscriber=subscriber, plan=plan, starts_at=starts_at, validity=validity, cycles=cycles
        )
    lock(subscriber)
    entitlement = _new(subscriber, plan, now, starts_at, validity, cycles)
    sale = _give(by, now, entitlement, STATES[due])
    if due is Due.PAID and sale is not None:
        sales.take_cash(by=by, now=now, sale=sale)
    return entitlement


TOP_UP_MAX = 10**12  # minor units at once, so that a balance never outgrows its column


@verb
def top_up(
    *,
    by: Actor,
    now: datetime,
    subscriber: Subscriber,
    amount_minor: int,
    reference: str = "",
    id: uuid.UUID | None = None,
) -> Transfer:
    """Cash taken becomes balance. The same `id` again changes nothing.

    DomainError `restricted`, `no_wallet`, `amount_invalid`.
    """
    refuse_restricted(subscriber)
    if amount_minor > TOP_UP_MAX:
        raise DomainError("amount_invalid", _("That amount is too large."))
    lock(subscriber)
    wallet: LedgerAccount | None = subscriber.wallet
    if wallet is None:
        raise DomainError("no_wallet", _("This user has no balance to top up."))
    transfer = ledger.post(
        by=by,
        now=now,
        debit=ledger.open_account(operator=subscriber.operator, kind=AccountKind.CASH),
        credit=wallet,
        amount_minor=amount_minor,
        kind=TransferKind.TOP_UP,
        reference=reference,
        id=id,
    )
    orders.order_sessions(subscriber.id, OrderKind.REAUTHORIZE, "", now)
    return transfer


@transaction.atomic
def end_entitlement(*, by: Actor, now: datetime, entitlement: Entitlement, reason: str = "") -> None:
    """Take away what is left, at once; what was used stays on record (EN-A19). Ended before: nothing changes."""
    lock(entitlement.subscriber)
    if Entitlement.objects.filter(id=entitlement.id, ended_at__isnull=True).update(ended_at=now):
        entitlement.ended_at = now
        # a session that another entitlement can pay gets its limits; the others end when they are asked again
        orders.order_sessions(entitlement.subscriber_id, OrderKind.REAUTHORIZE, Reason.ENDED, now)
        _audit(by, now, entitlement, "end_entitlement", {}, reason)


def zone_of(subscriber: Subscriber) -> ZoneInfo:
    """Where the subscriber's calendar days are counted: its site's zone, else the operator's."""
    of_site = subscriber.site.time_zone if subscriber.site else None
    return ZoneInfo(of_site or subscriber.operator.time_zone)


def foreseen(
    value: terms.Plan,
    *,
    now: datetime,
    zone: ZoneInfo,
    starts_at: datetime | None = None,
    validity: terms.Validity | None = None,
    cycles: int | None = None,
) -> values.Entitlement:
    """What giving the plan on these terms comes to; nothing is saved.

    DomainError `cycles_invalid`; `terms_invalid`: `cycles` of a plan without, `validity_kind` of a cyclic one
    (EN-A13), `starts_on` where it would end before it begins.
    """
    checking = Checking("terms_invalid")
    checking.require(value.cycle is not None or cycles in (None, 1), "cycles", _("This plan has no cycles."))
    checking.require(
        value.cycle is None or validity is None or validity.kind is not terms.ValidityKind.END_OF_DAY,
        "validity_kind",
        _("A cyclic plan lives for its cycles: choose only when the first one begins."),
    )
    checking.finish()
    if value.cycle is not None and validity is not None:
        validity = validity._replace(amount=0)
    granted = validities.grant(
        value, id=0, created_at=now, starts_at=starts_at or now, zone=zone, validity=validity, cycles=cycles
    )
    is_possible = granted.valid_until is None or granted.valid_until > granted.starts_at
    checking.require(is_possible, "starts_on", _("It would end before it begins: give it another end or start."))
    checking.finish()
    return granted


def price_of(value: terms.Plan, granted: values.Entitlement) -> int:
    """What is due at once: of a cyclic plan, all its cycles."""
    count = granted.cycles if value.cycle and granted.cycles else 1
    return value.price_minor * count if value.payment is terms.Payment.PREPAID else 0


def new_entitlement(subscriber: Subscriber, plan: Plan, value: terms.Plan, granted: values.Entitlement) -> Entitlement:
    """The row of an entitlement that the rules have granted."""
    price_minor = price_of(value, granted)
    return Entitlement(
        operator_id=subscriber.operator_id,
        subscriber=subscriber,
        plan=plan,
        created_at=granted.created_at,
        starts_at=granted.starts_at,
        validity_kind=granted.validity.kind,
        validity_amount=granted.validity.amount,
        validity_unit=granted.validity.unit,
        amount=granted.amount,
        cycles=granted.cycles,
        valid_until=granted.valid_until,
        cycle_anchor=granted.cycle_anchor,
        price_minor=price_minor,
        payment_state=PaymentState.OPEN if price_minor else PaymentState.NOT_DUE,
    )


STATES = {Due.PAID: PaymentState.PAID, Due.OPEN: None, Due.FREE: PaymentState.NOT_DUE}


def settle_payment(entitlement: Entitlement, payment_state: PaymentState | None) -> None:
    """What is due for it, before it is saved; None: as its price says."""
    if payment_state is not None:
        entitlement.payment_state = payment_state
    if payment_state is PaymentState.NOT_DUE:
        entitlement.price_minor = 0


def _give(by: Actor, now: datetime, entitlement: Entitlement, payment_state: PaymentState | None) -> Sale | None:
    """Its sale; None where nothing was sold."""
    settle_payment(entitlement, payment_state)
    entitlement.save(force_insert=True)
    sale = sales.record_given(entitlement, entitlement.plan, now)
    orders.order_sessions(entitlement.subscriber_id, OrderKind.REAUTHORIZE, "", now)
    note_given(by, now, entitlement)
    return sale


def note_given(by: Actor, now: datetime, entitlement: Entitlement) -> None:
    after: dict[str, object] = {"plan": entitlement.plan_id, "price_minor": entitlement.price_minor}
    _audit(by, now, entitlement, "give_entitlement", after)


def refuse_retired(plan: Plan) -> None:
    if plan.retired_at is not None:
        raise DomainError("plan_retired", _("This plan is no longer given."), {"plan": _("retired")})


def _new(
    subscriber: Subscriber,
    plan: Plan,
    now: datetime,
    starts_at: datetime | None,
    validity: terms.Validity | None,
    cycles: int | None,
) -> Entitlement:
    refuse_retired(plan)
    value = catalogue.terms_of([plan.id])[plan.id]
    if value.cycle is not None:
        _refuse_second_cyclic(subscriber, now)
    granted = foreseen(value, now=now, zone=zone_of(subscriber), starts_at=starts_at, validity=validity, cycles=cycles)
    return new_entitlement(subscriber, plan, value, granted)


def _refuse_second_cyclic(subscriber: Subscriber, now: datetime) -> None:
    """EN-27, EN-A15: while one is running or is still to begin. The subscriber's row is locked."""
    held = Entitlement.objects.filter(
        subscriber=subscriber, plan__cycle_period__isnull=False, ended_at__isnull=True, live=True
    ).exclude(valid_until__lte=now)
    if held.exists():
        raise DomainError(
            "second_cyclic", _("A user holds one cyclic plan at a time."), {"plan": _("another cyclic plan is running")}
        )


def _audit(
    by: Actor, now: datetime, entitlement: Entitlement, verb: str, after: dict[str, object], reason: str = ""
) -> None:
    record_audit(
        by=by,
        now=now,
        operator_id=entitlement.operator_id,
        verb=verb,
        object_kind="entitlement",
        object_id=entitlement.id,
        after=after,
        reason=reason,
    )


KEPT_LIVE = timedelta(days=30)  # so long the *Why* panel still says what ended, and late records still find it


@transaction.atomic
def leave_out_what_is_over(*, now: datetime) -> int:
    """Take entitlements that ended a month ago off the list that each login reads; returns how many.

    A subscriber's newest stays, for a refusal has to say what ended and when. What was used up carries no date: there
    its first use counts.
    """
    ended = Q(ended_at__lt=now - KEPT_LIVE) | Q(valid_until__lt=now - KEPT_LIVE)
    spent = Q(used__gte=F("amount"), plan__cycle_period=None, first_used_at__lt=now - KEPT_LIVE)
    newer = Entitlement.objects.filter(subscriber=OuterRef("subscriber"), id__gt=OuterRef("id"))
    return Entitlement.objects.filter(ended | spent, Exists(newer), live=True).update(live=False)
