"""Settings → Audit: who did what, when, from where, and what it was before."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Q
from django.http import HttpResponseBase
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hotgate.apps.operators import queries
from hotgate.web.console.audit import words
from hotgate.web.shared.forms import FIRST_DAY, LAST_DAY
from hotgate.web.shared.list_page import list_page
from hotgate.web.shared.listing import Column, Filter, Shape
from hotgate.web.shared.seat import StaffRequest

SIGNING_IN = (
    *("sign_in", "sign_out", "sign_in_failed", "second_factor_failed", "change_password", "end_sign_ins"),
    *("add_second_factor", "remove_second_factor", "renew_second_factor"),
)
CODES = ("show_code", "print_code", "create_ticket", "confirm_batch", "void_voucher")


class Entry(NamedTuple):
    """An entry of the chain, ready to be read and to be exported."""

    number: int
    at: datetime
    who: str
    is_somebody: bool  # else a part of the product
    verb: str
    object: str
    changes: list[words.Difference]
    change: str
    reason: str
    ip: str


def page(request: StaffRequest) -> HttpResponseBase:
    rows = queries.audit_entries(request.seat.operator)
    return list_page(request, rows, _shape(timezone.now()), "console/audit/list.html")


def _shape(now: datetime) -> Shape:
    time, kind = "time", "kind"
    return Shape(
        columns=(
            Column("who", gettext_lazy("Who"), value="who"),
            Column("what", gettext_lazy("What"), value="verb"),
            Column("object", gettext_lazy("On what"), value="object"),
            Column("change", gettext_lazy("Change"), value="change"),
            Column("at", gettext_lazy("When"), "at"),
            Column("ip", gettext_lazy("From"), value="ip"),
            Column("number", gettext_lazy("Number"), "number", numeric=True),
        ),
        sort="number",
        reverse=True,
        search=_like,
        chips={
            "hour": Filter(_("Last hour"), Q(at__gte=now - timedelta(hours=1)), time),
            "day": Filter(_("Last 24 hours"), Q(at__gte=now - timedelta(days=1)), time),
            "week": Filter(_("Last 7 days"), Q(at__gte=now - timedelta(days=7)), time),
            "signing-in": Filter(_("Signing in"), Q(verb__in=SIGNING_IN), kind),
            "staff": Filter(_("Staff"), Q(object_kind="staff") & ~Q(verb__in=SIGNING_IN), kind),
            "codes": Filter(_("Codes"), Q(verb__in=CODES), kind),
            "network": Filter(_("Network"), Q(object_kind__in=("nas", "access_session")), kind),
            "exports": Filter(_("Exports"), Q(verb__startswith="export"), kind),
        },
        name="audit",
        prepare=lambda request, rows: [entry_of(row, request.seat.operator.currency) for row in rows],
    )


def entry_of(row: Any, currency: str) -> Entry:
    what = _(row.object_kind.replace("_", " "))
    changes = words.differences(row.before, row.after, currency)
    return Entry(
        number=row.number,
        at=row.at,
        who=row.staff.email if row.staff else row.actor,
        is_somebody=row.staff is not None,
        verb=words.verb(row.verb),
        object=what if row.object_id is None else f"{what} {row.object_id}",
        changes=changes,
        change=words.sentence(changes),
        reason=row.reason,
        ip=row.ip or "",
    )


def _like(text: str) -> Q:
    """A person, a verb, a kind of thing with or without its number (`nas 7`), an address, or a day (2026-03-01)."""
    day = _day(text)
    if day is not None:
        return Q(at__gte=day, at__lt=day + timedelta(days=1))
    kind, _space, number = text.rpartition(" ")
    if kind and number.isdecimal() and len(number) < 19:
        return Q(object_kind__iexact=kind.replace(" ", "_"), object_id=int(number))
    like = text.replace(" ", "_")
    person = Q(staff__email__icontains=text) | Q(staff__name__icontains=text) | Q(actor__icontains=text)
    deed = Q(verb__icontains=like) | Q(verb__in=words.verbs_with(text))
    return person | deed | Q(object_kind__icontains=like) | Q(reason__icontains=text)


def _day(text: str) -> datetime | None:
    try:
        found = parse_date(text)
    except ValueError:
        return None
    if found is None or not FIRST_DAY <= found <= LAST_DAY:
        return None
    return timezone.make_aware(datetime.combine(found, datetime.min.time()))
