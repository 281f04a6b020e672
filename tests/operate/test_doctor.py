"""`hotgate doctor` finds what is wrong, says how to mend it, and exits with 1 when something must be."""

import json
import pathlib
import re
import shutil
from collections import namedtuple
from typing import Any

import pytest

from hotgate import vault
from hotgate.commands import doctor_machine
from operate.conftest import Original
from operate.servers import Installation

Usage = namedtuple("Usage", "total used free")


def findings(there: Installation, **more: str) -> tuple[int, dict[str, list[dict[str, Any]]]]:
    """Exit code, and the findings by level."""
    done = there.run("doctor", "--json", **more)
    assert done.stderr == ""
    by_level: dict[str, list[dict[str, Any]]] = {"ok": [], "warn": [], "fail": []}
    for finding in json.loads(done.stdout):
        by_level[finding["level"]].append(finding)
        assert (finding["mend"] is None) == (finding["level"] == "ok")
    return done.returncode, by_level


def test_a_running_installation_is_well_and_its_quiet_nas_is_named(original: Original) -> None:
    there = original.installation
    with there.running():
        code, found = findings(there)
        assert (code, found["fail"]) == (0, [])
        well = {"key", "database", "roles", "tables", "worker", "accounting", "nas"}
        assert well <= {finding["subject"] for finding in found["ok"]}
        (quiet,) = (finding["text"] for finding in found["warn"] if finding["subject"] == "nas")
        assert re.fullmatch(r"\w+ \(127\.0\.0\.1\) was never heard", quiet)
        assert re.search(r"^warn  nas .*\n +→ check its RADIUS server", there.run("doctor").stdout, re.MULTILINE)


def test_what_must_be_mended_fails(original: Original) -> None:
    there = original.installation
    with there.running():
        try:
            with there.connected() as connection:
                connection.execute("DELETE FROM django_migrations WHERE app = 'usage'")
                connection.execute("UPDATE installation SET key_fingerprint = 'another'")
                connection.execute("UPDATE nas SET last_seen_at = now() - interval '3 days'")
                connection.execute(
                    "INSERT INTO accounting_backlog (at, sealed) VALUES (now() - interval '61 s', 'by another key')"
                )
            there.here.key_path.chmod(0o644)
            code, found = findings(there)
        finally:
            _mend(original)
    assert code == 1
    fails = {finding["subject"]: finding["text"] for finding in found["fail"]}
    assert set(fails) == {"key", "tables", "accounting"}
    assert fails["accounting"].startswith("1 batch of acknowledged records")
    assert fails["tables"].endswith("not done yet")
    assert sum("may be read by others (0644)" in finding["text"] for finding in found["fail"]) == 1
    assert any("silent for 3 days" in finding["text"] for finding in found["warn"])


def _mend(original: Original) -> None:
    there = original.installation
    there.here.key_path.chmod(0o600)
    with there.connected() as connection:
        for line in original.rows["django_migrations"]:
            _, app, name, _ = line.strip("()").split(",", 3)
            if app == "usage":
                connection.execute(
                    "INSERT INTO django_migrations (app, name, applied) VALUES (%s, %s, now())", [app, name]
                )
        fingerprint = vault.fingerprint(bytes.fromhex(original.key))
        connection.execute("UPDATE installation SET key_fingerprint = %s", [fingerprint])
        connection.execute("UPDATE nas SET last_seen_at = NULL")
        connection.execute("DELETE FROM accounting_backlog")


def test_a_stopped_database_and_a_missing_key_fail(original: Original, folder: pathlib.Path) -> None:
    code, found = findings(original.installation)
    assert code == 1
    assert [(f["subject"], f["mend"]) for f in found["fail"]] == [("database", "start it: `hotgate up`")]
    code, found = findings(Installation(folder / "state"))
    assert code == 1
    assert {finding["subject"] for finding in found["fail"]} == {"key", "database"}


@pytest.mark.parametrize(
    ("used", "level"), [(79, "ok"), (80, "warn"), (89, "warn"), (90, "warn"), (94, "warn"), (95, "fail"), (100, "fail")]
)
def test_the_disk_warns_at_80_and_fails_at_95_per_cent(
    original: Original, monkeypatch: pytest.MonkeyPatch, used: int, level: str
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(100, used, 100 - used))
    (finding,) = doctor_machine.disk(original.installation.here)
    assert (finding.level, finding.text.split()[0]) == (level, str(used))


def test_a_clock_of_1970_fails(original: Original, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor_machine.time, "time", lambda: 1000.0)
    (finding,) = doctor_machine.clock(original.installation.here)
    assert finding.level == "fail"
