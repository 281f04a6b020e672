import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

from hotgate.apps.core import schema

# The web may not read secrets; for self-care it may ask whether a digest is the right one.
PASSWORD_IS = """
CREATE FUNCTION wire_password_is(credential bigint, digest bytea) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER AS $$
  SELECT EXISTS (SELECT FROM credential_secret s
                  WHERE s.credential_id = $1 AND s.pap_digest = $2
                    AND s.operator_id = ANY ((SELECT hotgate_operators())::bigint[]))
$$
"""


class Migration(migrations.Migration):
    dependencies = [
        ("catalogue", "0003_plan_examples"),
        ("operators", "0003_api_token"),
        ("subscribers", "0005_routers"),
    ]

    operations = [
        migrations.CreateModel(
            name="TermsVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.BinaryField()),
                ("text", models.TextField()),
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
                "db_table": "terms_version",
            },
        ),
        migrations.CreateModel(
            name="Consent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("language", models.TextField(blank=True, db_default="")),
                ("at", models.DateTimeField()),
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
                (
                    "terms",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="subscribers.termsversion",
                    ),
                ),
            ],
            options={
                "db_table": "consent",
            },
        ),
        migrations.CreateModel(
            name="FreePlanClaim",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.BinaryField()),
                ("claimed_at", models.DateTimeField()),
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
                "db_table": "free_plan_claim",
                "indexes": [models.Index(fields=["claimed_at"], name="free_plan_claim_over")],
                "constraints": [models.UniqueConstraint(fields=("operator", "digest"), name="free_plan_claim_unique")],
            },
        ),
        migrations.CreateModel(
            name="Registration",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("token_digest", models.BinaryField()),
                ("answers_sealed", models.BinaryField()),
                ("recipient_digest", models.BinaryField(null=True)),
                ("code_digest", models.BinaryField(null=True)),
                ("code_expires_at", models.DateTimeField(null=True)),
                ("code_tries", models.IntegerField(db_default=0)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("expires_at", models.DateTimeField()),
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
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalogue.plan",
                    ),
                ),
                (
                    "realm",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
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
                    "subscriber",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="subscribers.subscriber",
                    ),
                ),
            ],
            options={
                "db_table": "registration",
                "indexes": [models.Index(fields=["expires_at"], name="registration_over")],
                "constraints": [
                    models.UniqueConstraint(fields=("operator", "token_digest"), name="registration_token_unique"),
                    models.UniqueConstraint(fields=("subscriber",), name="registration_subscriber_unique"),
                    models.CheckConstraint(
                        condition=models.Q(("code_tries__range", (0, 5))), name="registration_code_tries_valid"
                    ),
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="termsversion",
            constraint=models.UniqueConstraint(fields=("operator", "id"), name="terms_version_of_operator"),
        ),
        migrations.AddConstraint(
            model_name="termsversion",
            constraint=models.UniqueConstraint(fields=("operator", "digest"), name="terms_version_unique"),
        ),
        migrations.AddConstraint(
            model_name="consent",
            constraint=models.UniqueConstraint(fields=("subscriber", "terms"), name="consent_unique"),
        ),
        *schema.same_operator("consent", subscriber_id="subscriber", terms_id="terms_version"),
        *schema.same_operator(
            "registration", realm_id="realm", plan_id="plan", site_id="site", subscriber_id="subscriber"
        ),
        *schema.tenant("terms_version", web="SELECT, INSERT"),
        *schema.tenant("consent", web="SELECT, INSERT"),
        *schema.tenant("free_plan_claim"),
        *schema.tenant("registration"),
        schema.sql(PASSWORD_IS),
        *schema.owners_function("wire_password_is(bigint, bytea)", "web"),
    ]
