"""The NAS as the AAA server needs it: who it is, its sealed secret, and what it can do."""

from __future__ import annotations

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


class NasVersion(NamedTuple):
    number: int  # of NASes, and of secrets that are being changed
    digest: int  # of the transactions that last wrote them


LOAD_NAS = Statement(
    "LOAD_NAS",
    "every enabled NAS that has a secret",
    """
    SELECT n.id, n.operator_id, text(n.address), n.identifier, n.maker, n.require_message_authenticator,
           n.message_authenticator_seen_at IS NOT NULL, n.limit_proxy_state, n.octets_swapped, n.lacks_gigawords,
           n.sends_accounting, n.can_confine, n.mac_login, n.strict,
           host(n.coa_address), n.coa_port, n.reject_delay_ms, s.sealed,
           CASE WHEN s.previous_until > now() THEN s.previous_sealed END
      FROM nas n JOIN nas_secret s ON s.nas_id = n.id
     WHERE n.enabled
    """,
    NasRow,
)

NAS_VERSION = Statement(
    "NAS_VERSION",
    "numbers that change when any NAS or secret was written or ran out: cheap enough to ask every second",
    """
    SELECT count(*) + count(*) FILTER (WHERE s.previous_until > now()),
           coalesce(bit_xor(hashint8extended(n.xmin::text::bigint, n.id)), 0)
                     # coalesce(bit_xor(hashint8extended(s.xmin::text::bigint, s.nas_id)), 0)
      FROM nas n LEFT JOIN nas_secret s ON s.nas_id = n.id
    """,
    NasVersion,
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
