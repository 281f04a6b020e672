"""The ticket generator: a form, five samples, confirm or cancel, and the batches made before (EN-46 to EN-56)."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hotgate.apps.catalogue import queries as catalogue
from hotgate.apps.core.streams import scoped_stream
from hotgate.apps.operators.audit import record_audit
from hotgate.apps.vouchers import batches, ending, making, odds, queries, quick
from hotgate.domain import codes
from hotgate.domain.errors import DomainError
from hotgate.web.console.quick_ticket import printing
from hotgate.web.console.quick_ticket.printing import Print
from hotgate.web.console.vouchers.forms import BatchForm
from hotgate.web.shared import exporting, seat
from hotgate.web.shared.listing import Column, Shape, listing
from hotgate.web.shared.lookup import found
from hotgate.web.shared.once import new_token, once
from hotgate.web.shared.seat import StaffRequest

PRINTED_MAX = 1_000  # tickets of one file
SHAPE = Shape(
    columns=(
        Column("date", gettext_lazy("Date"), "id"),
        Column("count", gettext_lazy("Generated tickets"), numeric=True),
        Column("plan", gettext_lazy("Plan")),
        Column("menu", ""),
    ),
    sort="date",
    reverse=True,
)


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: StaffRequest) -> HttpResponse:
    operator = request.seat.operator
    form = BatchForm(operator, request.POST or None, initial=_loaded(request))
    if request.method == "POST" and form.is_valid():
        try:
            return redirect(once(request, lambda: _draft(request, form)))
        except DomainError as error:
            form.add_domain_error(error)
    rows = listing(request, queries.batches(operator), SHAPE)
    shown = {"form": form, "listing": rows, "once": new_token(), "preview": _preview(operator, form)}
    return render(request, "console/vouchers/generator.html", shown, status=422 if form.is_bound else 200)


@require_POST
def preview(request: StaffRequest) -> HttpResponse:
    form = BatchForm(request.seat.operator, request.POST)
    return render(request, "console/vouchers/preview.html", {"preview": _preview(request.seat.operator, form)})


@require_GET
def one(request: StaffRequest, batch: UUID) -> HttpResponse:
    """A draft with its samples; a batch that is being made, or is made."""
    row = _batch(request, batch)
    if row.state == "draft":
        samples = batches.samples_of(row)
        response = render(request, "console/vouchers/draft.html", {"batch": row, "samples": samples})
        response["Cache-Control"] = "no-store"
        return response
    shown = {
        "batch": row,
        "percent": 100 * row.made // row.size,
        "counts": ending.counts_of(row, timezone.now()) if row.state == "confirmed" else None,
        "printed_max": PRINTED_MAX,
        "prints": [
            Print(paper.label, reverse("batch_pdf", args=[batch, key])) for key, paper in printing.PAPERS.items()
        ],
    }
    is_part = request.htmx and row.state == "making"
    return render(request, "console/vouchers/progress.html" if is_part else "console/vouchers/batch.html", shown)


@require_POST
def confirm(request: StaffRequest, batch: UUID) -> HttpResponse:
    return _do(request, batch, lambda row: _confirm(request, row))


@require_POST
def cancel(request: StaffRequest, batch: UUID) -> HttpResponse:
    def act(row: Any) -> str:
        batches.cancel_draft(by=seat.by(request), now=timezone.now(), batch=row)
        messages.success(request, _("Cancelled. Nothing was made, and the samples are gone."))
        return reverse("generator")

    return _do(request, batch, act)


@require_POST
def delete_unused(request: StaffRequest, batch: UUID) -> HttpResponse:
    def act(row: Any) -> str:
        done = ending.delete_unused(by=seat.by(request), now=timezone.now(), batch=row)
        _tell(request, ngettext("%(count)s ticket was deleted.", "%(count)s tickets were deleted.", done.done), done)
        return reverse("batch", args=[batch])

    return _do(request, batch, act)


@require_POST
def archive_used(request: StaffRequest, batch: UUID) -> HttpResponse:
    def act(row: Any) -> str:
        done = ending.archive_used(by=seat.by(request), now=timezone.now(), batch=row)
        _tell(request, ngettext("%(count)s ticket was archived.", "%(count)s tickets were archived.", done.done), done)
        return reverse("batch", args=[batch])

    return _do(request, batch, act)


@require_GET
def export(request: StaffRequest, batch: UUID) -> HttpResponseBase:
    """Every code of the batch as CSV (EN-56), a chunk at a time; who took them away is written down."""
    row = _made(request, batch)
    _audit(request, row, "export_codes", {"size": row.size})
    header = [_("Code"), _("Plan"), _("State"), _("Made"), _("Expires")]

    @functools.cache  # a batch has few states and times, and a million lines
    def behind_code(state: str, made: datetime, expires: datetime | None) -> str:
        times = [timezone.localtime(at).isoformat(timespec="seconds") if at else "" for at in (made, expires)]
        return "".join(f",{exporting.csv_cell_of(text)}" for text in (row.plan.name, state, *times)) + "\r\n"

    def lines() -> Iterator[bytes]:
        yield from exporting.csv_of(header, ())
        for voucher, code in queries.codes_of(row):
            rest = behind_code(voucher.state, voucher.created_at, voucher.expires_at)
            yield (exporting.csv_cell_of(code) + rest).encode()

    stream = scoped_stream(lambda: _together(lines()))
    answer = StreamingHttpResponse(stream, content_type="text/csv; charset=utf-8")
    day = timezone.localdate(row.confirmed_at).isoformat()
    answer["Content-Disposition"] = f'attachment; filename="tickets-{request.seat.operator.slug}-{day}.csv"'
    answer["Cache-Control"] = "no-store"
    return answer


@require_GET
def pdf(request: StaffRequest, batch: UUID, paper: str) -> HttpResponse:
    """Up to PRINTED_MAX tickets that can still be used, from `?from=` on."""
    row = _made(request, batch)
    if paper not in printing.PAPERS:
        raise Http404
    first = request.GET.get("from", "1")
    start = int(first) if first.isdecimal() and len(first) < 8 else 1
    cards = _cards(request, row, start)
    if not cards:
        messages.error(request, _("None of these tickets can be used any more, so there is nothing to print."))
        return redirect("batch", batch)
    _audit(request, row, "print_codes", {"from": start})
    content = printing.pdf(cards, printing.PAPERS[paper])
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="tickets-{paper}-{start}.pdf"'
    response["Cache-Control"] = "no-store"
    return response


def _cards(request: StaffRequest, row: Any, start: int) -> list[printing.Card]:
    operator = request.seat.operator
    terms = catalogue.terms_of([row.plan_id])[row.plan_id]
    address = settings.ENVIRONMENT.public_url + reverse("ticket_portal", args=[operator.slug])
    support = quick.ticket_settings(operator).support_line
    pile = list(queries.codes_of(row, after=queries.id_before(row, start), count=PRINTED_MAX))
    printed = [code for voucher, code in pile if code and voucher.state == "available"]
    return printing.cards(printed, row.site.name if row.site else operator.name, terms, address, support)


def _draft(request: StaffRequest, form: BatchForm) -> str:
    typed = form.cleaned_data
    made = batches.draft_batch(
        by=seat.by(request),
        now=timezone.now(),
        operator=request.seat.operator,
        plan=typed["plan"],
        size=typed["size"],
        settings=form.settings(),
        mode=batches.BatchMode(typed["mode"]),
        expires_at=_end_of(typed["expires_at"]),
    )
    return reverse("batch", args=[made.batch.uuid])


def _end_of(day: Any) -> datetime | None:
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time())) if day else None


def _confirm(request: StaffRequest, row: Any) -> str:
    batches.confirm_batch(by=seat.by(request), now=timezone.now(), batch=row)
    return reverse("batch", args=[row.uuid])


def _do(request: StaffRequest, batch: UUID, act: Any) -> HttpResponse:
    row = _batch(request, batch)
    try:
        return redirect(act(row))
    except DomainError as error:
        messages.error(request, _(error.text))
        is_there = queries.batch(request.seat.operator, batch) is not None  # or somebody cancelled it meanwhile
        return redirect(reverse("batch", args=[batch]) if is_there else "generator")


def _tell(request: StaffRequest, text: str, done: ending.Cleared) -> None:
    messages.success(request, text % {"count": done.done})
    if done.skipped:
        left = ngettext("%(count)s is in use and was left.", "%(count)s are in use and were left.", done.skipped)
        messages.warning(request, left % {"count": done.skipped})


def _loaded(request: StaffRequest) -> dict[str, Any]:
    """EN-54: the settings of an earlier batch; else what stands in the form by itself."""
    try:
        row = queries.batch(request.seat.operator, UUID(request.GET.get("like", "")))
    except ValueError:
        row = None
    if row is None:
        return {}
    return {
        **making.settings_of(row)._asdict(),
        "size": row.size,
        "plan": row.plan.uuid,
        "mode": row.mode,
    }


def _preview(operator: Any, form: BatchForm) -> dict[str, Any]:
    """How long a code will be, an example of its form, and how hard one is to guess."""
    values = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    form = BatchForm(operator, form.data if form.is_bound else values)  # a copy: what is wrong with the form stays
    form.fields["plan"].required = False
    form.full_clean()
    try:
        own = form.settings()
        found_odds = odds.odds_of(operator, own, form.cleaned_data.get("size") or 1)
        odds.refuse_ambiguous(operator, own)
    except DomainError as error:
        return {"problem": _(error.text)}
    example = codes.display(making.random_codes(own, 1).printed[0])
    return {"odds": found_odds, "length": codes.full_length(own), "example": example}


def _batch(request: StaffRequest, batch: UUID) -> Any:
    return found(queries.batch(request.seat.operator, batch))


def _made(request: StaffRequest, batch: UUID) -> Any:
    row = _batch(request, batch)
    if row.state != "confirmed":
        raise Http404
    return row


def _together(parts: Iterator[bytes], lines: int = 1_000) -> Iterator[bytes]:
    """A thousand lines at a time: the server sends few large pieces faster than many small ones."""
    pile: list[bytes] = []
    for part in parts:
        pile.append(part)
        if len(pile) == lines:
            yield b"".join(pile)
            pile.clear()
    yield b"".join(pile)


def _audit(request: StaffRequest, row: Any, verb: str, after: dict[str, object]) -> None:
    record_audit(
        by=seat.by(request),
        now=timezone.now(),
        operator_id=row.operator_id,
        verb=verb,
        object_kind="voucher_batch",
        object_id=row.id,
        after=after,
    )
