from typing import Any, ClassVar

import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models

from hotgate.apps.core import schema

# What a login reads of an ordinary user stands in one row, found in one step. The database keeps it, so that whoever
# writes a user's tables need not know. The lock keeps apart two who change different things of one user at once: each
# would see its own change only, and the last one leave a row that is wrong. A connection makes
# its plans once, perhaps while the tables are empty: OFFSET 0 and the settings leave it one way to go.
MADE_READY = """
  INSERT INTO ready_login (credential_id, operator_id, name_key, kind, pap_digest, sealed, subscriber_id, realm_id,
                           site_id, entitlement_id, plan_id, created_at, starts_at, validity_kind, validity_amount,
                           validity_unit, cycles, first_used_at, valid_until, cycle_anchor, ended_at)
  SELECT c.id, c.operator_id, c.name_key, c.kind, x.pap_digest, x.sealed, s.id, s.realm_id,
         s.site_id, e.id, e.plan_id, e.created_at, e.starts_at, e.validity_kind, e.validity_amount,
         e.validity_unit, e.cycles,
         CASE WHEN e.validity_kind <> 'always' OR e.cycle_anchor IS NOT NULL THEN e.first_used_at END,
         e.valid_until, e.cycle_anchor, e.ended_at
    FROM {wanted}
   CROSS JOIN LATERAL (SELECT s.id, s.realm_id, s.site_id FROM subscriber s WHERE s.id = w.id OFFSET 0) s
   CROSS JOIN LATERAL (SELECT e.*, count(*) OVER () AS held
                         FROM entitlement e WHERE e.subscriber_id = s.id AND e.live OFFSET 0) e
   CROSS JOIN LATERAL (SELECT p.measure = 'none' AND p.cap_amount IS NULL AND p.tariff_unit_price IS NULL AS is_flat
                         FROM plan p WHERE p.id = e.plan_id OFFSET 0) p
   CROSS JOIN LATERAL (SELECT c.* FROM credential c WHERE c.subscriber_id = s.id AND c.enabled OFFSET 0) c
    LEFT JOIN LATERAL (SELECT x.* FROM credential_secret x WHERE x.credential_id = c.id OFFSET 0) x ON true
   WHERE e.held = 1 AND e.amount IS NULL AND p.is_flat
         AND 0 = (SELECT count(*) FROM hold h WHERE h.subscriber_id = s.id AND h.released_at IS NULL)
"""
KEEP = f"""
CREATE FUNCTION keep_ready_logins(wanted bigint[]) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_bitmapscan = off
SET enable_material = off AS $$
BEGIN
  PERFORM FROM subscriber WHERE id = ANY (wanted) ORDER BY id FOR NO KEY UPDATE;
  DELETE FROM ready_login WHERE credential_id = ANY (ARRAY(
    SELECT c.id FROM unnest(wanted) AS w (id)
     CROSS JOIN LATERAL (SELECT c.id FROM credential c WHERE c.subscriber_id = w.id OFFSET 0) c));
  {MADE_READY.format(wanted="unnest(wanted) AS w (id)")};
END $$
"""

OF_SUBSCRIBER = """
CREATE FUNCTION keep_ready_login() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN PERFORM keep_ready_logins(ARRAY[OLD.subscriber_id]); END IF;
  IF TG_OP = 'INSERT' OR TG_OP = 'UPDATE' AND NEW.subscriber_id <> OLD.subscriber_id THEN
    PERFORM keep_ready_logins(ARRAY[NEW.subscriber_id]);
  END IF;
  RETURN NULL;
END $$
"""
OF_FRESH = """
CREATE FUNCTION keep_fresh_logins() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM keep_ready_logins(ARRAY(SELECT DISTINCT f.subscriber_id FROM fresh f
                                    JOIN entitlement e ON e.subscriber_id = f.subscriber_id AND e.live));
  RETURN NULL;
END $$
"""
OF_SECRETS = """
CREATE FUNCTION keep_proven_logins() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM keep_ready_logins(ARRAY(SELECT DISTINCT c.subscriber_id FROM fresh f
                                    JOIN credential c ON c.id = f.credential_id
                                    JOIN entitlement e ON e.subscriber_id = c.subscriber_id AND e.live));
  RETURN NULL;
END $$
"""
OF_ITSELF = """
CREATE FUNCTION keep_own_logins() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM keep_ready_logins(ARRAY[NEW.id]);
  RETURN NULL;
END $$
"""
GONE = """
CREATE FUNCTION end_ready_login() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  DELETE FROM ready_login WHERE credential_id = OLD.id;
  RETURN NULL;
END $$
"""

# Of an entitlement all that a login reads but its use, which changes with each accounting record.
TERMS = (
    "subscriber_id, plan_id, live, created_at, starts_at, validity_kind, validity_amount, validity_unit, amount,"
    " cycles, valid_until, cycle_anchor, ended_at"
)


def _differ(columns: str) -> str:
    """Did an UPDATE change one of them?"""
    names = [name.strip() for name in columns.split(",")]
    before, after = (", ".join(f"{row}.{name}" for name in names) for row in ("OLD", "NEW"))
    return f"({before}) IS DISTINCT FROM ({after})"


FIRST_USE = """
  OLD.first_used_at IS DISTINCT FROM NEW.first_used_at
  AND (NEW.validity_kind <> 'always' OR NEW.cycle_anchor IS NOT NULL)
"""
TRIGGERS = (
    f"""CREATE TRIGGER entitlement_ready AFTER UPDATE ON entitlement FOR EACH ROW
        WHEN ({_differ(TERMS)} OR {FIRST_USE}) EXECUTE FUNCTION keep_ready_login()""",
    "CREATE TRIGGER entitlement_gone AFTER DELETE ON entitlement FOR EACH ROW EXECUTE FUNCTION keep_ready_login()",
    """CREATE TRIGGER entitlement_given AFTER INSERT ON entitlement REFERENCING NEW TABLE AS fresh
       FOR EACH STATEMENT EXECUTE FUNCTION keep_fresh_logins()""",
    """CREATE TRIGGER hold_ready AFTER INSERT OR UPDATE OR DELETE ON hold
       FOR EACH ROW EXECUTE FUNCTION keep_ready_login()""",
    f"""CREATE TRIGGER credential_ready AFTER UPDATE ON credential FOR EACH ROW
        WHEN ({_differ("subscriber_id, operator_id, kind, name_key, enabled")})
        EXECUTE FUNCTION keep_ready_login()""",
    "CREATE TRIGGER credential_gone AFTER DELETE ON credential FOR EACH ROW EXECUTE FUNCTION end_ready_login()",
    """CREATE TRIGGER credential_given AFTER INSERT ON credential REFERENCING NEW TABLE AS fresh
       FOR EACH STATEMENT EXECUTE FUNCTION keep_fresh_logins()""",
    """CREATE TRIGGER secret_given AFTER INSERT ON credential_secret REFERENCING NEW TABLE AS fresh
       FOR EACH STATEMENT EXECUTE FUNCTION keep_proven_logins()""",
    """CREATE TRIGGER secret_changed AFTER UPDATE ON credential_secret REFERENCING NEW TABLE AS fresh
       FOR EACH STATEMENT EXECUTE FUNCTION keep_proven_logins()""",
    """CREATE TRIGGER secret_gone AFTER DELETE ON credential_secret REFERENCING OLD TABLE AS fresh
       FOR EACH STATEMENT EXECUTE FUNCTION keep_proven_logins()""",
    f"""CREATE TRIGGER subscriber_ready AFTER UPDATE OF realm_id, site_id ON subscriber FOR EACH ROW
        WHEN ({_differ("realm_id, site_id")}) EXECUTE FUNCTION keep_own_logins()""",
)
FUNCTIONS = {
    "keep_ready_logins(bigint[])": KEEP,
    "keep_ready_login()": OF_SUBSCRIBER,
    "keep_fresh_logins()": OF_FRESH,
    "keep_proven_logins()": OF_SECRETS,
    "keep_own_logins()": OF_ITSELF,
    "end_ready_login()": GONE,
}
# at once what is needed in the end: who has read meanwhile and would write would wait for us, and we for it
LOCK = "LOCK TABLE subscriber, credential, credential_secret, entitlement, hold IN SHARE ROW EXCLUSIVE MODE"
THOSE_READY = MADE_READY.format(wanted="subscriber AS w")  # under that lock no row needs one


def _elsewhere(to: str, **options: Any) -> Any:
    do_nothing = django.db.models.deletion.DO_NOTHING
    return models.ForeignKey(
        db_constraint=False, db_index=False, on_delete=do_nothing, related_name="+", to=to, **options
    )


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("catalogue", "0004_description"),
        ("operators", "0003_api_token"),
        ("subscribers", "0012_found_at_once"),
    ]

    operations: ClassVar = [
        schema.sql(LOCK),
        migrations.CreateModel(
            name="ReadyLogin",
            fields=[
                (
                    "credential",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="subscribers.credential",
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
                ("subscriber", _elsewhere("subscribers.subscriber")),
                ("realm", _elsewhere("subscribers.realm")),
                ("site", _elsewhere("operators.site", null=True)),
                ("entitlement", _elsewhere("subscribers.entitlement")),
                ("plan", _elsewhere("catalogue.plan")),
                ("created_at", models.DateTimeField()),
                ("starts_at", models.DateTimeField()),
                ("first_used_at", models.DateTimeField(null=True)),
                ("valid_until", models.DateTimeField(null=True)),
                ("cycle_anchor", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("validity_amount", models.IntegerField()),
                ("cycles", models.IntegerField(null=True)),
                ("kind", models.TextField()),
                ("name_key", models.TextField()),
                ("pap_digest", models.BinaryField(null=True)),
                ("sealed", models.BinaryField(null=True)),
                ("validity_kind", models.TextField()),
                ("validity_unit", models.TextField()),
            ],
            options={
                "db_table": "ready_login",
                "indexes": [
                    django.contrib.postgres.indexes.HashIndex(
                        models.Func(
                            "name_key",
                            "operator_id",
                            function="hashtextextended",
                            output_field=models.BigIntegerField(),
                        ),
                        name="ready_login_found",
                    )
                ],
            },
        ),
        # secrets are in it: only the AAA server reads it, and only the functions write it
        *schema.tenant("ready_login", aaa="SELECT", web="SELECT (credential_id, operator_id)"),
        *(migrations.RunSQL([text], [f"DROP FUNCTION {name} CASCADE"]) for name, text in FUNCTIONS.items()),
        *schema.owners_function("keep_ready_logins(bigint[])", "aaa", "web", "worker"),
        *schema.owners_function("end_ready_login()", "web", "worker"),
        *(schema.sql(trigger) for trigger in TRIGGERS),
        schema.sql(THOSE_READY),
        schema.sql("ANALYZE ready_login"),  # without statistics of the number, no plan would ask its index
    ]
