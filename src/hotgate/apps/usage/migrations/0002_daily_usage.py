from typing import ClassVar

from django.db import migrations, models

from hotgate.apps.core import schema


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("usage", "0001_initial"),
    ]

    operations: ClassVar = [
        migrations.CreateModel(
            name="DailyUsage",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "subscriber_id", "day", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("subscriber_id", models.BigIntegerField()),
                ("day", models.DateField()),
                ("operator_id", models.BigIntegerField()),
                ("seconds", models.BigIntegerField(db_default=0)),
                ("octets_in", models.BigIntegerField(db_default=0)),
                ("octets_out", models.BigIntegerField(db_default=0)),
            ],
            options={
                "db_table": "daily_usage",
                "indexes": [models.Index(fields=["operator_id", "day"], name="daily_usage_of_day")],
            },
        ),
        *schema.tenant("daily_usage", web="SELECT", worker=schema.READ_WRITE),
    ]
