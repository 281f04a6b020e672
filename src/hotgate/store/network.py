"""The NAS as the AAA server needs it: who it is, its sealed secret, and what it can do."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from hotgate.store.db import Command, Statement


class NasRow(NamedTuple):
    id: int
    operator_id: int
    address: str  # one address, or a prefix as `network/length`
    identifier: str
    maker: str
    require_message_authenticator: str  # yes, no, auto
    has_sent_message_authenticator: bool
    limit_proxy_state: bool
    octets_swapped: bool | None  # None: as its maker does
    lacks_gigawords: bool
    sends_accounting: bool
    can_confine: bool
    mac_login: bool
    strict: bool
    coa_address: str | None  # None: where its packets come from
    coa_port: int
    reject_delay_ms: int | None  # None: as fits its maker
    sealed_secret: bytes
    previous_sealed: bytes | None = None  # still good while the NAS is being changed
    blocked: list[str] | None = None  # devices that its operator lets in nowhere: AA-BB-CC-DD-EE-FF
    site_id: int | None = None
    users_max: int | None = None  # at once
    identifier_since: datetime | None = None  # None: another operator was first to give a NAS this name


class NasVersion(NamedTuple):
    number: int  # of NASes, and of secrets that are being changed
    digest: int  # of the transactions that last wrote them


class Present(NamedTuple):
    nas_id: int
    subscriber_id: int | None
    device: str


class Yes(NamedTuple):
    done: bool


LOAD_NAS = Statement(
    "LOAD_NAS",
    "every enabled NAS that has a secret",
    """
    SELECT n.id, n.operator_id, text(n.address), n.identifier, n.maker, n.require_message_authenticator,
           n.message_authenticator_seen_at IS NOT NULL, n.limit_proxy_state, n.octets_swapped, n.lacks_gigawords,
           n.sends_accounting, n.can_confine, n.mac_login, n.strict,
           host(n.coa_address), n.coa_port, n.reject_delay_ms, s.sealed,
           CASE WHEN s.previous_until > now() THEN s.previous_sealed END,
           (SELECT array_agg(upper(replace(b.mac::text, ':', '-')) ORDER BY b.mac)
              FROM blocked_device b WHERE b.operator_id = n.operator_id),
           n.site_id, n.users_max, CASE WHEN n.operator_id = n.first_operator_id THEN n.identifier_since END
      FROM (SELECT *, first_value(operator_id) OVER (PARTITION BY lower(identifier COLLATE "C")
                                                     ORDER BY identifier_since NULLS LAST, id) AS first_operator_id
              FROM nas) AS n
      JOIN nas_secret s ON s.nas_id = n.id
     WHERE n.enabled
    """,
    NasRow,
)

NAS_VERSION = Statement(
    "NAS_VERSION",
    "numbers that change when any NAS, secret or blocked device was written or ran out: asked every second",
    """
    SELECT count(*) + count(*) FILTER (WHERE s.previous_until > now()),
           coalesce(bit_xor(hashint8extended(n.xmin::text::bigint, n.id)), 0)
                     # coalesce(bit_xor(hashint8extended(s.xmin::text::bigint, s.nas_id)), 0)
                     # (SELECT coalesce(bit_xor(hashint8extended(b.xmin::text::bigint, b.id)), 0) FROM blocked_device b)
      FROM nas n LEFT JOIN nas_secret s ON s.nas_id = n.id
    """,
    NasVersion,
)

LOCK_CROWDS = Statement(
    "LOCK_CROWDS",
    "one batch at a time lets users in at these NASes, which take only so many; ascending, after the subscribers",
    "SELECT true FROM unnest($1::bigint[]) AS g (id), pg_advisory_xact_lock(1195463749, (g.id % 2147483647)::int)",
    Yes,
)

LOAD_CROWDS = Statement(
    "LOAD_CROWDS",
    "who is at these NASes: running sessions, and Accepts whose accounting has not begun yet",
    """
    SELECT a.nas_id, a.subscriber_id, a.device
      FROM open_session o JOIN access_session a ON a.id = o.session_id WHERE o.nas_id = ANY ($1::bigint[])
     UNION
    SELECT t.nas_id, t.subscriber_id, t.device
      FROM slot t WHERE t.nas_id = ANY ($1::bigint[]) AND t.session_id IS NULL AND t.expires_at > $2::timestamptz
    """,
    Present,
)

SEE_NAS = Command(
    "SEE_NAS",
    "when each NAS last spoke, and that it has signed an Access-Request by Message-Authenticator",
    """
    UPDATE nas SET last_seen_at = seen.at,
           message_authenticator_seen_at = CASE WHEN seen.signed AND nas.message_authenticator_seen_at IS NULL
                                                THEN seen.at ELSE nas.message_authenticator_seen_at END
      FROM unnest($1::bigint[], $2::timestamptz[], $3::boolean[]) AS seen (id, at, signed)
     WHERE nas.id = seen.id
    """,
)
