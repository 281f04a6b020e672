"""Publish plans, switch where they are offered, replace and retire them. Terms never change once published."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from hotgate.apps.catalogue import drafts
from hotgate.apps.catalogue.drafts import PlanDraft
from hotgate.apps.catalogue.models import Plan, ServiceProfile
from hotgate.apps.core.checking import Checking
from hotgate.apps.operators.actor import Actor
from hotgate.apps.operators.audit import Values, record_audit
from hotgate.apps.operators.models import Operator
from hotgate.domain.errors import DomainError

OLD = "OLD-"  # EN-39


@transaction.atomic
def publish_plan(
    *, by: Actor, now: datetime, operator: Operator, draft: PlanDraft, profile: ServiceProfile | None = None
) -> Plan:
    """A plan in the operator's currency, with the shared `profile` or the draft's own limits as a private one.

    DomainError `plan_invalid` with its fields; `plan_name_taken`, `plan_code_taken` among active plans.
    """
    drafts.check(draft, operator.currency)
    _refuse_taken(operator, draft.name.strip(), draft.code.strip() or draft.name.strip())
    plan = Plan.objects.create(
        operator=operator,
        profile=profile or _private_profile(operator, draft),
        created_at=now,
        **drafts.columns_of(draft, operator.currency),
    )
    _audit(by, now, plan, "publish_plan", {"price_minor": plan.price_minor, "amount": plan.amount})
    return plan


@transaction.atomic
def rename_plan(*, by: Actor, now: datetime, plan: Plan, name: str, code: str = "") -> None:
    """The name and the code are all that may change about a plan (EN-38). DomainError as of `publish_plan`."""
    name, code = name.strip(), code.strip() or plan.code
    checking = Checking("plan_invalid")
    checking.require(0 < len(name) <= drafts.NAME_MAX, "name", f"A name has 1 to {drafts.NAME_MAX} characters.")
    checking.finish()
    if plan.active:
        _refuse_taken(plan.operator, name, code, besides=plan)
    before = {"name": plan.name, "code": plan.code}
    plan.name, plan.code = name, code
    plan.save(update_fields=["name", "code"])
    _audit(by, now, plan, "rename_plan", {"name": name, "code": code}, before)


@transaction.atomic
def offer_plan(
    *, by: Actor, now: datetime, plan: Plan, quick_ticket: bool | None = None, self_service: bool | None = None
) -> None:
    """Switch where a plan is offered, at any time (EN-13, EN-A9). None leaves as it is."""
    before = {"quick_ticket": plan.quick_ticket, "self_service": plan.self_service}
    plan.quick_ticket = plan.quick_ticket if quick_ticket is None else quick_ticket
    plan.self_service = plan.self_service if self_service is None else self_service
    plan.save(update_fields=["quick_ticket", "self_service"])
    after = {"quick_ticket": plan.quick_ticket, "self_service": plan.self_service}
    _audit(by, now, plan, "offer_plan", after, before)


@transaction.atomic
def retire_plan(*, by: Actor, now: datetime, plan: Plan) -> None:
    """No longer given or sold; entitlements keep pointing to it. Retired before: nothing changes."""
    if Plan.objects.filter(id=plan.id, active=True).update(active=False, retired_at=now):
        plan.active, plan.retired_at = False, now
        _audit(by, now, plan, "retire_plan", {"active": False})


@transaction.atomic
def replace_plan(*, by: Actor, now: datetime, plan: Plan, draft: PlanDraft) -> Plan:
    """Change a price: retire the plan under another name, publish the new one under the freed name (EN-39, EN-A10).

    DomainError `plan_retired`, and those of `publish_plan`; then nothing has changed.
    """
    if not plan.active:
        raise DomainError("plan_retired", "This plan was retired before.")
    retire_plan(by=by, now=now, plan=plan)
    rename_plan(by=by, now=now, plan=plan, name=_old(plan.name), code=_old(plan.code))
    return publish_plan(by=by, now=now, operator=plan.operator, draft=draft)


def _private_profile(operator: Operator, draft: PlanDraft) -> ServiceProfile:
    return ServiceProfile.objects.create(operator=operator, private=True, **asdict(draft.limits))


def _refuse_taken(operator: Operator, name: str, code: str, besides: Plan | None = None) -> None:
    active = Plan.objects.filter(operator=operator, active=True)
    for taken in active.filter(Q(name__iexact=name) | Q(code__iexact=code)):
        if taken == besides:
            continue
        field = "name" if taken.name.lower() == name.lower() else "code"
        raise DomainError(f"plan_{field}_taken", f"There is a plan with this {field}.", {field: "already there"})


def _old(text: str) -> str:
    return f"{OLD}{text}"[: drafts.NAME_MAX]


def _audit(
    by: Actor,
    now: datetime,
    plan: Plan,
    verb: str,
    after: Values,
    before: Values | None = None,
) -> None:
    record_audit(
        by=by,
        now=now,
        operator_id=plan.operator_id,
        verb=verb,
        object_kind="plan",
        object_id=plan.id,
        before=before,
        after=after,
    )
