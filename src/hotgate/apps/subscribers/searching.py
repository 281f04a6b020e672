"""Find people: conditions for lists, and the few that a search box shows."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL

from hotgate.apps.operators.models import Operator
from hotgate.apps.subscribers import names
from hotgate.apps.subscribers.models import Credential, Hold, Subscriber

PART_MIN = 3  # shorter parts are in no index of trigrams


def on_hold() -> Q:
    """Those whose service somebody or something has stopped."""
    stopped = Hold.objects.filter(
        operator_id=OuterRef("operator_id"), subscriber_id=OuterRef("id"), released_at__isnull=True
    )
    return Q(Exists(stopped))


def few_containing(operator: Operator, text: str, most: int) -> QuerySet[Subscriber]:
    """At most so many with the text in name, person, phone or e-mail; the database stops looking when it has them."""
    rows = Subscriber.objects.filter(operator=operator)
    if len(text) < PART_MIN:
        return rows.none()
    return rows.filter(id__in=RawSQL("SELECT * FROM few_found_subscribers(%s, %s)", [text, most])).order_by("name")


def few_named(operator: Operator, beginning: str, most: int) -> list[int]:
    """Ids of at most so many whose name begins so; shorter than three characters it has to be the whole name."""
    if len(beginning) < PART_MIN:
        return list(with_keys(operator, [names.name_key(beginning)]).values_list("id", flat=True))
    rows = Subscriber.objects.filter(operator=operator)
    found = RawSQL("SELECT * FROM few_named_subscribers(%s, %s)", [beginning, most])
    return list(rows.filter(id__in=found).values_list("id", flat=True)[:most])


def with_keys(operator: Operator, keys: list[str]) -> QuerySet[Subscriber]:
    """Those who log in by one of these keys: a name, `code:…` or `mac:…`."""
    named = Credential.objects.filter(operator=operator, name_key__in=keys)
    return Subscriber.objects.filter(operator=operator, id__in=named.values("subscriber_id")).order_by("id")


def with_ids(operator: Operator, ids: list[int]) -> QuerySet[Subscriber]:
    return Subscriber.objects.filter(operator=operator, id__in=ids).order_by("id")
