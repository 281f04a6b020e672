"""A namespace with a running AAA server in it, and the rows of one operator whose NAS is this namespace's loopback."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from aaa.seeded import World
from peers.namespaces import Namespace, wait_for

SECRET = "a-long-enough-secret-for-tests"
PASSWORD = "secret-word"
GIGABYTE = 1_000_000_000
AUTH, ACCT = 1812, 1813


class Town:
    """`here` is the namespace of server and NAS; `world` its database rows."""

    def __init__(self, here: Namespace, world: World) -> None:
        self.here = here
        self.world = world
        self.server = here.start(sys.executable, "-m", "hotgate.aaa", environ=self._environ())
        self.server.wait_for("RADIUS on")

    @property
    def folder(self) -> Path:
        return self.here.folder

    def _environ(self) -> dict[str, str]:
        told = {"HOTGATE_RADIUS_AUTH": f"127.0.0.1:{AUTH}", "HOTGATE_RADIUS_ACCT": f"127.0.0.1:{ACCT}"}
        return os.environ | told

    def write(self, name: str, text: str) -> str:
        """A file of that name; gives its path."""
        path = self.folder / name
        path.write_text(text)
        path.chmod(0o600)
        return str(path)

    def guest(self, name: str, **columns: Any) -> int:
        """A subscriber with a gigabyte, whose password is kept so that CHAP and MS-CHAP can be proven."""
        subscriber_id = self.world.subscriber(name, PASSWORD, chap=columns.pop("chap", True))
        plan_id = self.world.plan(amount=GIGABYTE, **columns)
        self.world.entitlement(subscriber_id, plan_id, amount=GIGABYTE)
        return subscriber_id

    def attempts(self) -> list[tuple[Any, ...]]:
        sql = "SELECT outcome, reason FROM login_attempt WHERE operator_id = %s AND kind = 'auth' ORDER BY at, id"
        return self.world.rows(sql, self.world.operator_id)

    def session(self, columns: str) -> tuple[Any, ...] | None:
        """These columns of the operator's latest session."""
        sql = f"SELECT {columns} FROM access_session WHERE operator_id = %s ORDER BY id DESC LIMIT 1"
        rows = self.world.rows(sql, self.world.operator_id)
        return rows[0] if rows else None

    def wait_for_session(self, columns: str, expected: tuple[Any, ...], seconds: float = 20.0) -> None:
        wait_for(lambda: self.session(columns) == expected, seconds)
        assert self.session(columns) == expected

    def order(self, kind: str, reason: str) -> None:
        """Ask for an order to the NAS of every session."""
        self.world.execute(
            "INSERT INTO session_order (session_id, operator_id, nas_id, kind, reason)"
            " SELECT id, operator_id, nas_id, %s, %s FROM access_session WHERE operator_id = %s",
            kind,
            reason,
            self.world.operator_id,
        )

    def order_outcome(self) -> Any:
        sql = "SELECT outcome FROM session_order WHERE operator_id = %s AND settled_at IS NOT NULL"
        return self.world.value(sql, self.world.operator_id)
