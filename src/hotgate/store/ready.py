"""What a login reads of an ordinary user, in one step.

`ready_login` has a row for each credential of a user with one live entitlement of a flat plan and no hold: the database
keeps it (`keep_ready_logins`). Rows are those of `LOAD_ACCESS_STATES`, but for what decides nothing there: the wallet,
and the slots where the plan takes any number of devices. Whoever has no row is asked for by `LOAD_ACCESS_STATES`.
"""

from __future__ import annotations

from hotgate.store.access import NAMED, OPERATOR, SLOTS, StateRow
from hotgate.store.db import Statement, rows_of

LOAD_READY_LOGINS = Statement(
    "LOAD_READY_LOGINS",
    "who has these names or codes, of those about whom nothing is out of the ordinary",
    f"""
    SELECT k.position, s.subscriber_id, s.operator_id,
           coalesce((SELECT site.time_zone FROM site WHERE site.id = s.site_id), o.time_zone),
           s.credential_id, s.kind, s.pap_digest, s.sealed, NULL::bigint, NULL::boolean, NULL::bigint, NULL::json[],
           CASE WHEN f.devices_max IS NOT NULL THEN {SLOTS.format(subscriber="s.subscriber_id")} END,
           s.entitlement_id, s.plan_id, f.revision, s.created_at, s.starts_at, s.validity_kind, s.validity_amount,
           s.validity_unit, NULL::bigint, s.cycles, s.first_used_at, s.valid_until, s.cycle_anchor, NULL::timestamptz,
           0::bigint, '{{}}'::bigint[], s.ended_at, o.sites
      FROM {rows_of("operator_id bigint, name_key text", numbered=True)} AS k
      JOIN ready_login s ON {NAMED.replace("c.", "s.")}
      {OPERATOR}
      JOIN LATERAL (SELECT f.revision, f.devices_max FROM plan p JOIN service_profile f ON f.id = p.profile_id
                     WHERE p.id = s.plan_id OFFSET 0) f ON true
    """,
    StateRow,
)
