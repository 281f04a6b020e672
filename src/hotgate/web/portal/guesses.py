"""A code is answered only so often: per guest, and per gateway so that many devices are no way around it.

A device that was online here before does not wait for what others guess: else one of them shuts the house. Where no
gateway signed who asks, anybody writes any MAC address into a form, so an address of the network counts as well; known
devices have a counter of their own there, which takes many of their MAC addresses to fill.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.http import HttpRequest

from hotgate.apps.core import throttle
from hotgate.apps.core import waiting as waits
from hotgate.apps.core.throttle import Crowd, Limit
from hotgate.apps.messaging.registering import Guest
from hotgate.apps.usage import queries as usage
from hotgate.apps.vouchers import queries as vouchers
from hotgate.domain import codes, people
from hotgate.domain.throttling import Rule
from hotgate.web.portal.tickets import Answer, answer_to
from hotgate.web.portal.visit import Visit
from hotgate.web.shared.client import block_of, handle_of
from hotgate.web.shared.rows import Operator

OF_GUEST = Rule(tries=5, window=timedelta(minutes=10), lockout=timedelta(minutes=15))
OF_ADDRESS = Rule(tries=30, window=timedelta(minutes=10), lockout=timedelta(minutes=10))
OF_KNOWN_AT_ADDRESS = OF_ADDRESS._replace(tries=120)  # a whole house may stand behind one address
OF_PLACE = Rule(tries=60, window=timedelta(minutes=10), lockout=timedelta(minutes=10))
# Where no gateway stands in between, a few dozen addresses fill `OF_PLACE` for everybody. Beyond it whoever comes from
# elsewhere goes on. All in all 760 wrong ones an hour, 18,240 a day: what codes of 10 of 31 bear is 20,000.
OF_PLACE_WITH_SHORT_CODES = Rule(tries=80, window=timedelta(hours=1), lockout=timedelta(hours=1))  # 1,920 a day
OF_NEWCOMER = Rule(tries=2, window=timedelta(hours=1), lockout=timedelta(hours=1))
OF_NEWCOMERS = Rule(tries=400, window=timedelta(hours=1), lockout=timedelta(hours=1))


def guest_of(request: HttpRequest, visit: Visit) -> Guest:
    device, address = people.mac_address(visit.mac) or "", handle_of(request)
    if visit.is_signed or not device:
        return Guest(device, device or address)
    # so nobody fills the counter of somebody else's device from afar
    return Guest(device, f"{device} {address}", address)


def limits_of(operator: Operator, guest: Guest, place: str) -> list[Limit]:
    """The narrower ones first. `place`: a gateway, or the operator's page for everybody."""
    limits = [Limit("portal code by guest", f"{operator.id} {guest.handle}", OF_GUEST)]
    is_known = bool(guest.device) and usage.was_online(operator, guest.device)
    if guest.address and is_known:
        limits.append(Limit("portal code by address, known", f"{operator.id} {guest.address}", OF_KNOWN_AT_ADDRESS))
    elif guest.address:
        limits.append(Limit("portal code by address", f"{operator.id} {guest.address}", OF_ADDRESS))
    if not is_known:
        limits.append(Limit("portal code by place", place, OF_PLACE))
    return limits


def everybody(request: HttpRequest, scope: str, place: str) -> Crowd:
    """The limits of a place for all who come to it from anywhere, in one order."""
    return Crowd(
        Limit(f"{scope} by place", place, OF_PLACE),
        Limit(f"{scope} by newcomer", f"{place} {block_of(request)}", OF_NEWCOMER),
        Limit(f"{scope} by newcomers", place, OF_NEWCOMERS),
    )


def answer_guest(operator: Operator, typed: str, guest: Guest, place: str, now: datetime) -> Answer:
    return _answer(operator, typed, limits_of(operator, guest, place), now)


def answer_anybody(request: HttpRequest, operator: Operator, typed: str, now: datetime) -> Answer:
    """On the page that no gateway leads to. Codes of 12 digits bear 2,000 wrong tries a day."""
    place = f"operator {operator.id}"
    limits: list[Limit | Crowd] = [Limit("portal code by guest", f"{operator.id} {handle_of(request)}", OF_GUEST)]
    crowd = everybody(request, "portal code", place)
    if vouchers.has_short_codes(operator):
        limits += [crowd.soft, Limit("portal short code by place", place, OF_PLACE_WITH_SHORT_CODES)]
    else:
        limits.append(crowd)
    return _answer(operator, typed, limits, now)


def _answer(operator: Operator, typed: str, limits: Sequence[Limit | Crowd], now: datetime) -> Answer:
    tried = codes.normalise(typed)
    waiting = throttle.allow(limits, tried, now)
    if waiting is not None:
        return Answer(waits.words(waiting))
    answer = answer_to(operator, typed, now)
    if not answer.is_guess:
        throttle.take_back(limits, tried)
    return answer
