"""Roles of the database, and rights on tables that Django and its apps bring along."""

from __future__ import annotations

from typing import Any

from django.db import connections

FRAMEWORK_PREFIXES = ("django_", "auth_", "account_", "mfa_", "usersessions_", "procrastinate_")
QUEUE_TABLES = ("procrastinate_jobs", "procrastinate_events")  # the AAA server may put a job, nothing else


def grant_framework_tables(using: str = "default", **_: Any) -> None:
    """Run after every migration, because those tables come and change with their own migrations."""
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT rolname FROM pg_roles WHERE rolname IN ('hotgate_aaa', 'hotgate_web', 'hotgate_worker')")
        roles = {row[0] for row in cursor.fetchall()}
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
        tables = [name for (name,) in cursor.fetchall() if name.startswith(FRAMEWORK_PREFIXES)]
        for role in sorted(roles):
            for table in tables:
                what = _privileges(role, table)
                if what:
                    cursor.execute(f"GRANT {what} ON {table} TO {role}")
            # also ours: the AAA server takes ids of new sessions before it writes them
            cursor.execute(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA {_schema(cursor)} TO {role}")


def _privileges(role: str, table: str) -> str:
    if role == "hotgate_aaa":
        return "SELECT, INSERT" if table in QUEUE_TABLES else ""
    if table == "django_migrations":
        return "SELECT"
    return "SELECT, INSERT, UPDATE, DELETE"


def _schema(cursor: Any) -> str:
    cursor.execute("SELECT quote_ident(current_schema())")
    return str(cursor.fetchone()[0])
