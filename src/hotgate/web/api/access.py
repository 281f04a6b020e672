"""Who calls: a token, checked before anything else, and the rows that it may see."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja.security import HttpBearer

from hotgate.apps.core import throttle
from hotgate.apps.core.throttle import Limit
from hotgate.apps.operators.actor import Actor
from hotgate.apps.operators.tokens import queries, services
from hotgate.domain.throttling import Rule
from hotgate.web.api import problems
from hotgate.web.shared.authorization import Action, may
from hotgate.web.shared.client import address_of, handle_of
from hotgate.web.shared.rows import Operator

OF_ADDRESS = Rule(tries=30, window=timedelta(minutes=10), lockout=timedelta(minutes=15))
TOKEN_MAX = 200
CHALLENGE = {"WWW-Authenticate": 'Bearer realm="hotgate"'}


class Caller(NamedTuple):
    operator: Operator
    by: Actor
    token_id: int
    is_noted: bool = False  # that the token was used was written down in this transaction


class Refused(Exception):
    """Answered as it is; what was counted stays counted."""

    def __init__(self, response: HttpResponse) -> None:
        super().__init__()
        self.response = response


class ApiToken(HttpBearer):
    """Lets a token through whose scope and role allow the operation. Every operation names both."""

    def __init__(self, action: Action, resource: str, write: bool) -> None:
        super().__init__()
        self.action, self.resource, self.write = action, resource, write

    def __call__(self, request: HttpRequest) -> Any:
        scheme, _space, told = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not told.strip():
            raise Refused(problems.problem(401, "token_missing", _("Send your token as a bearer."), headers=CHALLENGE))
        return self.authenticate(request, told.strip())

    def authenticate(self, request: HttpRequest, token: str) -> Caller:
        now, address = timezone.now(), address_of(request)
        row = queries.token_of(token[:TOKEN_MAX])
        if row is None:
            raise Refused(_wrong(request, token))
        if not queries.works(row, now):
            raise Refused(problems.problem(401, "token_over", _("This token no longer works."), headers=CHALLENGE))
        if not queries.is_from_allowed(row, address):
            raise Refused(problems.problem(403, "address_not_allowed", _("This token does not work from here.")))
        if not queries.covers(row, self.resource, self.write):
            raise Refused(problems.problem(403, "scope_missing", _("This token is not for that.")))
        if not may([row.role], self.action):
            raise Refused(problems.problem(403, "role_missing", _("The role of this token does not allow that.")))
        is_noted = services.note_use(row, now, address)
        return Caller(row.operator, services.actor_of(row, address), row.pk, is_noted)


def caller(request: HttpRequest) -> Caller:
    found: Caller = request.auth  # type: ignore[attr-defined]
    return found


def _wrong(request: HttpRequest, token: str) -> HttpResponse:
    """Counted by where it comes from. A right token never waits for somebody's wrong ones."""
    limits = [Limit("api token by address", handle_of(request), OF_ADDRESS)]
    waiting = throttle.allow(limits, token, timezone.now())
    if waiting is None:
        return problems.problem(401, "token_wrong", _("There is no such token."), headers=CHALLENGE)
    return problems.too_many_tries(waiting)
