"""What a database consists of, asked of PostgreSQL itself, so that no table can be forgotten.

Everything in the schema that Hotgate works in, but what belongs to an extension.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, NamedTuple, Self

from psycopg import sql

_OURS = """
c.relnamespace = current_schema()::regnamespace
AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
"""

# A partitioned table holds no rows: its partitions do, each a table of its own here.
LIST_TABLES = f"""
SELECT c.relname, array_agg(a.attname ORDER BY a.attnum)
  FROM pg_class c
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
 WHERE {_OURS} AND c.relkind = 'r' GROUP BY c.relname ORDER BY c.relname
"""

LIST_PARTITIONS = f"""
SELECT parent.relname, c.relname, pg_get_expr(c.relpartbound, c.oid)
  FROM pg_class c
  JOIN pg_inherits i ON i.inhrelid = c.oid
  JOIN pg_class parent ON parent.oid = i.inhparent
 WHERE {_OURS} AND c.relkind = 'r' AND c.relispartition ORDER BY 1, 2
"""

LIST_SEQUENCES = f"SELECT c.relname FROM pg_class c WHERE {_OURS} AND c.relkind = 'S' ORDER BY 1"

LIST_ROOTS = f"SELECT c.relname FROM pg_class c WHERE {_OURS} AND c.relkind IN ('r', 'p') AND NOT c.relispartition"

# Under row-level security we must have a policy that shows every row, or the backup would be silently incomplete.
LIST_VEILED = f"""
SELECT c.relname FROM pg_class c
 WHERE {_OURS} AND c.relkind IN ('r', 'p') AND row_security_active(c.oid)
   AND NOT EXISTS (SELECT FROM pg_policy p, unnest(p.polroles) AS role
                    WHERE p.polrelid = c.oid AND p.polpermissive AND p.polcmd IN ('*', 'r')
                      AND pg_get_expr(p.polqual, c.oid) = 'true' AND (role = 0 OR pg_has_role(role, 'USAGE')))
"""

TABLE_OCTETS = (
    f"SELECT coalesce(sum(pg_table_size(c.oid)), 0)::bigint FROM pg_class c WHERE {_OURS} AND c.relkind = 'r'"
)

# What would make loading slow or refuse it, with the statement that takes it away and the one that puts it back.
LIST_HINDRANCES = (
    f"""
    SELECT format('ALTER TABLE %I NO FORCE ROW LEVEL SECURITY', c.relname),
           format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', c.relname)
      FROM pg_class c WHERE {_OURS} AND c.relforcerowsecurity
    """,
    f"""
    SELECT format('ALTER TABLE %I DISABLE TRIGGER %I', c.relname, t.tgname),
           format('ALTER TABLE %I ENABLE TRIGGER %I', c.relname, t.tgname)
      FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
     WHERE {_OURS} AND NOT t.tgisinternal AND t.tgparentid = 0 AND t.tgenabled = 'O'
    """,
    f"""
    SELECT format('ALTER TABLE %I DROP CONSTRAINT %I', c.relname, k.conname),
           format('ALTER TABLE %I ADD CONSTRAINT %I %s', c.relname, k.conname, pg_get_constraintdef(k.oid))
      FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
     WHERE {_OURS} AND k.contype = 'f' AND k.conparentid = 0
    """,
)


class Table(NamedTuple):
    name: str
    columns: list[str]


class Partition(NamedTuple):
    parent: str
    name: str
    bound: str  # FOR VALUES … or DEFAULT, with times in UTC


class Sequence(NamedTuple):
    name: str
    last_value: int
    is_called: bool


@dataclass(frozen=True, slots=True)
class Database:
    server_version: int
    migrations: list[tuple[str, str]]  # app, name
    partitions: list[Partition]
    sequences: list[Sequence]
    table_octets: int  # on disk, before compression

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of_json(cls, value: dict[str, Any]) -> Self:
        return cls(
            server_version=value["server_version"],
            migrations=[(app, name) for app, name in value["migrations"]],
            partitions=[Partition(*row) for row in value["partitions"]],
            sequences=[Sequence(*row) for row in value["sequences"]],
            table_octets=value["table_octets"],
        )


def tables(cursor: Any) -> list[Table]:
    return [Table(*row) for row in cursor.execute(LIST_TABLES).fetchall()]


def partitions(cursor: Any) -> list[Partition]:
    return [Partition(*row) for row in cursor.execute(LIST_PARTITIONS).fetchall()]


def names(cursor: Any, query: str) -> list[str]:
    return [name for (name,) in cursor.execute(query).fetchall()]


def database(cursor: Any) -> Database:
    """Read after the snapshot was taken: a sequence is never behind the rows."""
    return Database(
        server_version=cursor.connection.info.server_version,
        migrations=cursor.execute("SELECT app, name FROM django_migrations ORDER BY id").fetchall(),
        partitions=partitions(cursor),
        sequences=[_sequence(cursor, name) for name in names(cursor, LIST_SEQUENCES)],
        table_octets=cursor.execute(TABLE_OCTETS).fetchone()[0],
    )


def columns(table: Table) -> sql.Composable:
    return sql.SQL(", ").join(map(sql.Identifier, table.columns))


def _sequence(cursor: Any, name: str) -> Sequence:
    query = sql.SQL("SELECT last_value, is_called FROM {}").format(sql.Identifier(name))
    return Sequence(name, *cursor.execute(query).fetchone())
