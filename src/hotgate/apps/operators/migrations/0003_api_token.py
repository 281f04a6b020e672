from typing import ClassVar

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models.functions import Now

from hotgate.apps.core import ids, schema

# a request shows its token before it is known whose it is
OWN_OR_SHOWN = f"{schema.OWN} OR public = nullif(current_setting('hotgate.token', true), '')"
ROLES = ["owner", "manager", "cashier", "account_editor", "support", "auditor"]


class Migration(migrations.Migration):
    dependencies: ClassVar = [("operators", "0002_roles_of_a_site")]

    operations: ClassVar = [
        migrations.CreateModel(
            name="ApiToken",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=ids.uuid7, editable=False, unique=True)),
                ("name", models.TextField()),
                ("public", models.TextField(unique=True)),
                ("digest", models.BinaryField()),
                ("role", models.TextField()),
                ("scopes", django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None)),
                (
                    "addresses",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), db_default=[], size=None
                    ),
                ),
                ("expires_at", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField(db_default=Now())),
                ("last_used_at", models.DateTimeField(null=True)),
                ("last_used_ip", models.GenericIPAddressField(null=True)),
                ("revoked_at", models.DateTimeField(null=True)),
                (
                    "created_by",
                    models.ForeignKey(
                        db_column="created_by",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
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
            ],
            options={"db_table": "api_token"},
        ),
        migrations.AddIndex(
            model_name="apitoken",
            index=models.Index(fields=["operator", "id"], name="api_token_of_operator"),
        ),
        migrations.AddConstraint(
            model_name="apitoken",
            constraint=models.CheckConstraint(condition=models.Q(("role__in", ROLES)), name="api_token_role_known"),
        ),
        migrations.AddConstraint(
            model_name="apitoken",
            constraint=models.CheckConstraint(condition=models.Q(("scopes__len__gt", 0)), name="api_token_scopes_some"),
        ),
        *schema.tenant("api_token", web="SELECT, INSERT, UPDATE", worker="SELECT, INSERT, UPDATE", of=OWN_OR_SHOWN),
    ]
