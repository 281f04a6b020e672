from typing import ClassVar

import django.db.models.deletion
import django.db.models.functions.datetime
from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models

from hotgate.apps.core import fields, ids, schema

# Who writes a new secret may not read the old one, so the database itself keeps it while the box is being changed.
KEEP_PREVIOUS_SECRET = """
CREATE FUNCTION keep_previous_secret() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.previous_sealed := CASE WHEN NEW.previous_until IS NULL THEN NULL
                              WHEN NEW.sealed <> OLD.sealed THEN OLD.sealed ELSE OLD.previous_sealed END;
  RETURN NEW;
END $$
"""


class Migration(migrations.Migration):
    initial = True

    dependencies: ClassVar = [
        ("core", "0001_initial"),
        ("operators", "0001_initial"),
    ]

    operations: ClassVar = [
        migrations.CreateModel(
            name="Nas",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=ids.uuid7, editable=False, unique=True)),
                ("name", models.TextField()),
                ("address", fields.CidrField(unique=True)),
                ("identifier", models.TextField(blank=True, db_default="")),
                ("maker", models.TextField(db_default="standard")),
                ("enabled", models.BooleanField(db_default=True)),
                ("require_message_authenticator", models.TextField(db_default="yes")),
                ("message_authenticator_seen_at", models.DateTimeField(null=True)),
                ("limit_proxy_state", models.BooleanField(db_default=True)),
                ("octets_swapped", models.BooleanField(null=True)),
                ("lacks_gigawords", models.BooleanField(db_default=False)),
                ("sends_accounting", models.BooleanField(db_default=True)),
                ("can_confine", models.BooleanField(db_default=False)),
                ("mac_login", models.BooleanField(db_default=False)),
                ("strict", models.BooleanField(db_default=False)),
                ("coa_address", models.GenericIPAddressField(null=True)),
                ("coa_port", models.IntegerField(db_default=3799)),
                ("login_addresses", ArrayField(base_field=models.TextField(), db_default=[], size=None)),
                ("portal_generation", models.IntegerField(db_default=1)),
                ("reject_delay_ms", models.IntegerField(null=True)),
                ("users_max", models.IntegerField(null=True)),
                ("last_seen_at", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
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
                    "site",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="operators.site",
                    ),
                ),
            ],
            options={
                "db_table": "nas",
            },
        ),
        migrations.CreateModel(
            name="NasSecret",
            fields=[
                (
                    "nas",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="network.nas",
                    ),
                ),
                ("sealed", models.BinaryField()),
                ("previous_sealed", models.BinaryField(null=True)),
                ("previous_until", models.DateTimeField(null=True)),
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
                "db_table": "nas_secret",
            },
        ),
        migrations.AddConstraint(
            model_name="nas",
            constraint=models.UniqueConstraint(fields=("operator", "id"), name="nas_of_operator"),
        ),
        migrations.AddConstraint(
            model_name="nas",
            constraint=models.CheckConstraint(
                condition=models.Q(("require_message_authenticator__in", ["yes", "no", "auto"])),
                name="nas_require_message_authenticator_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="nas",
            constraint=models.CheckConstraint(
                condition=models.Q(("coa_port__range", (1, 65535))), name="nas_coa_port_valid"
            ),
        ),
        migrations.AddConstraint(
            model_name="nas",
            constraint=models.CheckConstraint(
                condition=models.Q(("reject_delay_ms__range", (0, 5000))), name="nas_reject_delay_valid"
            ),
        ),
        *schema.same_operator("nas", site_id="site"),
        *schema.same_operator("nas_secret", nas_id="nas"),
        *schema.tenant("nas", aaa="SELECT, UPDATE (last_seen_at, message_authenticator_seen_at)"),
        *schema.tenant("nas_secret", aaa="SELECT", web=schema.write_only("nas_id", "operator_id", "previous_until")),
        schema.sql(KEEP_PREVIOUS_SECRET),
        schema.sql(
            "CREATE TRIGGER nas_secret_previous BEFORE UPDATE ON nas_secret"
            " FOR EACH ROW EXECUTE FUNCTION keep_previous_secret()"
        ),
    ]
