from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models

from hotgate.apps.core import schema

# From a seller up to its root: who buys for how much off the list. A seller may know what its own sales cost each party
# above it, and row security would hide those; so this runs with its owner's rights and begins only where the caller may.
SELLER_CHAIN = """
CREATE FUNCTION seller_chain(seller bigint)
RETURNS TABLE (step integer, operator_id bigint, name text, percent numeric)
LANGUAGE sql STABLE SECURITY DEFINER AS $$
  WITH RECURSIVE chain AS (
    SELECT 0 AS step, o.id, o.name, o.parent_id FROM operator o WHERE o.id = seller AND o.id = ANY (hotgate_operators())
    UNION ALL
    SELECT c.step + 1, o.id, o.name, o.parent_id FROM chain c JOIN operator o ON o.id = c.parent_id WHERE c.step < 20
  )
  SELECT c.step, c.id, c.name, coalesce(d.percent, 0)
    FROM chain c LEFT JOIN seller_discount d ON d.operator_id = c.id ORDER BY c.step
$$
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("catalogue", "0001_initial"),
        ("operators", "0001_initial"),
    ]

    operations: ClassVar = [
        migrations.CreateModel(
            name="SellerDiscount",
            fields=[
                (
                    "operator",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="operators.operator",
                    ),
                ),
                ("percent", models.DecimalField(decimal_places=2, max_digits=5)),
            ],
            options={
                "db_table": "seller_discount",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("percent__range", (0, 100))), name="seller_discount_valid"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ListPrice",
            fields=[
                (
                    "plan",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="catalogue.plan",
                    ),
                ),
                ("amount_minor", models.BigIntegerField()),
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
                "db_table": "list_price",
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("amount_minor__gte", 0)), name="list_price_not_negative")
                ],
            },
        ),
        *schema.same_operator("list_price", plan_id="plan"),
        *schema.tenant("list_price"),
        *schema.tenant("seller_discount"),
        schema.sql(SELLER_CHAIN),
        *schema.owners_function("seller_chain(bigint)", "web", "worker"),
    ]
