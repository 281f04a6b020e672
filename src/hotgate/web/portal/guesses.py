"""A code is answered only so often: per guest, and per gateway so that many devices are no way around it."""

from __future__ import annotations

from datetime import datetime, timedelta

from hotgate.apps.core import throttle
from hotgate.apps.core.throttle import Limit
from hotgate.domain import codes, throttling
from hotgate.domain.throttling import Rule
from hotgate.web.portal.tickets import Answer, answer_to
from hotgate.web.shared.rows import Operator

OF_GUEST = Rule(tries=5, window=timedelta(minutes=10), lockout=timedelta(minutes=15))
OF_PLACE = Rule(tries=60, window=timedelta(minutes=10), lockout=timedelta(minutes=10))


def answer_guest(operator: Operator, typed: str, guest: str, place: str, now: datetime) -> Answer:
    """`guest`: a device or an address; `place`: a gateway, or the operator's page for everybody."""
    limits = (
        Limit("portal code by guest", f"{operator.id} {guest}", OF_GUEST),
        Limit("portal code by place", place, OF_PLACE),
    )
    tried = codes.normalise(typed)
    waiting = throttle.allow(limits, tried, now)
    if waiting is not None:
        return Answer(throttling.words(waiting))
    answer = answer_to(operator, typed, now)
    if not answer.is_guess:
        throttle.take_back(limits, tried)
    return answer
