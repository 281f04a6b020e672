"""Commands as processes of their own: quick, with few rights, and silent on stdout when refused."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys
import time

import pytest

import world as worlds

pytestmark = pytest.mark.django_db(transaction=True)

HOTGATE = pathlib.Path(sys.executable).with_name("hotgate")
START_SECONDS_MAX = 3.0  # a second on a quiet machine; tests run beside others


def run(*words: str) -> subprocess.CompletedProcess[str]:
    environ = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    return subprocess.run([HOTGATE, *words], env=environ, capture_output=True, text=True, timeout=30, check=False)


def test_a_ticket_is_printed_within_a_moment() -> None:
    world = worlds.make()
    plan = world.plan()
    began = time.monotonic()
    done = run("ticket", plan.name, "--operator", world.operator.slug, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert time.monotonic() - began < START_SECONDS_MAX


def test_more_than_one_operator_asks_which() -> None:
    worlds.make()
    done = run("plan", "list", "--json")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "hotgate: there is more than one operator: say which with --operator\n"


def test_help_needs_no_django() -> None:
    script = "import sys; from hotgate import cli; cli.parser(); sys.exit('django' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
