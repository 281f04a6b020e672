from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models

from hotgate.apps.core import schema

# EN-18: a plan that comes in cycles has no fixed bandwidth, neither of its own nor through a shared profile
CYCLIC_WITHOUT_SPEED = """
CREATE FUNCTION forbid_cyclic_speed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_TABLE_NAME = 'plan' THEN
    PERFORM FROM service_profile f
      WHERE f.id = NEW.profile_id AND (f.download_bps IS NOT NULL OR f.upload_bps IS NOT NULL);
  ELSE
    PERFORM FROM plan p WHERE p.profile_id = NEW.id AND p.cycle_period IS NOT NULL;
  END IF;
  IF FOUND THEN
    RAISE EXCEPTION 'a cyclic plan has no limit of bandwidth' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$
"""
OF_A_PLAN = """
CREATE TRIGGER plan_cyclic_without_speed BEFORE INSERT ON plan
FOR EACH ROW WHEN (NEW.cycle_period IS NOT NULL) EXECUTE FUNCTION forbid_cyclic_speed()
"""
OF_A_PROFILE = """
CREATE TRIGGER service_profile_cyclic_without_speed BEFORE UPDATE ON service_profile
FOR EACH ROW WHEN (NEW.download_bps IS NOT NULL OR NEW.upload_bps IS NOT NULL) EXECUTE FUNCTION forbid_cyclic_speed()
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("catalogue", "0002_price_lists"),
        ("operators", "0001_initial"),
    ]

    operations: ClassVar = [
        migrations.CreateModel(
            name="PlanExample",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.IntegerField()),
                ("used", models.BigIntegerField()),
                ("day", models.IntegerField()),
                ("expected", models.TextField()),
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
                    "plan",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="catalogue.plan",
                    ),
                ),
            ],
            options={
                "db_table": "plan_example",
                "constraints": [
                    models.UniqueConstraint(fields=("plan", "position"), name="plan_example_position_unique"),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "expected__in",
                                ["accepted", "slower", "used_up", "cycle_used_up", "cap_reached", "expired"],
                            )
                        ),
                        name="plan_example_expected_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("used__gte", 0)), name="plan_example_used_not_negative"
                    ),
                    models.CheckConstraint(condition=models.Q(("day__gte", 1)), name="plan_example_day_positive"),
                ],
            },
        ),
        *schema.same_operator("plan_example", plan_id="plan"),
        *schema.tenant("plan_example"),
        schema.sql(CYCLIC_WITHOUT_SPEED),
        schema.sql(OF_A_PLAN),
        schema.sql(OF_A_PROFILE),
    ]
