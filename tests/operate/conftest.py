import pathlib
import shutil
from collections.abc import Iterator

import pytest

from operate.servers import GivenServer, Installation, Rows, laid_down, rows, short_folder

NASTY = "tab\t, line\nbreak, back\\slash, \\. and \\N, 'quote', ünï, עברית, 😀"
# a day with a partition, a day long gone with one of its own, and a day that no partition holds
LONG_GONE = "SELECT ensure_partitions('login_attempt', current_date - 60, current_date - 60)"
ATTEMPTS = """
INSERT INTO login_attempt (at, id, user_name, device, outcome, reason, rule, kind, count)
SELECT day, n, %s, '', 'refused', '', '', 'auth', 1
  FROM generate_series(1, 500) AS n, unnest(ARRAY[now(), now() - interval '60 days', now() + interval '5 years']) AS day
"""


class Original:
    """An installation full of demo data, at rest, and what was in it when it was backed up."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.installation = Installation(folder / "original")
        self.backup = folder / "whole.hotgate"
        self.passphrase = folder / "passphrase"
        self.passphrase.write_text("correct horse battery staple\n")
        self.backup_with_key = folder / "with-key.hotgate"
        self.installation.set_up()
        with self.installation.running():
            with self.installation.connected() as connection:
                connection.execute(LONG_GONE)
                connection.execute(ATTEMPTS, [NASTY])
                self.rows: Rows = rows(connection)
                self.laid_down = laid_down(connection)
            self.told = self.installation.run("backup", str(self.backup))
            assert self.told.returncode == 0, self.told.stderr
            words = ["backup", str(self.backup_with_key), "--passphrase-file", str(self.passphrase)]
            assert self.installation.run(*words).returncode == 0

    @property
    def key(self) -> str:
        return self.installation.here.key_path.read_text().strip()


@pytest.fixture(scope="session")
def original() -> Iterator[Original]:
    folder = short_folder()
    yield Original(folder)
    shutil.rmtree(folder)


@pytest.fixture
def folder() -> Iterator[pathlib.Path]:
    made = short_folder()
    yield made
    shutil.rmtree(made)


@pytest.fixture
def given_server() -> Iterator[GivenServer]:
    server = GivenServer()
    yield server
    server.close()
