from __future__ import annotations

import itertools
import os
import pathlib
import shutil
import tempfile
from collections.abc import Iterator

import pytest

from faults.installation import Installation, installed
from faults.parts import Parts, in_parts
from faults.ready import lay_down

pytest.register_assert_rewrite("faults.truth")

_hosts = itertools.count(1)


@pytest.fixture(scope="module")
def folder() -> Iterator[pathlib.Path]:
    """A short path that the service user can pass through."""
    made = pathlib.Path(tempfile.mkdtemp(prefix="hotgate-faults-", dir="/tmp"))
    made.chmod(0o711)
    yield made
    if not os.environ.get("HOTGATE_KEEP"):
        shutil.rmtree(made, ignore_errors=True)


@pytest.fixture(scope="module")
def installation(folder: pathlib.Path) -> Iterator[Installation]:
    """One whole Hotgate for the tests of a module."""
    lay_down(folder)
    with installed(Installation(folder)) as made:
        yield made


@pytest.fixture(scope="module")
def parts(folder: pathlib.Path) -> Iterator[Parts]:
    """A database and an AAA server that the tests of a module stop and start."""
    lay_down(folder)
    with in_parts(folder) as made:
        yield made


@pytest.fixture
def host() -> str:
    """An address of loopback that no other test uses."""
    return f"127.3.0.{next(_hosts)}"
