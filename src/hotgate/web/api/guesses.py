"""Codes that a program asks for: wrong ones are counted by its token, as those of guests are by their device."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from hotgate.apps.core import throttle
from hotgate.apps.core.throttle import Limit
from hotgate.domain import codes
from hotgate.domain.throttling import Rule
from hotgate.web.api import problems
from hotgate.web.api.access import Caller, Refused

OF_TOKEN = Rule(tries=60, window=timedelta(minutes=10), lockout=timedelta(minutes=10))  # a whole house may type into it


def admit(who: Caller, code: str) -> None:
    """Count it, or refuse with 429. It counts until `was_right` says otherwise."""
    waiting = throttle.allow(_limits(who), codes.normalise(code), timezone.now())
    if waiting is not None:
        raise Refused(problems.too_many_tries(waiting))


def was_right(who: Caller, code: str) -> None:
    throttle.take_back(_limits(who), codes.normalise(code))


def _limits(who: Caller) -> list[Limit]:
    return [Limit("api code by token", str(who.token_id), OF_TOKEN)]
