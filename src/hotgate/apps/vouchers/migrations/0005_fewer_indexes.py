from typing import ClassVar

from django.db import migrations, models

# What is over stands in indexes of its own, as what is left has done since 0003. So the three of all vouchers can go,
# and each new one stands in two fewer. They go last, for then nobody reads or writes until the end.
OVER = models.Q(("archived_at", None), ("is_over", True))
BEGUN = models.Q(("state", "available"), _negated=True)


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("catalogue", "0004_description"),
        ("operators", "0003_api_token"),
        ("subscribers", "0009_own_devices"),
        ("vouchers", "0004_one_foreign_key"),
    ]

    operations: ClassVar = [
        migrations.AddIndex(
            model_name="voucher",
            index=models.Index(condition=OVER, fields=["operator", "created_at", "id"], name="voucher_over"),
        ),
        migrations.AddIndex(
            model_name="voucher",
            index=models.Index(condition=OVER, fields=["operator", "shown", "id"], name="voucher_over_by_code"),
        ),
        migrations.AddIndex(
            model_name="voucher",
            index=models.Index(
                condition=models.Q(("archived_at", None), ("is_over", True), BEGUN),
                fields=["operator", "created_at", "id"],
                name="voucher_over_begun",
            ),
        ),
        migrations.RemoveIndex(model_name="voucher", name="voucher_newest"),
        migrations.RemoveIndex(model_name="voucher", name="voucher_by_code"),
        migrations.RemoveIndex(model_name="voucher", name="voucher_begun"),
    ]
