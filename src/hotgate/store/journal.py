"""The journal of packets: every accounting request that was booked, without its secrets, by days, never changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from hotgate.store.db import Command, Parameter, Statement, insert_into, ints, literals, octets, times


class Written(NamedTuple):
    """One packet of the journal, about to be written."""

    at: datetime  # our clock, when it came
    operator_id: int
    nas_id: int
    source: str
    packet: bytes


class Journaled(NamedTuple):
    at: datetime
    id: int
    operator_id: int
    nas_id: int
    source: str
    packet: bytes


WRITE_JOURNAL = Command(
    "WRITE_JOURNAL",
    "the packets of a batch, in the transaction that books them",
    insert_into("packet_journal", "at timestamptz, operator_id bigint, nas_id bigint, source inet, packet bytea"),
)

READ_JOURNAL = Statement(
    "READ_JOURNAL",
    "packets in the order in which each subscriber's were booked: ids are given under its lock",
    """
    SELECT at, id, operator_id, nas_id, host(source), packet FROM packet_journal
     WHERE at > $1::timestamptz AND nas_id IS NOT NULL AND ($2::bigint IS NULL OR operator_id = $2::bigint)
     ORDER BY id
    """,
    Journaled,
)


def journal_columns(rows: Sequence[Written]) -> list[Parameter]:
    """The parameters of WRITE_JOURNAL."""
    return [
        times(row.at for row in rows),
        ints(row.operator_id for row in rows),
        ints(row.nas_id for row in rows),
        literals(row.source for row in rows),
        octets(row.packet for row in rows),
    ]
