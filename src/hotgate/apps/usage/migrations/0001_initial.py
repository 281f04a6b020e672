from typing import ClassVar

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

from hotgate.apps.core import fields, ids, schema

USAGE = """
CREATE TABLE usage (
  event_at timestamptz NOT NULL, session_id bigint NOT NULL, operator_id bigint NOT NULL, subscriber_id bigint,
  seconds bigint NOT NULL, octets_in bigint NOT NULL, octets_out bigint NOT NULL
) PARTITION BY RANGE (event_at)
"""
LOGIN_ATTEMPT = """
CREATE TABLE login_attempt (
  at timestamptz NOT NULL, id bigint NOT NULL DEFAULT nextval('login_attempt_id_seq'),
  operator_id bigint, nas_id bigint, source inet, subscriber_id bigint,
  user_name text NOT NULL DEFAULT '', device text NOT NULL DEFAULT '',
  outcome text NOT NULL CHECK (outcome IN ('accepted', 'confined', 'refused', 'dropped')),
  reason text NOT NULL DEFAULT '', rule text NOT NULL DEFAULT '',
  kind text NOT NULL DEFAULT 'auth' CHECK (kind IN ('auth', 'acct')), count integer NOT NULL DEFAULT 1,
  PRIMARY KEY (at, id)
) PARTITION BY RANGE (at)
"""
PACKET_JOURNAL = """
CREATE TABLE packet_journal (
  at timestamptz NOT NULL, id bigint NOT NULL DEFAULT nextval('packet_journal_id_seq'),
  operator_id bigint, nas_id bigint, source inet NOT NULL, packet bytea NOT NULL,
  PRIMARY KEY (at, id)
) PARTITION BY RANGE (at)
"""
INDEXES = (
    "CREATE INDEX usage_of_session ON usage (session_id, event_at)",
    "CREATE INDEX login_attempt_newest ON login_attempt (operator_id, at DESC)",
    "CREATE INDEX login_attempt_of_subscriber ON login_attempt (subscriber_id, at DESC)",
)


def partitioned(create: str, model: migrations.CreateModel) -> migrations.SeparateDatabaseAndState:
    """The model for Django, the table by hand: Django knows no partitions. A DEFAULT partition is there at once."""
    table = model.options["db_table"]
    return migrations.SeparateDatabaseAndState(
        state_operations=[model],
        database_operations=[
            *([] if table == "usage" else [schema.sql(f"CREATE SEQUENCE {table}_id_seq")]),
            schema.sql(create),
            schema.sql(f"CREATE TABLE {table}_default PARTITION OF {table} DEFAULT"),
        ],
    )


class Migration(migrations.Migration):
    initial = True

    dependencies: ClassVar = [
        ("core", "0001_initial"),
        ("network", "0001_initial"),
        ("operators", "0001_initial"),
        ("subscribers", "0001_initial"),
    ]

    operations: ClassVar = [
        migrations.CreateModel(
            name="AccessSession",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=ids.uuid7, editable=False, unique=True)),
                ("acct_session_id", models.TextField()),
                ("started_at", models.DateTimeField()),
                ("user_name", models.TextField(db_default="")),
                ("device", models.TextField(db_default="")),
                ("mac", fields.MacField(null=True)),
                ("called_station", models.TextField(db_default="")),
                ("framed_ip", models.GenericIPAddressField(null=True)),
                (
                    "framed_ipv6",
                    django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), db_default=[], size=None),
                ),
                ("nas_port", models.TextField(db_default="")),
                ("multi_session_id", models.TextField(db_default="")),
                ("last_event_at", models.DateTimeField()),
                ("last_heard_at", models.DateTimeField()),
                ("seconds", models.BigIntegerField(db_default=0)),
                ("octets_in", models.BigIntegerField(db_default=0)),
                ("octets_out", models.BigIntegerField(db_default=0)),
                ("stopped_at", models.DateTimeField(null=True)),
                ("terminate_cause", models.SmallIntegerField(null=True)),
                ("close_reason", models.TextField(db_default="")),
                ("closed_locally", models.BooleanField(db_default=False)),
                ("estimated", models.BooleanField(db_default=False)),
                ("superseded", models.BooleanField(db_default=False)),
                (
                    "flags",
                    django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), db_default=[], size=None),
                ),
                (
                    "raw_points",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), db_default=[], size=None
                    ),
                ),
                ("interim_seconds", models.IntegerField(null=True)),
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
                    "nas",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="network.nas",
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
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="subscribers.subscriber",
                    ),
                ),
            ],
            options={
                "db_table": "access_session",
            },
        ),
        partitioned(
            LOGIN_ATTEMPT,
            migrations.CreateModel(
                name="LoginAttempt",
                fields=[
                    (
                        "pk",
                        models.CompositePrimaryKey(
                            "at", "id", blank=True, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("at", models.DateTimeField()),
                    ("id", models.BigIntegerField()),
                    ("operator_id", models.BigIntegerField(null=True)),
                    ("nas_id", models.BigIntegerField(null=True)),
                    ("source", models.GenericIPAddressField(null=True)),
                    ("subscriber_id", models.BigIntegerField(null=True)),
                    ("user_name", models.TextField()),
                    ("device", models.TextField()),
                    ("outcome", models.TextField()),
                    ("reason", models.TextField()),
                    ("rule", models.TextField()),
                    ("kind", models.TextField()),
                    ("count", models.IntegerField()),
                ],
                options={
                    "db_table": "login_attempt",
                },
            ),
        ),
        partitioned(
            PACKET_JOURNAL,
            migrations.CreateModel(
                name="PacketJournal",
                fields=[
                    (
                        "pk",
                        models.CompositePrimaryKey(
                            "at", "id", blank=True, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("at", models.DateTimeField()),
                    ("id", models.BigIntegerField()),
                    ("operator_id", models.BigIntegerField(null=True)),
                    ("nas_id", models.BigIntegerField(null=True)),
                    ("source", models.GenericIPAddressField()),
                    ("packet", models.BinaryField()),
                ],
                options={
                    "db_table": "packet_journal",
                },
            ),
        ),
        migrations.CreateModel(
            name="Quarantine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("operator_id", models.BigIntegerField(null=True)),
                ("nas_id", models.BigIntegerField(null=True)),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("reason", models.TextField()),
                ("attributes", models.JSONField()),
                ("raw", models.BinaryField(null=True)),
            ],
            options={
                "db_table": "quarantine",
            },
        ),
        partitioned(
            USAGE,
            migrations.CreateModel(
                name="Usage",
                fields=[
                    (
                        "pk",
                        models.CompositePrimaryKey(
                            "session_id", "event_at", blank=True, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("event_at", models.DateTimeField()),
                    ("session_id", models.BigIntegerField()),
                    ("operator_id", models.BigIntegerField()),
                    ("subscriber_id", models.BigIntegerField(null=True)),
                    ("seconds", models.BigIntegerField()),
                    ("octets_in", models.BigIntegerField()),
                    ("octets_out", models.BigIntegerField()),
                ],
                options={
                    "db_table": "usage",
                },
            ),
        ),
        migrations.CreateModel(
            name="SessionAllocation",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "session_id",
                        "entitlement_id",
                        "cycle_started_at",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("cycle_started_at", models.DateTimeField()),
                ("units", models.BigIntegerField(db_default=0)),
                ("charged_minor", models.BigIntegerField(db_default=0)),
                ("transfers", models.IntegerField(db_default=0)),
                (
                    "entitlement",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="subscribers.entitlement",
                    ),
                ),
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
                    "session",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="usage.accesssession",
                    ),
                ),
            ],
            options={
                "db_table": "session_allocation",
            },
        ),
        migrations.CreateModel(
            name="SessionOrder",
            fields=[
                (
                    "session",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="usage.accesssession",
                    ),
                ),
                ("kind", models.TextField()),
                ("reason", models.TextField(db_default="")),
                ("generation", models.IntegerField(db_default=1)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("leased_by", models.TextField(null=True)),
                ("leased_until", models.DateTimeField(null=True)),
                ("tries", models.IntegerField(db_default=0)),
                ("settled_at", models.DateTimeField(null=True)),
                ("outcome", models.TextField(null=True)),
                (
                    "nas",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="network.nas",
                    ),
                ),
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
            ],
            options={
                "db_table": "session_order",
            },
        ),
        migrations.AddIndex(
            model_name="accesssession",
            index=models.Index(fields=["subscriber", "-started_at"], name="access_session_of_subscriber"),
        ),
        migrations.AddIndex(
            model_name="accesssession",
            index=models.Index(
                condition=models.Q(("stopped_at__isnull", True)), fields=["nas"], name="access_session_open"
            ),
        ),
        migrations.AddIndex(
            model_name="accesssession",
            index=models.Index(fields=["operator", "-started_at"], name="access_session_newest"),
        ),
        migrations.AddConstraint(
            model_name="accesssession",
            constraint=models.UniqueConstraint(
                fields=("nas", "acct_session_id", "started_at"), name="access_session_epoch_unique"
            ),
        ),
        migrations.AddConstraint(
            model_name="accesssession",
            constraint=models.UniqueConstraint(fields=("operator", "id"), name="access_session_of_operator"),
        ),
        migrations.AddConstraint(
            model_name="accesssession",
            constraint=models.CheckConstraint(
                condition=models.Q(("seconds__gte", 0), ("octets_in__gte", 0), ("octets_out__gte", 0)),
                name="access_session_counters",
            ),
        ),
        migrations.AddIndex(
            model_name="sessionallocation",
            index=models.Index(fields=["entitlement"], name="session_allocation_paid_by"),
        ),
        migrations.AddIndex(
            model_name="sessionorder",
            index=models.Index(
                condition=models.Q(("settled_at__isnull", True)), fields=["nas"], name="session_order_open"
            ),
        ),
        migrations.AddConstraint(
            model_name="sessionorder",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["disconnect", "reauthorize"])), name="session_order_kind_known"
            ),
        ),
        *(schema.sql(index) for index in INDEXES),
        *schema.same_operator("access_session", nas_id="nas", subscriber_id="subscriber", entitlement_id="entitlement"),
        *schema.same_operator("session_allocation", session_id="access_session", entitlement_id="entitlement"),
        *schema.same_operator("session_order", session_id="access_session", nas_id="nas"),
        *schema.tenant("access_session", aaa="SELECT, INSERT, UPDATE", web="SELECT, UPDATE"),
        *schema.tenant("session_allocation", aaa="SELECT, INSERT, UPDATE", web="SELECT"),
        *schema.tenant("session_order", aaa=schema.READ_WRITE),
        *schema.tenant("usage", aaa="SELECT, INSERT", web="SELECT"),
        *schema.tenant("login_attempt", aaa="SELECT, INSERT, UPDATE", web="SELECT", of=schema.OWN_OR_PLATFORM),
        *schema.tenant("packet_journal", aaa="SELECT, INSERT", web="SELECT", of=schema.OWN_OR_PLATFORM),
        *schema.tenant("quarantine", aaa="SELECT, INSERT", web="SELECT, DELETE", of=schema.OWN_OR_PLATFORM),
        *schema.frozen("packet_journal"),
        *schema.hot("access_session"),
        *schema.hot("session_order"),
        # not cyclic: there is no first cycle
        schema.sql("ALTER TABLE session_allocation ALTER COLUMN cycle_started_at SET DEFAULT '-infinity'"),
    ]
