from typing import ClassVar

from django.db import migrations, models

from hotgate.apps.core import schema


class Migration(migrations.Migration):
    dependencies: ClassVar = [("core", "0001_initial")]

    operations: ClassVar = [
        migrations.CreateModel(
            name="IdempotencyKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("operator_id", models.BigIntegerField()),
                ("caller", models.BigIntegerField()),
                ("key", models.TextField()),
                ("request", models.BinaryField()),
                ("status", models.SmallIntegerField(null=True)),
                ("sealed", models.BinaryField(null=True)),
                ("at", models.DateTimeField()),
            ],
            options={"db_table": "idempotency_key"},
        ),
        migrations.AddIndex(
            model_name="idempotencykey",
            index=models.Index(fields=["at"], name="idempotency_key_at"),
        ),
        migrations.AddConstraint(
            model_name="idempotencykey",
            constraint=models.UniqueConstraint(fields=("operator_id", "caller", "key"), name="idempotency_key_once"),
        ),
        *schema.tenant("idempotency_key", web="SELECT, INSERT, UPDATE", worker="SELECT, DELETE"),
    ]
