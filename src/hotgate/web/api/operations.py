"""How an operation is declared: its path, the action and the scope it needs, and its key where it makes something.

Nothing is served that names no action.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any, get_type_hints

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Router
from pydantic import BaseModel

from hotgate.apps.core import idempotency
from hotgate.apps.core.idempotency import Answer
from hotgate.apps.operators.tokens.services import SCOPES
from hotgate.apps.operators.verbs import one_verb
from hotgate.web.api import guesses, problems
from hotgate.web.api.access import ApiToken, Refused, caller
from hotgate.web.shared.authorization import Action

View = Callable[..., Any]
HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
KEY_PARAMETER = {
    "name": HEADER,
    "in": "header",
    "required": True,
    "description": "Your own name for this request, such as a UUID. Sent again, it acts once and is answered alike.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
    "example": "4b6c1f0e-checkin-room-12",
}


def read(router: Router, path: str, response: Any, *, action: Action, resource: str) -> Callable[[View], View]:
    return router.get(
        path, response=response, auth=ApiToken(action, resource, False), openapi_extra=_extra(resource, "read")
    )


def change(router: Router, path: str, response: Any, *, action: Action, resource: str) -> Callable[[View], View]:
    """PATCH: says how it shall be, so that twice is once."""
    auth = ApiToken(action, resource, True)
    declare = router.patch(path, response=response, auth=auth, openapi_extra=_extra(resource, "write"))
    return lambda view: declare(_undone_when_refused(view))


def remove(router: Router, path: str, *, action: Action, resource: str) -> Callable[[View], View]:
    """DELETE: whoever asks again is told that it is not there."""
    auth = ApiToken(action, resource, True)
    declare = router.delete(path, response={204: None}, auth=auth, openapi_extra=_extra(resource, "write"))
    return lambda view: declare(_undone_when_refused(view))


def act(
    router: Router,
    path: str,
    response: type[BaseModel],
    *,
    action: Action,
    resource: str,
    status: int = 200,
    tries_code: bool = False,
) -> Callable[[View], View]:
    """POST, once for each Idempotency-Key. The view gives what is shown.

    `tries_code`: the body names a code, and wrong ones are counted.
    """
    auth = ApiToken(action, resource, True)
    extra = _extra(resource, "write") | {"parameters": [KEY_PARAMETER]}
    declare = router.post(path, response={status: response}, auth=auth, openapi_extra=extra)
    if tries_code:
        return lambda view: declare(_counted(_once(view, response, status)))
    return lambda view: declare(_once(view, response, status))


def _once(view: View, response: type[BaseModel], status: int) -> View:
    @wraps(view)
    def with_key(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        key = request.headers.get(HEADER, "")
        if not key:
            text = _("Send an Idempotency-Key, so that a request that is repeated acts once.")
            raise Refused(problems.problem(400, "idempotency_key_missing", text))
        who, digest = caller(request), idempotency.digest(request.method or "", request.path, request.body)
        # the only thing before it that a refusal leaves is that the token was used, which is noted once a minute
        with one_verb(savepoint=who.is_noted) as along:
            claimed = idempotency.claim(
                operator_id=who.operator.id, caller=who.token_id, key=key, request=digest, now=timezone.now()
            )
            if claimed.answer is not None:
                return _answer(claimed.answer, {REPLAYED: "true"})
            shown = response.model_validate(view(request, *args, **kwargs))
            answer = Answer(status, shown.model_dump_json().encode())
            along.append(idempotency.remembered(claimed, answer))
            return _answer(answer, {})

    return _with_types_of(view, with_key)


def _counted(view: View) -> View:
    """A refusal undoes what was begun, and not that it was tried."""

    @wraps(view)
    def guess(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        who, code = caller(request), kwargs["told"].code
        guesses.admit(who, code)
        with transaction.atomic():
            answer = view(request, *args, **kwargs)
        guesses.was_right(who, code)
        return answer

    return _with_types_of(view, guess)


def _answer(answer: Answer, headers: dict[str, str]) -> HttpResponse:
    return HttpResponse(answer.body, status=answer.status, content_type="application/json", headers=headers)


def _undone_when_refused(view: View) -> View:
    """The transaction of the request goes on after a refusal, so what was begun is taken back here."""

    @wraps(view)
    def whole(*args: Any, **kwargs: Any) -> Any:
        with transaction.atomic():
            return view(*args, **kwargs)

    return _with_types_of(view, whole)


def _with_types_of(view: View, wrapper: View) -> View:
    """The framework reads annotations by the names of the module where it finds the function: here none is known."""
    hints = get_type_hints(view, include_extras=True)
    found = inspect.signature(view)
    parameters = [each.replace(annotation=hints[each.name]) for each in found.parameters.values()]
    wrapper.__signature__ = found.replace(parameters=parameters)  # type: ignore[attr-defined]
    return wrapper


def _extra(resource: str, right: str) -> dict[str, Any]:
    scope = f"{resource}:{right}"
    assert scope in SCOPES, scope
    return {"x-scope": scope, "tags": [resource]}
