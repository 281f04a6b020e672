"""Is a gateway's accounting good enough to bill by (B17)? Judged from its packets, by the acceptance list of the WBA.

A line passes, fails, or has nothing to go by yet. Which login a session belongs to is told by its Class: what a gateway
puts into Acct-Session-Id of an Access-Request is not kept.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple, TypeAlias

from hotgate.domain.sessions import RecordKind
from hotgate.domain.wording import _

APART = timedelta(seconds=30)  # two Starts are two, and no retransmission that hides its delay
ROUNDING = timedelta(seconds=2)
SECONDS_OFF = 5
WRAP = 1 << 32
LESS_PERCENT, MORE_PERCENT = 2, 10  # headers count on the air, and not in what a browser shows


class Line(StrEnum):
    UNIQUE_ID = "unique_id"
    ONE_START_ONE_STOP = "one_start_one_stop"
    STOP_IS_LAST = "stop_is_last"
    CLASS_COMES_BACK = "class_comes_back"
    IDENTITY_COMES_BACK = "identity_comes_back"
    USE_NEVER_FALLS = "use_never_falls"
    COUNTS_BEYOND_WRAP = "counts_beyond_wrap"
    TIME_IS_RIGHT = "time_is_right"
    PACKETS_ARE_COUNTED = "packets_are_counted"
    VOLUME_IS_RIGHT = "volume_is_right"


class Verdict(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "unknown"  # nothing to go by


LABELS = {
    Line.UNIQUE_ID: _("Each session has an id of its own"),
    Line.ONE_START_ONE_STOP: _("Each session has one Start and one Stop"),
    Line.STOP_IS_LAST: _("The Stop comes last and counts highest"),
    Line.CLASS_COMES_BACK: _("Class comes back in every record"),
    Line.IDENTITY_COMES_BACK: _("Chargeable-User-Identity comes back in every record"),
    Line.USE_NEVER_FALLS: _("What a session has used never falls"),
    Line.COUNTS_BEYOND_WRAP: _("Counts beyond 4 GB, up and down (Gigawords)"),
    Line.TIME_IS_RIGHT: _("The time of a session is right"),
    Line.PACKETS_ARE_COUNTED: _("Packets are counted where octets are"),
    Line.VOLUME_IS_RIGHT: _("The volume is what a test device fetched"),
}
# what not every gateway can show in an afternoon
OPTIONAL = frozenset({Line.IDENTITY_COMES_BACK, Line.COUNTS_BEYOND_WRAP, Line.VOLUME_IS_RIGHT})


class Heard(NamedTuple):
    """One accounting packet. Octets are as the gateway calls them; `packets`: None where it tells none."""

    at: datetime  # it happened
    kind: RecordKind  # START, INTERIM or STOP
    session_id: str
    device: str = ""
    seconds: int = 0
    octets: tuple[int, int] = (0, 0)
    packets: tuple[int | None, int | None] = (None, None)
    has_class: bool = True
    has_identity: bool = False

    @property
    def began_at(self) -> datetime:
        return self.at - timedelta(seconds=self.seconds)


Life: TypeAlias = list[Heard]  # of one id, in the order in which it happened
Verdicts: TypeAlias = dict[Line, Verdict]


def certify(heard: Sequence[Heard], fetched_octets: int | None = None) -> Verdicts:
    """`fetched_octets`: what a test device fetched in the session that ended last."""
    lives = lives_of(heard)
    whole = [life for life in lives if life[0].kind is RecordKind.START and _stops(life)]
    ended = [life for life in lives if _stops(life)]
    return {
        Line.UNIQUE_ID: _each(_is_one, lives),
        Line.ONE_START_ONE_STOP: _each(_is_told_once, _seen_from_the_start(ended, heard)),
        Line.STOP_IS_LAST: _each(_ends_with_its_stop, ended),
        Line.CLASS_COMES_BACK: _each(lambda life: all(each.has_class for each in life), lives),
        Line.IDENTITY_COMES_BACK: _each(_keeps_identity, (life for life in lives if any(e.has_identity for e in life))),
        Line.USE_NEVER_FALLS: _each(_rises, (life for life in lives if len(life) > 1)),
        Line.COUNTS_BEYOND_WRAP: _wraps(lives),
        Line.TIME_IS_RIGHT: _each(_takes_its_time, whole),
        Line.PACKETS_ARE_COUNTED: _each(_counts_packets, (life for life in ended if any(_stops(life)[0].octets))),
        Line.VOLUME_IS_RIGHT: _volume(ended, fetched_octets),
    }


def passes(verdicts: Verdicts) -> bool:
    """Nothing failed, and all that every gateway can show was shown."""
    is_sound = Verdict.FAILED not in verdicts.values()
    return is_sound and all(verdicts.get(line) is Verdict.PASSED for line in Line if line not in OPTIONAL)


def lives_of(heard: Iterable[Heard]) -> list[Life]:
    lives: defaultdict[str, Life] = defaultdict(list)
    for each in heard:
        lives[each.session_id].append(each)
    return [sorted(life, key=lambda each: (each.at, each.seconds, _ORDER[each.kind])) for life in lives.values()]


_ORDER = {RecordKind.START: 0, RecordKind.INTERIM: 1, RecordKind.STOP: 2}


def _each(is_good: Callable[[Life], bool], lives: Iterable[Life]) -> Verdict:
    found = [is_good(life) for life in lives]
    if not found:
        return Verdict.UNKNOWN
    return Verdict.PASSED if all(found) else Verdict.FAILED


def _stops(life: Life) -> Life:
    return [each for each in life if each.kind is RecordKind.STOP]


def _seen_from_the_start(ended: Iterable[Life], heard: Sequence[Heard]) -> list[Life]:
    """Those that began after the first packet that was read."""
    since = min((each.at for each in heard), default=None)
    return [life for life in ended if since is not None and _stops(life)[0].began_at >= since]


def _is_one(life: Life) -> bool:
    """One device, and nothing begins again behind the end."""
    stops = _stops(life)
    begins_again = stops and any(e.kind is RecordKind.START and e.at > stops[0].at + ROUNDING for e in life)
    return not begins_again and len({each.device for each in life} - {""}) <= 1


def _is_told_once(life: Life) -> bool:
    starts = [each.at for each in life if each.kind is RecordKind.START]
    stops = {(each.seconds, each.octets) for each in _stops(life)}
    return bool(starts) and starts[-1] - starts[0] <= APART and len(stops) == 1


def _ends_with_its_stop(life: Life) -> bool:
    stop = _stops(life)[-1]
    highest = (max(e.seconds for e in life), *(max(e.octets[way] for e in life) for way in (0, 1)))
    return life[-1].at <= stop.at + ROUNDING and highest == (stop.seconds, *stop.octets)


def _keeps_identity(life: Life) -> bool:
    return all(each.has_identity for each in life)


def _rises(life: Life) -> bool:
    ordered = sorted(life, key=lambda each: (each.seconds, each.octets))
    return all(b.octets[0] >= a.octets[0] and b.octets[1] >= a.octets[1] for a, b in pairwise(ordered))


def _wraps(lives: Iterable[Life]) -> Verdict:
    """A counter that passed 4 GB each way, in a session where none fell."""
    risen = [life for life in lives if _rises(life)]
    passed = [any(each.octets[way] >= WRAP for life in risen for each in life) for way in (0, 1)]
    return Verdict.PASSED if all(passed) else Verdict.UNKNOWN


def _takes_its_time(life: Life) -> bool:
    stop = _stops(life)[0]
    return abs((stop.at - life[0].at).total_seconds() - stop.seconds) <= SECONDS_OFF


def _counts_packets(life: Life) -> bool:
    stop = _stops(life)[0]
    return all(not octets or packets for octets, packets in zip(stop.octets, stop.packets, strict=True))


def _volume(ended: Sequence[Life], fetched_octets: int | None) -> Verdict:
    if not ended or fetched_octets is None:
        return Verdict.UNKNOWN
    counted = max(max((_stops(life)[-1] for life in ended), key=lambda stop: stop.at).octets)
    lowest, highest = fetched_octets * (100 - LESS_PERCENT), fetched_octets * (100 + MORE_PERCENT)
    return Verdict.PASSED if lowest <= counted * 100 <= highest else Verdict.FAILED
