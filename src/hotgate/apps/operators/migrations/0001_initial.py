from typing import ClassVar

import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models

from hotgate.apps.core import ids, schema

# at sign-in the operators are not known yet: one's own roles tell them
OWN_ROLES = f"{schema.OWN} OR staff_id = nullif(current_setting('hotgate.staff', true), '')::bigint"


class Migration(migrations.Migration):
    initial = True

    dependencies: ClassVar = [
        ("core", "0001_initial"),
    ]

    operations: ClassVar = [
        migrations.CreateModel(
            name="Staff",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                ("uuid", models.UUIDField(default=ids.uuid7, editable=False, unique=True)),
                ("email", models.TextField(unique=True)),
                ("name", models.TextField(blank=True, db_default="")),
                ("is_active", models.BooleanField(db_default=True, default=True)),
                ("is_superuser", models.BooleanField(db_default=False, default=False)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "staff",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("email", django.db.models.functions.text.Lower("email"))),
                        name="staff_email_lower",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Operator",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=ids.uuid7, editable=False, unique=True)),
                ("name", models.TextField()),
                ("slug", models.TextField(unique=True)),
                ("currency", models.CharField(max_length=3)),
                ("time_zone", models.TextField(db_default="UTC")),
                ("language", models.TextField(db_default="en")),
                ("country", models.TextField(blank=True, db_default="")),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "parent",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="operators.operator",
                    ),
                ),
            ],
            options={
                "db_table": "operator",
            },
        ),
        migrations.CreateModel(
            name="AuditEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.BigIntegerField()),
                ("at", models.DateTimeField()),
                ("actor", models.TextField()),
                ("verb", models.TextField()),
                ("object_kind", models.TextField()),
                ("object_id", models.BigIntegerField(null=True)),
                ("before", models.JSONField(null=True)),
                ("after", models.JSONField(null=True)),
                ("reason", models.TextField(db_default="")),
                ("request_id", models.TextField(db_default="")),
                ("ip", models.GenericIPAddressField(null=True)),
                ("previous_hash", models.BinaryField()),
                ("hash", models.BinaryField()),
                (
                    "staff",
                    models.ForeignKey(
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
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="operators.operator",
                    ),
                ),
            ],
            options={
                "db_table": "audit_entry",
            },
        ),
        migrations.CreateModel(
            name="Site",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=ids.uuid7, editable=False, unique=True)),
                ("name", models.TextField()),
                ("time_zone", models.TextField(null=True)),
                ("language", models.TextField(null=True)),
                ("commercial_mode", models.TextField(db_default="pay_per_use")),
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
                "db_table": "site",
            },
        ),
        migrations.CreateModel(
            name="StaffRole",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("role", models.TextField()),
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
                    "staff",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="roles", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "db_table": "staff_role",
            },
        ),
        migrations.AddConstraint(
            model_name="operator",
            constraint=models.CheckConstraint(
                condition=models.Q(("currency__regex", "^[A-Z]{3}$")), name="operator_currency_iso"
            ),
        ),
        migrations.AddConstraint(
            model_name="operator",
            constraint=models.CheckConstraint(
                condition=models.Q(("slug__regex", "^[a-z0-9]+(-[a-z0-9]+)*$")), name="operator_slug_plain"
            ),
        ),
        migrations.AddConstraint(
            model_name="auditentry",
            constraint=models.UniqueConstraint(
                fields=("operator", "number"), name="audit_entry_number_unique", nulls_distinct=False
            ),
        ),
        migrations.AddConstraint(
            model_name="site",
            constraint=models.UniqueConstraint(
                models.F("operator"), django.db.models.functions.text.Lower("name"), name="site_name_unique"
            ),
        ),
        migrations.AddConstraint(
            model_name="site",
            constraint=models.UniqueConstraint(fields=("operator", "id"), name="site_of_operator"),
        ),
        migrations.AddConstraint(
            model_name="site",
            constraint=models.CheckConstraint(
                condition=models.Q(("commercial_mode__in", ["free", "pay_per_use"])), name="site_commercial_mode_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="staffrole",
            constraint=models.UniqueConstraint(fields=("operator", "staff", "role"), name="staff_role_unique"),
        ),
        migrations.AddConstraint(
            model_name="staffrole",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("role__in", ["owner", "manager", "cashier", "account_editor", "support", "auditor"])
                ),
                name="staff_role_role_known",
            ),
        ),
        *schema.tenant("operator", aaa="SELECT", web="SELECT, INSERT, UPDATE", of=schema.OPERATOR_ITSELF),
        *schema.tenant("site", aaa="SELECT", web="SELECT, INSERT, UPDATE"),
        # staff may work for several operators, and sign in before it is known for which
        *schema.rights("staff", {"web": "SELECT, INSERT, UPDATE", "worker": "SELECT, INSERT, UPDATE"}),
        *schema.tenant("staff_role", of=OWN_ROLES),
        *schema.tenant("audit_entry", web="SELECT, INSERT", of=schema.OWN_OR_PLATFORM),
        *schema.frozen("audit_entry"),
    ]
