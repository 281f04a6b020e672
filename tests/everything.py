"""A row in every table that belongs to operators, so that a test can ask each of them who sees it."""

from __future__ import annotations

from django.db import connection

from hotgate.apps.core import ids
from hotgate.apps.ledger.models import AccountKind
from hotgate.apps.ledger.services import open_account
from hotgate.apps.operators.models import Operator, Site
from hotgate.apps.subscribers import recharge
from hotgate.apps.subscribers import services as subscribers
from hotgate.apps.vouchers import services as vouchers
from world import NOON, World

# what only the AAA server writes
WRITTEN = """
INSERT INTO access_session (uuid, operator_id, nas_id, acct_session_id, started_at, subscriber_id, last_event_at,
                            last_heard_at)
VALUES (%(uuid)s, %(operator)s, %(nas)s, 's1', %(now)s, %(subscriber)s, %(now)s, %(now)s);
INSERT INTO session_allocation (session_id, entitlement_id, operator_id)
SELECT id, %(entitlement)s, operator_id FROM access_session WHERE uuid = %(uuid)s;
INSERT INTO session_order (session_id, operator_id, nas_id, kind)
SELECT id, operator_id, nas_id, 'disconnect' FROM access_session WHERE uuid = %(uuid)s;
INSERT INTO slot (subscriber_id, device, operator_id, taken_at) VALUES (%(subscriber)s, 'd', %(operator)s, %(now)s);
INSERT INTO usage (event_at, session_id, operator_id, seconds, octets_in, octets_out)
VALUES (%(now)s, 1, %(operator)s, 0, 0, 0);
INSERT INTO login_attempt (at, operator_id, outcome) VALUES (%(now)s, %(operator)s, 'accepted');
INSERT INTO packet_journal (at, operator_id, source, packet) VALUES (%(now)s, %(operator)s, '192.0.2.1', 'x');
INSERT INTO quarantine (operator_id, reason, attributes) VALUES (%(operator)s, 'x', '{}');
INSERT INTO event (operator_id, kind, payload) VALUES (%(operator)s, 'X', '{}');
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
    values = {
        "uuid": ids.uuid7(),
        "operator": operator.id,
        "nas": nas.id,
        "subscriber": guest.id,
        "entitlement": entitlement.id,
        "now": NOON,
    }
    with connection.cursor() as cursor:
        for statement in filter(str.strip, WRITTEN.split(";")):
            cursor.execute(statement, values)
