from typing import ClassVar

from django.db import migrations, models
from django.db.models import Q

from hotgate.apps.core import ids, schema


class Migration(migrations.Migration):
    dependencies: ClassVar = [("core", "0002_idempotency_key")]

    operations: ClassVar = [
        migrations.CreateModel(
            name="Work",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=ids.uuid7, editable=False, unique=True)),
                ("operator_id", models.BigIntegerField()),
                ("staff_id", models.BigIntegerField(null=True)),
                ("kind", models.TextField()),
                ("title", models.TextField(db_default="")),
                ("done", models.BigIntegerField(db_default=0)),
                ("total", models.BigIntegerField(null=True)),
                ("state", models.TextField(db_default="running")),
                ("message", models.TextField(db_default="")),
                ("result", models.TextField(db_default="")),
                ("began_at", models.DateTimeField()),
                ("told_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
            ],
            options={"db_table": "work"},
        ),
        migrations.AddIndex(
            model_name="work",
            index=models.Index(fields=["operator_id", "-began_at", "-id"], name="work_newest"),
        ),
        migrations.AddConstraint(
            model_name="work",
            constraint=models.CheckConstraint(
                condition=Q(("state__in", ["running", "done", "failed"])), name="work_state_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="work",
            constraint=models.CheckConstraint(
                condition=Q(("done__gte", 0)) & (Q(("total__isnull", True)) | Q(("total__gte", 0))),
                name="work_counts",
            ),
        ),
        migrations.AddConstraint(
            model_name="work",
            constraint=models.CheckConstraint(
                condition=Q(("result", "")) | Q(("result__regex", "^/([^/\\\\]|$)")), name="work_result_is_ours"
            ),
        ),
        *schema.tenant("work"),
    ]
