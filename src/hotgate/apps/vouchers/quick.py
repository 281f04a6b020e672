"""Quick tickets: one new account with automatic credentials, sold and handed over at once (EN-40 to EN-45).

The account is there with the ticket, before anybody logs in: it stands among the users (EN-45), holds the entitlement,
and knows the guest's name and language. Its voucher is *assigned* until the first use (EN-A20).
"""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import NamedTuple

from django.conf import settings
from django.db import transaction

from hotgate import vault
from hotgate.apps.catalogue.models import Plan
from hotgate.apps.core import keys
from hotgate.apps.core.checking import Checking
from hotgate.apps.operators.actor import Actor
from hotgate.apps.operators.audit import record_audit
from hotgate.apps.operators.models import Operator, Site
from hotgate.apps.subscribers import names, queries, readable, recharge
from hotgate.apps.subscribers import services as subscribers
from hotgate.apps.subscribers.models import CredentialSecret, Subscriber
from hotgate.apps.subscribers.recharge import Due
from hotgate.apps.vouchers import making
from hotgate.apps.vouchers import queries as voucher_queries
from hotgate.apps.vouchers.batches import check_plan
from hotgate.apps.vouchers.models import (
    BatchKind,
    BatchMode,
    BatchState,
    TicketSettings,
    Voucher,
    VoucherState,
)
from hotgate.domain import codes
from hotgate.domain.catalogue import Payment
from hotgate.domain.codes import BatchSettings
from hotgate.domain.subscriber import CredentialKind
from hotgate.domain.wording import _
from hotgate.store import seals
from hotgate.store import vouchers as store

NAME_MAX = 60
SUPPORT_LINE_MAX = 120
VIA = "voucher"


class QuickTicket(NamedTuple):
    username: str
    password: str
    voucher: Voucher


@transaction.atomic
def sell_quick_ticket(
    *,
    by: Actor,
    now: datetime,
    operator: Operator,
    plan: Plan,
    first_name: str = "",
    last_name: str = "",
    site: Site | None = None,
) -> QuickTicket:
    """An account that holds the plan, with a code for name and password or, where the operator wants that, with both.

    DomainError `ticket_invalid`: plan, first_name, last_name.
    """
    person = " ".join(part for part in (first_name.strip(), last_name.strip()) if part)
    checking = Checking("ticket_invalid")
    check_plan(checking, plan)
    is_offered = plan.quick_ticket and plan.active and plan.payment == Payment.PREPAID
    checking.require(is_offered, "plan", _("This plan is not offered as a quick ticket."))  # EN-A21
    for field, text in (("first_name", first_name), ("last_name", last_name)):
        checking.require(len(text) <= NAME_MAX and "\0" not in text, field, _("At most 60 characters."))
    checking.finish()
    is_separate = ticket_settings(operator).separate_password
    [code] = making.fresh_codes(operator, BatchSettings(), 1)
    voucher = _voucher(by, now, operator, plan, site, code)
    subscriber = (_with_password if is_separate else _by_code)(by, now, voucher, code, person)
    entitlement = recharge.recharge_subscriber(by=by, now=now, subscriber=subscriber, plan=plan, due=Due.PAID)
    voucher.subscriber, voucher.entitlement, voucher.state = subscriber, entitlement, VoucherState.ASSIGNED
    voucher.save(update_fields=["subscriber", "entitlement", "state"])
    _audit(by, now, voucher, "sell_quick_ticket", {"plan": plan.id, "subscriber": subscriber.id})
    return credentials_of(by=by, now=now, voucher=voucher)


@transaction.atomic
def credentials_of(*, by: Actor, now: datetime, voucher: Voucher, on_paper: bool = False) -> QuickTicket:
    """What the guest types; that it was shown is written down."""
    _audit(by, now, voucher, "print_code" if on_paper else "show_code", {})
    return QuickTicket(*typed_by_guest(voucher), voucher)


def typed_by_guest(voucher: Voucher) -> tuple[str, str]:
    """The code twice, or the name and the password; '' for what is no longer kept."""
    subscriber = voucher.subscriber
    password = readable.password_of(subscriber) if subscriber is not None else None
    if subscriber is not None and password is not None:
        return subscriber.name, password
    code = voucher_queries.code_of(voucher)
    return code, code


def ticket_settings(operator: Operator) -> TicketSettings:
    """As saved, or the defaults."""
    found = TicketSettings.objects.filter(operator=operator).first()
    return found or TicketSettings(operator=operator, separate_password=False, support_line="")


@transaction.atomic
def change_ticket_settings(
    *, by: Actor, now: datetime, operator: Operator, separate_password: bool, support_line: str
) -> None:
    """DomainError `ticket_settings_invalid`: support_line."""
    line = " ".join(support_line.split())
    checking = Checking("ticket_settings_invalid")
    checking.require(len(line) <= SUPPORT_LINE_MAX and "\0" not in line, "support_line", _("At most 120 characters."))
    checking.finish()
    wanted = {"separate_password": separate_password, "support_line": line}
    TicketSettings.objects.update_or_create(operator=operator, defaults=wanted)
    record_audit(
        by=by,
        now=now,
        operator_id=operator.id,
        verb="change_ticket_settings",
        object_kind="operator",
        object_id=operator.id,
        after=wanted,
    )


@transaction.atomic
def choose_language(*, by: Actor, now: datetime, voucher: Voucher, language: str) -> None:
    """In which the guest reads (EN-43). DomainError `language_unknown`."""
    checking = Checking("language_unknown")
    checking.require(language in dict(settings.LANGUAGES), "language", _("This language is not offered."))
    checking.finish()
    whose = Subscriber.objects.filter(operator_id=voucher.operator_id, id__in=[voucher.subscriber_id])
    if whose.exclude(language=language).update(language=language):
        _audit(by, now, voucher, "choose_language", {"language": language})


def _voucher(by: Actor, now: datetime, operator: Operator, plan: Plan, site: Site | None, code: str) -> Voucher:
    batch = making.new_batch(operator, plan, site, BatchSettings(), 1, BatchMode.LOGIN, None, by.staff_id, now)
    batch.kind, batch.state, batch.confirmed_at, batch.made = BatchKind.SINGLE, BatchState.CONFIRMED, now, 1
    batch.save(force_insert=True)
    making.store(batch, [code], now, sold=True)
    return Voucher.objects.select_related("batch", "plan", "operator").get(batch=batch)


def _by_code(by: Actor, now: datetime, voucher: Voucher, code: str, person: str) -> Subscriber:
    """Somebody whose name and password is the code, as after a first login by it."""
    subscriber = Subscriber(
        operator=voucher.operator,
        realm=subscribers.default_realm(voucher.operator),
        site=voucher.batch.site,
        name=store.masked(codes.display(code)),
        display_name=person,
        created_via=VIA,
        created_at=now,
    )
    subscriber.save(force_insert=True)
    _write_code(subscriber, voucher, codes.display(code), now)
    return subscriber


def _write_code(subscriber: Subscriber, voucher: Voucher, code: str, now: datetime) -> None:
    key = names.CODE_PREFIX + bytes(voucher.code_index).hex()
    credential = subscribers.add_credential(subscriber, CredentialKind.CODE, key, now)
    current, ref = keys.current(), seals.subscriber_ref(subscriber.id)
    CredentialSecret(
        credential=credential,
        operator_id=subscriber.operator_id,
        pap_digest=vault.wire_digest(current.wire, ref, codes.normalise(code).encode()),
        sealed=vault.seal(current.network, code.encode(), seals.credential_place(credential.id)),
    ).save(force_insert=True)


def _with_password(by: Actor, now: datetime, voucher: Voucher, code: str, person: str) -> Subscriber:
    """A short name that can be told, and a password."""
    return subscribers.register_subscriber(
        by=by,
        now=now,
        operator=voucher.operator,
        site=voucher.batch.site,
        name=_free_name(voucher.operator),
        password=readable.new_password(),
        display_name=person,
        keep_readable=True,
        created_via=VIA,
    )


def _free_name(operator: Operator) -> str:
    while True:
        name = f"guest{secrets.randbelow(10**7):07}"
        if queries.subscriber_named(operator, name) is None:
            return name


def _audit(by: Actor, now: datetime, voucher: Voucher, verb: str, after: dict[str, object]) -> None:
    record_audit(
        by=by,
        now=now,
        operator_id=voucher.operator_id,
        verb=verb,
        object_kind="voucher",
        object_id=voucher.id,
        after=after,
    )
