from typing import ClassVar

from django.db import migrations

from hotgate.apps.core import schema

# A foreign key asks for each session, and locks the row that it finds, which writes it: 36 of the 60 us that a Start cost
# the database. Who writes sessions holds their subscriber's row, and gateways are retired and never deleted, so one
# question for all that a statement begins says as much. What is asked is the same: nothing points across operators.
STRAYS = """
  0 = (SELECT count(*) FROM nas n WHERE n.id = b.nas_id AND n.operator_id = b.operator_id)
  OR b.subscriber_id IS NOT NULL AND 0 = (
       SELECT count(*) FROM subscriber s WHERE s.id = b.subscriber_id AND s.operator_id = b.operator_id)
  OR b.entitlement_id IS NOT NULL AND 0 = (
       SELECT count(*) FROM entitlement e WHERE e.id = b.entitlement_id AND e.operator_id = b.operator_id)
"""
REFUSED = """
  RAISE foreign_key_violation USING
    MESSAGE = 'a session of a gateway, user or plan that is not there, or another operator''s',
    CONSTRAINT = 'access_session_same_operator', TABLE = 'access_session'
"""
OPEN = """
  INSERT INTO open_session (session_id, operator_id, nas_id)
  SELECT id, operator_id, nas_id FROM begun WHERE stopped_at IS NULL;
"""
HEAD = "CREATE OR REPLACE FUNCTION keep_begun_sessions() RETURNS trigger LANGUAGE plpgsql"
CHECKED = f"""
{HEAD} SET enable_seqscan = off AS $$
BEGIN
  IF EXISTS (SELECT FROM begun b WHERE {STRAYS}) THEN {REFUSED}; END IF;
  {OPEN}
  RETURN NULL;
END $$
"""
UNCHECKED = f"{HEAD} AS $$ BEGIN {OPEN} RETURN NULL; END $$"
MOVED = f"""
CREATE FUNCTION keep_moved_session() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM (SELECT NEW.*) b WHERE {STRAYS}) THEN {REFUSED}; END IF;
  RETURN NULL;
END $$
"""
POINTS = ("operator_id", "nas_id", "subscriber_id", "entitlement_id")
MOVES = f"""
CREATE TRIGGER access_session_moved AFTER UPDATE OF {", ".join(POINTS)} ON access_session FOR EACH ROW
WHEN (({", ".join(f"OLD.{name}" for name in POINTS)}) IS DISTINCT FROM ({", ".join(f"NEW.{name}" for name in POINTS)}))
EXECUTE FUNCTION keep_moved_session()
"""
KEPT = """
CREATE FUNCTION keep_what_sessions_name() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE named boolean;
BEGIN
  EXECUTE format('SELECT EXISTS (SELECT FROM access_session WHERE %I = $1)', TG_ARGV[0]) INTO named USING OLD.id;
  IF named THEN
    RAISE foreign_key_violation USING MESSAGE = format('sessions name this row of %I', TG_TABLE_NAME),
      CONSTRAINT = 'access_session_same_operator', TABLE = 'access_session';
  END IF;
  RETURN NULL;
END $$
"""
REFERRED = {"nas_id": "nas", "subscriber_id": "subscriber", "entitlement_id": "entitlement"}


def _kept(table: str, column: str) -> str:
    return (
        f"CREATE TRIGGER {table}_named AFTER DELETE ON {table} FOR EACH ROW"
        f" EXECUTE FUNCTION keep_what_sessions_name('{column}')"
    )


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("network", "0004_router_state"),
        ("subscribers", "0013_ready_logins"),
        ("usage", "0013_ended_in_place"),
    ]

    operations: ClassVar = [
        # in the order in which a booking comes to them: who has the first would wait for us at the others, and we for it
        schema.sql("LOCK TABLE subscriber, nas, entitlement, access_session IN ACCESS EXCLUSIVE MODE"),
        *(
            migrations.RunSQL(
                [f"ALTER TABLE access_session DROP CONSTRAINT access_session_{column}"],
                [operation.sql[0] for operation in schema.same_operator("access_session", **{column: table})],
            )
            for column, table in REFERRED.items()
        ),
        migrations.RunSQL([CHECKED], [UNCHECKED]),
        migrations.RunSQL([MOVED], ["DROP FUNCTION keep_moved_session() CASCADE"]),
        schema.sql(MOVES),
        migrations.RunSQL([KEPT], ["DROP FUNCTION keep_what_sessions_name() CASCADE"]),
        *(schema.sql(_kept(table, column)) for column, table in REFERRED.items()),
    ]
