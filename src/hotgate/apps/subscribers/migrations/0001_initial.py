from typing import ClassVar

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
from django.db import migrations, models

from hotgate.apps.core import ids, schema


# What is searched stands in one text, so that one index and one comparison do. A line break keeps the fields apart.
SEARCHED = "upper(name || E'\\n' || display_name || E'\\n' || phone || E'\\n' || email)"

# Where the server has no pg_trgm, or this role may not switch it on, the search works and reads every row.
SEARCH_INDEX = f"""
DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_trgm') THEN
    CREATE INDEX subscriber_searched ON subscriber USING gin (({SEARCHED}) gin_trgm_ops);
  END IF;
END $$
"""

# Row security looks at a row before LIKE may, so that under it LIKE can use no index. With the owner's rights it can;
# whose rows are found is said here instead. EXECUTE plans for the text at hand: a short one has no use for the index.
FOUND_SUBSCRIBERS = f"""
CREATE FUNCTION found_subscribers(wanted text) RETURNS SETOF bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER AS $$
BEGIN
  RETURN QUERY EXECUTE
    $query$SELECT id FROM subscriber WHERE operator_id = ANY ($1) AND {SEARCHED} LIKE $2$query$
    USING hotgate_operators(), '%' || regexp_replace(upper(wanted), '([\\\\%_])', '\\\\\\1', 'g') || '%';
END $$
"""


class Migration(migrations.Migration):
    initial = True

    dependencies: ClassVar = [
        ("core", "0001_initial"),
        ("catalogue", "0001_initial"),
        ("ledger", "0001_initial"),
        ("operators", "0001_initial"),
    ]

    operations: ClassVar = [
        migrations.CreateModel(
            name="Entitlement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=ids.uuid7, editable=False, unique=True)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("starts_at", models.DateTimeField()),
                ("validity_kind", models.TextField()),
                ("validity_amount", models.IntegerField(db_default=0)),
                ("validity_unit", models.TextField(db_default="day")),
                ("amount", models.BigIntegerField(null=True)),
                ("cycles", models.IntegerField(null=True)),
                ("first_used_at", models.DateTimeField(null=True)),
                ("valid_until", models.DateTimeField(null=True)),
                ("cycle_anchor", models.DateTimeField(null=True)),
                ("cycle_started_at", models.DateTimeField(null=True)),
                ("used", models.BigIntegerField(db_default=0)),
                (
                    "earlier",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), db_default=[], size=None
                    ),
                ),
                ("ended_at", models.DateTimeField(null=True)),
                ("live", models.BooleanField(db_default=True)),
                ("price_minor", models.BigIntegerField(db_default=0)),
                ("payment_state", models.TextField(db_default="not_due")),
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
                    "plan",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalogue.plan",
                    ),
                ),
            ],
            options={
                "db_table": "entitlement",
            },
        ),
        migrations.CreateModel(
            name="Realm",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=ids.uuid7, editable=False, unique=True)),
                ("name", models.TextField()),
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
                "db_table": "realm",
            },
        ),
        migrations.CreateModel(
            name="Subscriber",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=ids.uuid7, editable=False, unique=True)),
                ("name", models.TextField()),
                ("display_name", models.TextField(blank=True, db_default="")),
                ("kind", models.TextField(db_default="person")),
                ("created_via", models.TextField(db_default="console")),
                ("phone", models.TextField(blank=True, db_default="")),
                ("email", models.TextField(blank=True, db_default="")),
                ("language", models.TextField(blank=True, db_default="")),
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
                    "realm",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="subscribers.realm",
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="operators.site",
                    ),
                ),
                (
                    "wallet",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="ledger.ledgeraccount",
                    ),
                ),
            ],
            options={
                "db_table": "subscriber",
            },
        ),
        migrations.CreateModel(
            name="Slot",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "subscriber_id", "device", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("device", models.TextField()),
                ("taken_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField(null=True)),
                ("session_id", models.BigIntegerField(null=True)),
                ("entitlement_id", models.BigIntegerField(null=True)),
                ("slice_amount", models.BigIntegerField(null=True)),
                ("slice_used", models.BigIntegerField(db_default=0)),
                ("activates_at", models.DateTimeField(null=True)),
                ("session_ends_at", models.DateTimeField(null=True)),
                (
                    "operator",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="operators.operator",
                    ),
                ),
                (
                    "subscriber",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="subscribers.subscriber",
                    ),
                ),
            ],
            options={
                "db_table": "slot",
            },
        ),
        migrations.CreateModel(
            name="Hold",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=ids.uuid7, editable=False, unique=True)),
                ("kind", models.TextField()),
                ("until", models.DateTimeField(null=True)),
                ("reason", models.TextField(blank=True, db_default="")),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("released_at", models.DateTimeField(null=True)),
                (
                    "entitlement",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="subscribers.entitlement",
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
                    "subscriber",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="subscribers.subscriber",
                    ),
                ),
            ],
            options={
                "db_table": "hold",
            },
        ),
        migrations.AddField(
            model_name="entitlement",
            name="subscriber",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="subscribers.subscriber",
            ),
        ),
        migrations.CreateModel(
            name="Credential",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.TextField()),
                ("name_key", models.TextField()),
                ("enabled", models.BooleanField(db_default=True)),
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
                    "subscriber",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="subscribers.subscriber",
                    ),
                ),
            ],
            options={
                "db_table": "credential",
            },
        ),
        migrations.CreateModel(
            name="CredentialSecret",
            fields=[
                (
                    "credential",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="subscribers.credential",
                    ),
                ),
                ("pap_digest", models.BinaryField(null=True)),
                ("sealed", models.BinaryField(null=True)),
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
                "db_table": "credential_secret",
            },
        ),
        migrations.AddConstraint(
            model_name="realm",
            constraint=models.UniqueConstraint(
                models.F("operator"), django.db.models.functions.text.Lower("name"), name="realm_name_unique"
            ),
        ),
        migrations.AddConstraint(
            model_name="realm",
            constraint=models.UniqueConstraint(fields=("operator", "id"), name="realm_of_operator"),
        ),
        migrations.AddIndex(
            model_name="subscriber",
            index=models.Index(fields=["operator", "created_at", "id"], name="subscriber_newest"),
        ),
        migrations.AddIndex(
            model_name="subscriber",
            index=models.Index(fields=["operator", "name", "id"], name="subscriber_by_name"),
        ),
        migrations.AddConstraint(
            model_name="subscriber",
            constraint=models.UniqueConstraint(fields=("operator", "id"), name="subscriber_of_operator"),
        ),
        migrations.AddConstraint(
            model_name="subscriber",
            constraint=models.UniqueConstraint(fields=("wallet",), name="subscriber_wallet_unique"),
        ),
        migrations.AddConstraint(
            model_name="subscriber",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["person", "device"])), name="subscriber_kind_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="hold",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["cap", "unpaid", "staff"])), name="hold_kind_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="hold",
            constraint=models.UniqueConstraint(
                condition=models.Q(("released_at__isnull", True)),
                fields=("subscriber", "kind", "entitlement"),
                name="hold_open_unique",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="hold",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("entitlement__isnull", False), ("kind", "cap")),
                    models.Q(models.Q(("kind", "cap"), _negated=True), ("entitlement__isnull", True)),
                    _connector="OR",
                ),
                name="hold_scope",
            ),
        ),
        migrations.AddIndex(
            model_name="entitlement",
            index=models.Index(condition=models.Q(("live", True)), fields=["subscriber"], name="entitlement_live"),
        ),
        migrations.AddIndex(
            model_name="entitlement",
            index=models.Index(fields=["subscriber"], name="entitlement_of_subscriber"),
        ),
        migrations.AddIndex(
            model_name="entitlement",
            index=models.Index(fields=["plan"], name="entitlement_plan"),
        ),
        migrations.AddConstraint(
            model_name="entitlement",
            constraint=models.UniqueConstraint(fields=("operator", "id"), name="entitlement_of_operator"),
        ),
        migrations.AddConstraint(
            model_name="entitlement",
            constraint=models.CheckConstraint(
                condition=models.Q(("validity_kind__in", ["always", "from_creation", "from_first_use", "end_of_day"])),
                name="entitlement_validity_kind_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="entitlement",
            constraint=models.CheckConstraint(
                condition=models.Q(("validity_unit__in", ["minute", "hour", "day", "week", "month"])),
                name="entitlement_validity_unit_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="entitlement",
            constraint=models.CheckConstraint(
                condition=models.Q(("payment_state__in", ["not_due", "open", "paid"])),
                name="entitlement_payment_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="entitlement",
            constraint=models.CheckConstraint(
                condition=models.Q(("used__gte", 0)), name="entitlement_used_not_negative"
            ),
        ),
        migrations.AddConstraint(
            model_name="entitlement",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount__gt", 0)), name="entitlement_amount_positive"
            ),
        ),
        migrations.AddConstraint(
            model_name="entitlement",
            constraint=models.CheckConstraint(
                condition=models.Q(("price_minor__gte", 0)), name="entitlement_price_not_negative"
            ),
        ),
        migrations.AddIndex(
            model_name="credential",
            index=models.Index(fields=["subscriber"], name="credential_subscriber"),
        ),
        migrations.AddConstraint(
            model_name="credential",
            constraint=models.UniqueConstraint(fields=("operator", "name_key"), name="credential_name_unique"),
        ),
        migrations.AddConstraint(
            model_name="credential",
            constraint=models.UniqueConstraint(fields=("operator", "id"), name="credential_of_operator"),
        ),
        migrations.AddConstraint(
            model_name="credential",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["password", "code", "mac"])), name="credential_kind_known"
            ),
        ),
        *schema.same_operator("subscriber", realm_id="realm", site_id="site", wallet_id="ledger_account"),
        *schema.same_operator("credential", subscriber_id="subscriber"),
        *schema.same_operator("credential_secret", credential_id="credential"),
        *schema.same_operator("entitlement", subscriber_id="subscriber", plan_id="plan"),
        *schema.same_operator("hold", subscriber_id="subscriber", entitlement_id="entitlement"),
        *schema.same_operator("slot", subscriber_id="subscriber"),
        *schema.tenant("realm", aaa="SELECT"),
        # to lock a row one must be allowed to change something in it
        *schema.tenant("subscriber", aaa="SELECT, INSERT, UPDATE (site_id, wallet_id)"),
        *schema.tenant("credential", aaa="SELECT, INSERT"),
        *schema.tenant(
            "credential_secret", aaa="SELECT, INSERT", web=schema.write_only("credential_id", "operator_id")
        ),
        *schema.tenant("entitlement", aaa="SELECT, INSERT, UPDATE"),
        *schema.tenant("hold", aaa="SELECT, INSERT, UPDATE"),
        *schema.tenant("slot", aaa=schema.READ_WRITE),
        schema.sql(SEARCH_INDEX),
        schema.sql(FOUND_SUBSCRIBERS),
        *schema.owners_function("found_subscribers(text)", "web", "worker"),
        *schema.hot("entitlement"),
        *schema.hot("slot"),
    ]
