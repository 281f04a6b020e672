"""Service profiles that plans share (HN-W11): what may be changed at any time. A plan's own one is frozen with it."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from hotgate.apps.catalogue.drafts import BPS_MAX, SECONDS_MAX, Limits
from hotgate.apps.catalogue.models import Plan, ServiceProfile
from hotgate.apps.core.checking import Checking
from hotgate.apps.operators.actor import Actor
from hotgate.apps.operators.audit import Values, record_audit
from hotgate.apps.operators.models import Operator
from hotgate.domain.errors import DomainError
from hotgate.domain.wording import _

NAME_MAX = 100


@transaction.atomic
def create_profile(*, by: Actor, now: datetime, operator: Operator, name: str, limits: Limits) -> ServiceProfile:
    """DomainError `profile_invalid` with its fields; `profile_name_taken`."""
    name = _checked(operator, name, limits, None)
    profile = ServiceProfile.objects.create(operator=operator, name=name, private=False, **asdict(limits))
    _audit(by, now, profile, "create_profile", None)
    return profile


@transaction.atomic
def change_profile(*, by: Actor, now: datetime, profile: ServiceProfile, name: str, limits: Limits) -> bool:
    """Of all its plans at once (HN-W12); was anything changed that sessions feel? AAA reads it by its revision.

    DomainError `profile_private`, `profile_invalid`, `profile_name_taken`.
    """
    if profile.private:
        raise DomainError("profile_private", _("This profile belongs to one plan and never changes."))
    name = _checked(profile.operator, name, limits, profile)
    profile = ServiceProfile.objects.select_for_update().get(id=profile.id)
    before = _values(profile)
    profile.name = name
    for field, value in asdict(limits).items():
        setattr(profile, field, value)
    after = _values(profile)
    if after == before:
        return False
    is_felt = {**before, "name": None} != {**after, "name": None}
    profile.revision += is_felt
    profile.save()
    _audit(by, now, profile, "change_profile", before)
    return is_felt


def shared_profiles(operator: Operator) -> QuerySet[ServiceProfile]:
    return ServiceProfile.objects.filter(operator=operator, private=False).order_by("name", "id")


def plans_with(profile: ServiceProfile) -> QuerySet[Plan]:
    """Those still given."""
    return Plan.objects.filter(operator_id=profile.operator_id, profile=profile, active=True).order_by("name")


def limits_of(profile: ServiceProfile) -> Limits:
    return replace(Limits(), **{field: getattr(profile, field) for field in asdict(Limits())})


def _checked(operator: Operator, name: str, limits: Limits, besides: ServiceProfile | None) -> str:
    name = name.strip()
    checking = Checking("profile_invalid")
    checking.require(0 < len(name) <= NAME_MAX, "name", _("A name has 1 to 100 characters."))
    for field in ("download_bps", "upload_bps"):
        value = getattr(limits, field)
        checking.require(value is None or 0 < value <= BPS_MAX, field, _("More than zero, up to 1 Tbit/s."))
    for field in ("idle_timeout_seconds", "session_timeout_seconds"):
        value = getattr(limits, field)
        checking.require(value is None or 60 <= value <= SECONDS_MAX, field, _("One minute or more."))
    checking.require(60 <= limits.interim_seconds <= 86_400, "interim_seconds", _("From one minute to one day."))
    devices = limits.devices_max
    checking.require(devices is None or 1 <= devices <= 1_000_000, "devices_max", _("One or more."))
    checking.finish()
    taken = ServiceProfile.objects.filter(operator=operator, name__iexact=name).first()
    if taken is not None and taken != besides:
        raise DomainError("profile_name_taken", _("There is a profile of this name."), {"name": _("already there")})
    return name


def _values(profile: ServiceProfile) -> dict[str, object]:
    return {"name": profile.name, **asdict(limits_of(profile))}


def _audit(by: Actor, now: datetime, profile: ServiceProfile, verb: str, before: Values | None) -> None:
    record_audit(
        by=by,
        now=now,
        operator_id=profile.operator_id,
        verb=verb,
        object_kind="service_profile",
        object_id=profile.id,
        before=before,
        after=_values(profile),
    )
