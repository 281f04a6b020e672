"""What an earlier start did: the AAA server begins before the rest only where nothing of it is missing."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from hotgate import environment, vault
from hotgate.environment import Environment
from hotgate.runtime import prepared

KEY = bytes(32)


@pytest.mark.django_db
def test_our_migrations_are_those_that_django_finds() -> None:
    from django.apps import apps
    from django.db.migrations.loader import MigrationLoader

    ours = {app.label for app in apps.get_app_configs() if app.name.startswith("hotgate.")}
    assert prepared.migrations() == {each for each in MigrationLoader(None).disk_migrations if each[0] in ours}


@pytest.fixture
def here() -> Environment:
    return dataclasses.replace(environment.current(), key=KEY)


@pytest.fixture
def owner(connect: Callable[..., psycopg.Connection[Any]]) -> psycopg.Connection[Any]:
    """Of a database that was set up with KEY."""
    connection = connect("owner")
    connection.autocommit = True
    connection.execute("DELETE FROM installation")
    connection.execute("INSERT INTO installation (id, key_fingerprint) VALUES (1, %s)", [vault.fingerprint(KEY)])
    return connection


def test_a_database_that_was_set_up_is_prepared(owner: psycopg.Connection[Any], here: Environment) -> None:
    assert prepared.is_prepared(here)


def test_with_another_key_it_is_not(owner: psycopg.Connection[Any], here: Environment) -> None:
    assert not prepared.is_prepared(dataclasses.replace(here, key=bytes(31) + b"1"))


def test_before_its_first_start_it_is_not(owner: psycopg.Connection[Any], here: Environment) -> None:
    owner.execute("DELETE FROM installation")
    assert not prepared.is_prepared(here)


def test_with_a_migration_to_come_it_is_not(
    owner: psycopg.Connection[Any], here: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = prepared.migrations()
    monkeypatch.setattr(prepared, "migrations", lambda: {*known, ("usage", "9999_to_come")})
    assert not prepared.is_prepared(here)


def test_where_nobody_answers_it_is_not(here: Environment) -> None:
    assert not prepared.is_prepared(dataclasses.replace(here, database_url="postgresql://127.0.0.1:9/nowhere"))
