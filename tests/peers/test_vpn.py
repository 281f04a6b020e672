"""A long session with an address of its own, as PPPoE has: ocserv is the NAS, openconnect the guest behind it."""

from __future__ import annotations

import base64
import hashlib
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from hotgate.domain.reasons import TEXTS, Reason
from peers.freeradius import certificates
from peers.namespaces import Namespace, Program, wait_for
from peers.town import ACCT, AUTH, PASSWORD, SECRET, Town

pytestmark = [
    pytest.mark.peer("ocserv"),
    pytest.mark.peer("openconnect"),
    pytest.mark.nas(require_message_authenticator="no"),  # radcli of Debian 12 signs no Access-Request
]

MEGABYTE = 1_000_000
OCSERV = """
auth = "radius[config={folder}/radcli.conf,groupconfig=false]"
acct = "radius[config={folder}/radcli.conf]"
tcp-port = 4443
run-as-user = nobody
run-as-group = nogroup
socket-file = {folder}/ocserv.sock
pid-file = {folder}/ocserv.pid
server-cert = {folder}/server.pem
server-key = {folder}/server.key
isolate-workers = false
use-occtl = false
device = vpns
ipv4-network = 10.99.0.0/24
predictable-ips = true
stats-report-time = 60
compression = false
"""
RADCLI = """
nas-identifier concentrator-1
authserver 127.0.0.1:{auth}
acctserver 127.0.0.1:{acct}
servers {folder}/radcli.servers
dictionary /etc/radcli/dictionary
default_realm
radius_timeout 5
radius_retries 2
bindaddr *
"""
# what openconnect calls to set the tunnel up
SCRIPT = """#!/bin/sh
[ "$reason" = connect ] || exit 0
ip link set "$TUNDEV" up mtu 1300
ip addr add "$INTERNAL_IP4_ADDRESS/24" dev "$TUNDEV"
"""
DOWNLOAD = """
import urllib.request
print(len(urllib.request.urlopen("http://10.99.0.1:8000/file", timeout=10).read()))
"""


@pytest.fixture
def concentrator(town: Town, namespace: Callable[[], Namespace]) -> tuple[Town, Namespace]:
    """A running ocserv, and the guest's namespace with a cable to it."""
    guest = namespace()
    town.here.join(guest, "gw0", "eth0")
    town.here.run("ip", "addr", "add", "10.88.0.1/24", "dev", "gw0")
    guest.run("ip", "addr", "add", "10.88.0.2/24", "dev", "eth0")
    certificates(town.folder)
    town.write("radcli.conf", RADCLI.format(folder=town.folder, auth=AUTH, acct=ACCT))
    town.write("radcli.servers", f"127.0.0.1 {SECRET}\n")
    config = town.write("ocserv.conf", OCSERV.format(folder=town.folder))
    Path(town.write("tunnel", SCRIPT)).chmod(0o700)
    server = town.here.start("ocserv", "-f", "-d", "2", "-c", config)
    server.wait_for("listening (TCP)")
    return town, guest


def pin(folder: Path) -> str:
    certificate = x509.load_pem_x509_certificate((folder / "server.pem").read_bytes())
    key = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return "pin-sha256:" + base64.b64encode(hashlib.sha256(key).digest()).decode()


def connect(town: Town, guest: Namespace, password: str = PASSWORD) -> Program:
    client = guest.start(
        "openconnect",
        *("--protocol=anyconnect", "--no-dtls", "--user=mia", "--passwd-on-stdin", "--non-inter"),
        *(f"--servercert={pin(town.folder)}", f"--script={town.folder}/tunnel"),
        "https://10.88.0.1:4443",
    )
    client.say(password)
    return client


def test_a_session_with_traffic_is_counted_to_the_octet(concentrator: tuple[Town, Namespace]) -> None:
    town, guest = concentrator
    subscriber_id = town.guest("mia")
    client = connect(town, guest)
    client.wait_for("Configured as 10.99.0")
    town.wait_for_session("subscriber_id, stopped_at IS NULL", (subscriber_id, True))
    (town.folder / "file").write_bytes(bytes(MEGABYTE))
    web = town.here.start("python3", "-u", "-m", "http.server", "-d", str(town.folder), "--bind", "10.99.0.1", "8000")
    web.wait_for("Serving HTTP")
    assert guest.run("python3", "-c", DOWNLOAD).strip() == str(MEGABYTE)
    client.process.send_signal(signal.SIGINT)
    town.wait_for_session("stopped_at IS NOT NULL, terminate_cause", (True, 1))
    told = town.session("octets_in, octets_out, framed_ip::text")
    assert told is not None
    octets_in, octets_out, address = told
    # download is output, as RFC 2866 has it; 3 to 8 % are headers
    assert MEGABYTE * 1.02 < octets_out < MEGABYTE * 1.1
    assert 0 < octets_in < MEGABYTE / 5
    assert str(address).startswith("10.99.0.")
    used = town.world.value("SELECT used FROM entitlement WHERE subscriber_id = %s", subscriber_id)
    assert used == octets_in + octets_out


def test_a_wrong_password_gets_no_tunnel(concentrator: tuple[Town, Namespace]) -> None:
    town, guest = concentrator
    town.guest("mia")
    client = connect(town, guest, "guess")
    assert wait_for(town.attempts)
    assert town.attempts()[0] == ("refused", "wrong_password")
    client.wait_for(TEXTS[Reason.WRONG_PASSWORD].guest)  # the Reply-Message reaches the guest
    assert "Configured as" not in client.output()
    assert town.session("id") is None
