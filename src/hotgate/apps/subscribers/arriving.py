"""Somebody new with all that goes with them, in two statements: what is to be known before, and every row.

What `services.register_subscriber` and `recharge.recharge_subscriber` do one after the other, for whom nobody can know
or lock yet: the same checks, rows and words in the audit.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection

from hotgate.apps.catalogue import queries as catalogue
from hotgate.apps.catalogue.models import Plan
from hotgate.apps.core import ids
from hotgate.apps.ledger import services as ledger
from hotgate.apps.ledger.models import AccountKind, LedgerAccount, TransferKind
from hotgate.apps.operators.actor import Actor
from hotgate.apps.operators.audit import record_audit
from hotgate.apps.operators.models import Operator, Site
from hotgate.apps.subscribers import names, readable, recharge, sales, services
from hotgate.apps.subscribers.models import Entitlement, Realm, Sale, Subscriber, SubscriberKind
from hotgate.apps.subscribers.sales import Seller, Wholesale
from hotgate.domain.errors import DomainError
from hotgate.domain.subscriber import CredentialKind
from hotgate.domain.wording import _
from hotgate.store import db
from hotgate.store.arrivals import ARRIVAL_FACTS, SAVE_ARRIVAL, ArrivalFacts
from hotgate.store.db import texts


class Wanted(NamedTuple):
    """Somebody new, as told. `candidates`: names to choose from, the first that nobody has."""

    operator: Operator
    candidates: Sequence[str]
    password: str
    realm: Realm | None  # None: the operator's first
    site: Site | None = None
    display_name: str = ""
    phone: str = ""
    email: str = ""
    language: str = ""
    created_via: str = "console"
    person: Mapping[str, str] | None = None


class Given(NamedTuple):
    plan: Plan
    due: recharge.Due
    starts_at: datetime | None
    cycles: int | None


class Arrival(NamedTuple):
    subscriber: Subscriber
    entitlement: Entitlement | None


def arrive(*, by: Actor, now: datetime, wanted: Wanted, given: Given | None) -> Arrival:
    """Within a verb. DomainError as of `register_subscriber`, and of `recharge_subscriber` but from the wallet."""
    person = {key: value for key, value in (wanted.person or {}).items() if value}
    told = person | services.named(wanted.display_name, wanted.phone, wanted.email)
    facts, realm = _facts(wanted, given)
    services.check_new(realm, wanted.created_via, wanted.candidates[0], wanted.password, told)
    name = next((each for each in wanted.candidates if names.name_key(each) == facts.name), wanted.candidates[0])
    subscriber = _subscriber(wanted, realm, facts, name, person, now)
    entitlement = None if given is None else _entitlement(subscriber, given, facts, now)
    sale = None
    if entitlement is not None and given is not None and sales.is_sold(entitlement, given.plan):
        sale = sales.given_sale(entitlement, given.plan, now, _wholesale(facts))
        sale.id = facts.sale_id
    rows = _rows(wanted, facts, subscriber, entitlement, sale, now)
    posted = _cash(facts, wanted.operator, sale, given, now)
    (saved,) = SAVE_ARRIVAL.fetch(connection, json.dumps(rows | {"transfer": posted}, default=str))
    if not saved.credentials:
        raise DomainError("name_taken", _("Somebody has this name."), {"name": _("already there")})
    _write_down(by, now, subscriber, entitlement, posted)
    return Arrival(subscriber, entitlement)


def _facts(wanted: Wanted, given: Given | None) -> tuple[ArrivalFacts, Realm]:
    operator, plan_id = wanted.operator, None if given is None else given.plan.id
    free = texts(names.name_key(each) for each in wanted.candidates)
    asked = ARRIVAL_FACTS, (operator.id, free, plan_id, operator.currency)
    (facts,), realms = db.at_once(connection, asked, services.first_realm(operator))
    if wanted.realm is not None:
        return facts, wanted.realm
    for realm in realms:
        realm.operator = operator
    return facts, realms[0] if realms else services.default_realm(operator)


def _subscriber(
    wanted: Wanted, realm: Realm, facts: ArrivalFacts, name: str, person: Mapping[str, str], now: datetime
) -> Subscriber:
    wallet = LedgerAccount(
        id=facts.wallet_id, uuid=ids.uuid7(), operator=wanted.operator, kind=AccountKind.WALLET,
        currency=wanted.operator.currency, balance_minor=0, postpaid=False, created_at=now,
    )  # fmt: skip
    return Subscriber(
        id=facts.subscriber_id, uuid=ids.uuid7(), operator=wanted.operator, realm=realm, site=wanted.site,
        name=name.strip(), display_name=wanted.display_name, kind=str(SubscriberKind.PERSON),
        created_via=wanted.created_via, wallet=wallet, phone=wanted.phone, email=wanted.email,
        language=wanted.language, person=dict(person), created_at=now,
    )  # fmt: skip


def _entitlement(subscriber: Subscriber, given: Given, facts: ArrivalFacts, now: datetime) -> Entitlement:
    recharge.refuse_retired(given.plan)
    value = catalogue.lasting_terms(given.plan)
    zone = recharge.zone_of(subscriber)
    granted = recharge.foreseen(value, now=now, zone=zone, starts_at=given.starts_at, cycles=given.cycles)
    row = recharge.new_entitlement(subscriber, given.plan, value, granted)
    row.id, row.used, row.live = facts.entitlement_id, 0, True
    recharge.settle_payment(row, recharge.STATES[given.due])
    return row


def _wholesale(facts: ArrivalFacts) -> Wholesale:
    sellers = [Seller(own, name, Decimal(percent)) for own, name, percent in facts.sellers or []]
    return Wholesale(facts.list_minor, sellers)


def _rows(
    wanted: Wanted,
    facts: ArrivalFacts,
    subscriber: Subscriber,
    entitlement: Entitlement | None,
    sale: Sale | None,
    now: datetime,
) -> dict[str, list[dict[str, Any]]]:
    own, password = {"operator_id": wanted.operator.id}, wanted.password
    digest, sealed = services.secrets_of(facts.subscriber_id, facts.credential_id, password, keep_for_chap=True)
    credential = own | {
        "id": facts.credential_id, "subscriber_id": facts.subscriber_id, "kind": str(CredentialKind.PASSWORD),
        "name_key": names.name_key(subscriber.name), "created_at": now,
    }  # fmt: skip
    secret = own | {"credential_id": facts.credential_id, "pap_digest": _octets(digest), "sealed": _octets(sealed)}
    kept = own | {
        "subscriber_id": facts.subscriber_id,
        "sealed": _octets(readable.sealed(facts.subscriber_id, password)),
    }
    return {
        "ledger_account": [_columns(subscriber.wallet)],
        "subscriber": [_columns(subscriber)],
        "credential": [credential],
        "credential_secret": [secret],
        "readable_password": [kept] if subscriber.realm.keep_readable else [],
        "entitlement": [] if entitlement is None else [_columns(entitlement)],
        "sale": [] if sale is None else [_columns(sale)],
    }


def _cash(
    facts: ArrivalFacts, operator: Operator, sale: Sale | None, given: Given | None, now: datetime
) -> list[dict[str, Any]]:
    """The money goes into the till, as `sales.take_cash` would put it."""
    if sale is None or given is None or given.due is not recharge.Due.PAID or not sale.price_minor:
        return []
    cash, revenue = facts.cash_id, facts.revenue_id
    if cash is None or revenue is None:
        cash, revenue = (each.id for each in ledger.open_accounts(operator, AccountKind.CASH, AccountKind.REVENUE))
    return [
        {
            "id": sale.uuid, "operator_id": operator.id, "debit_id": cash, "credit_id": revenue,
            "amount_minor": sale.price_minor, "currency": sale.currency, "kind": str(TransferKind.PURCHASE),
            "reference": sale.reference, "at": now,
        }
    ]  # fmt: skip


def _write_down(
    by: Actor,
    now: datetime,
    subscriber: Subscriber,
    entitlement: Entitlement | None,
    posted: Sequence[Mapping[str, Any]],
) -> None:
    services.note_registered(by, now, subscriber, postpaid=False)
    if entitlement is not None:
        recharge.note_given(by, now, entitlement)
    for transfer in posted:
        after = {key: transfer[key] for key in ("kind", "amount_minor")}
        record_audit(
            by=by, now=now, operator_id=subscriber.operator_id, verb="post_transfer", object_kind="ledger_account",
            object_id=transfer["debit_id"],
            after={"transfer": str(transfer["id"]), "credit": transfer["credit_id"], **after},
        )  # fmt: skip


def _columns(row: Any) -> dict[str, Any]:
    """Of a model, by the names of the table; what nobody gave is left to the database."""
    found = {}
    for field in row._meta.concrete_fields:
        value = getattr(row, field.attname)
        if not hasattr(value, "resolve_expression"):
            found[field.column] = value
    return found


def _octets(value: bytes | None) -> str | None:
    """As PostgreSQL reads bytea from text."""
    return None if value is None else f"\\x{value.hex()}"
