"""All that one access decision reads, and what it changes.

`LOAD_ACCESS_STATES` finds a subscriber by operator and name key, `LOAD_ACCOUNTS` by its id; both give one row per live
entitlement, and `states_of` makes the value that the rules read. Plan terms never change, so a process keeps them in
`Terms`; of a profile it keeps the revision that the row names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from hotgate.domain.catalogue import Plan, Unit, Validity, ValidityKind
from hotgate.domain.subscriber import (
    AccessState,
    Credential,
    CredentialKind,
    Entitlement,
    Hold,
    HoldKind,
    Slot,
    Wallet,
)
from hotgate.store.db import Command, Statement, insert_into, rows_of

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class StateRow(NamedTuple):
    """One live entitlement of one subscriber with everything that stands around it; `entitlement_id` None: none."""

    position: int  # of the key asked for, from 1
    subscriber_id: int
    operator_id: int
    zone: str
    credential_id: int | None
    credential_kind: str | None
    pap_digest: bytes | None
    sealed: bytes | None
    wallet_minor: int | None
    wallet_postpaid: bool | None
    wallet_limit_minor: int | None
    holds: list[list[Any]] | None  # None as well as empty: none
    slots: list[list[Any]] | None  # in no order
    entitlement_id: int | None
    plan_id: int
    revision: int
    created_at: datetime
    starts_at: datetime
    validity_kind: str
    validity_amount: int
    validity_unit: str
    amount: int | None
    cycles: int | None
    first_used_at: datetime | None
    valid_until: datetime | None
    cycle_anchor: datetime | None
    cycle_started_at: datetime | None
    used: int
    earlier: list[int]
    ended_at: datetime | None
    sites: list[int] | None  # where the realm works; None: everywhere


Unseal: TypeAlias = Callable[[StateRow], bytes | None]  # the clear text of `sealed`, where it is wanted


class Locked(NamedTuple):
    id: int


# One number for operator and name, which a hash index finds in one step (`credential_found`).
NAMED = """hashtextextended(c.name_key, c.operator_id) = hashtextextended(k.name_key, k.operator_id)
                           AND c.operator_id = k.operator_id AND c.name_key = k.name_key"""

_CODE = "(SELECT c.kind FROM credential c WHERE c.subscriber_id = s.id AND c.kind = 'code' LIMIT 1)"
_HOLDS = """ARRAY(SELECT json_build_array(h.kind, h.entitlement_id, h.until)
               FROM hold h WHERE h.subscriber_id = s.id AND h.released_at IS NULL)"""
OPEN_HOLD = "hold WHERE released_at IS NULL"
SLOTS = """ARRAY(SELECT json_build_array(t.taken_at, t.device, t.expires_at, t.session_id, t.entitlement_id,
                                    t.slice_amount, t.slice_used, t.activates_at, t.session_ends_at, t.nas_id)
              FROM slot t WHERE t.subscriber_id = {subscriber})"""
_SLOTS = SLOTS.format(subscriber="s.id")

_AROUND = """
       w.balance_minor, w.postpaid, w.credit_limit_minor, {holds}, {slots},
       e.id, e.plan_id, f.revision, e.created_at, e.starts_at, e.validity_kind, e.validity_amount, e.validity_unit,
       e.amount, e.cycles, e.first_used_at, e.valid_until, e.cycle_anchor, e.cycle_started_at, e.used, e.earlier,
       e.ended_at, o.sites
"""
_ZONE = "coalesce((SELECT site.time_zone FROM site WHERE site.id = s.site_id), o.time_zone)"

# OFFSET 0 keeps a lookup whole: the plan then remembers what it gave for each key (Memoize), and most rows of a batch
# share their operator, realm and plan; and the planner expects a row for each name, where it would expect one in all.
# An entitlement nobody shares: with the position among its keys, no plan tries to remember it. It comes last but one,
# for each join copies the columns of all before it.
OPERATOR = """
  JOIN LATERAL (SELECT o.time_zone,
                       (SELECT array_agg(r.site_id) FROM realm_site r WHERE r.realm_id = s.realm_id) AS sites
                  FROM operator o WHERE o.id = s.operator_id OFFSET 0) o ON true
"""
_JOINED = f"""
  {OPERATOR}
  LEFT JOIN ledger_account w ON w.id = s.wallet_id
  LEFT JOIN LATERAL (SELECT k.position, e.* FROM entitlement e WHERE e.subscriber_id = s.id AND e.live OFFSET 0) e
         ON true
  LEFT JOIN LATERAL (SELECT f.revision FROM plan p JOIN service_profile f ON f.id = p.profile_id
                      WHERE p.id = e.plan_id OFFSET 0) f ON true
"""

_BY_NAME = f"""
SELECT k.position, s.id, s.operator_id, {_ZONE}, s.credential_id, s.kind, s.pap_digest,
       s.sealed, {_AROUND.format(holds=_HOLDS, slots=_SLOTS)}
  FROM {rows_of("operator_id bigint, name_key text", numbered=True)} AS k
  JOIN LATERAL (SELECT s.id, s.operator_id, s.realm_id, s.site_id, s.wallet_id, c.id AS credential_id, c.kind,
                       {{secret}}
                  FROM credential c JOIN subscriber s ON s.id = c.subscriber_id {{secret_joined}}
                 WHERE {NAMED} AND c.enabled OFFSET 0) s ON true
  {_JOINED}
"""


def if_any(where: str, of: str) -> str:
    """A list that most batches have none of: one question for all, before one for each."""
    return f"CASE WHEN EXISTS (SELECT FROM {where} AND subscriber_id = ANY ($1::bigint[])) THEN {of} END"


_BY_ID = f"""
SELECT k.position, s.id, s.operator_id, {_ZONE}, NULL::bigint,
       {if_any("credential WHERE kind = 'code'", _CODE)}, NULL::bytea, NULL::bytea,
       {_AROUND.format(holds=if_any(OPEN_HOLD, _HOLDS), slots=if_any("slot WHERE true", _SLOTS))}
  FROM {rows_of("id bigint", numbered=True)} AS k
  JOIN subscriber s ON s.id = k.id
  {_JOINED}
"""

LOAD_ACCESS_STATES = Statement(
    "LOAD_ACCESS_STATES",
    "who has these names or codes, with the secrets that prove it: for the AAA server's role",
    _BY_NAME.format(
        secret="cs.pap_digest, cs.sealed",
        secret_joined="LEFT JOIN credential_secret cs ON cs.credential_id = c.id",
    ),
    StateRow,
)

LOAD_STATES_BY_NAME = Statement(
    "LOAD_STATES_BY_NAME",
    "the same without secrets, for the web, which may not read them",
    _BY_NAME.format(secret="NULL::bytea AS pap_digest, NULL::bytea AS sealed", secret_joined=""),
    StateRow,
)

LOAD_ACCOUNTS = Statement(
    "LOAD_ACCOUNTS",
    "what these subscribers hold, by id; the kind is `code` where one of its credentials is a code",
    _BY_ID,
    StateRow,
)

LOCK_SUBSCRIBERS = Statement(
    "LOCK_SUBSCRIBERS",
    "lock these subscribers in ascending order; load only in the next statement, which sees what the wait let through",
    "SELECT id FROM subscriber WHERE id = ANY ($1::bigint[]) ORDER BY id FOR NO KEY UPDATE",
    Locked,
)

LOCK_NAMED = Statement(
    "LOCK_NAMED",
    "the same for whoever has these names or codes",
    f"""
    SELECT id FROM subscriber
     WHERE id = ANY (ARRAY(SELECT c.subscriber_id
                             FROM {rows_of("operator_id bigint, name_key text")} AS k
                             JOIN credential c ON {NAMED}))
     ORDER BY id FOR NO KEY UPDATE
    """,
    Locked,
)

LIST_HELD = Statement(
    "LIST_HELD",
    "which of these another transaction has locked; what is free is locked for this statement only",
    """
    WITH free AS MATERIALIZED (
        SELECT id FROM subscriber WHERE id = ANY ($1::bigint[]) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED)
    SELECT id FROM subscriber WHERE id = ANY ($1::bigint[]) AND id NOT IN (SELECT id FROM free)
    """,
    Locked,
)

_SLOT = """
    subscriber_id bigint, device text, operator_id bigint, taken_at timestamptz, expires_at timestamptz,
    session_id bigint, entitlement_id bigint, slice_amount bigint, slice_used bigint, activates_at timestamptz,
    session_ends_at timestamptz, nas_id bigint
"""
SAVE_SLOTS = Command(
    "SAVE_SLOTS",
    "the slot of each (subscriber, device), taken anew or changed",
    f"""
    {insert_into("slot AS old", _SLOT)}
    ON CONFLICT (subscriber_id, device) DO UPDATE
       SET expires_at = excluded.expires_at, session_id = excluded.session_id, entitlement_id = excluded.entitlement_id,
           slice_amount = excluded.slice_amount, slice_used = excluded.slice_used,
           activates_at = excluded.activates_at, session_ends_at = excluded.session_ends_at, nas_id = excluded.nas_id
    """,
)

DELETE_SLOTS = Command(
    "DELETE_SLOTS",
    "slots given back",
    f"""
    DELETE FROM slot USING {rows_of("subscriber_id bigint, device text")} AS gone
     WHERE slot.subscriber_id = gone.subscriber_id AND slot.device = gone.device
    """,
)

_USED = """
    id bigint, first_used_at timestamptz, valid_until timestamptz, cycle_anchor timestamptz,
    cycle_started_at timestamptz, used bigint, earlier text
"""
SAVE_ENTITLEMENTS = Command(
    "SAVE_ENTITLEMENTS",
    "what use changes in an entitlement: its first use, its end, its cycle, what was used",
    f"""
    UPDATE entitlement
       SET first_used_at = new.first_used_at, valid_until = new.valid_until, cycle_anchor = new.cycle_anchor,
           cycle_started_at = new.cycle_started_at, used = new.used, earlier = new.earlier::bigint[]
      FROM {rows_of(_USED)} AS new
     WHERE entitlement.id = new.id
    """,
)

_HOLD = """
    uuid uuid, operator_id bigint, subscriber_id bigint, kind text, entitlement_id bigint, until timestamptz,
    reason text, created_at timestamptz
"""
SAVE_HOLDS = Command(
    "SAVE_HOLDS",
    "holds that use has brought about; one that is open already stays as it is",
    f"""
    {insert_into("hold", _HOLD)}
    ON CONFLICT DO NOTHING
    """,
)


def states_of(rows: Iterable[StateRow], plan_of: Callable[[int, int], Plan], unseal: Unseal) -> dict[int, AccessState]:
    """The state at each position that has one. `plan_of(plan id, revision)` raises KeyError when it is not at hand."""
    states: dict[int, AccessState] = {}
    for row in rows:
        state = states.get(row.position)
        if state is None:
            entitlements = () if row.entitlement_id is None else (entitlement_of(row, plan_of),)
            states[row.position] = state_of(row, entitlements, unseal)
        else:
            states[row.position] = state._replace(entitlements=(*state.entitlements, entitlement_of(row, plan_of)))
    return states


def state_of(row: StateRow, entitlements: tuple[Entitlement, ...], unseal: Unseal) -> AccessState:
    """One subscriber's state from any of its rows."""
    wallet = None
    if row.wallet_minor is not None:
        wallet = Wallet(row.wallet_minor, bool(row.wallet_postpaid), row.wallet_limit_minor)
    return AccessState(
        row.subscriber_id,
        row.operator_id,
        zone_of(row.zone),
        None if row.credential_id is None else credential_of(row, unseal),
        entitlements,
        wallet,
        tuple([hold_of(*each) for each in row.holds]) if row.holds else (),
        slots_of(row.slots) if row.slots else (),
        () if row.sites is None else tuple(row.sites),
    )


def credential_of(row: StateRow, unseal: Unseal) -> Credential:
    """The credential by which the subscriber was found."""
    assert row.credential_id is not None
    kind = _CREDENTIAL_KINDS[row.credential_kind or ""]
    return Credential(row.credential_id, kind, row.pap_digest, None if row.sealed is None else unseal(row))


def entitlement_of(row: StateRow, plan_of: Callable[[int, int], Plan]) -> Entitlement:
    """The entitlement of one row."""
    assert row.entitlement_id is not None
    return Entitlement(
        row.entitlement_id,
        plan_of(row.plan_id, row.revision),
        row.created_at,
        row.starts_at,
        validity_of(row.validity_kind, row.validity_amount, row.validity_unit),
        row.amount,
        row.cycles,
        row.first_used_at,
        row.valid_until,
        row.cycle_anchor,
        row.cycle_started_at,
        row.used,
        earlier_of(row.earlier) if row.earlier else (),
        row.ended_at,
    )


def no_secrets(_row: StateRow) -> None:
    """An `Unseal` for whoever needs none."""
    return


def hold_of(kind: str, entitlement_id: int | None, until: str | None) -> Hold:
    return Hold(HoldKind(kind), entitlement_id, _time(until))


def slots_of(told: list[list[Any]]) -> tuple[Slot, ...]:
    """Slots, each behind the time when it was taken; the oldest first."""
    in_order = told if len(told) == 1 else sorted(told, key=_taken_at)
    return tuple([slot_of(*each[1:]) for each in in_order])


def _taken_at(told: list[Any]) -> datetime:
    return datetime.fromisoformat(told[0])


def slot_of(
    device: str,
    expires_at: str | None,
    session_id: int | None,
    entitlement_id: int | None,
    slice_amount: int | None,
    slice_used: int,
    activates_at: str | None,
    session_ends_at: str | None,
    nas_id: int | None,
) -> Slot:
    return Slot(
        device,
        _time(expires_at),
        session_id,
        entitlement_id,
        slice_amount,
        slice_used,
        _time(activates_at),
        _time(session_ends_at),
        nas_id,
    )


def earlier_of(flat: Sequence[int]) -> tuple[tuple[datetime, int], ...]:
    """[start in epoch seconds, used, start, used …] → ((start, used), …)."""
    pairs = zip(flat[::2], flat[1::2], strict=True)
    return tuple((datetime.fromtimestamp(seconds, UTC), used) for seconds, used in pairs)


def flat_earlier(earlier: Iterable[tuple[datetime, int]]) -> list[int]:
    """The other way round."""
    return [number for started_at, used in earlier for number in (int(started_at.timestamp()), used)]


@lru_cache(maxsize=4096)
def validity_of(kind: str, amount: int, unit: str) -> Validity:
    return Validity(ValidityKind(kind), amount, Unit(unit))


@lru_cache(maxsize=1024)
def zone_of(name: str) -> ZoneInfo:
    """A zone this machine doesn't know counts as UTC: access must not fail for it."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


_CREDENTIAL_KINDS = {kind.value: kind for kind in CredentialKind}
