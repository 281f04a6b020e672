"""A receipt leaves by e-mail, to the address that is known of whoever paid (HN-W20)."""

from __future__ import annotations

import secrets
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import formats
from django.utils.translation import gettext as _

from hotgate.apps.core import throttle
from hotgate.apps.core import waiting as waits
from hotgate.apps.core.throttle import Limit
from hotgate.apps.messaging import services
from hotgate.apps.messaging.credentials import TO_USER, account_line
from hotgate.apps.messaging.models import Channel, Message
from hotgate.apps.operators.actor import Actor
from hotgate.apps.operators.audit import record_audit
from hotgate.apps.subscribers.models import Sale, SaleState, Subscriber
from hotgate.apps.subscribers.services import refuse_restricted
from hotgate.domain import money
from hotgate.domain.errors import DomainError
from hotgate.domain.money import Money

PURPOSE = "receipt"


def can_send(subscriber: Subscriber) -> bool:
    return bool(subscriber.email) and services.is_set_up(Channel.EMAIL)


@transaction.atomic
def send_receipt(*, by: Actor, now: datetime, subscriber: Subscriber, sale: Sale, account: str = "") -> Message:
    """`account`: as of `credentials.send_made`.

    DomainError `nowhere_to_send`, `not_paid`, `too_many_messages`, `restricted`.
    """
    refuse_restricted(subscriber)
    if not can_send(subscriber):
        raise DomainError("nowhere_to_send", _("Nothing was sent: no address is known, or no server is set up for it."))
    if sale.state != SaleState.PAID:
        raise DomainError("not_paid", _("There is no receipt for what is not paid yet."))
    waiting = throttle.allow([Limit("receipt to user", str(subscriber.id), TO_USER)], secrets.token_hex(8), now)
    if waiting is not None:
        raise DomainError("too_many_messages", waits.words(waiting))
    _audit(by, now, sale)
    return services.queue(
        now=now,
        operator=subscriber.operator,
        channel=Channel.EMAIL,
        recipient=subscriber.email,
        purpose=PURPOSE,
        subject=_("Your receipt from %(operator)s") % {"operator": subscriber.operator.name},
        text=text_of(sale) + account_line(account),
        subscriber=subscriber,
    )


def text_of(sale: Sale) -> str:
    """No invoice: what was paid to whom, when and for what, in the language that is spoken now."""
    paid_at = (sale.settled_at or sale.at).astimezone(ZoneInfo(sale.operator.time_zone))
    lines = (
        (_("Paid to"), sale.operator.name),
        (_("For"), sale.plan.name),
        (_("Amount"), f"{money.to_decimal(Money(sale.price_minor, sale.currency))} {sale.currency}"),
        (_("Paid on"), formats.date_format(paid_at, "DATETIME_FORMAT")),
        (_("Number"), str(sale.uuid)),
    )
    return "\n".join(f"{label}: {value}" for label, value in lines)


def _audit(by: Actor, now: datetime, sale: Sale) -> None:
    record_audit(
        by=by, now=now, operator_id=sale.operator_id, verb="send_receipt", object_kind="sale", object_id=sale.id
    )
