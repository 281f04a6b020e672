"""How often a server is waited for."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from typing import Any

import psycopg


def trips(connection: psycopg.Connection[Any], act: Callable[[], Any]) -> int:
    """How often the server was waited for, by what libpq writes down."""
    with tempfile.TemporaryFile() as file:
        connection.pgconn.trace(file.fileno())
        try:
            act()
        finally:
            connection.pgconn.untrace()
        file.seek(0)
        return sum(b"\tZ\t" in line or b"\tReadyForQuery" in line for line in file)
