"""The end of a run: in words, and as one JSON value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hotgate.simulator import truth as truths
from hotgate.simulator.run import Result
from hotgate.simulator.truth import Totals, Truth, Verdict


def in_words(result: Result, *, compared: bool) -> Iterator[str]:
    """Totals of both sides, guest by guest, and what the dice did."""
    for truth in result.truths:
        yield f"{truth.name}: the NAS told {truths.in_words(truth.totals())}"
        unseen = truth.moved().octets - truth.totals().octets
        if unseen:
            yield f"  {unseen:,} octets more were moved, and never reported"
    if compared:
        for verdict in result.verdicts:
            yield from _verdict_in_words(verdict)
        for why in result.uncompared:
            yield f"no totals to compare with: {why}"
    thrown = [f"{count} {what}" for what, count in result.thrown.items() if count]
    if thrown:
        yield f"on the way: {', '.join(thrown)}; {result.retransmissions} sent again"


def as_json(result: Result) -> dict[str, Any]:
    """The same for programs; `equal` is null without a comparison."""
    verdicts = {verdict.name: verdict for verdict in result.verdicts}
    return {
        "guests": [
            _guest(truth, [ending.value for ending in endings], verdicts.get(truth.name))
            for truth, endings in zip(result.truths, result.endings, strict=True)
        ],
        "equal": all(verdict.equal for verdict in result.verdicts) if verdicts else None,
        "uncompared": result.uncompared,
        "thrown": result.thrown,
        "retransmissions": result.retransmissions,
        "bad_replies": result.bad_replies,
        "good": result.is_good,
    }


def _guest(truth: Truth, endings: list[str], verdict: Verdict | None) -> dict[str, Any]:
    return {
        "name": truth.name,
        "visits": endings,
        "told": truth.totals()._asdict(),
        "moved": truth.moved()._asdict(),
        "unanswered": truth.unanswered,
        "server": verdict.server._asdict() if verdict else None,
        "estimated": verdict.estimated if verdict else None,
        "sessions": [_session(told) for told in truth.sessions],
    }


def _session(told: truths.Told) -> dict[str, Any]:
    last = told.acknowledged
    totals = Totals(1, last.seconds, last.octets_in, last.octets_out) if last else Totals()
    return {"session_id": told.session_id, "ended": told.ended, **totals._asdict()}


def _verdict_in_words(verdict: Verdict) -> Iterator[str]:
    if verdict.equal:
        yield f"{verdict.name}: the server says the same"
        return
    yield f"{verdict.name}: the server says {truths.in_words(verdict.server)}"
    for difference in verdict.differences:
        yield f"  {difference}"
    if verdict.estimated:
        yield f"  {verdict.estimated} of them it calls estimated"
