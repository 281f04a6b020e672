"""Floor plans, and where gateways and access points stand on them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from hotgate.apps.core.checking import Checking
from hotgate.apps.network import pictures
from hotgate.apps.network.models import AccessPoint, FloorPlan, Nas
from hotgate.apps.operators.actor import Actor
from hotgate.apps.operators.audit import record_audit
from hotgate.apps.operators.models import Operator, Site
from hotgate.domain import people
from hotgate.domain.errors import DomainError
from hotgate.domain.wording import _

NAME_MAX = 100
PLANS_MAX = 200
POINTS_MAX = 5000


def plans(operator: Operator) -> QuerySet[FloorPlan]:
    """Without their pictures."""
    rows = FloorPlan.objects.filter(operator=operator).select_related("site").defer("picture")
    return rows.order_by("site__name", "name")


def points(operator: Operator) -> QuerySet[AccessPoint]:
    rows = AccessPoint.objects.filter(operator=operator).select_related("site", "nas", "plan")
    return rows.defer("plan__picture").order_by("name", "id")


def picture(plan: FloorPlan) -> bytes | None:
    found = FloorPlan.objects.filter(id=plan.id).values_list("picture", flat=True).first()
    return None if found is None else bytes(found)


@transaction.atomic
def add_plan(*, by: Actor, now: datetime, operator: Operator, site: Site, name: str, image: bytes | None) -> FloorPlan:
    """Without an image: the map, in degrees. DomainError `plan_invalid`: name; `picture_invalid`: picture."""
    checking = Checking("plan_invalid")
    checking.require(0 < len(name.strip()) <= NAME_MAX, "name", _("Give it a name of up to 100 characters."))
    checking.require(plans(operator).count() < PLANS_MAX, "name", _("No more than 200 floor plans."))
    checking.finish()
    made = pictures.picture_of(image) if image is not None else None
    row = FloorPlan(operator=operator, site=site, name=name.strip(), created_at=now)
    if made:
        row.picture, row.width, row.height = made
    _save(row, "name", _("This site has a floor plan of this name."))
    _audit(by, now, row, "add_floor_plan")
    return row


@transaction.atomic
def remove_plan(*, by: Actor, now: datetime, plan: FloorPlan) -> None:
    """What stands on it stays, without a place."""
    AccessPoint.objects.filter(plan=plan).update(plan=None, x=None, y=None)
    _audit(by, now, plan, "remove_floor_plan")
    plan.delete()


@transaction.atomic
def add_point(*, by: Actor, now: datetime, operator: Operator, site: Site, name: str, mac: str) -> AccessPoint:
    """`mac` as the gateways send it in Called-Station-Id. DomainError `point_invalid`: name, mac."""
    address = people.mac_address(mac)
    checking = Checking("point_invalid")
    checking.require(0 < len(name.strip()) <= NAME_MAX, "name", _("Give it a name of up to 100 characters."))
    text = _("A MAC address has 12 hexadecimal digits, such as AA-BB-CC-DD-EE-FF.")
    checking.require(address is not None, "mac", text)
    checking.require(points(operator).count() < POINTS_MAX, "name", _("No more than 5000 access points."))
    checking.finish()
    row = AccessPoint(operator=operator, site=site, name=name.strip(), mac=address, created_at=now)
    _save(row, "mac", _("An access point with this address is there already."))
    _audit(by, now, row, "add_access_point")
    return row


@transaction.atomic
def point_of_nas(*, by: Actor, now: datetime, nas: Nas) -> AccessPoint:
    """The gateway as something that can be placed; there before, the same."""
    row, is_new = AccessPoint.objects.get_or_create(
        nas=nas,
        operator_id=nas.operator_id,
        defaults={"site_id": nas.site_id, "name": nas.name[:NAME_MAX], "created_at": now},
    )
    if is_new:
        _audit(by, now, row, "add_access_point")
    return row


@transaction.atomic
def place(*, by: Actor, now: datetime, point: AccessPoint, plan: FloorPlan | None, x: float, y: float) -> None:
    """Put it there; `plan` None takes it off. DomainError `place_invalid`: outside of the plan."""
    if plan is not None and not _fits(plan, x, y):
        text = _("This place lies outside of the plan.")
        raise DomainError("place_invalid", text, {"x": text})
    point.plan, point.x, point.y = (plan, x, y) if plan is not None else (None, None, None)
    point.save(update_fields=["plan", "x", "y"])
    after = {"plan": plan.id if plan else None, "x": point.x, "y": point.y}
    _audit(by, now, point, "place_access_point", after)


@transaction.atomic
def remove_point(*, by: Actor, now: datetime, point: AccessPoint) -> None:
    _audit(by, now, point, "remove_access_point")
    point.delete()


def _fits(plan: FloorPlan, x: float, y: float) -> bool:
    if not (math.isfinite(x) and math.isfinite(y)):
        return False
    if plan.width:
        return 0 <= x <= plan.width and 0 <= y <= plan.height
    return -180 <= x <= 180 and -85 <= y <= 85


def _save(row: FloorPlan | AccessPoint, field: str, taken: str) -> None:
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        if "unique" not in str(error):
            raise
        raise DomainError("name_taken", taken, {field: taken}) from None


def _audit(
    by: Actor, now: datetime, row: FloorPlan | AccessPoint, verb: str, after: Mapping[str, object] | None = None
) -> None:
    record_audit(
        by=by,
        now=now,
        operator_id=row.operator_id,
        verb=verb,
        object_kind="floor_plan" if isinstance(row, FloorPlan) else "access_point",
        object_id=row.id,
        after=after,
    )
