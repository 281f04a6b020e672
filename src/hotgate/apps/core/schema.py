"""What migrations say beside Django's own operations: rights, row-level security, frozen rows, partitions.

Rights are given to the four roles of the product where they exist. On a server where the first migration could not
create them, only the owner's policy stands, and `hotgate doctor` says that the second wall is off.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.db.migrations import RunSQL
from django.db.migrations.operations.base import Operation

READ_WRITE = "SELECT, INSERT, UPDATE, DELETE"
_SCOPE = "(SELECT hotgate_operators())::bigint[]"
_PLATFORM = f"0 = ANY ({_SCOPE})"
OWN = f"operator_id = ANY ({_SCOPE})"
OWN_OR_PLATFORM = f"{OWN} OR operator_id IS NULL AND {_PLATFORM}"  # where rows may belong to no operator
OPERATOR_ITSELF = f"id = ANY ({_SCOPE}) OR {_PLATFORM}"
FILLFACTOR = 80  # room for new versions beside the old ones, so that updates stay heap-only (HOT)


def sql(text: str) -> RunSQL:
    # one statement per string: Django would split at semicolons inside a DO block or a function
    return RunSQL([text], RunSQL.noop)


def as_role(role: str, statements: str) -> str:
    """Statements that name a role, run where it exists."""
    return (
        f"DO $$ BEGIN IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'hotgate_{role}') THEN {statements}"
        " END IF; END $$"
    )


def rights(table: str, given: Mapping[str, str]) -> list[Operation]:
    """`given`: role → privileges; several column lists may follow each other, separated by commas."""
    return [sql(as_role(role, f"GRANT {what} ON {table} TO hotgate_{role};")) for role, what in given.items()]


def write_only(*readable: str) -> str:
    """Rights on a table of secrets: write a row and find it again, never read what is in it."""
    return f"INSERT, UPDATE, DELETE, SELECT ({', '.join(readable)})"


def tenant(
    table: str, *, aaa: str = "", web: str = READ_WRITE, worker: str | None = None, of: str = OWN
) -> list[Operation]:
    """Row-level security and rights of a table that belongs to operators.

    The AAA server serves every operator. Web and worker see the operators that `hotgate.operators` lists in their
    transaction, and nothing without it.
    """
    policies = {"CURRENT_USER": "true", "hotgate_aaa": "true", "hotgate_web": of, "hotgate_worker": of}
    given = {"aaa": aaa, "web": web, "worker": web if worker is None else worker}
    return [
        sql(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"),
        sql(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY"),
        *(_policy(table, role, rows) for role, rows in policies.items()),
        *rights(table, {role: what for role, what in given.items() if what}),
    ]


def same_operator(table: str, **references: str) -> list[Operation]:
    """Foreign keys that compare the operator as well: column → table. No row can point across tenants."""
    return [
        sql(
            f"ALTER TABLE {table} ADD CONSTRAINT {table}_{column} FOREIGN KEY (operator_id, {column})"
            f" REFERENCES {referred} (operator_id, id)"
        )
        for column, referred in references.items()
    ]


def frozen(table: str, *free: str) -> list[Operation]:
    """Rows that may not be deleted, nor changed but for the columns in `free`."""
    return [
        sql(
            f"CREATE TRIGGER {table}_frozen BEFORE UPDATE OR DELETE ON {table}"
            f" FOR EACH ROW EXECUTE FUNCTION forbid_change({', '.join(map(repr, free))})"
        )
    ]


def owners_function(function: str, *roles: str) -> list[Operation]:
    """A function with its owner's rights, for these roles. It must not look up names where its caller says."""
    pinned = f"""
        DO $$ BEGIN
          EXECUTE format('ALTER FUNCTION {function} SET search_path = %I, pg_temp', current_schema());
        END $$"""
    grants = (as_role(role, f"GRANT EXECUTE ON FUNCTION {function} TO hotgate_{role};") for role in roles)
    return [sql(pinned), sql(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC"), *map(sql, grants)]


def hot(table: str, fillfactor: int = FILLFACTOR) -> list[Operation]:
    return [sql(f"ALTER TABLE {table} SET (fillfactor = {fillfactor})")]


def _policy(table: str, role: str, rows: str) -> Operation:
    create = f"CREATE POLICY {table}_{role.lower()} ON {table} TO {role} USING ({rows}) WITH CHECK ({rows})"
    return sql(create if role == "CURRENT_USER" else as_role(role.removeprefix("hotgate_"), f"{create};"))
