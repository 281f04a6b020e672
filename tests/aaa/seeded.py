"""One operator with a NAS, plans and subscribers, written by the database's owner. Each test has one of its own."""

from __future__ import annotations

import itertools
import json
import time
import uuid
from collections.abc import Callable
from typing import Any

import psycopg

from hotgate import environment, vault
from hotgate.domain import codes
from hotgate.store import seals

_numbers = itertools.count(1)


class World:
    """Rows of one operator; every method gives the id of what it made."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.connection = connection
        here = environment.current()
        assert here.key is not None
        self.keys = vault.Keys.of(here.key)
        self.number = next(_numbers)
        self.operator_id = self.insert(
            "operator", name="Guesthouse", slug=f"guesthouse-{uuid.uuid4()}", currency="EUR", time_zone="Europe/Rome"
        )
        self.site_id = self.insert("site", operator_id=self.operator_id, name="House")
        self.realm_id = self.insert("realm", operator_id=self.operator_id, name="guests")

    def insert(self, table: str, **columns: Any) -> int:
        if table not in ("credential", "slot", "quarantine"):
            columns.setdefault("uuid", uuid.uuid4())
        names, marks = ", ".join(columns), ", ".join(["%s"] * len(columns))
        row = self.connection.execute(
            f"INSERT INTO {table} ({names}) VALUES ({marks}) RETURNING id",  # type: ignore[arg-type]
            list(columns.values()),
        ).fetchone()
        assert row is not None
        return int(row[0])

    def nas(self, address: str, secret: bytes, **columns: Any) -> int:
        given = {
            "operator_id": self.operator_id,
            "site_id": self.site_id,
            "name": "Gateway",
            "address": address,
            "reject_delay_ms": 0,
        }
        nas_id = self.insert("nas", **(given | columns))
        sealed = vault.seal(self.keys.network, secret, seals.nas_secret_place(nas_id))
        self.execute(
            "INSERT INTO nas_secret (nas_id, operator_id, sealed) VALUES (%s, %s, %s)", nas_id, self.operator_id, sealed
        )
        return nas_id

    def profile(self, **columns: Any) -> int:
        given = {"operator_id": self.operator_id, "name": f"profile {uuid.uuid4()}"}
        return self.insert("service_profile", **(given | columns))

    def plan(self, **columns: Any) -> int:
        name = f"plan {uuid.uuid4()}"
        given = {
            "operator_id": self.operator_id,
            "name": name,
            "code": name,
            "payment": "prepaid",
            "measure": "traffic",
            "currency": "EUR",
        }
        if "profile_id" not in columns:
            columns["profile_id"] = self.profile()
        return self.insert("plan", **(given | columns))

    def subscriber(self, name: str, password: str | None = "secret-word", *, chap: bool = False, **columns: Any) -> int:
        given = {"operator_id": self.operator_id, "realm_id": self.realm_id, "site_id": self.site_id, "name": name}
        subscriber_id = self.insert("subscriber", **(given | columns))
        credential_id = self.insert(
            "credential",
            operator_id=self.operator_id,
            subscriber_id=subscriber_id,
            kind="mac" if name.startswith("mac:") else "password",
            name_key=name if name.startswith("mac:") else name.casefold(),
        )
        if password is not None:
            self._secret(credential_id, subscriber_id, password, chap)
        return subscriber_id

    def _secret(self, credential_id: int, subscriber_id: int, password: str, chap: bool) -> None:
        digest = vault.wire_digest(self.keys.wire, seals.subscriber_ref(subscriber_id), password.encode())
        sealed = vault.seal(self.keys.network, password.encode(), seals.credential_place(credential_id))
        self.execute(
            "INSERT INTO credential_secret (credential_id, operator_id, pap_digest, sealed) VALUES (%s, %s, %s, %s)",
            credential_id,
            self.operator_id,
            digest,
            sealed if chap else None,
        )

    def entitlement(self, subscriber_id: int, plan_id: int, **columns: Any) -> int:
        given = {
            "operator_id": self.operator_id,
            "subscriber_id": subscriber_id,
            "plan_id": plan_id,
            "starts_at": "2020-01-01T00:00:00Z",
            "created_at": "2020-01-01T00:00:00Z",
            "validity_kind": "always",
        }
        return self.insert("entitlement", **(given | columns))

    def guest(self, name: str, *, amount: int | None = None, **plan: Any) -> tuple[int, int]:
        """(subscriber, entitlement): somebody with a traffic plan of so many octets."""
        plan_id = self.plan(amount=amount, **plan)
        subscriber_id = self.subscriber(name)
        return subscriber_id, self.entitlement(subscriber_id, plan_id, amount=amount)

    def execute(self, sql: str, *parameters: Any) -> None:
        self.connection.execute(sql, parameters)  # type: ignore[arg-type]

    def value(self, sql: str, *parameters: Any) -> Any:
        self.wait_for_books()
        row = self.connection.execute(sql, parameters).fetchone()  # type: ignore[arg-type]
        return None if row is None else row[0]

    def rows(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        self.wait_for_books()
        return self.rows_at_once(sql, *parameters)

    def rows_at_once(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Whatever is still to be booked."""
        return self.connection.execute(sql, parameters).fetchall()  # type: ignore[arg-type]

    def wait_for_books(self, seconds: float = 30) -> None:
        """Until what was acknowledged is booked as well."""
        until = time.monotonic() + seconds
        while self.connection.execute("SELECT 1 FROM accounting_backlog LIMIT 1").fetchone() is not None:
            assert time.monotonic() < until, "acknowledged and never booked"
            time.sleep(0.01)

    def json(self, value: Any) -> str:
        return json.dumps(value)


Connect = Callable[..., psycopg.Connection[Any]]


def code_of(world: World, code: str, plan_id: int, **columns: Any) -> int:
    """A sold voucher that is its own login."""
    batch_id = world.insert(
        "voucher_batch",
        operator_id=world.operator_id,
        plan_id=plan_id,
        mode=columns.pop("mode", "login"),
        state="confirmed",
        confirmed_at="2026-01-01T00:00:00Z",
        length=10,
        charset="clear",
        size=1,
    )
    given = {
        "operator_id": world.operator_id,
        "batch_id": batch_id,
        "plan_id": plan_id,
        "code_index": vault.code_index(world.keys.code_index, codes.normalise(code)),
        "code_sealed": b"sealed",
        "sold_at": "2026-01-01T00:00:00Z",
    }
    return world.insert("voucher", **(given | columns))
