from typing import ClassVar

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

from hotgate.apps.core import ids, schema


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("operators", "0001_initial"),
        ("subscribers", "0001_initial"),
    ]

    operations: ClassVar = [
        migrations.CreateModel(
            name="UserImport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=ids.uuid7, editable=False, unique=True)),
                ("state", models.TextField(db_default="draft")),
                ("file_name", models.TextField()),
                ("content", models.BinaryField(null=True)),
                ("mapping", models.JSONField(default=dict)),
                ("new", models.IntegerField(db_default=0)),
                ("same", models.IntegerField(db_default=0)),
                ("wrong", models.IntegerField(db_default=0)),
                ("problems", models.JSONField(default=list)),
                ("passwords_sealed", models.BinaryField(null=True)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("done_at", models.DateTimeField(null=True)),
                (
                    "created_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
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
                    "realm",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="subscribers.realm",
                    ),
                ),
            ],
            options={"db_table": "user_import"},
        ),
        migrations.AddIndex(
            model_name="userimport",
            index=models.Index(fields=["operator", "created_at", "id"], name="user_import_newest"),
        ),
        migrations.AddConstraint(
            model_name="userimport",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["draft", "checked", "running", "done", "cancelled"])),
                name="user_import_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="userimport",
            constraint=models.UniqueConstraint(fields=("operator", "id"), name="user_import_of_operator"),
        ),
        *schema.same_operator("user_import", realm_id="realm"),
        *schema.tenant("user_import"),
    ]
