from typing import ClassVar

import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
from django.db import migrations, models

from hotgate.apps.core import ids, schema

# limits typed in a plan's own form belong to its terms; a shared profile may be edited
PRIVATE_PROFILE_FROZEN = """
CREATE TRIGGER service_profile_frozen BEFORE UPDATE OR DELETE ON service_profile
FOR EACH ROW WHEN (OLD.private) EXECUTE FUNCTION forbid_change()
"""


class Migration(migrations.Migration):
    initial = True

    dependencies: ClassVar = [
        ("core", "0001_initial"),
        ("operators", "0001_initial"),
    ]

    operations: ClassVar = [
        migrations.CreateModel(
            name="ServiceProfile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=ids.uuid7, editable=False, unique=True)),
                ("name", models.TextField(null=True)),
                ("private", models.BooleanField(db_default=False)),
                ("revision", models.IntegerField(db_default=1)),
                ("download_bps", models.BigIntegerField(null=True)),
                ("upload_bps", models.BigIntegerField(null=True)),
                ("idle_timeout_seconds", models.IntegerField(null=True)),
                ("session_timeout_seconds", models.IntegerField(null=True)),
                ("interim_seconds", models.IntegerField(db_default=300)),
                ("devices_max", models.IntegerField(db_default=1, null=True)),
                ("address_pool", models.TextField(blank=True, db_default="")),
                ("filter_id", models.TextField(blank=True, db_default="")),
                (
                    "operator",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="operators.operator",
                    ),
                ),
            ],
            options={
                "db_table": "service_profile",
            },
        ),
        migrations.CreateModel(
            name="Plan",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=ids.uuid7, editable=False, unique=True)),
                ("name", models.TextField()),
                ("code", models.TextField()),
                ("payment", models.TextField()),
                ("measure", models.TextField()),
                ("currency", models.CharField(max_length=3)),
                ("price_minor", models.BigIntegerField(db_default=0)),
                ("price_side", models.TextField(db_default="ticket")),
                ("unit_price", models.DecimalField(decimal_places=8, max_digits=20, null=True)),
                ("amount", models.BigIntegerField(null=True)),
                ("validity_kind", models.TextField(db_default="always")),
                ("validity_amount", models.IntegerField(db_default=0)),
                ("validity_unit", models.TextField(db_default="day")),
                ("cycle_period", models.TextField(null=True)),
                ("cycle_count", models.IntegerField(null=True)),
                ("cycle_calendar", models.BooleanField(db_default=False)),
                ("tariff_unit_price", models.DecimalField(decimal_places=8, max_digits=20, null=True)),
                ("tariff_unit", models.BigIntegerField(null=True)),
                ("tariff_increment", models.BigIntegerField(db_default=1)),
                ("cap_amount", models.BigIntegerField(null=True)),
                ("cap_action", models.TextField(null=True)),
                ("cap_period", models.TextField(null=True)),
                ("cap_calendar", models.BooleanField(db_default=False)),
                ("cap_measure", models.TextField(null=True)),
                ("cap_throttle_download_bps", models.BigIntegerField(null=True)),
                ("cap_throttle_upload_bps", models.BigIntegerField(null=True)),
                ("direction", models.TextField(db_default="both")),
                ("elapsed", models.BooleanField(db_default=False)),
                ("for_devices", models.BooleanField(db_default=False)),
                ("quick_ticket", models.BooleanField(db_default=False)),
                ("self_service", models.BooleanField(db_default=False)),
                ("active", models.BooleanField(db_default=True)),
                ("retired_at", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "operator",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="operators.operator",
                    ),
                ),
                (
                    "profile",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalogue.serviceprofile",
                    ),
                ),
            ],
            options={
                "db_table": "plan",
            },
        ),
        migrations.AddConstraint(
            model_name="serviceprofile",
            constraint=models.UniqueConstraint(
                models.F("operator"), django.db.models.functions.text.Lower("name"), name="service_profile_name_unique"
            ),
        ),
        migrations.AddConstraint(
            model_name="serviceprofile",
            constraint=models.UniqueConstraint(fields=("operator", "id"), name="service_profile_of_operator"),
        ),
        migrations.AddConstraint(
            model_name="serviceprofile",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("name__isnull", True), ("private", True)),
                    models.Q(("name__isnull", False), ("private", False)),
                    _connector="OR",
                ),
                name="service_profile_private_unnamed",
            ),
        ),
        migrations.AddConstraint(
            model_name="serviceprofile",
            constraint=models.CheckConstraint(
                condition=models.Q(("interim_seconds__range", (60, 86400))), name="service_profile_interim_valid"
            ),
        ),
        migrations.AddConstraint(
            model_name="serviceprofile",
            constraint=models.CheckConstraint(
                condition=models.Q(("devices_max__gte", 1)), name="service_profile_devices_positive"
            ),
        ),
        migrations.AddConstraint(
            model_name="serviceprofile",
            constraint=models.CheckConstraint(
                condition=models.Q(("download_bps__gt", 0), ("upload_bps__gt", 0)),
                name="service_profile_speeds_positive",
            ),
        ),
        migrations.AddConstraint(
            model_name="plan",
            constraint=models.UniqueConstraint(
                models.F("operator"),
                django.db.models.functions.text.Lower("name"),
                condition=models.Q(("active", True)),
                name="plan_name_unique_active",
            ),
        ),
        migrations.AddConstraint(
            model_name="plan",
            constraint=models.UniqueConstraint(
                models.F("operator"),
                django.db.models.functions.text.Lower("code"),
                condition=models.Q(("active", True)),
                name="plan_code_unique_active",
            ),
        ),
        migrations.AddConstraint(
            model_name="plan",
            constraint=models.UniqueConstraint(fields=("operator", "id"), name="plan_of_operator"),
        ),
        migrations.AddConstraint(
            model_name="plan",
            constraint=models.CheckConstraint(
                condition=models.Q(("payment__in", ["free", "prepaid", "postpaid"])), name="plan_payment_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="plan",
            constraint=models.CheckConstraint(
                condition=models.Q(("measure__in", ["time", "traffic", "none"])), name="plan_measure_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="plan",
            constraint=models.CheckConstraint(
                condition=models.Q(("price_side__in", ["ticket", "unit"])), name="plan_price_side_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="plan",
            constraint=models.CheckConstraint(
                condition=models.Q(("validity_kind__in", ["always", "from_creation", "from_first_use", "end_of_day"])),
                name="plan_validity_kind_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="plan",
            constraint=models.CheckConstraint(
                condition=models.Q(("validity_unit__in", ["minute", "hour", "day", "week", "month"])),
                name="plan_validity_unit_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="plan",
            constraint=models.CheckConstraint(
                condition=models.Q(("cycle_period__in", ["day", "week", "month", "year"])),
                name="plan_cycle_period_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="plan",
            constraint=models.CheckConstraint(
                condition=models.Q(("cap_action__in", ["disconnect", "throttle", "overage"])),
                name="plan_cap_action_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="plan",
            constraint=models.CheckConstraint(
                condition=models.Q(("cap_period__in", ["day", "week", "month", "year"])), name="plan_cap_period_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="plan",
            constraint=models.CheckConstraint(
                condition=models.Q(("cap_measure__in", ["time", "traffic", "none"])), name="plan_cap_measure_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="plan",
            constraint=models.CheckConstraint(
                condition=models.Q(("direction__in", ["both", "download", "upload"])), name="plan_direction_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="plan",
            constraint=models.CheckConstraint(
                condition=models.Q(("price_minor__gte", 0)), name="plan_price_not_negative"
            ),
        ),
        migrations.AddConstraint(
            model_name="plan",
            constraint=models.CheckConstraint(
                condition=models.Q(models.Q(("payment", "free"), _negated=True), ("price_minor", 0), _connector="OR"),
                name="plan_free_costs_nothing",
            ),
        ),
        migrations.AddConstraint(
            model_name="plan",
            constraint=models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="plan_amount_positive"),
        ),
        migrations.AddConstraint(
            model_name="plan",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("measure", "none"), _negated=True), ("amount__isnull", True), _connector="OR"
                ),
                name="plan_flat_without_amount",
            ),
        ),
        migrations.AddConstraint(
            model_name="plan",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount__isnull", True), ("cap_amount__isnull", True), _connector="OR"),
                name="plan_amount_or_cap",
            ),
        ),
        migrations.AddConstraint(
            model_name="plan",
            constraint=models.CheckConstraint(
                condition=models.Q(("cycle_period__isnull", True), ("payment", "prepaid"), _connector="OR"),
                name="plan_cycle_prepaid",
            ),
        ),
        migrations.AddConstraint(
            model_name="plan",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("cycle_period__isnull", True),
                    models.Q(("validity_kind", "end_of_day"), _negated=True),
                    _connector="OR",
                ),
                name="plan_cycle_not_end_of_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="plan",
            constraint=models.CheckConstraint(
                condition=models.Q(("cycle_count__gte", 1)), name="plan_cycle_count_positive"
            ),
        ),
        migrations.AddConstraint(
            model_name="plan",
            constraint=models.CheckConstraint(
                condition=models.Q(("tariff_unit_price__isnull", True), ("payment", "postpaid"), _connector="OR"),
                name="plan_tariff_postpaid",
            ),
        ),
        migrations.AddConstraint(
            model_name="plan",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("tariff_unit__isnull", True), ("tariff_unit_price__isnull", True)),
                    models.Q(("tariff_increment__gt", 0), ("tariff_unit__gt", 0), ("tariff_unit_price__gte", 0)),
                    _connector="OR",
                ),
                name="plan_tariff_complete",
            ),
        ),
        migrations.AddConstraint(
            model_name="plan",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("cap_action__isnull", True),
                        ("cap_amount__isnull", True),
                        ("cap_measure__isnull", True),
                        ("cap_period__isnull", True),
                    ),
                    models.Q(
                        ("cap_action__isnull", False),
                        ("cap_amount__gt", 0),
                        ("cap_measure__in", ["time", "traffic"]),
                        ("cap_period__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="plan_cap_complete",
            ),
        ),
        migrations.AddConstraint(
            model_name="plan",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("validity_kind__in", ["always", "end_of_day"]),
                    ("validity_amount__gte", 1),
                    ("cycle_period__isnull", False),
                    _connector="OR",
                ),
                name="plan_validity_length",
            ),
        ),
        *schema.same_operator("plan", profile_id="service_profile"),
        *schema.tenant("service_profile", aaa="SELECT", web="SELECT, INSERT, UPDATE"),
        *schema.tenant("plan", aaa="SELECT", web="SELECT, INSERT, UPDATE"),
        *schema.frozen("plan", "name", "code", "quick_ticket", "self_service", "active", "retired_at"),
        schema.sql(PRIVATE_PROFILE_FROZEN),
    ]
