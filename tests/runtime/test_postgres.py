import os
import pathlib
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from hotgate import database, vault
from hotgate.environment import Environment
from hotgate.runtime import binaries, postgres, roles, state
from hotgate.runtime.errors import CannotStart


@pytest.fixture
def prepared(here: Environment) -> Environment:
    return state.prepare(here)


@pytest.fixture
def cluster(prepared: Environment) -> Iterator[postgres.Cluster]:
    made = postgres.prepare(prepared.state, database.superuser_conninfo(prepared)["password"])
    yield made
    postgres.stop_leftover(made)


def started(cluster: postgres.Cluster, prepared: Environment) -> subprocess.Popen[bytes]:
    server = postgres.start(cluster, subprocess.DEVNULL)
    postgres.wait_until_ready(server, database.superuser_conninfo(prepared))
    return server


def query(conninfo: dict[str, Any], statement: str) -> tuple[Any, ...] | None:
    with psycopg.connect(**conninfo) as connection:
        return connection.execute(statement).fetchone()


def test_data_outlives_a_stop_and_a_kill(cluster: postgres.Cluster, prepared: Environment) -> None:
    superuser = database.superuser_conninfo(prepared)
    server = started(cluster, prepared)
    with psycopg.connect(**superuser) as connection:
        connection.execute("CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n")
    postgres.stop(server)

    server = started(cluster, prepared)
    with psycopg.connect(**superuser) as connection:
        connection.execute("INSERT INTO kept VALUES (1001)")
    server.kill()
    server.wait()

    server = started(cluster, prepared)
    assert query(superuser, "SELECT count(*) FROM kept") == (1001,)
    postgres.stop(server)
    assert server.returncode == 0


def test_it_listens_on_its_socket_only_and_asks_for_the_password(
    cluster: postgres.Cluster, prepared: Environment
) -> None:
    server = started(cluster, prepared)
    superuser = database.superuser_conninfo(prepared)
    assert query(superuser, "SHOW listen_addresses") == ("",)
    assert query(superuser, "SHOW data_checksums") == ("on",)
    assert query(superuser, "SHOW recovery_init_sync_method") == ("syncfs",)  # G1: back within seconds
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(**superuser | {"password": "wrong"})
    postgres.stop(server)


def test_as_root_only_its_own_folders_go_to_the_service_user(cluster: postgres.Cluster, prepared: Environment) -> None:
    if os.geteuid() != 0:
        return  # a plain user has no rights to drop
    server = started(cluster, prepared)
    owner = pathlib.Path(f"/proc/{server.pid}").stat().st_uid
    assert owner == pathlib.Path(cluster.data).stat().st_uid == cluster.sock.stat().st_uid != 0
    assert cluster.data.stat().st_mode & 0o777 == cluster.sock.stat().st_mode & 0o777 == 0o700
    assert prepared.state.stat().st_uid == prepared.key_path.stat().st_uid == 0
    postgres.stop(server)


def test_roles_are_separate_and_none_is_above_the_wall(cluster: postgres.Cluster, prepared: Environment) -> None:
    server = started(cluster, prepared)
    assert prepared.key is not None
    for _ in range(2):
        roles.ensure(database.superuser_conninfo(prepared), prepared.key)
    for role in database.ROLES:
        assert query(
            database.conninfo(prepared, role),
            "SELECT current_user::text, rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb"
            " FROM pg_roles WHERE rolname = current_user",
        ) == (database.login(role), False)
    with psycopg.connect(**database.conninfo(prepared, "web")) as web, pytest.raises(psycopg.Error):
        web.execute("SET ROLE hotgate_aaa")
    postgres.stop(server)


def test_a_server_left_behind_is_ended_before_the_next_start(cluster: postgres.Cluster, prepared: Environment) -> None:
    left = started(cluster, prepared)
    server = started(cluster, prepared)
    assert left.wait(5) == 0
    assert server.poll() is None
    postgres.stop(server)


def test_a_stranger_with_that_pid_is_left_alone(cluster: postgres.Cluster) -> None:
    stranger = subprocess.Popen(["sleep", "60"])
    (cluster.data / "postmaster.pid").write_text(f"{stranger.pid}\n")
    assert not postgres.stop_leftover(cluster)
    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()


def test_it_ends_with_its_parent(cluster: postgres.Cluster, prepared: Environment) -> None:
    child = os.fork()
    if child == 0:
        started(cluster, prepared)
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    deadline = time.monotonic() + 10
    while (cluster.data / "postmaster.pid").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not (cluster.data / "postmaster.pid").exists()


def test_a_first_start_that_was_cut_off_is_begun_again(prepared: Environment) -> None:
    (prepared.state / "data.new").mkdir()
    (prepared.state / "data.new" / "PG_VERSION").write_text("18")
    cluster = postgres.prepare(prepared.state, "x")
    assert (cluster.data / "PG_VERSION").exists()
    assert not (prepared.state / "data.new").exists()


def test_data_of_another_version_is_refused(cluster: postgres.Cluster, prepared: Environment) -> None:
    (cluster.data / "PG_VERSION").write_text("17\n")
    with pytest.raises(CannotStart, match="PostgreSQL 17"):
        postgres.prepare(prepared.state, "x")


def test_a_path_too_long_for_a_socket_is_refused(folder: pathlib.Path) -> None:
    with pytest.raises(CannotStart, match="set HOTGATE_STATE to a shorter path"):
        postgres.check_socket_path(folder / ("x" * 80))


@pytest.mark.parametrize(
    ("memory_octets", "megabytes"), [(256 << 20, 64), (1 << 30, 128), (8 << 30, 1024), (64 << 30, 2048)]
)
def test_shared_buffers(memory_octets: int, megabytes: int) -> None:
    assert postgres.shared_buffers_megabytes(memory_octets) == megabytes


def test_programs_are_copied_readable_whatever_the_umask(folder: pathlib.Path) -> None:
    before = os.umask(0o077)
    try:
        (folder / "runtime").mkdir()
        programs = binaries.copied_to(folder / "runtime")
    finally:
        os.umask(before)
    assert (programs / "initdb").stat().st_mode & 0o777 == 0o755
    assert all(path.stat().st_mode & 0o004 for path in programs.parent.rglob("*"))
    assert binaries.copied_to(folder / "runtime") == programs
    shutil.rmtree(folder / "runtime")


def test_passwords_follow_the_key() -> None:
    assert vault.database_password(bytes(32), "a") != vault.database_password(bytes(32), "b")
