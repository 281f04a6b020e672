"""What is refused leaves everything as it was, and says in one line what helps."""

import contextlib
import json
import os
import pathlib
import subprocess
import threading
import time
from collections.abc import Callable
from typing import IO, Any

import psycopg
import pytest

from hotgate import vault
from hotgate.runtime import backup_catalogue as catalogue
from hotgate.runtime.backup_file import Kind, Reader, Writer
from operate.conftest import Original
from operate.servers import HOTGATE, GivenServer, Installation

OTHER_KEY = "22" * 32


@pytest.fixture
def empty(folder: pathlib.Path) -> Installation:
    return Installation(folder / "state")


def is_untouched(empty: Installation) -> bool:
    state = empty.here.state
    return not state.exists() or sorted(path.name for path in state.iterdir()) in ([], ["lock"])


def test_a_restore_without_the_key_or_with_another_is_refused(original: Original, empty: Installation) -> None:
    fingerprint = vault.fingerprint(bytes.fromhex(original.key))
    assert f"needs its key ({fingerprint})" in empty.refusal("restore", str(original.backup))
    assert f"belongs to the key {fingerprint}" in empty.refusal("restore", str(original.backup), HOTGATE_KEY=OTHER_KEY)
    words = ["restore", str(original.backup_with_key)]
    assert "under a passphrase" in empty.refusal(*words)
    assert is_untouched(empty)


def test_a_wrong_passphrase_is_refused(original: Original, empty: Installation, folder: pathlib.Path) -> None:
    wrong = folder / "wrong"
    wrong.write_text("correct horse battery stable\n")
    words = ["--passphrase-file", str(wrong)]
    assert "not the one" in empty.refusal("restore", str(original.backup_with_key), *words)
    assert "does not hold its key" in empty.refusal("restore", str(original.backup), *words)
    words = ["restore", str(original.backup_with_key), "--passphrase-file", str(original.passphrase)]
    assert "is another key" in empty.refusal(*words, HOTGATE_KEY=OTHER_KEY)
    assert is_untouched(empty)


@pytest.mark.parametrize("share", [0.3, 0.9, 1.0])
def test_an_altered_octet_is_refused(
    original: Original, empty: Installation, folder: pathlib.Path, share: float
) -> None:
    altered = bytearray(original.backup.read_bytes())
    altered[int(share * (len(altered) - 1))] ^= 0x10
    (folder / "altered").write_bytes(altered)
    assert "altered" in empty.refusal("restore", str(folder / "altered"), HOTGATE_KEY=original.key)
    assert is_untouched(empty)


def test_a_truncated_file_is_refused(original: Original, empty: Installation, folder: pathlib.Path) -> None:
    (folder / "short").write_bytes(original.backup.read_bytes()[:-40])
    assert "cut short" in empty.refusal("restore", str(folder / "short"), HOTGATE_KEY=original.key)
    assert is_untouched(empty)


def test_a_file_that_is_missing_or_no_backup_is_one_line(empty: Installation, folder: pathlib.Path) -> None:
    (folder / "text").write_text("hello")
    assert empty.refusal("restore", str(folder / "text")) == "this is no backup of Hotgate, or one of a later format"
    assert empty.refusal("restore", str(folder / "none")).endswith("No such file or directory")


def test_a_backup_that_fails_in_the_middle_of_loading_leaves_nothing(
    original: Original, empty: Installation, given_server: GivenServer, folder: pathlib.Path
) -> None:
    spoilt = folder / "spoilt"
    _write_with_an_unknown_table(original, spoilt)
    words = ["restore", str(spoilt)]
    assert "tomorrows_table is not one of this version's" in empty.refusal(*words, HOTGATE_KEY=original.key)
    assert is_untouched(empty)

    url = given_server.new_database("shop")
    empty.refusal(*words, HOTGATE_KEY=original.key, HOTGATE_DATABASE_URL=url)
    assert_nothing_in(url)


def test_a_restore_that_is_stopped_leaves_nothing(
    original: Original, empty: Installation, given_server: GivenServer
) -> None:
    url = given_server.new_database("shop")
    variables = empty.variables | {"HOTGATE_KEY": original.key, "HOTGATE_DATABASE_URL": url}
    words = [HOTGATE, "restore", str(original.backup)]
    restoring = subprocess.Popen(words, env=variables, stderr=subprocess.PIPE, text=True)
    with psycopg.connect(url, autocommit=True) as connection:
        while connection.execute("SELECT to_regclass('nas')").fetchone() == (None,):
            assert restoring.poll() is None
            time.sleep(0.02)
    restoring.terminate()
    _, said = restoring.communicate(timeout=60)
    assert (restoring.returncode, said) == (2, "hotgate: stopped: nothing was restored\n")
    assert_nothing_in(url)
    assert is_untouched(empty)


def assert_nothing_in(url: str) -> None:
    with psycopg.connect(url) as connection:
        left = "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        assert connection.execute(left).fetchone() == (0,)
        assert connection.execute(
            "SELECT count(*) FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
        ).fetchone() == (0,)


def _write_with_an_unknown_table(original: Original, path: pathlib.Path) -> None:
    key = bytes.fromhex(original.key)
    with original.backup.open("rb") as old, path.open("wb") as new:
        reader = Reader(old)
        writer = Writer(new, reader.header, key)
        for kind, plain in reader.frames(key):
            if kind == Kind.DATA:
                writer.data(plain)
            elif kind == Kind.PART_END:
                writer.end_part(json.loads(plain)["rows"])
            else:
                writer.put(kind, json.loads(plain))
        writer.put(Kind.PART, {"name": "tomorrows_table", "columns": ["id"]})
        writer.end_part(0)
        writer.end()


def test_a_backup_refuses_what_it_could_not_keep(original: Original, folder: pathlib.Path) -> None:
    there = original.installation
    assert "exists already" in there.refusal("backup", str(original.backup))
    assert "No such file" in there.refusal("backup", str(folder / "none" / "file"))
    (folder / "short").write_text("too short\n")
    words = ["backup", str(folder / "new"), "--passphrase-file", str(folder / "short")]
    assert "12 characters or more" in there.refusal(*words)
    nothing = Installation(folder / "state")
    assert "there is no key" in nothing.refusal("backup", str(folder / "new"))
    assert not (folder / "new").exists()


def test_a_backup_file_is_for_its_owner_only_and_holds_nothing_in_clear(original: Original) -> None:
    assert original.backup.stat().st_mode & 0o777 == 0o600
    octets = original.backup.read_bytes()
    for known in (original.key, "owner@localhost", "Aurora"):
        assert known.encode() not in octets
    assert "this file opens for nobody" in original.told.stdout


def test_a_backup_is_one_moment_while_others_write(original: Original, folder: pathlib.Path) -> None:
    """Every transaction adds one event and one login attempt: a moment has as many of one as of the other."""
    there, stop = original.installation, threading.Event()
    with there.running():
        writer = threading.Thread(target=_write_pairs, args=(there, stop))
        writer.start()
        try:
            time.sleep(0.2)
            assert there.run("backup", str(folder / "busy")).returncode == 0
        finally:
            stop.set()
            writer.join()
        with there.connected() as connection:
            after = connection.execute("SELECT count(*) FROM quarantine WHERE reason = 'pair'").fetchone()
            connection.execute("DELETE FROM quarantine WHERE reason = 'pair'")
            connection.execute("DELETE FROM login_attempt WHERE rule = 'pair'")
    assert after is not None
    pairs, attempts = (_count(folder / "busy", original.key, table) for table in ("quarantine", "login_attempt"))
    assert 0 < pairs == attempts <= after[0]


def _write_pairs(there: Installation, stop: threading.Event) -> None:
    with there.connected() as connection:
        while not stop.is_set():
            with connection.transaction():
                connection.execute("INSERT INTO quarantine (reason, attributes) VALUES ('pair', '{}')")
                connection.execute("INSERT INTO login_attempt (at, outcome, rule) VALUES (now(), 'dropped', 'pair')")


def _count(path: pathlib.Path, key: str, prefix: str) -> int:
    """Lines that say `pair`, over the partitions of a table."""
    found, is_inside = 0, False
    with path.open("rb") as file:
        for kind, plain in Reader(file).frames(bytes.fromhex(key)):
            if kind == Kind.PART:
                is_inside = json.loads(plain)["name"].startswith(prefix)
            elif kind == Kind.DATA and is_inside:
                found += sum(b"\tpair\t" in line for line in plain.splitlines())
    return found


def test_who_may_not_see_every_row_may_not_back_up(connect: Callable[..., psycopg.Connection[Any]]) -> None:
    with connect("web") as connection:
        assert {"plan", "voucher"} <= set(catalogue.names(connection.cursor(), catalogue.LIST_VEILED))
    with connect("owner") as connection:
        assert catalogue.names(connection.cursor(), catalogue.LIST_VEILED) == []


def test_a_full_disk_leaves_no_half_file(original: Original, folder: pathlib.Path) -> None:
    if not pathlib.Path("/dev/full").exists():
        pytest.skip("needs /dev/full")
    from hotgate.runtime import backup

    target = folder / "full"
    with pytest.raises(backup.Refused, match="No space left"):
        _write_to_a_full_disk(backup._appearing(target))
    assert list(folder.iterdir()) == []


def _write_to_a_full_disk(appearing: contextlib.AbstractContextManager[IO[bytes]]) -> None:
    with appearing as file:
        os.dup2(os.open("/dev/full", os.O_WRONLY), file.fileno())
        file.write(b"x" * 100_000)
        file.flush()
