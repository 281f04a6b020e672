"""Operators below operators: platform → reseller → operator, as deep as it is needed.

A role at an operator counts at every operator below it; a role of one site counts at this site only.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from django.db.models.expressions import RawSQL

from hotgate.apps.core import scope
from hotgate.apps.operators.models import Operator, Role, Staff
from hotgate.apps.operators.roles import Held

BELOW = """
WITH RECURSIVE below (id) AS (
  SELECT id FROM operator WHERE id = ANY (%s::bigint[])
  UNION SELECT operator.id FROM operator JOIN below ON operator.parent_id = below.id
)
SELECT id FROM below
"""
OWN_ROLES = "SELECT operator_id, role, site_id FROM staff_role WHERE staff_id = %(staff)s::bigint"
Roles = Mapping[int, frozenset[Held]]
OWNER = Held(Role.OWNER)


def operators_of(staff: Staff) -> tuple[list[Operator], Roles]:
    """All that somebody works for, and what is held at each; for the platform's owner all there are."""
    direct = roles_of(staff)
    with scope.widened(scope.PLATFORM):
        everywhere = [operator for operator, held in direct.items() if any(each.site_id is None for each in held)]
        wanted = RawSQL(f"{BELOW} UNION SELECT unnest(%s::bigint[])", [everywhere, list(direct)])
        found = Operator.objects.all() if staff.is_superuser else Operator.objects.filter(id__in=wanted)
        operators = list(found.order_by("id")) if direct or staff.is_superuser else []
    held = inherited(operators, direct)
    if staff.is_superuser:
        held = {operator_id: each | {OWNER} for operator_id, each in held.items()}
    return operators, held


def roles_of(staff: Staff) -> Roles:
    """Operator id → what is held there directly, wherever that is: row security shows a person's own roles."""
    held: dict[int, frozenset[Held]] = {}
    for operator_id, role, site_id in scope.own_rows_of_staff(staff.pk, OWN_ROLES):
        held[operator_id] = held.get(operator_id, frozenset()) | {Held(role, site_id)}
    return held


def inherited(operators: Collection[Operator], direct: Roles) -> Roles:
    """The same with what comes from above."""
    parents = {operator.id: operator.parent_id for operator in operators}
    return {operator_id: _with_those_above(operator_id, parents, direct) for operator_id in parents}


def _with_those_above(operator_id: int, parents: dict[int, int | None], direct: Roles) -> frozenset[Held]:
    held = direct.get(operator_id, frozenset())
    above, seen = parents.get(operator_id), {operator_id}
    while above is not None and above not in seen:
        held |= {each for each in direct.get(above, frozenset()) if each.site_id is None}
        seen.add(above)
        above = parents.get(above)
    return held
