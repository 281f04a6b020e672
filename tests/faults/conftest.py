from __future__ import annotations

import pathlib
import shutil
import tempfile
from collections.abc import Iterator

import pytest

from faults.installation import Installation, installed


@pytest.fixture(scope="module")
def folder() -> Iterator[pathlib.Path]:
    """A short path that the service user can pass through."""
    made = pathlib.Path(tempfile.mkdtemp(prefix="hotgate-faults-", dir="/tmp"))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture(scope="module")
def installation(folder: pathlib.Path) -> Iterator[Installation]:
    """One whole Hotgate for the tests of a module."""
    with installed(folder) as made:
        yield made
