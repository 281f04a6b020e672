"""`hotgate upgrade` leaves a backup from before the migrations, and that backup leads back."""

import os
import pathlib
import subprocess
import sys

from operate.conftest import Original
from operate.servers import Installation

BEFORE, AFTER = "0002_authenticator_timestamps", "0003_authenticator_type_uniq"


def migrate_back(there: Installation) -> None:
    """As if the last version had not had the last migration of one app."""
    command = [sys.executable, "-m", "django", "migrate", "mfa", BEFORE, "-v", "0", "--skip-checks"]
    environ = there.variables | {"HOTGATE_ROLE": "owner", "DJANGO_SETTINGS_MODULE": "hotgate.config.settings"}
    subprocess.run(command, env=environ, check=True)


def test_an_upgrade_makes_a_backup_and_the_backup_leads_back(original: Original, folder: pathlib.Path) -> None:
    there = Installation(folder / "state", HOTGATE_KEY=original.key)
    assert there.run("restore", str(original.backup)).returncode == 0
    with there.running():
        migrate_back(there)
        doctor = there.run("doctor")
        assert doctor.returncode == 1
        assert "1 migration of this version is not done yet" in doctor.stdout

        done = there.run("upgrade")
        assert done.returncode == 0, done.stderr
        assert f"Upgraded  1 migration done: mfa.{AFTER}\n" in done.stdout
        assert there.run("upgrade").stdout.endswith("already: nothing to do\n")
    (made,) = (there.here.state / "backups").iterdir()
    assert os.stat(made).st_mode & 0o777 == 0o600

    back = Installation(folder / "back", HOTGATE_KEY=original.key)
    restored = back.run("restore", str(made))
    assert restored.returncode == 0, restored.stderr
    assert "1 migration follows" in restored.stdout
    with back.running(), back.connected() as connection:
        found = connection.execute("SELECT name FROM django_migrations WHERE app = 'mfa' ORDER BY name").fetchall()
        assert found[-1] == (BEFORE,)


def test_a_stopped_embedded_server_is_started_for_the_command(original: Original, folder: pathlib.Path) -> None:
    there = original.installation
    assert not (there.here.state / "data" / "postmaster.pid").exists()
    assert there.run("backup", str(folder / "cold")).returncode == 0
    assert not (there.here.state / "data" / "postmaster.pid").exists()
