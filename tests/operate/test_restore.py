"""A real backup of a real installation, restored elsewhere: everything is there, and works."""

import pathlib
from typing import Any

import psycopg
import pytest

from hotgate import vault
from hotgate.store import seals
from operate.conftest import NASTY, Original
from operate.servers import GivenServer, Installation, laid_down, rows


def assert_same(original: Original, restored: Installation) -> None:
    with restored.connected() as connection:
        found = rows(connection)
        assert {name: len(found.get(name, [])) for name in original.rows} == {
            name: len(lines) for name, lines in original.rows.items()
        }
        assert found == original.rows
        assert laid_down(connection) == original.laid_down


def test_a_restored_installation_holds_every_row_and_works(original: Original, folder: pathlib.Path) -> None:
    restored = Installation(folder / "state")
    done = restored.run("restore", str(original.backup_with_key), "--passphrase-file", str(original.passphrase))
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in restored.here.state.iterdir()) == ["data", "key", "lock"]
    assert restored.here.key_path.stat().st_mode & 0o777 == 0o600
    with restored.running():
        assert_same(original, restored)
        with restored.connected() as connection:
            _secrets_open(connection, restored)
            _frozen_rows_stay(connection)
            _partitions_hold_their_days(connection)
            _new_ids_are_new(connection)
        _operators_stay_apart(restored)
        assert restored.run("upgrade").stdout.endswith("nothing to do\n")
    assert "holds a database already" in restored.refusal("restore", str(original.backup))


def _secrets_open(connection: psycopg.Connection[Any], restored: Installation) -> None:
    key = restored.here.key
    assert key is not None
    (nas_id, sealed) = connection.execute("SELECT nas_id, sealed FROM nas_secret").fetchone() or (0, b"")
    assert len(vault.unseal(vault.Keys.of(key).network, bytes(sealed), seals.nas_secret_place(nas_id))) >= 16
    fingerprint = connection.execute("SELECT key_fingerprint FROM installation").fetchone()
    assert fingerprint == (vault.fingerprint(key),)


def _frozen_rows_stay(connection: psycopg.Connection[Any]) -> None:
    for statement in ("UPDATE plan SET amount = 99", "DELETE FROM audit_entry"):
        with pytest.raises(psycopg.errors.RestrictViolation):
            connection.execute(statement)


def _partitions_hold_their_days(connection: psycopg.Connection[Any]) -> None:
    default = connection.execute("SELECT count(*), max(user_name) FROM login_attempt_default").fetchone()
    assert default == (500, NASTY)
    assert connection.execute("SELECT stray_rows('login_attempt')").fetchone() == (500,)
    assert connection.execute("SELECT count(*) FROM login_attempt").fetchone() == (1500,)


def _new_ids_are_new(connection: psycopg.Connection[Any]) -> None:
    last = connection.execute("SELECT max(id) FROM audit_entry").fetchone()
    new = connection.execute("SELECT nextval(pg_get_serial_sequence('audit_entry', 'id'))").fetchone()
    assert last is not None
    assert new == (last[0] + 1,)


def _operators_stay_apart(restored: Installation) -> None:
    with restored.connected("web") as connection:
        assert connection.execute("SELECT count(*) FROM plan").fetchone() == (0,)
        connection.execute("SELECT set_config('hotgate.operators', '{1}', false)")
        assert connection.execute("SELECT count(*) > 0 FROM plan").fetchone() == (True,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SELECT sealed FROM nas_secret")


def test_from_embedded_18_to_a_given_15_and_back(
    original: Original, given_server: GivenServer, folder: pathlib.Path
) -> None:
    given = Installation(
        folder / "given", HOTGATE_DATABASE_URL=given_server.new_database("shop"), HOTGATE_KEY=original.key
    )
    done = given.run("restore", str(original.backup))
    assert done.returncode == 0, done.stderr
    assert not given.here.key_path.exists()  # it is given: nobody wants a second copy
    assert_same(original, given)
    assert "has tables already" in given.refusal("restore", str(original.backup))

    back_up = folder / "from15.hotgate"
    assert given.run("backup", str(back_up)).returncode == 0
    again = Installation(folder / "again", HOTGATE_KEY=original.key)
    assert again.run("restore", str(back_up)).returncode == 0
    with again.running():
        assert_same(original, again)
