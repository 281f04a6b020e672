"""What really happened, what the server was told and has acknowledged, and whether its own totals say the same."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from hotgate.radius.attributes import AcctStatusType
from hotgate.simulator import quantities
from hotgate.simulator.session import Report


class Totals(NamedTuple):
    """Sums over sessions."""

    sessions: int = 0
    seconds: int = 0
    octets_in: int = 0
    octets_out: int = 0

    def less(self, other: Totals) -> Totals:
        """What came on top of `other`."""
        return Totals(*(mine - theirs for mine, theirs in zip(self, other, strict=True)))

    @property
    def octets(self) -> int:
        """Both ways together."""
        return self.octets_in + self.octets_out


@dataclass(slots=True)
class Told:
    """One session as the NAS meant it and as the server confirmed it: the greatest of each counter counts."""

    session_id: str
    moved: Report
    acknowledged: Report | None = None
    unanswered: int = 0
    ended: bool = False


@dataclass(slots=True)
class Truth:
    """All sessions of one guest, in order."""

    name: str
    sessions: list[Told] = field(default_factory=list)

    def begins(self, start: Report) -> Told:
        """A new session."""
        told = Told(start.session_id, start)
        self.sessions.append(told)
        return told

    @staticmethod
    def happens(told: Told, report: Report) -> None:
        """The NAS knows this, whether or not it arrives."""
        told.moved = _greater(told.moved, report)
        told.ended = told.ended or report.kind is AcctStatusType.STOP

    @staticmethod
    def arrives(told: Told, report: Report) -> None:
        """The server has acknowledged it."""
        told.acknowledged = report if told.acknowledged is None else _greater(told.acknowledged, report)

    def totals(self) -> Totals:
        """What the server must say: all that it has acknowledged."""
        return _sum(told.acknowledged for told in self.sessions)

    def moved(self) -> Totals:
        """What really moved; more than the totals only when a NAS rebooted in between or was never answered."""
        return _sum(told.moved for told in self.sessions)

    @property
    def unanswered(self) -> int:
        """Reports that no answer ever came for."""
        return sum(told.unanswered for told in self.sessions)


class ServerView(NamedTuple):
    """The sessions of one user as the server lists them."""

    totals: Totals = Totals()
    estimated: int = 0  # sessions that the server itself calls estimated


class NoView(Exception):
    """The server's totals are not to be had; the text says why."""


def view(output: str) -> ServerView:
    """From what `hotgate user NAME --json` prints. Raises NoView."""
    try:
        sessions = json.loads(output)["sessions"]
        totals = Totals(
            len(sessions),
            sum(each["seconds"] for each in sessions),
            sum(each["octets_in"] for each in sessions),
            sum(each["octets_out"] for each in sessions),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise NoView(f"the answer is no list of sessions ({error})") from error
    return ServerView(totals, sum(map(_is_estimated, sessions)))


class Verdict(NamedTuple):
    """Both sides, and in words where they part."""

    name: str
    told: Totals
    server: Totals
    estimated: int
    differences: Sequence[str]

    @property
    def equal(self) -> bool:
        """Whether nothing differs."""
        return not self.differences

    @property
    def honest(self) -> bool:
        """Whether nothing differs silently: a difference is allowed where the server calls a session estimated."""
        return self.equal or self.estimated > 0


def compare(truth: Truth, before: ServerView, after: ServerView) -> Verdict:
    """What the run added to the server's totals against what the server acknowledged in it."""
    told, server = truth.totals(), after.totals.less(before.totals)
    estimated = after.estimated - before.estimated
    differences = [
        f"{name.replace('_', ' ')}: {mine:,} told, {theirs:,} on the server"
        for name, mine, theirs in zip(Totals._fields, told, server, strict=True)
        if mine != theirs
    ]
    return Verdict(truth.name, told, server, estimated, differences)


def in_words(totals: Totals) -> str:
    """ "1 session, 12 s, 10 MB (2 MB up, 8 MB down)"."""
    sessions = "1 session" if totals.sessions == 1 else f"{totals.sessions} sessions"
    ways = f"{quantities.shown_octets(totals.octets_in)} up, {quantities.shown_octets(totals.octets_out)} down"
    seconds = quantities.shown_seconds(totals.seconds)
    return f"{sessions}, {seconds}, {quantities.shown_octets(totals.octets)} ({ways})"


def _greater(one: Report, other: Report) -> Report:
    return one._replace(
        seconds=max(one.seconds, other.seconds),
        octets_in=max(one.octets_in, other.octets_in),
        octets_out=max(one.octets_out, other.octets_out),
    )


def _sum(reports: Iterable[Report | None]) -> Totals:
    known = [report for report in reports if report is not None]
    return Totals(
        len(known),
        sum(report.seconds for report in known),
        sum(report.octets_in for report in known),
        sum(report.octets_out for report in known),
    )


def _is_estimated(session: dict[str, Any]) -> bool:
    return bool(session.get("estimated"))
