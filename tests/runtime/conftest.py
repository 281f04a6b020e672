import os
import pathlib
import shutil
import socket
import tempfile
from collections.abc import Iterator

import pytest

from hotgate import environment
from hotgate.environment import Environment


@pytest.fixture
def folder() -> Iterator[pathlib.Path]:
    """A short path that the service user can pass through."""
    made = pathlib.Path(tempfile.mkdtemp(prefix="hotgate-", dir="/tmp"))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made)


@pytest.fixture
def here(folder: pathlib.Path) -> Environment:
    return environment.load({"HOTGATE_STATE": str(folder / "state")}, environment._read_text)


@pytest.fixture
def variables(folder: pathlib.Path) -> dict[str, str]:
    """Variables of an installation of its own, on free ports."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("HOTGATE", "DJANGO"))}
    own = {
        "HOTGATE_STATE": str(folder / "state"),
        "HOTGATE_HTTP": f"127.0.0.1:{free_port(socket.SOCK_STREAM)}",
        "HOTGATE_RADIUS_AUTH": f"127.0.0.1:{free_port(socket.SOCK_DGRAM)}",
        "HOTGATE_RADIUS_ACCT": f"127.0.0.1:{free_port(socket.SOCK_DGRAM)}",
    }
    return inherited | own


def free_port(kind: socket.SocketKind) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
