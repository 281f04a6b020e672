"""Which records of a booking are tried at once, by `ADVANCE_QUIETLY`, before anything is loaded for them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from hotgate.domain.access import NasTraits
from hotgate.domain.metering import start_epoch
from hotgate.domain.quiet import AHEAD, READINGS
from hotgate.domain.sessions import Record, RecordKind
from hotgate.store.quiet import Reading

if TYPE_CHECKING:
    from hotgate.aaa.booking import Told

LEFT_ALONE_MAX = 65_536  # sessions remembered


class Readings:
    """Picks them. A session whose reading was for the rules once is loaded at once the next time, as most of those
    are by whose plan use is counted."""

    def __init__(self) -> None:
        self._left_alone: set[int] = set()

    def worth_trying(self, told: Sequence[Told], traits_of: Callable[[int], NasTraits]) -> list[Told]:
        """Interims and Stops that are the only record of their subscriber here, and in themselves not odd."""
        copies = Counter([each.subscriber_id for each in told])
        return [
            each
            for each in told
            if each.subscriber_id is not None
            and copies[each.subscriber_id] == 1
            and _is_plain(each.record)
            and _key(each.record) not in self._left_alone
            and not traits_of(each.record.nas_id).lacks_gigawords
        ]

    def left_alone(self, told: Sequence[Told]) -> None:
        """These were tried, and are for the rules. Behind a Stop nothing comes."""
        if len(self._left_alone) > LEFT_ALONE_MAX:
            self._left_alone.clear()
        self._left_alone.update([_key(each.record) for each in told if each.record.kind is RecordKind.INTERIM])


def reading_of(told: Told) -> Reading:
    """The record as the statement asks for it."""
    record = told.record
    assert told.subscriber_id is not None
    return Reading(record, told.operator_id, told.subscriber_id, start_epoch(record.event_at, record.session_seconds))


def _is_plain(record: Record) -> bool:
    return (
        record.kind in READINGS
        and record.session_id is None
        and record.is_timed
        and not record.framed_ipv6
        and not record.has_odd_packets
        and record.event_at - record.received_at < AHEAD
    )


def _key(record: Record) -> int:
    return hash((record.nas_id, record.acct_session_id))
