"""Who is there."""

from __future__ import annotations

from django.db.models import QuerySet

from hotgate.apps.operators.models import Operator, Site, Staff


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
