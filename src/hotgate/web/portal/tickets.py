"""What a code gives now: nothing known, a reason why not, or what is left of it."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from django.utils.translation import gettext

from hotgate.apps.catalogue import queries as catalogue
from hotgate.apps.subscribers import names
from hotgate.apps.subscribers import queries as subscribers
from hotgate.apps.vouchers import queries as vouchers
from hotgate.domain import codes, spending
from hotgate.domain.access import Refusal
from hotgate.domain.reasons import Reason
from hotgate.domain.subscriber import AccessState
from hotgate.domain.wording import _
from hotgate.web.shared import plan_words
from hotgate.web.shared.reasons import refusal_words
from hotgate.web.shared.rows import Operator, Voucher
from hotgate.web.shared.words import amount_of

TYPO = _("This code has a typing mistake. Please compare it with your ticket.")
CODE_MAX = 64


class Left(NamedTuple):
    plan: str
    amount: str
    until: datetime | None


class Answer(NamedTuple):
    """To a code that a guest typed."""

    problem: str = ""  # why it can't be used now; '' when it can
    left: tuple[Left, ...] = ()
    sentence: str = ""  # of a code that nobody has used yet
    code: str = ""  # as it is sent to the gateway
    is_guess: bool = False  # counts as a wrong try


def answer_to(operator: Operator, typed: str, now: datetime) -> Answer:
    """All wrong codes read alike, whether unknown, not sold or void."""
    voucher = vouchers.voucher_with_code(operator, typed) if 0 < len(typed) <= CODE_MAX else None
    if voucher is None:
        return _unknown(operator, typed)
    if voucher.subscriber is not None:
        key = _key_of(voucher)
        return _of_state(subscribers.access_state(operator, key), vouchers.code_of(voucher, typed), now)
    reason = vouchers.voucher_refusal(operator, typed, now)
    if reason is not None:
        return Answer(refusal_words(reason).guest, is_guess=True)
    terms = catalogue.terms_of([voucher.plan_id])[voucher.plan_id]
    return Answer(sentence=plan_words.sentence(terms), code=vouchers.code_of(voucher))


def left_of(operator: Operator, name: str, now: datetime) -> tuple[Left, ...]:
    """What is left for whoever is logged in by this name or code, as the gateway says."""
    voucher = vouchers.voucher_with_code(operator, name) if 0 < len(name) <= CODE_MAX else None
    key = _key_of(voucher) if voucher else names.name_key(name)
    state = subscribers.access_state(operator, key)
    return _left(state, now) if state else ()


def _unknown(operator: Operator, typed: str) -> Answer:
    is_typo = bool(codes.normalise(typed)) and not codes.verify_check(typed)
    words = gettext(TYPO) if is_typo else refusal_words(Reason.UNKNOWN_NAME).guest
    return Answer(words, is_guess=not is_typo or vouchers.has_codes_without_check(operator))


def _key_of(voucher: Voucher) -> str:
    return names.CODE_PREFIX + bytes(voucher.code_index).hex()


def _of_state(state: AccessState | None, code: str, now: datetime) -> Answer:
    answer = subscribers.decision(state, now).answer
    left = _left(state, now) if state else ()
    if isinstance(answer, Refusal):
        return Answer(refusal_words(answer.reason, answer.until).guest, left)
    return Answer(left=left, code=code)


def _left(state: AccessState, now: datetime) -> tuple[Left, ...]:
    usable = spending.in_spending_order(state, now)
    return tuple(
        Left(
            e.plan.name,
            gettext("not limited") if left is None else amount_of(left, e.plan.counted_measure),
            e.valid_until,
        )
        for e in usable
        for left in (spending.left_at(e, state.zone, now),)
    )
