from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from world import World


@dataclass
class Said:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Said]


@pytest.fixture
def as_worker(db: None) -> Iterator[None]:
    """Django's own connection works as hotgate_worker, whose rights the commands have."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SET ROLE hotgate_worker")
    yield
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")


@pytest.fixture
def world(db: None) -> World:
    """Operators of other tests are out of the way: a command chooses among all there are."""
    from django.db import connection

    import world

    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE operator, access_session CASCADE")
    return world.make()


@pytest.fixture
def hotgate(world: World, as_worker: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """hotgate("plan", "list"): what the command said, for the café unless it says otherwise."""
    from hotgate import cli

    # `set_up` names the role and the settings for a fresh process; here both stand already
    monkeypatch.setenv("HOTGATE_ROLE", "owner")
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "hotgate.config.settings")

    def run(*words: str) -> Said:
        given = [*words] if "--operator" in words else [*words, "--operator", world.operator.slug]
        try:
            code = cli.main(given)
        except SystemExit as end:
            code = int(end.code or 0)
        out, err = capsys.readouterr()
        return Said(code, out, err)

    return run
