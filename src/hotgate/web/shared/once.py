"""A form that is sent twice acts once: its token leads to what the first sending led to."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable

from django.db import connection
from django.http import HttpRequest

FIELD = "once"  # hidden in the form
REMEMBERED = "done"  # key in the session
REMEMBERED_MAX = 20
TOKEN_MAX = 64


def new_token() -> str:
    return secrets.token_urlsafe(16)


def once(request: HttpRequest, act: Callable[[], str]) -> str:
    """The address that `act` gives, or gave when this form came first.

    The lock makes the second of two clicks wait for the first; both see the session that the first has stored.
    """
    token = request.POST.get(FIELD, "")[:TOKEN_MAX]
    if not token:
        return act()
    _lock(f"{request.session.session_key} {token}")
    stored = request.session.__class__(request.session.session_key)
    done: dict[str, str] = stored.get(REMEMBERED, {})
    if token not in done:
        done[token] = act()
        request.session[REMEMBERED] = dict(list(done.items())[-REMEMBERED_MAX:])
        request.session.save()  # in this transaction: told and done together, or neither
    return done[token]


def _lock(name: str) -> None:
    key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [key])
