"""A row in every table that belongs to operators, so that a test can ask each of them who sees it."""

from __future__ import annotations

from django.db import connection

from hotgate.apps.core import ids
from hotgate.apps.ledger.models import AccountKind
from hotgate.apps.ledger.services import open_account
from hotgate.apps.operators.models import Operator, Site
from hotgate.apps.subscribers import recharge
from hotgate.apps.subscribers import services as subscribers
from hotgate.apps.vouchers import quick
from hotgate.apps.vouchers import services as vouchers
from world import NOON, World

# what only the AAA server writes
WRITTEN = """
INSERT INTO access_session (uuid, operator_id, nas_id, acct_session_id, started_at, subscriber_id, last_event_at,
                            last_heard_at)
VALUES (%(uuid)s, %(operator)s, %(nas)s, 's1', %(now)s, %(subscriber)s, %(now)s, %(now)s);
INSERT INTO session_allocation (session_id, entitlement_id, operator_id)
SELECT id, %(entitlement)s, operator_id FROM access_session WHERE uuid = %(uuid)s;
INSERT INTO session_address (session_id, until, operator_id)
SELECT id, started_at, operator_id FROM access_session WHERE uuid = %(uuid)s;
INSERT INTO association (uuid, operator_id, subscriber_id, nas_id, device, access_point, began_at)
VALUES (%(uuid)s, %(operator)s, %(subscriber)s, %(nas)s, '00-00-5E-00-53-01', '00-00-5E-00-53-02', %(now)s);
INSERT INTO session_order (session_id, operator_id, nas_id, kind)
SELECT id, operator_id, nas_id, 'disconnect' FROM access_session WHERE uuid = %(uuid)s;
INSERT INTO slot (subscriber_id, device, operator_id, taken_at) VALUES (%(subscriber)s, 'd', %(operator)s, %(now)s);
INSERT INTO usage (event_at, session_id, operator_id, seconds, octets_in, octets_out)
VALUES (%(now)s, 1, %(operator)s, 0, 0, 0);
INSERT INTO login_attempt (at, operator_id, outcome) VALUES (%(now)s, %(operator)s, 'accepted');
INSERT INTO packet_journal (at, operator_id, source, packet) VALUES (%(now)s, %(operator)s, '192.0.2.1', 'x');
INSERT INTO quarantine (operator_id, reason, attributes) VALUES (%(operator)s, 'x', '{}');
INSERT INTO event (operator_id, kind, payload) VALUES (%(operator)s, 'X', '{}');
INSERT INTO daily_usage (subscriber_id, day, operator_id) VALUES (%(subscriber)s, '2026-06-20', %(operator)s);
INSERT INTO list_price (plan_id, operator_id, amount_minor) VALUES (%(plan)s, %(operator)s, 100);
INSERT INTO plan_example (operator_id, plan_id, position, used, day, expected)
VALUES (%(operator)s, %(plan)s, 0, 0, 1, 'accepted');
INSERT INTO seller_discount (operator_id, percent) VALUES (%(operator)s, 5);
INSERT INTO realm_plan (realm_id, plan_id, operator_id)
SELECT realm_id, %(plan)s, operator_id FROM subscriber WHERE id = %(subscriber)s;
INSERT INTO realm_site (realm_id, site_id, operator_id)
SELECT realm_id, site_id, operator_id FROM subscriber WHERE id = %(subscriber)s;
INSERT INTO site_devices (site_id, realm_id, operator_id)
SELECT site_id, realm_id, operator_id FROM subscriber WHERE id = %(subscriber)s;
INSERT INTO mac_address (credential_id, subscriber_id, operator_id, mac)
SELECT id, subscriber_id, operator_id, '00-00-5E-00-53-01' FROM credential WHERE subscriber_id = %(subscriber)s;
INSERT INTO ready_login (credential_id, operator_id, name_key, kind, subscriber_id, realm_id, entitlement_id, plan_id,
                         created_at, starts_at, validity_kind, validity_amount, validity_unit)
SELECT id, operator_id, 'x', 'password', subscriber_id, 1, %(entitlement)s, %(plan)s, %(now)s, %(now)s, 'always', 0,
       'day'
  FROM credential WHERE subscriber_id = %(subscriber)s LIMIT 1;
INSERT INTO readable_password (subscriber_id, operator_id, sealed) VALUES (%(subscriber)s, %(operator)s, 'x');
INSERT INTO card_batch (uuid, operator_id, realm_id, size)
SELECT %(uuid)s, operator_id, realm_id, 1 FROM subscriber WHERE id = %(subscriber)s;
INSERT INTO card (subscriber_id, operator_id, batch_id, number)
SELECT %(subscriber)s, operator_id, id, 1 FROM card_batch WHERE uuid = %(uuid)s;
INSERT INTO credential_link (uuid, operator_id, subscriber_id, digest, expires_at)
VALUES (%(uuid)s, %(operator)s, %(subscriber)s, uuid_send(%(uuid)s), %(now)s);
INSERT INTO terms_version (operator_id, digest, text) VALUES (%(operator)s, 'x', 'x');
INSERT INTO consent (operator_id, subscriber_id, terms_id, at)
SELECT operator_id, %(subscriber)s, id, %(now)s FROM terms_version WHERE operator_id = %(operator)s;
INSERT INTO free_plan_claim (operator_id, digest, claimed_at) VALUES (%(operator)s, 'x', %(now)s);
INSERT INTO registration (operator_id, token_digest, realm_id, answers_sealed, expires_at)
SELECT operator_id, 'x', realm_id, 'x', %(now)s FROM subscriber WHERE id = %(subscriber)s;
INSERT INTO api_token (uuid, operator_id, name, public, digest, role, scopes)
VALUES (%(uuid)s, %(operator)s, 'x', %(uuid)s, 'x', 'auditor', '{users:read}');
INSERT INTO blocked_device (operator_id, mac) VALUES (%(operator)s, '00-00-5E-00-53-01');
INSERT INTO floor_plan (uuid, operator_id, site_id, name)
SELECT %(uuid)s, operator_id, site_id, 'x' FROM nas WHERE id = %(nas)s;
INSERT INTO access_point (uuid, operator_id, site_id, name, nas_id)
SELECT %(uuid)s, operator_id, site_id, 'x', id FROM nas WHERE id = %(nas)s;
INSERT INTO gateway_certificate (operator_id, nas_id, at, maker, packets, sessions, verdicts, passed)
VALUES (%(operator)s, %(nas)s, %(now)s, 'standard', 0, 0, '{}', false);
INSERT INTO log_retention (operator_id, preset, days, decided_at) VALUES (%(operator)s, 'none', 0, %(now)s);
INSERT INTO idempotency_key (operator_id, caller, key, request, at) VALUES (%(operator)s, 1, 'k', 'x', %(now)s);
INSERT INTO work (uuid, operator_id, kind, began_at, told_at) VALUES (%(uuid)s, %(operator)s, 'x', %(now)s, %(now)s);
INSERT INTO message (uuid, operator_id, channel, recipient, purpose)
VALUES (%(uuid)s, %(operator)s, 'email', 'a@example.org', 'x');
INSERT INTO user_import (uuid, operator_id, realm_id, file_name, mapping, problems)
SELECT %(uuid)s, operator_id, realm_id, 'x', '{}', '[]' FROM subscriber WHERE id = %(subscriber)s;
INSERT INTO router_source (nas_id, operator_id, realm_id, port, username, password_sealed, rules, conflicts)
SELECT %(nas)s, operator_id, realm_id, 80, 'x', 'x', '[]', '[]' FROM subscriber WHERE id = %(subscriber)s;
INSERT INTO router_user (operator_id, nas_id, name, subscriber_id)
VALUES (%(operator)s, %(nas)s, 'x', %(subscriber)s);
"""


def fill(world: World) -> None:
    """For both operators."""
    _fill(world, world.operator, world.site, "192.0.2.1")
    _fill(world, world.other_operator, world.other_site, "192.0.2.2")


def _fill(world: World, operator: Operator, site: Site, address: str) -> None:
    there = World(operator, site, world.owner, world.cashier, operator, site, world.stranger)
    nas, plan, guest = there.nas(address), there.plan(), there.guest()
    entitlement = there.entitlement(guest, plan)
    subscribers.place_hold(by=there.by, now=NOON, subscriber=guest)
    open_account(operator=operator, kind=AccountKind.CASH)
    recharge.top_up(by=there.by, now=NOON, subscriber=guest, amount_minor=100)
    vouchers.create_ticket(by=there.by, now=NOON, operator=operator, plan=plan)
    quick.change_ticket_settings(by=there.by, now=NOON, operator=operator, separate_password=True, support_line="9")
    values = {
        "uuid": ids.uuid7(),
        "operator": operator.id,
        "nas": nas.id,
        "subscriber": guest.id,
        "entitlement": entitlement.id,
        "plan": plan.id,
        "now": NOON,
    }
    with connection.cursor() as cursor:
        for statement in filter(str.strip, WRITTEN.split(";")):
            cursor.execute(statement, values)
