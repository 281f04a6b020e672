"""Accounting records that were acknowledged and could not be booked, as staff read them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple

from django.db.models import Q, QuerySet
from django.db.models.functions import Lower

from hotgate.apps.network.models import Nas
from hotgate.apps.operators.models import Operator
from hotgate.apps.subscribers import names
from hotgate.apps.subscribers.models import Credential, Subscriber
from hotgate.apps.usage.models import Quarantine
from hotgate.domain import people
from hotgate.radius import attributes as attr
from hotgate.radius.dictionary import MASK, describe_attributes
from hotgate.store.vouchers import masked

COUNTED_MAX = 1000

BY_DATABASE = Q(reason__regex="^[0-9A-Z]{5}$")  # an SQLSTATE

_TOKENS = {attr.CLASS}  # ours: it says who pays
_NAMES = {attr.USER_NAME}


class SetAside(NamedTuple):
    """One record with its attributes by name: no secret, no token, and of what may be a code the end only."""

    row: Quarantine
    attributes: list[tuple[str, str]]


def records(operator: Operator) -> QuerySet[Quarantine]:
    return Quarantine.objects.filter(operator_id=operator.id).order_by("-at", "-id")


def count_of(nas: Nas) -> int:
    """Up to 1,000, so that a gateway that goes mad makes no page slow."""
    return Quarantine.objects.filter(operator_id=nas.operator_id, nas_id=nas.id)[:COUNTED_MAX].count()


def forget(subscriber: Subscriber, macs: Collection[str]) -> None:
    """Records that name a person who is erased, or one of their devices: they were never booked, and never will be."""
    keys = set(Credential.objects.filter(subscriber=subscriber).values_list("name_key", flat=True))
    keys |= {names.name_key(subscriber.name), *macs}
    rows = Quarantine.objects.filter(operator_id=subscriber.operator_id)
    theirs = [row.id for row in rows.iterator() if keys.intersection(_keys_in(row))]
    rows.filter(id__in=theirs).delete()


def described(operator: Operator, rows: Iterable[Quarantine]) -> list[SetAside]:
    found = list(rows)
    told = {name.lower() for row in found for name in _names_in(row)}
    names = Subscriber.objects.filter(operator=operator).annotate(lower=Lower("name")).filter(lower__in=told)
    known = set(names.values_list("lower", flat=True))
    return [SetAside(row, _attributes(row, known)) for row in found]


def _attributes(row: Quarantine, known: set[str]) -> list[tuple[str, str]]:
    return [
        each
        for kind, values in row.attributes.items()
        if kind.isdecimal()
        for value in values
        for each in _shown(int(kind), bytes.fromhex(value), known)
    ]


def _shown(kind: int, octets: bytes, known: set[str]) -> list[tuple[str, str]]:
    shown = describe_attributes([(kind, octets)])
    if kind in _TOKENS:
        return [(name, MASK) for name, _ in shown]
    if kind in _NAMES:  # a name that nobody here has may be a code
        return [(name, value if value.lower() in known else masked(value)) for name, value in shown]
    return shown


def _keys_in(row: Quarantine) -> set[str]:
    """As what its name and its device are known here, if they are."""
    told = [*_names_in(row), *_texts(row, attr.CALLING_STATION_ID)]
    return {names.name_key(each) for each in told} | {people.mac_address(each) or "" for each in told}


def _names_in(row: Quarantine) -> list[str]:
    return _texts(row, attr.USER_NAME)


def _texts(row: Quarantine, kind: int) -> list[str]:
    return [bytes.fromhex(value).decode(errors="replace") for value in row.attributes.get(str(int(kind)), ())]
