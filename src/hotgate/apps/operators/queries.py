"""Who is there."""

from __future__ import annotations

from django.db.models import Prefetch, QuerySet

from hotgate.apps.operators.models import AuditEntry, Operator, Site, Staff, StaffRole


def operators() -> QuerySet[Operator]:
    """Those in the scope of this transaction; all of them in the platform's."""
    return Operator.objects.order_by("id")


def operator_named(text: str) -> Operator | None:
    """By its slug, or its name regardless of case."""
    return (
        Operator.objects.filter(slug=text).first() or Operator.objects.filter(name__iexact=text).order_by("id").first()
    )


def sites(operator: Operator) -> QuerySet[Site]:
    return Site.objects.filter(operator=operator).order_by("id")


def platform_owners() -> QuerySet[Staff]:
    return Staff.objects.filter(is_superuser=True, is_active=True).order_by("id")


def staff_with_email(email: str) -> Staff | None:
    return Staff.objects.filter(email=email.strip().lower(), is_active=True).first()


def staff_at(operator: Operator) -> QuerySet[Staff]:
    """Whoever holds a role there directly, with those roles as `roles_here`."""
    here = StaffRole.objects.filter(operator=operator).select_related("site").order_by("role", "site__name")
    people = Staff.objects.filter(id__in=StaffRole.objects.filter(operator=operator).values("staff"))
    return people.prefetch_related(Prefetch("roles", here, to_attr="roles_here")).order_by("email")


def roles_at(operator: Operator) -> QuerySet[StaffRole]:
    return StaffRole.objects.filter(operator=operator).select_related("staff", "site")


def audit_entries(operator: Operator) -> QuerySet[AuditEntry]:
    return AuditEntry.objects.filter(operator=operator).select_related("staff").order_by("-number")
