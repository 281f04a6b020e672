"""The same small world in every test of the web: a café, its people of each role, and a stranger's hotel."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from allauth.mfa.totp.internal import auth as totp

from hotgate.apps.catalogue import services as catalogue
from hotgate.apps.catalogue.drafts import Limits, PlanDraft
from hotgate.apps.core import scope
from hotgate.apps.network import services as network
from hotgate.apps.operators import roles
from hotgate.apps.operators import services as operators
from hotgate.apps.operators.actor import COMMAND_LINE as BY
from hotgate.apps.operators.models import Operator, Role, Site, Staff
from hotgate.domain import quantities as q
from hotgate.domain.catalogue import CycleRule, Measure, Payment, Period, Tariff, Unit, Validity, ValidityKind
from hotgate.domain.money import Money

PASSWORD = "correct horse battery"
TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
SECRET = "gateway-secret-of-32-characters-x"
NAS_ADDRESS = "192.0.2.7"


class Office(NamedTuple):
    operator: Operator
    site: Site
    nas: Any
    staff: dict[str, Staff]
    plans: dict[str, Any]


def now() -> datetime:
    return datetime.now(UTC)


def open_cafe() -> Office:
    """In the caller's transaction, which sees the café's rows afterwards."""
    return _open("Café Aurora", "aurora", NAS_ADDRESS)


def open_hotel() -> Office:
    """Another operator, whose rows nobody of the café may see."""
    return _open("Hotel Meridian", "meridian", "198.51.100.9")


def _open(name: str, host: str, address: str) -> Office:
    operator = operators.create_operator(by=BY, now=now(), name=name, currency="EUR", time_zone="Europe/Rome")
    site = operators.create_site(by=BY, now=now(), operator=operator, name="Main hall")
    staff = {
        str(role): operators.create_staff(
            by=BY, now=now(), email=f"{role}@{host}.example", password=PASSWORD, operator=operator, role=role
        )
        for role in Role
    }
    saved = network.add_nas(
        by=BY,
        now=now(),
        operator=operator,
        site=site,
        address=address,
        secret=SECRET,
        name="Gateway",
        maker="chillispot",
    )
    plans = {draft.name: _publish(operator, draft) for draft in _drafts()}
    _give_second_factors(staff)
    return Office(operator, site, saved.nas, staff, plans)


SECOND_FACTOR = frozenset(map(str, roles.CHIEFS))


def _give_second_factors(staff: dict[str, Staff]) -> None:
    """To those who must have one: without it every page leads to the one where it is set up."""
    for role in SECOND_FACTOR & set(staff):
        totp.TOTP.activate(staff[role], TOTP_SECRET)


def code_now(secret: str = TOTP_SECRET, steps_ago: int = 0) -> str:
    """What the app shows, or showed, or will show."""
    return str(totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30 - steps_ago)))


def away_from_the_step() -> None:
    """Until no step of the app's clock comes within three seconds."""
    left = 30 - time.time() % 30
    if left < 3:
        time.sleep(left)


def owner_of_platform() -> Staff:
    with scope.of(scope.PLATFORM):
        owner = operators.create_staff(
            by=BY, now=now(), email="root@hotgate.example", password=PASSWORD, is_superuser=True
        )
    _give_second_factors({"owner": owner})
    return owner


def _publish(operator: Operator, draft: PlanDraft) -> Any:
    return catalogue.publish_plan(by=BY, now=now(), operator=operator, draft=draft)


def _drafts() -> list[PlanDraft]:
    fast = Limits(download_bps=20 * q.MB, upload_bps=5 * q.MB)
    week = Validity(ValidityKind.FROM_FIRST_USE, 7, Unit.DAY)
    return [
        PlanDraft(
            name="1 hour",
            payment=Payment.PREPAID,
            measure=Measure.TIME,
            amount=q.HOUR,
            price=Money(250, "EUR"),
            validity=week,
            limits=fast,
            quick_ticket=True,
        ),
        PlanDraft(
            name="1 GB",
            payment=Payment.PREPAID,
            measure=Measure.TRAFFIC,
            amount=q.GB,
            price=Money(500, "EUR"),
            validity=week,
            limits=fast,
            quick_ticket=True,
        ),
        PlanDraft(
            name="20 GB a month",
            payment=Payment.PREPAID,
            measure=Measure.TRAFFIC,
            amount=20 * q.GB,
            price=Money(1500, "EUR"),
            cycle=CycleRule(Period.MONTH, 3, calendar=True),
        ),
        PlanDraft(
            name="Day pass",
            payment=Payment.PREPAID,
            measure=Measure.NONE,
            price=Money(400, "EUR"),
            validity=Validity(ValidityKind.END_OF_DAY),
            limits=Limits(devices_max=3),
            quick_ticket=True,
        ),
        PlanDraft(
            name="By the hour",
            payment=Payment.POSTPAID,
            measure=Measure.TIME,
            tariff=Tariff(Decimal("1.50"), q.HOUR),
        ),
        PlanDraft(name="Lobby", payment=Payment.FREE, measure=Measure.TIME, amount=30 * q.MINUTE, quick_ticket=True),
    ]
