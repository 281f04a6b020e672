"""*My account*: what is left, one's own data, and the password, from anywhere (HN-W20, HN-W21).

Whoever signed in carries a sealed pass in the forms for a quarter of an hour, and a new one with each page for two
hours at most: there is no cookie here either. A pass ends with the password that it was given for.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, NamedTuple

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from hotgate import vault
from hotgate.apps.core import keys, throttle
from hotgate.apps.core import waiting as waits
from hotgate.apps.core.throttle import Limit
from hotgate.apps.messaging import personal_data
from hotgate.apps.subscribers import editing, names, selfcare, services
from hotgate.apps.subscribers.registering.services import verified_field
from hotgate.domain.errors import DomainError
from hotgate.domain.people import OWN_COLUMNS
from hotgate.web.portal import fields, own
from hotgate.web.portal.guesses import OF_GUEST, everybody
from hotgate.web.portal.pages import operator_of, page_of
from hotgate.web.portal.tickets import left_of
from hotgate.web.shared.client import handle_of
from hotgate.web.shared.own_data import zipped
from hotgate.web.shared.rows import Operator, Subscriber

PASS_SECONDS = 900
LONGEST_SECONDS = 7200  # since the password was typed


class Proof(NamedTuple):
    """What a pass holds: who typed which password, and when."""

    subscriber: int
    digest: str
    typed_at: float


@csrf_exempt  # there is no session to ride on: the signed pass in the form is all that it takes
@require_http_methods(["GET", "HEAD", "POST"])
def me(request: HttpRequest, operator: str) -> HttpResponse:
    owner = operator_of(request, operator)
    if request.method != "POST":
        return page_of(request, "portal/enter.html", {"operator": owner})
    if "pass" not in request.POST:
        return _enter(request, owner)
    mine = _holder(request, owner)
    if mine is None:
        problem = _("You were signed out after a while. Please sign in again.")
        return page_of(request, "portal/enter.html", {"operator": owner, "problem": problem}, status=403)
    act = request.POST.get("act", "")
    if act in own.ACTS:
        done = own.ACTS[act](mine, request.POST.get("chosen", ""), timezone.now())
        return _shown(request, owner, mine, done.problem, told=done.done)
    acts = {"profile": _profile, "password": _password, "download": _download, "delete": _delete}
    return acts.get(act, _shown)(request, owner, mine)


def _enter(request: HttpRequest, owner: Operator) -> HttpResponse:
    name = request.POST.get("name", "")[: fields.NAME_MAX].replace("\0", "")
    password = request.POST.get("password", "")[: fields.PASSWORD_MAX]
    limits = (
        Limit("portal sign-in by guest", f"{owner.id} {handle_of(request)}", OF_GUEST),
        Limit("portal sign-in by name", f"{owner.id} {names.name_key(name)}", OF_GUEST),
        everybody(request, "portal sign-in", str(owner.id)),
    )
    tried, now = f"{name} {password}", timezone.now()
    waiting = throttle.allow(limits, tried, now)
    mine = selfcare.subscriber_with_password(owner, name, password) if waiting is None else None
    if mine is not None:
        throttle.take_back(limits, tried)
        _prove(request, mine, password, now)
        return _shown(request, owner, mine)
    problem = waits.words(waiting) if waiting else _("Name or password are not right.")
    return page_of(request, "portal/enter.html", {"operator": owner, "problem": problem, "name": name}, status=422)


def _profile(request: HttpRequest, owner: Operator, mine: Subscriber) -> HttpResponse:
    if not mine.realm.change_profile:
        return _shown(request, owner, mine, _("This can't be changed here. Please ask the staff."))
    wrong: dict[str, str] = {}
    typed = {key: request.POST.get(key, "")[: fields.VALUE_MAX] for key in _editable(mine)}
    answers = fields.answers_of(typed, mine.language, wrong)
    person = _known(mine) | answers.person
    columns = {str(field): person.get(field, "") for field in OWN_COLUMNS}
    try:
        if not wrong:
            editing.correct_subscriber(
                by=selfcare.BY,
                now=timezone.now(),
                subscriber=mine,
                name=mine.name,
                language=mine.language,
                site=mine.site,
                person=person,
                **columns,
            )
    except DomainError as error:
        wrong = {field: _(text) for field, text in error.fields.items()} or {"": _(error.text)}
    if wrong:
        return _shown(request, owner, mine, wrong.get("", _("Please look at the marked fields.")), typed, wrong)
    return _shown(request, owner, mine, told=_("Saved."))


def _password(request: HttpRequest, owner: Operator, mine: Subscriber) -> HttpResponse:
    if not mine.realm.change_password:
        return _shown(request, owner, mine, _("This can't be changed here. Please ask the staff."))
    try:
        chosen = request.POST.get("password", "")[: fields.PASSWORD_MAX]
        services.set_password(by=selfcare.BY, now=timezone.now(), subscriber=mine, password=chosen)
        _prove(request, mine, chosen, timezone.now())
    except DomainError as error:
        return _shown(request, owner, mine, wrong={"password": _(error.text)})
    return _shown(request, owner, mine, told=_("Your password is changed."))


def _download(_request: HttpRequest, _owner: Operator, mine: Subscriber) -> HttpResponse:
    data = personal_data.export_data(by=selfcare.BY, now=timezone.now(), subscriber=mine)
    response = HttpResponse(zipped(data), content_type="application/zip")
    response["Content-Disposition"] = 'attachment; filename="my-data.zip"'
    response["Cache-Control"] = "no-store"
    return response


def _delete(request: HttpRequest, owner: Operator, mine: Subscriber) -> HttpResponse:
    selfcare.ask_for_deletion(now=timezone.now(), subscriber=mine)
    return _shown(request, owner, mine, told=_("The staff were asked to delete your account."))


def _shown(
    request: HttpRequest,
    owner: Operator,
    mine: Subscriber,
    problem: str = "",
    values: dict[str, str] | None = None,
    wrong: dict[str, str] | None = None,
    told: str = "",
) -> HttpResponse:
    wrong = wrong or {}
    asked = {field: mine.realm.asked[field] for field in _editable(mine)}
    wanted = fields.fields_of(asked, False, _known(mine) | (values or {}), wrong)
    shown = {
        "operator": owner,
        "realm": mine.realm,
        "mine": mine,
        "pass": _pass(request, owner),
        "left": left_of(owner, mine.name, timezone.now()),
        "fields": [field for field in wanted if field.name not in ("name", "password")],
        "password_problem": wrong.get("password", ""),
        "problem": problem,
        "told": told,
        **own.shown(mine),
    }
    return page_of(request, "portal/me.html", shown, status=422 if problem or wrong else 200)


def _known(mine: Subscriber) -> dict[str, Any]:
    return {**mine.person, **{str(field): getattr(mine, field) for field in OWN_COLUMNS}}


def _editable(mine: Subscriber) -> list[str]:
    """What the realm asks for, but for what a code has proved: that is changed by staff."""
    proved = verified_field(mine.realm)
    return [field for field in fields.asked_more(mine.realm.asked) if field != proved]


def _prove(request: HttpRequest, mine: Subscriber, password: str, now: datetime) -> None:
    digest = selfcare.digest_of(mine, password).hex()
    request.proof = Proof(mine.id, digest, now.timestamp())  # type: ignore[attr-defined]


def _pass(request: HttpRequest, owner: Operator) -> str:
    """Sealed, since a digest of a password is for nobody's eyes."""
    proof = json.dumps(request.proof).encode()  # type: ignore[attr-defined]
    return signing.dumps(vault.seal(keys.current().reprint, proof, _salt(owner).encode()).hex(), salt=_salt(owner))


def _holder(request: HttpRequest, owner: Operator) -> Subscriber | None:
    try:
        sealed = signing.loads(request.POST["pass"], salt=_salt(owner), max_age=PASS_SECONDS)
    except signing.BadSignature:
        return None
    opened = vault.unseal(keys.current().reprint, bytes.fromhex(sealed), _salt(owner).encode())
    proof = Proof(*json.loads(opened))
    if timezone.now().timestamp() - proof.typed_at > LONGEST_SECONDS:
        return None
    request.proof = proof  # type: ignore[attr-defined]
    return selfcare.subscriber_with_digest(owner, proof.subscriber, bytes.fromhex(proof.digest))


def _salt(owner: Operator) -> str:
    return f"sealed pass of operator {owner.id}"
