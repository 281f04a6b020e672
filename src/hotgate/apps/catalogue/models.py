"""What is sold or given. A plan's terms never change once they are saved; a trigger sees to that."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower, Now

from hotgate.apps.core.fields import holds, inside, inside_one, one_of, public_id
from hotgate.apps.operators.models import owned
from hotgate.domain.catalogue import CapAction, Direction, Measure, Payment, Period, Unit, ValidityKind
from hotgate.domain.examples import Expectation
from hotgate.domain.pricing import PriceSide


class ServiceProfile(models.Model):
    """Technical limits. Shared by plans and editable, or private to one plan and frozen with it."""

    uuid = public_id()
    operator = owned()
    name = models.TextField(null=True)  # None: private
    private = models.BooleanField(db_default=False)
    revision = models.IntegerField(db_default=1)
    download_bps = models.BigIntegerField(null=True)  # bit/s as the client sees it
    upload_bps = models.BigIntegerField(null=True)
    idle_timeout_seconds = models.IntegerField(null=True)
    session_timeout_seconds = models.IntegerField(null=True)
    interim_seconds = models.IntegerField(db_default=300)
    devices_max = models.IntegerField(null=True, db_default=1)  # None: not counted
    address_pool = models.TextField(db_default="", blank=True)
    filter_id = models.TextField(db_default="", blank=True)

    class Meta:
        db_table = "service_profile"
        constraints: ClassVar = [
            models.UniqueConstraint(F("operator"), Lower("name"), name="service_profile_name_unique"),
            models.UniqueConstraint(fields=["operator", "id"], name="service_profile_of_operator"),
            holds(
                "service_profile",
                "private_unnamed",
                Q(private=True, name__isnull=True) | Q(private=False, name__isnull=False),
            ),
            # RFC 2869 §5.16: an interval never under 60 seconds
            holds("service_profile", "interim_valid", Q(interim_seconds__range=(60, 86400))),
            holds("service_profile", "devices_positive", Q(devices_max__gte=1)),
            holds("service_profile", "speeds_positive", Q(download_bps__gt=0) & Q(upload_bps__gt=0)),
        ]


class Plan(models.Model):
    uuid = public_id()
    operator = owned()
    profile = inside("catalogue.ServiceProfile")
    name = models.TextField()
    code = models.TextField()  # what a hotel's system calls it (EN-15); the name unless given
    description = models.TextField(db_default="", blank=True)  # shown to buyers (HN-W10)
    payment = models.TextField()
    measure = models.TextField()
    currency = models.CharField(max_length=3)
    price_minor = models.BigIntegerField(db_default=0)  # of one ticket, or of one cycle
    price_side = models.TextField(db_default=str(PriceSide.TICKET))
    unit_price = models.DecimalField(max_digits=20, decimal_places=8, null=True)  # per hour or 10 MB; as typed
    amount = models.BigIntegerField(null=True)  # seconds or octets: in all, or per cycle; None: not limited
    validity_kind = models.TextField(db_default=str(ValidityKind.ALWAYS))
    validity_amount = models.IntegerField(db_default=0)
    validity_unit = models.TextField(db_default=str(Unit.DAY))
    cycle_period = models.TextField(null=True)
    cycle_count = models.IntegerField(null=True)
    cycle_calendar = models.BooleanField(db_default=False)
    tariff_unit_price = models.DecimalField(max_digits=20, decimal_places=8, null=True)  # major units of currency
    tariff_unit = models.BigIntegerField(null=True)  # 3,600 seconds or 10,000,000 octets
    tariff_increment = models.BigIntegerField(db_default=1)
    cap_amount = models.BigIntegerField(null=True)
    cap_action = models.TextField(null=True)
    cap_period = models.TextField(null=True)
    cap_calendar = models.BooleanField(db_default=False)
    cap_measure = models.TextField(null=True)
    cap_throttle_download_bps = models.BigIntegerField(null=True)
    cap_throttle_upload_bps = models.BigIntegerField(null=True)
    direction = models.TextField(db_default=str(Direction.BOTH))
    elapsed = models.BooleanField(db_default=False)
    for_devices = models.BooleanField(db_default=False)
    quick_ticket = models.BooleanField(db_default=False)
    self_service = models.BooleanField(db_default=False)  # guests may buy it on the portal (EN-17)
    active = models.BooleanField(db_default=True)
    retired_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "plan"
        constraints: ClassVar = [
            models.UniqueConstraint(
                F("operator"), Lower("name"), condition=Q(active=True), name="plan_name_unique_active"
            ),
            models.UniqueConstraint(
                F("operator"), Lower("code"), condition=Q(active=True), name="plan_code_unique_active"
            ),
            models.UniqueConstraint(fields=["operator", "id"], name="plan_of_operator"),
            one_of("plan", "payment", Payment),
            one_of("plan", "measure", Measure),
            one_of("plan", "price_side", PriceSide),
            one_of("plan", "validity_kind", ValidityKind),
            one_of("plan", "validity_unit", Unit),
            one_of("plan", "cycle_period", Period),
            one_of("plan", "cap_action", CapAction),
            one_of("plan", "cap_period", Period),
            one_of("plan", "cap_measure", Measure),
            one_of("plan", "direction", Direction),
            holds("plan", "price_not_negative", Q(price_minor__gte=0)),
            holds("plan", "free_costs_nothing", ~Q(payment="free") | Q(price_minor=0)),
            holds("plan", "amount_positive", Q(amount__gt=0)),
            holds("plan", "flat_without_amount", ~Q(measure="none") | Q(amount__isnull=True)),
            holds("plan", "amount_or_cap", Q(amount__isnull=True) | Q(cap_amount__isnull=True)),
            holds("plan", "cycle_prepaid", Q(cycle_period__isnull=True) | Q(payment="prepaid")),  # EN-30
            holds("plan", "cycle_not_end_of_day", Q(cycle_period__isnull=True) | ~Q(validity_kind="end_of_day")),
            holds("plan", "cycle_count_positive", Q(cycle_count__gte=1)),
            holds("plan", "tariff_postpaid", Q(tariff_unit_price__isnull=True) | Q(payment="postpaid")),
            holds(
                "plan",
                "tariff_complete",
                Q(tariff_unit_price__isnull=True, tariff_unit__isnull=True)
                | Q(tariff_unit_price__gte=0, tariff_unit__gt=0, tariff_increment__gt=0),
            ),
            holds(
                "plan",
                "cap_complete",
                Q(cap_amount__isnull=True, cap_action__isnull=True, cap_period__isnull=True, cap_measure__isnull=True)
                | Q(
                    cap_amount__gt=0,
                    cap_action__isnull=False,
                    cap_period__isnull=False,
                    cap_measure__in=["time", "traffic"],
                ),
            ),
            holds(
                "plan",
                "validity_length",
                Q(validity_kind__in=["always", "end_of_day"])
                | Q(validity_amount__gte=1)
                | Q(cycle_period__isnull=False),
            ),
        ]


class ListPrice(models.Model):
    """What a plan costs those who sell it, before their discount (HN-W10). Without a row: what the guest pays."""

    plan = inside_one("catalogue.Plan", primary_key=True, on_delete=models.CASCADE)
    operator = owned()
    amount_minor = models.BigIntegerField()

    class Meta:
        db_table = "list_price"
        constraints: ClassVar = [holds("list_price", "not_negative", Q(amount_minor__gte=0))]


class SellerDiscount(models.Model):
    """What an operator gets off the price list when it buys from its parent (HN-W10). Without a row: nothing."""

    operator = models.OneToOneField("operators.Operator", primary_key=True, on_delete=models.PROTECT, related_name="+")
    percent = models.DecimalField(max_digits=5, decimal_places=2)

    class Meta:
        db_table = "seller_discount"
        constraints: ClassVar = [holds("seller_discount", "valid", Q(percent__range=(0, 100)))]


class PlanExample(models.Model):
    """What staff expect of a plan, tried on the rules before it is offered. No part of its terms."""

    operator = owned()
    plan = inside("catalogue.Plan", on_delete=models.CASCADE)
    position = models.IntegerField()
    used = models.BigIntegerField()  # seconds or octets, by what the plan counts
    day = models.IntegerField()  # 1: the day of the sale
    expected = models.TextField()

    class Meta:
        db_table = "plan_example"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["plan", "position"], name="plan_example_position_unique"),
            one_of("plan_example", "expected", Expectation),
            holds("plan_example", "used_not_negative", Q(used__gte=0)),
            holds("plan_example", "day_positive", Q(day__gte=1)),
        ]
