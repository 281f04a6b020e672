from typing import ClassVar

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

from hotgate.apps.core import ids, schema


class Migration(migrations.Migration):
    initial = True

    dependencies: ClassVar = [
        ("core", "0001_initial"),
        ("catalogue", "0001_initial"),
        ("operators", "0001_initial"),
        ("subscribers", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations: ClassVar = [
        migrations.CreateModel(
            name="VoucherBatch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=ids.uuid7, editable=False, unique=True)),
                ("mode", models.TextField()),
                ("state", models.TextField(db_default="draft")),
                ("prefix", models.TextField(blank=True, db_default="")),
                ("length", models.IntegerField()),
                ("charset", models.TextField()),
                ("avoid_lookalikes", models.BooleanField(db_default=True)),
                ("has_check", models.BooleanField(db_default=True)),
                ("size", models.IntegerField()),
                ("expires_at", models.DateTimeField(null=True)),
                ("sample_sealed", models.BinaryField(null=True)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("confirmed_at", models.DateTimeField(null=True)),
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
            ],
            options={
                "db_table": "voucher_batch",
            },
        ),
        migrations.CreateModel(
            name="Voucher",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=ids.uuid7, editable=False, unique=True)),
                ("code_index", models.BinaryField()),
                ("code_sealed", models.BinaryField()),
                ("password_digest", models.BinaryField(null=True)),
                ("state", models.TextField(db_default="available")),
                ("sold_at", models.DateTimeField(null=True)),
                ("expires_at", models.DateTimeField(null=True)),
                ("claimed_at", models.DateTimeField(null=True)),
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
                    "plan",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalogue.plan",
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
                (
                    "batch",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="vouchers.voucherbatch",
                    ),
                ),
            ],
            options={
                "db_table": "voucher",
            },
        ),
        migrations.AddConstraint(
            model_name="voucherbatch",
            constraint=models.UniqueConstraint(fields=("operator", "id"), name="voucher_batch_of_operator"),
        ),
        migrations.AddConstraint(
            model_name="voucherbatch",
            constraint=models.CheckConstraint(
                condition=models.Q(("mode__in", ["login", "redeem"])), name="voucher_batch_mode_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="voucherbatch",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["draft", "confirmed"])), name="voucher_batch_state_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="voucherbatch",
            constraint=models.CheckConstraint(
                condition=models.Q(("size__range", (1, 100000))), name="voucher_batch_size_valid"
            ),
        ),
        migrations.AddConstraint(
            model_name="voucherbatch",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("confirmed_at__isnull", True), ("state", "draft")),
                    models.Q(("confirmed_at__isnull", False), ("sample_sealed__isnull", True), ("state", "confirmed")),
                    _connector="OR",
                ),
                name="voucher_batch_confirmed",
            ),
        ),
        migrations.AddIndex(
            model_name="voucher",
            index=models.Index(fields=["batch"], name="voucher_of_batch"),
        ),
        migrations.AddConstraint(
            model_name="voucher",
            constraint=models.UniqueConstraint(fields=("operator", "code_index"), name="voucher_code_unique"),
        ),
        migrations.AddConstraint(
            model_name="voucher",
            constraint=models.UniqueConstraint(fields=("subscriber",), name="voucher_subscriber_unique"),
        ),
        migrations.AddConstraint(
            model_name="voucher",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["available", "assigned", "used", "void"])), name="voucher_state_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="voucher",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "used"), _negated=True),
                    models.Q(("claimed_at__isnull", False), ("subscriber__isnull", False)),
                    _connector="OR",
                ),
                name="voucher_used_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="voucherbatch",
            constraint=models.CheckConstraint(
                condition=models.Q(("charset__in", ["digits", "lower", "lower_digits", "mixed", "clear"])),
                name="voucher_batch_charset_known",
            ),
        ),
        migrations.AddIndex(
            model_name="voucherbatch",
            index=models.Index(fields=["operator", "confirmed_at"], name="voucher_batch_confirmed"),
        ),
        *schema.same_operator("voucher_batch", plan_id="plan", site_id="site"),
        *schema.same_operator("voucher", batch_id="voucher_batch", plan_id="plan", subscriber_id="subscriber"),
        *schema.tenant("voucher_batch", aaa="SELECT"),
        *schema.tenant("voucher", aaa="SELECT, UPDATE (state, subscriber_id, claimed_at)"),
    ]
