"""The ground: roles, functions that later migrations use, events, counters of wrong tries."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models
from django.db.models.functions import Now

from hotgate.apps.core import schema

# Roles belong to the server, not to the database: another database may be making the same ones this moment.
# Without CREATEROLE nothing happens. Since PostgreSQL 16 whoever creates a role may give itself the right to SET it.
ROLES = """
DO $$
DECLARE
  role text;
  may_create boolean := (SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user);
BEGIN
  FOREACH role IN ARRAY ARRAY['hotgate_owner', 'hotgate_aaa', 'hotgate_web', 'hotgate_worker'] LOOP
    IF may_create AND NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
      BEGIN
        EXECUTE format('CREATE ROLE %I NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB', role);
      EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
      END;
    END IF;
    IF may_create AND role <> current_user AND EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
      BEGIN
        IF current_setting('server_version_num')::int >= 160000 THEN
          IF NOT pg_has_role(current_user, role, 'SET') THEN
            EXECUTE format('GRANT %I TO CURRENT_USER WITH INHERIT FALSE, SET TRUE', role);
          END IF;
        ELSIF NOT pg_has_role(current_user, role, 'MEMBER') THEN
          EXECUTE format('GRANT %I TO CURRENT_USER', role);
        END IF;
      EXCEPTION WHEN insufficient_privilege OR unique_violation OR internal_error THEN NULL;
      END;
    END IF;
  END LOOP;
END $$
"""

# '' and not NULL is what a setting becomes once it was set for one transaction only.
OPERATORS = """
CREATE FUNCTION hotgate_operators() RETURNS bigint[] LANGUAGE sql STABLE PARALLEL SAFE
AS $$ SELECT nullif(current_setting('hotgate.operators', true), '')::bigint[] $$
"""

FORBID_CHANGE = """
CREATE FUNCTION forbid_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND to_jsonb(OLD) - TG_ARGV = to_jsonb(NEW) - TG_ARGV THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'a row of % can''t be changed or deleted', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$
"""

# A day is filled before it is attached: ATTACH lets readers and writers of the other days go on.
ENSURE_PARTITIONS = """
CREATE FUNCTION ensure_partitions(parent text, first date, last date) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET lock_timeout = '2s' SET TimeZone = 'UTC' AS $$
DECLARE
  day date;
  part text;
  day_column text;
  made integer := 0;
BEGIN
  SELECT a.attname INTO STRICT day_column
    FROM pg_partitioned_table p JOIN pg_attribute a ON a.attrelid = p.partrelid AND a.attnum = p.partattrs[0]
   WHERE p.partrelid = to_regclass(quote_ident(parent));
  FOR day IN SELECT generate_series(first, last, interval '1 day')::date LOOP
    part := parent || '_' || to_char(day, 'YYYYMMDD');
    IF to_regclass(quote_ident(part)) IS NULL THEN
      EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL)', part, parent);
      -- Rows that may not be deleted may still move to their day.
      EXECUTE format('ALTER TABLE %I DISABLE TRIGGER USER', parent || '_default');
      EXECUTE format(
        'WITH caught AS (DELETE FROM %I WHERE %I >= %L AND %I < %L RETURNING *) INSERT INTO %I SELECT * FROM caught',
        parent || '_default', day_column, day, day_column, day + 1, part);
      EXECUTE format('ALTER TABLE %I ENABLE TRIGGER USER', parent || '_default');
      EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', parent, part, day, day + 1);
      made := made + 1;
    END IF;
  END LOOP;
  RETURN made;
END $$
"""

STRAY_ROWS = """
CREATE FUNCTION stray_rows(parent text) RETURNS bigint LANGUAGE plpgsql STABLE SECURITY DEFINER AS $$
DECLARE
  found bigint;
BEGIN
  EXECUTE format('SELECT count(*) FROM %I', parent || '_default') INTO found;
  RETURN found;
END $$
"""

# A function with its owner's rights must not look up names where its caller says.
OWNERS_FUNCTIONS = """
DO $$
DECLARE
  function text;
BEGIN
  FOREACH function IN ARRAY ARRAY['ensure_partitions(text, date, date)', 'stray_rows(text)'] LOOP
    EXECUTE format('ALTER FUNCTION %s SET search_path = %I, pg_temp', function, current_schema());
    EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', function);
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'hotgate_worker') THEN
      EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO hotgate_worker', function);
    END IF;
  END LOOP;
END $$
"""


# Finds parts of names. A trusted extension, for which CREATE on the database is enough; without it, searches are slower.
TRIGRAMS = """
DO $$
BEGIN
  CREATE EXTENSION IF NOT EXISTS pg_trgm;
EXCEPTION WHEN insufficient_privilege OR undefined_file OR feature_not_supported OR unique_violation THEN
  RAISE NOTICE 'no pg_trgm here: searches read every row';
END $$
"""


class Migration(migrations.Migration):
    initial = True
    dependencies: ClassVar = []
    operations: ClassVar = [
        schema.sql(ROLES),
        schema.sql(OPERATORS),
        schema.sql(FORBID_CHANGE),
        schema.sql(ENSURE_PARTITIONS),
        schema.sql(STRAY_ROWS),
        schema.sql(OWNERS_FUNCTIONS),
        schema.sql(TRIGRAMS),
        migrations.CreateModel(
            name="Event",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("operator_id", models.BigIntegerField()),
                ("kind", models.TextField()),
                ("payload", models.JSONField()),
                ("at", models.DateTimeField(db_default=Now())),
            ],
            options={"db_table": "event"},
        ),
        *schema.tenant("event", aaa="SELECT, INSERT", web="SELECT, INSERT"),
        migrations.CreateModel(
            name="ThrottleCounter",
            fields=[
                ("key", models.BinaryField(primary_key=True, serialize=False)),
                ("started_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("tried", ArrayField(base_field=models.BinaryField(), size=None)),
                ("turned_away", models.IntegerField(db_default=0)),
            ],
            options={"db_table": "throttle_counter"},
        ),
        migrations.AddIndex(
            model_name="throttlecounter",
            index=models.Index(fields=["ends_at"], name="throttle_counter_over"),
        ),
        *schema.rights(
            "throttle_counter",
            {"aaa": "SELECT, INSERT, UPDATE", "web": "SELECT, INSERT, UPDATE", "worker": "SELECT, DELETE"},
        ),
    ]
