"""Publish plans, switch where they are offered, replace and retire them. Terms never change once published."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q

from hotgate.apps.catalogue import drafts, queries
from hotgate.apps.catalogue.drafts import PlanDraft
from hotgate.apps.catalogue.models import Plan, PlanExample, ServiceProfile
from hotgate.apps.core.checking import Checking
from hotgate.apps.operators.actor import Actor
from hotgate.apps.operators.audit import Values, record_audit
from hotgate.apps.operators.models import Operator
from hotgate.domain.catalogue import Payment, may_limit_bandwidth
from hotgate.domain.errors import DomainError
from hotgate.domain.examples import Example
from hotgate.domain.wording import _

DESCRIPTION_MAX = 500
OLD = "OLD-"  # EN-39


@transaction.atomic
def publish_plan(
    *, by: Actor, now: datetime, operator: Operator, draft: PlanDraft, profile: ServiceProfile | None = None
) -> Plan:
    """A plan in the operator's currency, with the shared `profile` or the draft's own limits as a private one.

    DomainError `plan_invalid` with its fields; `plan_name_taken`, `plan_code_taken` among active plans;
    `example_fails`.
    """
    drafts.check(draft, operator.currency)
    if profile is not None and not may_limit_bandwidth(draft.cycle):
        _refuse_speed(profile)
    _refuse_taken(operator, draft.name.strip(), draft.code.strip() or draft.name.strip())
    plan = _created(operator, draft, profile or _private_profile(operator, draft), now)
    _keep_examples(plan, draft.examples)
    refuse_failing(plan)
    told = {"price_minor": plan.price_minor, "measure": plan.measure, "amount": plan.amount}
    _audit(by, now, plan, "publish_plan", told)
    return plan


@transaction.atomic
def rename_plan(*, by: Actor, now: datetime, plan: Plan, name: str, code: str = "") -> None:
    """The name and the code are all that may change about a plan (EN-38). DomainError as of `publish_plan`."""
    name, code = name.strip(), code.strip() or plan.code
    checking = Checking("plan_invalid")
    drafts.check_names(checking, name, code)
    checking.finish()
    if plan.active:
        _refuse_taken(plan.operator, name, code, besides=plan)
    before = {"name": plan.name, "code": plan.code}
    plan.name, plan.code = name, code
    try:
        with transaction.atomic():
            plan.save(update_fields=["name", "code"])
    except IntegrityError:
        _tell_who_was_first(plan.operator, name, code, besides=plan)
        raise
    _audit(by, now, plan, "rename_plan", {"name": name, "code": code}, before)


@transaction.atomic
def describe_plan(*, by: Actor, now: datetime, plan: Plan, description: str) -> None:
    """What buyers read about it besides its terms (HN-W10). DomainError `plan_invalid`: too long."""
    checking = Checking("plan_invalid")
    fits = len(description.strip()) <= DESCRIPTION_MAX
    checking.require(fits, "description", _("A description has up to 500 characters."))
    checking.finish()
    before, plan.description = plan.description, description.strip()
    plan.save(update_fields=["description"])
    _audit(by, now, plan, "describe_plan", {"description": plan.description}, {"description": before})


@transaction.atomic
def offer_plan(
    *, by: Actor, now: datetime, plan: Plan, quick_ticket: bool | None = None, self_service: bool | None = None
) -> None:
    """Switch where a plan is offered, at any time (EN-13, EN-A9). None leaves as it is.

    DomainError `example_fails`: what fails is not offered; `not_quick`: of a postpaid plan (EN-A21).
    """
    before = {"quick_ticket": plan.quick_ticket, "self_service": plan.self_service}
    plan.quick_ticket = plan.quick_ticket if quick_ticket is None else quick_ticket
    plan.self_service = plan.self_service if self_service is None else self_service
    if quick_ticket and plan.payment == Payment.POSTPAID:
        raise DomainError("not_quick", drafts.NOT_QUICK, {"quick_ticket": drafts.NOT_QUICK})
    if quick_ticket or self_service:
        refuse_failing(plan)
    plan.save(update_fields=["quick_ticket", "self_service"])
    after = {"quick_ticket": plan.quick_ticket, "self_service": plan.self_service}
    if after != before:
        _audit(by, now, plan, "offer_plan", after, before)


@transaction.atomic
def edit_plan(
    *,
    by: Actor,
    now: datetime,
    plan: Plan,
    name: str,
    code: str,
    quick_ticket: bool,
    self_service: bool,
    seen: str,
    description: str | None = None,
) -> None:
    """All that may change about a plan at once (EN-38). `seen` is `queries.stamp_of` the plan that was shown.

    DomainError `plan_changed`: somebody else was faster; and those of `rename_plan` and `offer_plan`.
    """
    locked = _locked(plan)
    if queries.stamp_of(locked) != seen:
        raise DomainError(
            "plan_changed", _("Somebody else has changed this plan meanwhile. Please look at it again, then save.")
        )
    if (name.strip(), code.strip() or locked.code) != (locked.name, locked.code):
        rename_plan(by=by, now=now, plan=locked, name=name, code=code)
    if description is not None and description.strip() != locked.description:
        describe_plan(by=by, now=now, plan=locked, description=description)
    if (quick_ticket, self_service) != (locked.quick_ticket, locked.self_service):
        offer_plan(by=by, now=now, plan=locked, quick_ticket=quick_ticket, self_service=self_service)


@transaction.atomic
def change_examples(*, by: Actor, now: datetime, plan: Plan, examples: Sequence[Example]) -> None:
    """Other examples in place of those there are. Ones that fail may stay only while the plan is offered nowhere.

    DomainError `examples_invalid`, `example_fails`.
    """
    locked = _locked(plan)
    drafts.check_examples(examples, queries.terms_of([plan.id])[plan.id])
    before = [list(each) for each in queries.examples_of(locked)]
    PlanExample.objects.filter(plan=locked).delete()
    _keep_examples(locked, examples)
    if locked.quick_ticket or locked.self_service:
        refuse_failing(locked)
    after = [list(each) for each in examples]
    if after != before:
        _audit(by, now, locked, "change_examples", {"examples": after}, {"examples": before})


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
    old = _locked(plan)
    if not old.active:
        raise DomainError("plan_retired", _("This plan was retired or replaced before."))
    retire_plan(by=by, now=now, plan=old)
    name, code = _old(old, "name"), _old(old, "code")
    rename_plan(by=by, now=now, plan=old, name=name, code=code)
    return publish_plan(by=by, now=now, operator=old.operator, draft=draft)


def refuse_failing(plan: Plan) -> None:
    """DomainError `example_fails` where an example of the plan does not come out as expected."""
    failing = [result for result in queries.results_of(plan) if not result.passed]
    if failing:
        text = _("An example does not come out as you expect, so the plan is not offered.")
        raise DomainError("example_fails", text, {"examples": text})


def _created(operator: Operator, draft: PlanDraft, profile: ServiceProfile, now: datetime) -> Plan:
    columns = drafts.columns_of(draft, operator.currency)
    try:
        with transaction.atomic():
            return Plan.objects.create(operator=operator, profile=profile, created_at=now, **columns)
    except IntegrityError:
        _tell_who_was_first(operator, columns["name"], columns["code"])
        raise


def _tell_who_was_first(operator: Operator, name: str, code: str, besides: Plan | None = None) -> None:
    """Two people saved at the same moment; the one who came second reads it as if a second had passed."""
    _refuse_taken(operator, name, code, besides)


def _private_profile(operator: Operator, draft: PlanDraft) -> ServiceProfile:
    return ServiceProfile.objects.create(operator=operator, private=True, **asdict(draft.limits))


def _refuse_speed(profile: ServiceProfile) -> None:
    checking = Checking("plan_invalid")
    for name in ("download_bps", "upload_bps"):
        checking.require(getattr(profile, name) is None, name, _("A cyclic plan has no limit of bandwidth."))
    checking.finish()


def _keep_examples(plan: Plan, examples: Sequence[Example]) -> None:
    PlanExample.objects.bulk_create(
        PlanExample(operator_id=plan.operator_id, plan=plan, position=n, used=e.used, day=e.day, expected=e.expected)
        for n, e in enumerate(examples)
    )


def _locked(plan: Plan) -> Plan:
    """The plan as it is now, and as it stays until this transaction ends."""
    return Plan.objects.select_for_update(of=("self",)).select_related("operator").get(id=plan.id)


def _refuse_taken(operator: Operator, name: str, code: str, besides: Plan | None = None) -> None:
    active = Plan.objects.filter(operator=operator, active=True)
    for taken in active.filter(Q(name__iexact=name) | Q(code__iexact=code)):
        if taken == besides:
            continue
        if taken.name.lower() == name.lower():
            raise DomainError("plan_name_taken", _("There is a plan with this name."), {"name": _("already there")})
        raise DomainError("plan_code_taken", _("There is a plan with this code."), {"code": _("already there")})


def _old(plan: Plan, field: str) -> str:
    """`OLD-1 hour`, or `OLD2-1 hour` where that is there from an earlier time."""
    text = getattr(plan, field)
    others = Plan.objects.filter(operator_id=plan.operator_id, **{f"{field}__istartswith": "OLD"})
    there = {other.lower() for other in others.values_list(field, flat=True)}
    number = 1
    while True:
        prefix = OLD if number == 1 else f"OLD{number}-"
        free = f"{prefix}{text}"[: drafts.NAME_MAX]
        if free.lower() not in there:
            return free
        number += 1


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
