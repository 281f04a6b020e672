from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("operators", "0003_api_token"),
        ("usage", "0014_checked_at_once"),
    ]

    operations: ClassVar = [
        # Each new session locked its operator's row, which two bookings at once wrote as well. That its gateway is there,
        # and of that operator, says the same (0014), and a gateway has a foreign key.
        migrations.AlterField(
            model_name="accesssession",
            name="operator",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="operators.operator",
            ),
        ),
    ]
