"""*Register*: price and plan first, then what the realm asks, then a code, then online (HN-4, HN-5).

One address, one form: what was chosen and typed travels along, so that every page works without cookies and scripts.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from hotgate.apps.catalogue import queries as catalogue
from hotgate.apps.core import throttle
from hotgate.apps.core import waiting as waits
from hotgate.apps.messaging import registering, verifying
from hotgate.apps.messaging.registering import Guest
from hotgate.apps.subscribers.registering import services as pending
from hotgate.apps.subscribers.registering.consents import version_of
from hotgate.apps.subscribers.registering.offers import is_free, offers
from hotgate.apps.subscribers.registering.services import Answers
from hotgate.domain import codes
from hotgate.domain.errors import DomainError
from hotgate.web.portal import fields
from hotgate.web.portal.guesses import guest_of, limits_of
from hotgate.web.portal.pages import gateway_of, go, is_too_old, operator_of, page_of, public_address, visit_of, way_of
from hotgate.web.portal.visit import Gateway, RefusedVisit, Visit
from hotgate.web.shared import plan_words
from hotgate.web.shared.rows import Nas, Operator

CODE_MAX = 20


class Counter(NamedTuple):
    """Where a guest stands: at which operator's gateway, with which form."""

    request: HttpRequest
    operator: Operator
    nas: Nas
    gateway: Gateway
    visit: Visit
    token: str  # the visit, signed
    once: str  # the form's own secret
    now: datetime

    @property
    def guest(self) -> Guest:
        return guest_of(self.request, self.visit)

    @property
    def account(self) -> str:
        """Where the guest comes back to from anywhere."""
        return public_address("me", self.operator.slug)

    def page(self, template: str, status: int = 200, **shown: Any) -> HttpResponse:
        place = {"operator": self.operator, "site": self.nas.site}
        mine = {**place, "visit": self.visit, "token": self.token, "once": self.once}
        return page_of(self.request, f"portal/{template}.html", mine | shown, self.visit, status)


class Choice(NamedTuple):
    """A plan of a realm, as it stands on a button."""

    value: str  # of the field `choice`
    realm: Any
    plan: Any
    price: str
    gives: str
    is_free: bool


@csrf_exempt  # the signed visit in the form says that this page was ours
@require_http_methods(["GET", "HEAD", "POST"])
def register(request: HttpRequest, operator: str, nas: UUID) -> HttpResponse:
    owner = operator_of(request, operator)
    row, gateway = gateway_of(owner, nas)
    try:
        visit, token = visit_of(request, gateway, row)
    except RefusedVisit:
        return page_of(request, "portal/refused.html", {"operator": owner, "site": row.site}, status=400)
    once = request.POST.get("once", "")[: pending.TOKEN_MAX] or secrets.token_urlsafe(16)
    at = Counter(request, owner, row, gateway, visit, token, once, timezone.now())
    acts = {"register": _submit, "verify": _verify, "resend": _resend, "edit": _edit}
    return acts.get(request.POST.get("act", ""), _choose)(at)


def _choose(at: Counter) -> HttpResponse:
    """The plans; or, once one is chosen, the form. Also where only the language was changed."""
    choices = _choices(at.operator)
    chosen = _chosen(at, choices)
    if chosen is None:
        several = len({choice.realm.id for choice in choices}) > 1
        return at.page("plans", choices=choices, several=several)
    if "code" in at.request.POST:
        return _ask_code(at, status=200)
    return _form(at, chosen, fields.typed(at.request.POST, chosen.realm.asked), {}, status=200)


def _submit(at: Counter) -> HttpResponse:
    chosen = _chosen(at, _choices(at.operator))
    if chosen is None:
        return _choose(at)
    realm, wrong = chosen.realm, dict[str, str]()
    typed = fields.typed(at.request.POST, realm.asked)
    answers = fields.answers_of(typed, translation.get_language() or "", wrong)
    if realm.terms and at.request.POST.get("terms") != version_of(realm.terms):
        wrong["terms"] = _("Please read the terms and agree to them.")
    if not verifying.can_verify(realm):
        wrong[""] = _("Registering does not work here at the moment. Please ask the staff.")
    if wrong:
        return _form(at, chosen, typed, wrong)
    try:
        told = _kept(at, chosen, answers)
    except DomainError as error:
        return _form(at, chosen, typed, _wrong_of(error))
    return _ask_code(at, status=200) if told is None else _done(at, realm, told)


def _kept(at: Counter, chosen: Choice, answers: Answers) -> Answers | None:
    """None: a code was sent. Codes of vouchers are counted as at the login: nobody finds one by registering."""
    limits = limits_of(at.operator, at.guest, f"gateway {at.nas.id}") if not chosen.is_free else ()
    tried = codes.normalise(answers.voucher)
    waiting = throttle.allow(limits, tried, at.now)
    if waiting is not None:
        raise DomainError("too_many_tries", waits.words(waiting), {"voucher": waits.words(waiting)})
    try:
        with transaction.atomic():
            row = pending.keep_form(
                now=at.now,
                operator=at.operator,
                token=at.once,
                realm=chosen.realm,
                plan=chosen.plan,
                site=at.nas.site,
                answers=answers,
            )
            told = registering.submit(now=at.now, row=row, guest=at.guest, account=at.account)
    except DomainError as error:
        if error.code != "code_unknown":
            throttle.take_back(limits, tried)
        raise
    throttle.take_back(limits, tried)
    return told


def _verify(at: Counter) -> HttpResponse:
    row = pending.kept_form(at.operator, at.once, at.now)
    if row is None:
        return _choose_again(at)
    problem = pending.check_code(row, at.request.POST.get("code", "")[:CODE_MAX], at.now)
    if problem:
        return _ask_code(at, _(problem))
    try:
        told = registering.finish(now=at.now, row=row, guest=at.guest, account=at.account)
        return _done(at, row.realm, told)
    except DomainError as error:
        chosen = _chosen(at, _choices(at.operator))
        if chosen is None:
            return _choose(at)
        return _form(at, chosen, fields.values_of(pending.answers_of(row)), _wrong_of(error))


def _resend(at: Counter) -> HttpResponse:
    row = pending.kept_form(at.operator, at.once, at.now)
    if row is None:
        return _choose_again(at)
    if row.subscriber_id is None:
        try:
            verifying.send_code(now=at.now, row=row, guest=at.guest.handle, address=at.guest.address)
        except DomainError as error:
            return _ask_code(at, _(error.text))
    return _ask_code(at, status=200, again=True)


def _edit(at: Counter) -> HttpResponse:
    """Back to the form, with all that was typed."""
    row, chosen = pending.kept_form(at.operator, at.once, at.now), _chosen(at, _choices(at.operator))
    if row is None or chosen is None:
        return _choose_again(at)
    return _form(at, chosen, fields.values_of(pending.answers_of(row)), {}, status=200)


def _ask_code(at: Counter, problem: str = "", status: int = 422, again: bool = False) -> HttpResponse:
    row = pending.kept_form(at.operator, at.once, at.now)
    if row is None:
        return _choose_again(at)
    recipient = pending.recipient_of(row.realm, pending.answers_of(row))
    shown = {"problem": problem, "recipient": recipient, "again": again, "choice": at.request.POST.get("choice", "")}
    shown["realm"] = row.realm
    return at.page("verify", status, typed=at.request.POST.get("code", "")[:CODE_MAX], **shown)


def _form(
    at: Counter, chosen: Choice, values: dict[str, str], wrong: dict[str, str], status: int = 422
) -> HttpResponse:
    asked = fields.asked_more(chosen.realm.asked)
    wanted = fields.fields_of(asked, not chosen.is_free, values, wrong)
    beside = {field.name for field in wanted} | {"terms"}
    elsewhere = [text for field, text in wrong.items() if field not in beside]
    shown = {
        "chosen": chosen,
        "realm": chosen.realm,
        "fields": wanted,
        "problem": " ".join(elsewhere),
        "terms_problem": wrong.get("terms"),
    }
    terms = {"terms": chosen.realm.terms, "version": version_of(chosen.realm.terms)}
    agreed = at.request.POST.get("terms") == terms["version"]
    return at.page("register", status, **shown, **terms, agreed=agreed, is_wrong=bool(wrong))


def _done(at: Counter, realm: Any, told: Answers) -> HttpResponse:
    """Straight on to the gateway; where we made the name or the password, the guest is shown them first."""
    if told.is_made or is_too_old(at.visit):
        return at.page(
            "registered",
            realm=realm,
            told=told,
            account=at.account,
            **way_of(at.visit, at.gateway, told.name, told.password),
        )
    shown = {"operator": at.operator, "realm": realm}
    return go(at.request, at.visit, at.gateway, shown, told.name, told.password)


def _choose_again(at: Counter) -> HttpResponse:
    return at.page("plans", 410, choices=_choices(at.operator), problem=_("This took too long. Please start again."))


def _choices(operator: Operator) -> list[Choice]:
    offered = offers(operator)
    terms = catalogue.terms_of({plan.id for offer in offered for plan in offer.plans})
    return [
        Choice(
            f"{offer.realm.uuid} {plan.uuid}",
            offer.realm,
            plan,
            plan_words.price(terms[plan.id]),
            plan_words.gives(terms[plan.id]),
            is_free(plan),
        )
        for offer in offered
        for plan in offer.plans
    ]


def _chosen(at: Counter, choices: list[Choice]) -> Choice | None:
    value = at.request.POST.get("choice", "")
    return next((choice for choice in choices if choice.value == value), None)


def _wrong_of(error: DomainError) -> dict[str, str]:
    """Beside its field, in the guest's language; what has no field stands above the form."""
    if error.code == "name_taken":
        return {"name": _("Somebody has this name. Please choose another one.")}
    if error.code == "code_unknown":
        return {"voucher": _(error.text)}
    return {field: _(text) for field, text in error.fields.items()} or {"": _(error.text)}
