"""What a program reads of the catalogue."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import QuerySet

from hotgate.apps.catalogue.models import ListPrice, Plan, ServiceProfile
from hotgate.apps.operators.models import Operator


def plans(operator: Operator) -> QuerySet[Plan]:
    """Retired ones too."""
    return Plan.objects.filter(operator=operator).select_related("profile", "operator")


def list_prices(plans: Iterable[Plan]) -> dict[int, int]:
    """Plan id → minor units, where a list price was set."""
    rows = ListPrice.objects.filter(plan__in=[plan.pk for plan in plans])
    return dict(rows.values_list("plan_id", "amount_minor"))


def profiles(operator: Operator) -> QuerySet[ServiceProfile]:
    """Those that plans share."""
    return all_profiles(operator).filter(private=False)


def all_profiles(operator: Operator) -> QuerySet[ServiceProfile]:
    return ServiceProfile.objects.filter(operator=operator).select_related("operator")
