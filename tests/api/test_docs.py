"""What docs/api shows works as it stands there: curl and Python, against a real server."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"


def examples_of(page):
    return re.findall(r"<!-- test: (\w+) -->\n```\w+\n(.*?)```", (DOCS / page).read_text(), re.DOTALL)


EXAMPLES = examples_of("api/README.md")
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def surroundings(transactional_db, live_server):
    """What the page's examples expect in the environment."""
    from django.db.backends.signals import connection_created

    from api.program import token_for
    from hotgate.apps.core import scope
    from web import office

    main = threading.current_thread()

    def take_role(connection, **_):
        if threading.current_thread() is not main:
            with connection.cursor() as cursor:
                cursor.execute("SET ROLE hotgate_web")

    connection_created.connect(take_role, weak=False, dispatch_uid="api docs")
    with scope.of():
        cafe = office.open_cafe()
    scopes = ["users:write", "plans:read", "sessions:write"]
    secret = token_for(cafe, "account_editor", scopes=scopes).secret
    controller = token_for(cafe, "manager", name="Controller", scopes=["network:write"]).secret
    yield os.environ | {
        "HOTGATE": live_server.url,
        "TOKEN": secret,
        "CONTROLLER": controller,
        "PLAN": str(cafe.plans["1 GB"].uuid),
    }
    connection_created.disconnect(dispatch_uid="api docs")


def run(kind, text, environ):
    command = ["bash", "-euc", text] if kind == "sh" else [sys.executable, "-c", text]
    return subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60, check=False)


def test_the_page_has_both_kinds_of_examples():
    assert [kind for kind, _ in EXAMPLES] == ["sh", "python"]


def test_HN_8_the_examples_of_the_page_work(surroundings):
    if shutil.which("curl") is None:
        pytest.skip("needs curl")
    for kind, text in EXAMPLES:
        done = run(kind, text, surroundings)
        assert done.returncode == 0, done.stdout + done.stderr
        if kind == "sh":
            assert json.loads(done.stdout)["credentials"]["password"]
        else:
            assert "password: " in done.stdout


def test_HN_30_the_recipe_of_wireless_controllers_works(surroundings):
    if shutil.which("curl") is None:
        pytest.skip("needs curl")
    [(kind, text)] = examples_of("recipes/wifi-controllers.md")
    done = run(kind, text, surroundings | {"TOKEN": surroundings["CONTROLLER"]})
    assert json.loads(done.stdout) == {"kept": 1}, done.stdout + done.stderr
