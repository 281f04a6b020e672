"""Users at a NAS that takes only so many at once (HN-W16): counted before a batch decides, and as it lets more in.

A user counts once for each device. Under the lock of the NAS no other batch, of whatever process, takes the last place.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeAlias

from hotgate.domain.limits import Grant
from hotgate.store import db
from hotgate.store.network import LOAD_CROWDS, LOCK_CROWDS

if TYPE_CHECKING:
    from hotgate.aaa.authorize import Case

Crowd: TypeAlias = set[tuple[int | None, str]]  # subscriber and device


async def look(connection: db.Aconnection, cases: Sequence[Case], *, locked: bool) -> None:
    """Give each case the crowd at its NAS, shared by all of that NAS; nothing is asked where none has a maximum."""
    limited = sorted({case.arrived.client.row.id for case in cases if case.arrived.client.row.users_max is not None})
    if not limited:
        return
    wanted = db.ints(limited)
    lock: list[db.Call] = [(LOCK_CROWDS, (wanted,))] if locked else []
    *_, present = await db.together(connection, *lock, (LOAD_CROWDS, (wanted, datetime.now(UTC))))
    found: dict[int, Crowd] = {nas_id: set() for nas_id in limited}
    for row in present:
        found[row.nas_id].add((row.subscriber_id, row.device))
    for case in cases:
        case.crowd = found.get(case.arrived.client.row.id)


def others(case: Case) -> int:
    """How many the NAS serves without this user on this device."""
    crowd = case.crowd
    return 0 if crowd is None else len(crowd) - (_self(case) in crowd)


def note(case: Case) -> None:
    """Whoever was let in counts for the next one of the batch."""
    if case.crowd is not None and case.decision is not None and isinstance(case.decision.answer, Grant):
        case.crowd.add(_self(case))


def _self(case: Case) -> tuple[int | None, str]:
    return (None if case.state is None else case.state.subscriber_id, case.ask.device)
