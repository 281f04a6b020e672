"""What stands on the page of one user."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hotgate.apps.catalogue import queries as catalogue
from hotgate.apps.ledger import queries as ledger
from hotgate.apps.subscribers import queries as subscribers
from hotgate.apps.usage import queries as usage
from hotgate.domain import spending
from hotgate.domain.access import Guard, Refusal
from hotgate.domain.catalogue import Measure
from hotgate.domain.reasons import Texts
from hotgate.domain.subscriber import AccessState, Entitlement
from hotgate.web.shared import plan_words
from hotgate.web.shared.reasons import refusal_words
from hotgate.web.shared.words import amount_of

SESSIONS_SHOWN = 20
TRANSFERS_SHOWN = 20
HELD_SHOWN = 50
SESSION_COLUMNS = (
    *("started_at", "stopped_at", "estimated", "closed_locally", "device", "seconds", "octets_in", "octets_out"),
    *("framed_ip", "called_station", "nas__name"),
)

TRANSFERS = {
    "top_up": gettext_lazy("Top-up"),
    "purchase": gettext_lazy("Purchase"),
    "use": gettext_lazy("Use"),
    "reversal": gettext_lazy("Reversed"),
    "adjustment": gettext_lazy("Adjustment"),
}


class Why(NamedTuple):
    """The decision of this moment, guard by guard."""

    accepted: bool
    guards: list[Guard]
    words: Texts  # of the refusal; empty when accepted


class Held(NamedTuple):
    """One entitlement, and what is left of it now."""

    name: str
    sentence: str
    left: str
    left_percent: int | None
    since: datetime
    until: datetime | None
    state: str
    is_usable: bool


class Line(NamedTuple):
    """One transfer, as the owner of the wallet sees it."""

    at: datetime
    kind: str
    reference: str
    amount_minor: int


def panels_of(subscriber: Any, now: datetime) -> dict[str, Any]:
    state = state_of(subscriber)
    return {
        "why": why(state, now),
        "held": _held(subscriber, state, now),
        "totals": _totals(state, now),
        "holds": subscribers.open_holds(subscriber),
        "sessions": usage.sessions_of(subscriber).select_related("nas").only(*SESSION_COLUMNS)[:SESSIONS_SHOWN],
        "wallet": subscriber.wallet,
        "lines": _lines(subscriber.wallet),
    }


def state_of(subscriber: Any) -> AccessState | None:
    """What a login of this user would be decided on; a user without a name that is switched on is unknown."""
    for key in subscribers.name_keys(subscriber):
        return subscribers.access_state(subscriber.operator, key)
    return None


def why(state: AccessState | None, now: datetime) -> Why:
    answer = subscribers.decision(state, now).answer
    guards = subscribers.explanation(state, now)
    if not isinstance(answer, Refusal):
        return Why(True, guards, Texts("", "", ""))
    words = refusal_words(answer.reason, answer.until)
    guards[-1] = guards[-1]._replace(text=words.staff)
    return Why(False, guards, words)


def _held(subscriber: Any, state: AccessState | None, now: datetime) -> list[Held]:
    rows = list(subscribers.latest_entitlements(subscriber, HELD_SHOWN))
    terms = catalogue.terms_of({row.plan_id for row in rows})
    live = {each.id: each for each in state.entitlements} if state else {}
    return [_one_held(row, terms[row.plan_id], live.get(row.id), state, now) for row in rows]


def _totals(state: AccessState | None, now: datetime) -> list[str]:
    """What is left of all that may be used now, by what they count (HN-A6); said where there is more than one."""
    usable = spending.in_spending_order(state, now) if state else []
    if state is None or len(usable) < 2:
        return []
    sums: dict[Measure, int | None] = {}
    for each in usable:
        measure, left = each.plan.counted_measure, spending.left_at(each, state.zone, now)
        known = sums.get(measure, 0)
        sums[measure] = None if left is None or known is None else known + left
    return [_left(left, measure) for measure, left in sums.items()]


def _one_held(row: Any, plan: Any, live: Entitlement | None, state: AccessState | None, now: datetime) -> Held:
    sentence = plan_words.sentence(plan)
    if live is None or state is None:
        return Held(plan.name, sentence, "–", None, row.created_at, row.valid_until or row.ended_at, _("Over"), False)
    obstacle = spending.obstacle(live, state, now)
    left = spending.left_at(live, state.zone, now)
    limit = spending.limit_of(live)
    percent = 100 * left // limit if left is not None and limit else None
    status = _("Usable now") if obstacle is None else refusal_words(obstacle.reason, obstacle.until).staff
    return Held(
        plan.name,
        sentence,
        _left(left, plan.counted_measure),
        percent,
        row.created_at,
        live.valid_until,
        status,
        obstacle is None,
    )


def _left(left: int | None, measure: Measure) -> str:
    if left is None:
        return _("not limited")
    return _("%(amount)s left") % {"amount": amount_of(left, measure)} if left else _("nothing left")


def _lines(wallet: Any) -> list[Line]:
    if wallet is None:
        return []
    rows = ledger.latest_transfers(wallet, TRANSFERS_SHOWN)
    return [
        Line(
            t.at,
            str(TRANSFERS.get(t.kind, t.kind)),
            t.reference,
            t.amount_minor if t.credit_id == wallet.id else -t.amount_minor,
        )
        for t in rows
    ]
