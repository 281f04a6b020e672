"""Real RADIUS clients against a running server. `make test-peers` runs them, as root on Debian; so does .ci/run."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from aaa.seeded import Connect, World
from peers.namespaces import Namespace
from peers.town import SECRET, Town

IS_ASKED = os.environ.get("HOTGATE_TEST_PEERS") == "1"
# skipped counts as failed in CI, where `make test` does not ask for these
collect_ignore_glob = [] if IS_ASKED or os.environ.get("CI") != "true" else ["test_*.py"]

PACKAGES = {
    "ip": "iproute2",
    "radclient": "freeradius-utils",
    "radtest": "freeradius-utils",
    "freeradius": "freeradius",
    "eapol_test": "eapoltest",
    "hostapd": "hostapd",
    "wpa_supplicant": "wpasupplicant",
    "ocserv": "ocserv",
    "openconnect": "openconnect",
}


def pytest_runtest_setup(item: pytest.Item) -> None:
    programs = ["ip", *(mark.args[0] for mark in item.iter_markers("peer"))]
    missing = sorted({PACKAGES[each] for each in programs if shutil.which(each) is None})
    if not IS_ASKED or os.geteuid() != 0 or missing:
        packages = " ".join(missing or sorted({PACKAGES[each] for each in programs}))
        pytest.skip(f"`make test-peers` as root; first: apt-get install -y --no-install-recommends {packages}")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "peer(program): a real client that Debian has")
    config.addinivalue_line("markers", "nas(**columns): how the NAS of the town is registered")


@pytest.fixture
def folder() -> Iterator[Path]:
    # short, for Unix sockets in it; open to daemons that drop their rights
    made = Path(tempfile.mkdtemp(prefix="hotgate-peer-", dir="/tmp"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


@pytest.fixture
def namespace(folder: Path) -> Iterator[Callable[[], Namespace]]:
    """namespace(): a new one."""
    made: list[Namespace] = []

    def make() -> Namespace:
        made.append(Namespace(folder))
        return made[-1]

    yield make
    for each in reversed(made):
        each.close()


@pytest.fixture
def town(request: pytest.FixtureRequest, namespace: Callable[[], Namespace], connect: Connect) -> Town:
    """The server and one operator, whose NAS speaks from 127.0.0.1 and is sent orders at 3799."""
    connection = connect("owner")
    connection.autocommit = True
    # the NAS of the test before has this address: a namespace ends with its test, a row stays
    connection.execute("UPDATE nas SET address = inet '10.0.0.0' + id WHERE address = '127.0.0.1'")
    world = World(connection)
    mark = request.node.get_closest_marker("nas")
    world.nas("127.0.0.1/32", SECRET.encode(), coa_port=3799, **(mark.kwargs if mark else {}))
    return Town(namespace(), world)
