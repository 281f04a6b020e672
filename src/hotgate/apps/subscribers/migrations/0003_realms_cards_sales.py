from typing import ClassVar

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

from hotgate.apps.core import fields, ids, schema


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("catalogue", "0002_price_lists"),
        ("network", "0001_initial"),
        ("operators", "0001_initial"),
        ("subscribers", "0002_user_import"),
    ]

    operations: ClassVar = [
        migrations.CreateModel(
            name="Card",
            fields=[
                (
                    "subscriber",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="subscribers.subscriber",
                    ),
                ),
                ("number", models.IntegerField()),
                ("handed_out_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "card",
            },
        ),
        migrations.CreateModel(
            name="CardBatch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=ids.uuid7, editable=False, unique=True)),
                ("size", models.IntegerField()),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "card_batch",
            },
        ),
        migrations.CreateModel(
            name="CredentialLink",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=ids.uuid7, editable=False, unique=True)),
                ("digest", models.BinaryField(unique=True)),
                ("expires_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "credential_link",
            },
        ),
        migrations.CreateModel(
            name="MacAddress",
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
                ("mac", fields.MacField()),
            ],
            options={
                "db_table": "mac_address",
            },
        ),
        migrations.CreateModel(
            name="ReadablePassword",
            fields=[
                (
                    "subscriber",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="subscribers.subscriber",
                    ),
                ),
                ("sealed", models.BinaryField()),
            ],
            options={
                "db_table": "readable_password",
            },
        ),
        migrations.CreateModel(
            name="RealmPlan",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ],
            options={
                "db_table": "realm_plan",
            },
        ),
        migrations.CreateModel(
            name="Sale",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=ids.uuid7, editable=False, unique=True)),
                ("reference", models.TextField()),
                ("state", models.TextField()),
                ("currency", models.CharField(max_length=3)),
                ("price_minor", models.BigIntegerField()),
                ("cost_minor", models.BigIntegerField()),
                ("chain", models.JSONField(db_default=[])),
                ("at", models.DateTimeField()),
                ("settled_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "sale",
            },
        ),
        migrations.CreateModel(
            name="SiteDevices",
            fields=[
                (
                    "site",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="operators.site",
                    ),
                ),
            ],
            options={
                "db_table": "site_devices",
            },
        ),
        migrations.AddField(
            model_name="realm",
            name="asked",
            field=models.JSONField(db_default={}),
        ),
        migrations.AddField(
            model_name="realm",
            name="change_password",
            field=models.BooleanField(db_default=True),
        ),
        migrations.AddField(
            model_name="realm",
            name="change_profile",
            field=models.BooleanField(db_default=True),
        ),
        migrations.AddField(
            model_name="realm",
            name="delivery",
            field=models.TextField(db_default="show"),
        ),
        migrations.AddField(
            model_name="realm",
            name="device_plan",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="catalogue.plan",
            ),
        ),
        migrations.AddField(
            model_name="realm",
            name="keep_readable",
            field=models.BooleanField(db_default=False),
        ),
        migrations.AddField(
            model_name="realm",
            name="terms",
            field=models.TextField(blank=True, db_default=""),
        ),
        migrations.AddField(
            model_name="realm",
            name="verification",
            field=models.TextField(db_default="none"),
        ),
        migrations.AddField(
            model_name="realm",
            name="vouchers_allowed",
            field=models.BooleanField(db_default=True),
        ),
        migrations.AddField(
            model_name="realm",
            name="ways",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.TextField(),
                db_default=["self", "staff", "card", "api", "import", "printer", "app"],
                size=None,
            ),
        ),
        migrations.AddField(
            model_name="subscriber",
            name="erased_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="subscriber",
            name="person",
            field=models.JSONField(db_default={}),
        ),
        migrations.AddField(
            model_name="subscriber",
            name="restricted_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddConstraint(
            model_name="realm",
            constraint=models.CheckConstraint(
                condition=models.Q(("verification__in", ["none", "email", "sms"])), name="realm_verification_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="realm",
            constraint=models.CheckConstraint(
                condition=models.Q(("delivery__in", ["show", "email", "sms", "both"])), name="realm_delivery_known"
            ),
        ),
        migrations.AddField(
            model_name="card",
            name="operator",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="operators.operator"
            ),
        ),
        migrations.AddField(
            model_name="cardbatch",
            name="operator",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="operators.operator"
            ),
        ),
        migrations.AddField(
            model_name="cardbatch",
            name="plan",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="catalogue.plan",
            ),
        ),
        migrations.AddField(
            model_name="cardbatch",
            name="realm",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="subscribers.realm",
            ),
        ),
        migrations.AddField(
            model_name="card",
            name="batch",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="subscribers.cardbatch",
            ),
        ),
        migrations.AddField(
            model_name="credentiallink",
            name="operator",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="operators.operator"
            ),
        ),
        migrations.AddField(
            model_name="credentiallink",
            name="subscriber",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="subscribers.subscriber",
            ),
        ),
        migrations.AddField(
            model_name="macaddress",
            name="operator",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="operators.operator"
            ),
        ),
        migrations.AddField(
            model_name="macaddress",
            name="subscriber",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="subscribers.subscriber",
            ),
        ),
        migrations.AddField(
            model_name="readablepassword",
            name="operator",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="operators.operator"
            ),
        ),
        migrations.AddField(
            model_name="realmplan",
            name="operator",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="operators.operator"
            ),
        ),
        migrations.AddField(
            model_name="realmplan",
            name="plan",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="catalogue.plan",
            ),
        ),
        migrations.AddField(
            model_name="realmplan",
            name="realm",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="subscribers.realm",
            ),
        ),
        migrations.AddField(
            model_name="sale",
            name="nas",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="network.nas",
            ),
        ),
        migrations.AddField(
            model_name="sale",
            name="operator",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="operators.operator"
            ),
        ),
        migrations.AddField(
            model_name="sale",
            name="plan",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="catalogue.plan",
            ),
        ),
        migrations.AddField(
            model_name="sale",
            name="subscriber",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="subscribers.subscriber",
            ),
        ),
        migrations.AddField(
            model_name="sitedevices",
            name="operator",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="operators.operator"
            ),
        ),
        migrations.AddField(
            model_name="sitedevices",
            name="realm",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="subscribers.realm",
            ),
        ),
        migrations.AddIndex(
            model_name="cardbatch",
            index=models.Index(fields=["operator", "-id"], name="card_batch_newest"),
        ),
        migrations.AddConstraint(
            model_name="cardbatch",
            constraint=models.UniqueConstraint(fields=("operator", "id"), name="card_batch_of_operator"),
        ),
        migrations.AddConstraint(
            model_name="cardbatch",
            constraint=models.CheckConstraint(
                condition=models.Q(("size__range", (1, 1000))), name="card_batch_size_valid"
            ),
        ),
        migrations.AddConstraint(
            model_name="card",
            constraint=models.UniqueConstraint(fields=("batch", "number"), name="card_number_unique"),
        ),
        migrations.AddIndex(
            model_name="credentiallink",
            index=models.Index(fields=["subscriber"], name="credential_link_of_subscriber"),
        ),
        migrations.AddIndex(
            model_name="macaddress",
            index=models.Index(fields=["subscriber"], name="mac_address_of_subscriber"),
        ),
        migrations.AddConstraint(
            model_name="macaddress",
            constraint=models.UniqueConstraint(fields=("operator", "mac"), name="mac_address_unique"),
        ),
        migrations.AddIndex(
            model_name="sale",
            index=models.Index(fields=["subscriber", "at"], name="sale_of_subscriber"),
        ),
        migrations.AddIndex(
            model_name="sale",
            index=models.Index(fields=["operator", "at"], name="sale_newest"),
        ),
        migrations.AddConstraint(
            model_name="sale",
            constraint=models.UniqueConstraint(fields=("operator", "reference"), name="sale_reference_unique"),
        ),
        migrations.AddConstraint(
            model_name="sale",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["paid", "open", "free"])), name="sale_state_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="sale",
            constraint=models.CheckConstraint(
                condition=models.Q(("price_minor__gte", 0), ("cost_minor__gte", 0)), name="sale_amounts"
            ),
        ),
        migrations.AddConstraint(
            model_name="sale",
            constraint=models.CheckConstraint(
                condition=models.Q(models.Q(("state", "free"), _negated=True), ("price_minor", 0), _connector="OR"),
                name="sale_free_costs_nothing",
            ),
        ),
        migrations.AddConstraint(
            model_name="realmplan",
            constraint=models.UniqueConstraint(fields=("realm", "plan"), name="realm_plan_unique"),
        ),
        *schema.same_operator("realm", device_plan_id="plan"),
        *schema.same_operator("realm_plan", realm_id="realm", plan_id="plan"),
        *schema.same_operator("site_devices", site_id="site", realm_id="realm"),
        *schema.same_operator("mac_address", credential_id="credential", subscriber_id="subscriber"),
        *schema.same_operator("readable_password", subscriber_id="subscriber"),
        *schema.same_operator("card_batch", realm_id="realm", plan_id="plan"),
        *schema.same_operator("card", subscriber_id="subscriber", batch_id="card_batch"),
        *schema.same_operator("credential_link", subscriber_id="subscriber"),
        *schema.same_operator("sale", subscriber_id="subscriber", plan_id="plan", nas_id="nas"),
        *(
            operation
            for table in (
                "realm_plan",
                "site_devices",
                "mac_address",
                "readable_password",
                "card_batch",
                "card",
                "credential_link",
            )
            for operation in schema.tenant(table)
        ),
        # what was sold stays; that it was paid, and whom it was for, may be told later
        *schema.tenant("sale", web="SELECT, INSERT, UPDATE (state, settled_at, subscriber_id, nas_id)"),
    ]
