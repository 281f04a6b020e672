"""What a gateway's own packets tell about it: each test passes, fails, or has nothing to go by yet.

A NAS answers no question of ours but Disconnect and CoA, so all else is read from what it sent.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from django.db.models import Count, Q, QuerySet

from hotgate.apps.network.models import Nas
from hotgate.apps.usage.models import AccessSession, LoginAttempt, SessionOrder, Usage
from hotgate.domain import causes
from hotgate.domain.accounting import OrderKind
from hotgate.domain.sessions import Flag
from hotgate.domain.wording import _

LOOKED_BACK = timedelta(days=7)
SESSIONS_READ = 50
HEARD_WITHIN = timedelta(hours=24)
INTERIM_LONGEST = 900  # seconds: with fewer packets a limit of traffic is cut late
SKEW_MOST = timedelta(seconds=90)
WRAP = 2**32
TRAFFIC_LEAST = 10_000_000  # octets, before up and down are compared
_CLOCK = {Flag.CLOCK_JUMPED, Flag.TIME_AHEAD, Flag.TIME_WENT_BACK}
_WRAPS = {Flag.COUNTER_FELL, Flag.WRAP_UNSURE}


class State(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "unknown"  # nothing to go by yet


class Test(NamedTuple):
    """`mend`: what to change, where it failed; else what would show it. English, to be translated."""

    label: str
    state: State
    mend: str


def tests_of(nas: Nas, now: datetime) -> list[Test]:
    recent = AccessSession.objects.filter(operator_id=nas.operator_id, nas=nas, started_at__gte=now - LOOKED_BACK)
    sessions = list(recent.order_by("-started_at", "-id")[:SESSIONS_READ])
    return [
        _heard(nas, now),
        _signed(nas),
        _logins(nas, now),
        _accounting(nas, sessions, now),
        _interim(sessions),
        _directions(sessions),
        _wraps(nas, sessions),
        _clock(sessions),
        _orders(nas),
    ]


def _heard(nas: Nas, now: datetime) -> Test:
    mend = _(
        "Check power, line and firewall, the address of this server on the gateway, and the gateway's address here."
    )
    is_heard = nas.last_seen_at is not None and now - nas.last_seen_at < HEARD_WITHIN
    return Test(_("Heard within a day"), State.PASSED if is_heard else State.FAILED, mend)


def _signed(nas: Nas) -> Test:
    state = State.PASSED if nas.message_authenticator_seen_at else State.UNKNOWN
    if state is State.UNKNOWN and nas.last_seen_at and nas.require_message_authenticator == "no":
        state = State.FAILED
    mend = _("Switch Message-Authenticator on at the gateway, then set it to required here.")
    return Test(_("Signs its requests (Message-Authenticator)"), state, mend)


def _logins(nas: Nas, now: datetime) -> Test:
    since = now - HEARD_WITHIN
    rows = LoginAttempt.objects.filter(operator_id=nas.operator_id, nas_id=nas.id, at__gte=since)
    seen = {row["outcome"] for row in rows.values("outcome").annotate(n=Count("id"))}
    mend = _("See Attempts for the reason of each packet that was dropped. A wrong secret is the usual one.")
    if seen & {"accepted", "confined", "refused"}:
        return Test(_("Logins are understood"), State.PASSED, mend)
    return Test(_("Logins are understood"), State.FAILED if seen else State.UNKNOWN, mend)


def _accounting(nas: Nas, sessions: list[AccessSession], now: datetime) -> Test:
    label, mend = (
        _("Reports its sessions (accounting)"),
        _("Switch accounting on at the gateway, to the accounting port."),
    )
    if sessions:
        return Test(label, State.PASSED, mend)
    rows = LoginAttempt.objects.filter(
        operator_id=nas.operator_id, nas_id=nas.id, at__gte=now - HEARD_WITHIN, outcome="accepted"
    )
    return Test(label, State.FAILED if rows.exists() else State.UNKNOWN, mend)


def _interim(sessions: list[AccessSession]) -> Test:
    """From sessions that are long enough to have sent some."""
    label = _("Reports while a session runs (interim)")
    mend = _("Let the gateway take the interval of the answer (Acct-Interim-Interval), or set 5 minutes there.")
    long = {each.id: each for each in sessions if each.seconds >= 2 * INTERIM_LONGEST}
    if not long:
        return Test(label, State.UNKNOWN, mend)
    reports = dict(_reports(list(long), min(each.started_at for each in long.values())))
    gaps = sorted(each.seconds / max(reports.get(each.id, 0), 1) for each in long.values())
    is_fine = gaps[len(gaps) // 2] <= INTERIM_LONGEST
    return Test(label, State.PASSED if is_fine else State.FAILED, mend)


def _reports(ids: list[int], since: datetime) -> QuerySet[Usage, tuple[int, int]]:
    rows = Usage.objects.filter(session_id__in=ids, event_at__gte=since).values("session_id")
    return rows.annotate(n=Count("event_at")).values_list("session_id", "n")


def _directions(sessions: list[AccessSession]) -> Test:
    """Guests fetch more than they send; where it is the other way round in sum, the counters are exchanged."""
    up, down = sum(each.octets_in for each in sessions), sum(each.octets_out for each in sessions)
    mend = _('Change "octet counters" of this gateway: up and down seem to be exchanged.')
    label = _("Up and down are the right way round")
    if up + down < TRAFFIC_LEAST:
        return Test(label, State.UNKNOWN, mend)
    return Test(label, State.FAILED if up > 2 * down else State.PASSED, mend)


def _wraps(nas: Nas, sessions: list[AccessSession]) -> Test:
    label = _("Counts beyond 4 GB (Gigawords)")
    mend = _('Tick "counters wrap at 4 GB" for this gateway, or update its software.')
    if not nas.lacks_gigawords and any(_flagged(each, _WRAPS) for each in sessions):
        return Test(label, State.FAILED, mend)
    is_proved = any(max(each.octets_in, each.octets_out) >= WRAP for each in sessions)
    return Test(label, State.PASSED if is_proved else State.UNKNOWN, mend)


def _clock(sessions: list[AccessSession]) -> Test:
    label, mend = _("Its clock is right"), _("Set the time of the gateway by NTP.")
    if not sessions:
        return Test(label, State.UNKNOWN, mend)
    skewed = sum(_flagged(each, _CLOCK) or each.last_heard_at - each.last_event_at > SKEW_MOST for each in sessions)
    return Test(label, State.FAILED if 2 * skewed > len(sessions) else State.PASSED, mend)


def _orders(nas: Nas) -> Test:
    """By the newest answer to a Disconnect or to a harmless CoA. A refused CoA came back signed: it listens."""
    mend = _("Let the gateway take Disconnect and CoA from this server, on the port that stands here (3799 as a rule).")
    asked = Q(kind=str(OrderKind.DISCONNECT)) | Q(reason=causes.PROBE_BY_COA)
    rows = SessionOrder.objects.filter(asked, operator_id=nas.operator_id, nas=nas)
    last = rows.filter(settled_at__isnull=False).exclude(outcome="stopped").order_by("-settled_at").first()
    states = {"acknowledged": State.PASSED, "gone": State.PASSED}
    state = State.UNKNOWN if last is None else states.get(last.outcome or "", State.FAILED)
    if last is not None and last.reason == causes.PROBE_BY_COA and last.outcome == "refused":
        state = State.PASSED
    return Test(_("Takes orders (Disconnect)"), state, mend)


def _flagged(session: AccessSession, flags: set[Flag]) -> bool:
    return not flags.isdisjoint(session.flags)
