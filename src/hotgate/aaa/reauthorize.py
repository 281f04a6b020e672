"""What an order says to its NAS, worked out from the state at the moment of sending.

An order to disconnect for want of credit is dropped in favour of new limits when credit has come meanwhile, and one to
reauthorize becomes a disconnect when nothing is left or when the maker can't change what has to be changed.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from hotgate.aaa import sessionids
from hotgate.aaa.clients import Client
from hotgate.aaa.vendors import standard
from hotgate.aaa.vendors.standard import Used
from hotgate.domain import access, causes, places
from hotgate.domain.access import AccessRequest
from hotgate.domain.catalogue import Direction
from hotgate.domain.limits import Grant
from hotgate.domain.reasons import Reason
from hotgate.domain.sessions import Session
from hotgate.domain.subscriber import AccessState
from hotgate.radius import attributes as attr
from hotgate.radius.packet import VALUE_OCTETS_MAX, attribute, ipv4, text
from hotgate.store import db
from hotgate.store.access import LOAD_ACCOUNTS, LOCK_SUBSCRIBERS, no_secrets, states_of
from hotgate.store.accounting import LOAD_SESSIONS_BY_ID, session_of
from hotgate.store.changes import Changes
from hotgate.store.orders import Leased
from hotgate.store.terms import LOAD_PLANS, Terms

MASK = "•"  # in the stored name of a code, which therefore can't be sent

_ECONOMIC = frozenset(map(str, Reason))


class Wish(NamedTuple):
    """The content of one request to a NAS."""

    session: Session
    identifying: bytes
    changing: bytes  # new limits; empty for a Disconnect

    @property
    def is_change(self) -> bool:
        return bool(self.changing)

    @property
    def attributes(self) -> bytes:
        return self.identifying + self.changing

    def instead(self) -> Wish:
        """A Disconnect, where the NAS refused new limits."""
        return self._replace(changing=b"")


async def session_about(connection: db.Aconnection, order: Leased) -> Session | None:
    """The session that is meant; None when it is over."""
    rows = await LOAD_SESSIONS_BY_ID.afetch(connection, db.ints([order.session_id]))
    return None if not rows or rows[0].stopped_at is not None else session_of(rows[0])


async def wish_of(
    connection: db.Aconnection, terms: Terms, client: Client, order: Leased, session: Session, now: datetime
) -> Wish | None:
    """What to send; None when nothing is. A new slice is saved before it is told."""
    wish = Wish(session, identifying(session), b"")
    if order.reason == causes.PROBE_BY_COA and order.subscriber_id is None:
        return None  # a Disconnect is not what was asked for
    if order.subscriber_id is None or (order.kind == "disconnect" and order.reason not in _ECONOMIC):
        return wish
    session, grant = await _grant(connection, terms, client, order.session_id, order.subscriber_id, now)
    if order.reason == causes.PROBE_BY_COA and (grant is None or not client.maker.can_change(grant)):
        return None if grant is None else wish._replace(changing=standard.interim(grant))
    if grant is None or not client.maker.can_change(grant):
        return wish
    changing = client.maker.change(grant, used_of(session, grant.direction), client.client_view)
    return wish._replace(changing=changing)


def can_be_named(session: Session) -> bool:
    """Whether we know the octets by which its NAS calls it. By any others it might find another session, or none."""
    return sessionids.octets_of(session.acct_session_id) is not None


def identifying(session: Session) -> bytes:
    """Which session is meant (RFC 5176 §3): Acct-Session-Id with User-Name and Framed-IP-Address where known.

    Raises ValueError for one that can't be named.
    """
    session_id = sessionids.octets_of(session.acct_session_id)
    if session_id is None:
        raise ValueError(f"session {session.id}: its Acct-Session-Id is not known in full")
    octets = attribute(attr.ACCT_SESSION_ID, session_id)
    if _is_tellable(session.user_name):
        octets += attribute(attr.USER_NAME, text(session.user_name))
    if session.framed_ip and ":" not in session.framed_ip:
        octets += attribute(attr.FRAMED_IP_ADDRESS, ipv4(session.framed_ip))
    return octets


def _is_tellable(name: str) -> bool:
    """Whether it stands here as its NAS sent it: by a name that differs, it would find no session."""
    return name != "" and MASK not in name and sessionids.LOST not in name and len(text(name)) <= VALUE_OCTETS_MAX


def used_of(session: Session, direction: Direction) -> Used:
    """What the NAS has counted so far in the direction of the limit."""
    octets = {
        Direction.BOTH: session.octets_in + session.octets_out,
        Direction.DOWNLOAD: session.octets_out,
        Direction.UPLOAD: session.octets_in,
    }
    return Used(session.seconds, octets[direction])


async def _grant(
    connection: db.Aconnection,
    terms: Terms,
    client: Client,
    session_id: int,
    subscriber_id: int,
    now: datetime,
) -> tuple[Session, Grant | None]:
    """The limits that hold now, their slice lent to the session's device; no grant when access is refused.

    What the session has used is read under the same lock as what is left: no record can come between.
    """
    ids, own = [db.ints([subscriber_id])], [db.ints([session_id])]
    under_lock = (LOCK_SUBSCRIBERS, ids), (LOAD_ACCOUNTS, ids), (LOAD_SESSIONS_BY_ID, own)
    *_, rows, sessions = await db.together(connection, (db.BEGIN, ()), *under_lock)
    session = session_of(sessions[0])
    missing = terms.missing(rows)
    if missing:
        terms.add(await LOAD_PLANS.afetch(connection, db.ints(missing)), rows)
    state = states_of(rows, terms, no_secrets).get(1)
    request = AccessRequest(session.user_name, None, session.device, client.traits)
    decision = access.decide_access(state, request, now)
    if not isinstance(decision.answer, Grant) or state is None or decision.state is None:
        await db.ROLLBACK.afetch(connection)
        return session, None
    changes = Changes()
    changes.add_state(state, _with_running(decision.state, session))
    await db.together(connection, *changes.commands(now), (db.COMMIT, ()))
    return session, decision.answer


def _with_running(state: AccessState, session: Session) -> AccessState:
    """The device's new slot belongs to the session that runs already."""
    slot = next((s for s in state.slots if s.device == session.device), None)
    if slot is None:
        return state
    bound = slot._replace(session_id=session.id, expires_at=None, activates_at=None)
    return state._replace(slots=places.with_slot(state.slots, bound))
