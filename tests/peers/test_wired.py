"""802.1X on a cable: hostapd is the NAS, wpa_supplicant the guest at the other end, FreeRADIUS the EAP front."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from peers import freeradius
from peers.namespaces import Namespace, Program
from peers.town import ACCT, PASSWORD, SECRET, Town

pytestmark = [pytest.mark.peer(each) for each in ("freeradius", "hostapd", "wpa_supplicant")]

HOSTAPD = """
interface=port0
driver=wired
ieee8021x=1
use_pae_group_addr=1
logger_stdout=-1
logger_stdout_level=0
own_ip_addr=127.0.0.1
nas_identifier=switch-1
auth_server_addr=127.0.0.1
auth_server_port={front}
auth_server_shared_secret={secret}
acct_server_addr=127.0.0.1
acct_server_port={acct}
acct_server_shared_secret={secret}
radius_acct_interim_interval=60
radius_das_port=3799
radius_das_client=127.0.0.1 {secret}
radius_das_require_event_timestamp=1
radius_das_require_message_authenticator=1
"""
SUPPLICANT = """
ap_scan=0
network={{
    key_mgmt=IEEE8021X
    eapol_flags=0
    eap={eap}
    identity="mia"
    password="{password}"
    ca_cert="{folder}/ca.pem"
    phase2="auth={inner}"
}}
"""


@pytest.fixture
def cable(town: Town, namespace: Callable[[], Namespace]) -> Namespace:
    """The guest's namespace, its `eth0` in the switch's `port0`."""
    guest = namespace()
    town.here.join(guest, "port0", "eth0")
    freeradius.start_front(town)
    return guest


def start_switch(town: Town) -> Program:
    config = town.write("hostapd.conf", HOSTAPD.format(front=freeradius.FRONT, acct=ACCT, secret=SECRET))
    switch = town.here.start("hostapd", "-dd", config)
    switch.wait_for("AP-ENABLED")
    return switch


def start_guest(town: Town, guest: Namespace, eap: str, inner: str, password: str = PASSWORD) -> Program:
    text = SUPPLICANT.format(eap=eap, inner=inner, password=password, folder=town.folder)
    return guest.start("wpa_supplicant", "-dd", "-D", "wired", "-i", "eth0", "-c", town.write(f"{eap}.conf", text))


@pytest.mark.parametrize(("eap", "inner"), [("PEAP", "MSCHAPV2"), ("TTLS", "PAP")])
def test_a_guest_is_let_in_counted_and_put_out(town: Town, cable: Namespace, eap: str, inner: str) -> None:
    subscriber_id = town.guest("mia")
    switch = start_switch(town)
    guest = start_guest(town, cable, eap, inner)
    guest.wait_for("CTRL-EVENT-CONNECTED")
    # by Class: the switch names the session after the outer identity or ours, whichever it holds
    town.wait_for_session("subscriber_id, stopped_at IS NULL", (subscriber_id, True))
    town.order("disconnect", "by_staff")
    switch.wait_for("Disconnect")
    town.wait_for_session("subscriber_id, stopped_at IS NULL", (subscriber_id, False))
    assert town.order_outcome() in ("acknowledged", "stopped")


def test_a_wrong_password_stays_outside(town: Town, cable: Namespace) -> None:
    town.guest("mia")
    start_switch(town)
    guest = start_guest(town, cable, "PEAP", "MSCHAPV2", "guess")
    guest.wait_for("CTRL-EVENT-EAP-FAILURE")
    assert town.attempts()[0] == ("refused", "wrong_password")
    assert town.session("id") is None
