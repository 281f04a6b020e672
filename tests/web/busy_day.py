"""What a day leaves behind in the café: tickets used and not, a user on hold, sessions, refusals, strange packets."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection

from hotgate.apps.core import ids
from hotgate.apps.ledger.models import LedgerAccount
from hotgate.apps.operators.actor import COMMAND_LINE as BY
from hotgate.apps.subscribers import recharge, services
from hotgate.apps.subscribers.models import Entitlement
from hotgate.apps.usage.models import AccessSession
from hotgate.apps.vouchers import services as vouchers
from hotgate.domain import quantities as q
from web.office import Office, now

USER = "maria"
RIGHT_TO_LEFT = "مقهى الفجر"


class Day(NamedTuple):
    maria: Any  # online, with money and a monthly plan
    bruno: Any  # used up
    carla: Any  # on hold
    ticket: Any  # a voucher that nobody has used
    session: Any


def live_through(office: Office) -> Day:
    at = now()
    maria = _user(office, USER, display_name="Maria Rossi", phone="+39 06 555 0101")
    bruno = _user(office, "bruno@example.com", display_name="Bruno <b>Bold</b>")
    carla = _user(office, RIGHT_TO_LEFT)
    recharge.top_up(by=BY, now=at, subscriber=maria, amount_minor=2000, reference="cash")
    recharge.buy_entitlement(by=BY, now=at, subscriber=maria, plan=office.plans["1 GB"])
    recharge.give_entitlement(by=BY, now=at, subscriber=maria, plan=office.plans["20 GB a month"])
    spent = recharge.give_entitlement(by=BY, now=at, subscriber=bruno, plan=office.plans["1 hour"])
    Entitlement.objects.filter(id=spent.id).update(used=q.HOUR, first_used_at=at - timedelta(hours=3))
    recharge.give_entitlement(by=BY, now=at, subscriber=carla, plan=office.plans["Day pass"])
    session = _session(office, maria, at - timedelta(minutes=42), 2_520, 812 * q.MB)
    _session(office, maria, at - timedelta(days=1), 5_400, 1_200 * q.MB, stopped_at=at - timedelta(hours=22))
    _session(office, carla, at - timedelta(minutes=5), 300, 30 * q.MB)
    services.place_hold(by=BY, now=at, subscriber=carla, reason="asked to wait at the desk")
    ticket = vouchers.create_ticket(by=BY, now=at, operator=office.operator, plan=office.plans["1 GB"])
    _attempts(office, maria, bruno, at)
    return Day(maria, bruno, carla, ticket.voucher, session)


def _user(office: Office, name: str, **more: Any) -> Any:
    return services.register_subscriber(
        by=BY, now=now(), operator=office.operator, name=name, password="a long password", **more
    )


def _session(office: Office, user: Any, began: datetime, seconds: int, octets: int, **more: Any) -> Any:
    heard = more.get("stopped_at") or now()
    return AccessSession.objects.create(
        uuid=ids.uuid7(),
        operator=office.operator,
        nas=office.nas,
        acct_session_id=f"s{began:%H%M%S}{user.id}",
        started_at=began,
        subscriber=user,
        entitlement=Entitlement.objects.filter(subscriber=user).order_by("id").first(),
        user_name=user.name,
        device="02-00-00-AA-BB-01",
        mac="02-00-00-AA-BB-01",
        framed_ip="10.1.0.23",
        last_event_at=heard,
        last_heard_at=heard,
        seconds=seconds,
        octets_out=octets,
        octets_in=octets // 9,
        **more,
    )


def _attempts(office: Office, maria: Any, bruno: Any, at: datetime) -> None:
    own, nas = office.operator.id, office.nas.id
    rows = [
        (own, nas, "192.0.2.7", maria.id, maria.name, "02-00-00-AA-BB-01", "accepted", "", "", "auth", 1),
        (own, nas, "192.0.2.7", bruno.id, bruno.name, "02-00-00-AA-BB-02", "refused", "used_up", "", "auth", 1),
        (own, nas, "192.0.2.7", None, "•••••••7QX", "02-00-00-AA-BB-03", "refused", "unknown_name", "", "auth", 1),
        (own, nas, "192.0.2.7", None, "<script>alert(1)</script>", "", "refused", "wrong_password", "", "auth", 3),
        (own, nas, "192.0.2.7", None, "", "", "dropped", "", "D9", "auth", 12),
        (None, None, "203.0.113.44", None, "", "", "dropped", "", "D1", "auth", 240),
    ]
    sql = (
        "INSERT INTO login_attempt (at, operator_id, nas_id, source, subscriber_id, user_name, device, outcome,"
        " reason, rule, kind, count) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
    )
    with connection.cursor() as cursor:
        for minute, row in enumerate(rows):
            cursor.execute(sql, [at - timedelta(minutes=minute), *row])


def balance_of(user: Any) -> int:
    return int(LedgerAccount.objects.get(id=user.wallet_id).balance_minor or 0)
