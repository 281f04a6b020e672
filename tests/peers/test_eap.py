"""EAP through a FreeRADIUS front: eapol_test is the supplicant and the access point, and checks every key."""

from __future__ import annotations

import re
import secrets

import pytest

from hotgate.radius import attributes as attr
from hotgate.radius import mppe, passwords
from hotgate.radius.authenticator import ClientKey
from hotgate.radius.packet import Code, attribute, decode, vendor_attribute
from peers import freeradius
from peers.namespaces import PeerFailed
from peers.town import AUTH, PASSWORD, SECRET, Town

pytestmark = [pytest.mark.peer("freeradius"), pytest.mark.peer("eapol_test")]

NETWORK = """
network={{
    key_mgmt=WPA-EAP
    eap={eap}
    identity="mia"
    anonymous_identity="anonymous"
    password="{password}"
    ca_cert="{folder}/ca.pem"
    phase2="auth={inner}"
}}
"""


def eapol_test(town: Town, eap: str, inner: str, password: str = PASSWORD) -> str:
    config = town.write("eap.conf", NETWORK.format(eap=eap, inner=inner, password=password, folder=town.folder))
    return town.here.run(
        "eapol_test", "-c", config, "-a", "127.0.0.1", "-p", str(freeradius.FRONT), "-s", SECRET, "-t", "15"
    )


@pytest.mark.parametrize(
    ("eap", "inner"), [("TTLS", "PAP"), ("TTLS", "CHAP"), ("TTLS", "MSCHAPV2"), ("PEAP", "MSCHAPV2")]
)
def test_a_supplicant_gets_in_with_keys_that_agree(town: Town, eap: str, inner: str) -> None:
    subscriber_id = town.guest("mia")
    freeradius.start_front(town)
    output = eapol_test(town, eap, inner)
    assert output.rstrip().endswith("SUCCESS")
    assert "MPPE keys OK: 1  mismatch: 0" in output
    assert town.attempts() == [("accepted", "")]
    # the front hands on what the inner Accept said: for accounting the access point needs our Class
    assert re.search(r"Attribute 25 \(Class\)", output)
    slots = town.world.rows("SELECT subscriber_id FROM slot WHERE subscriber_id = %s", subscriber_id)
    assert slots == [(subscriber_id,)]


@pytest.mark.parametrize(("eap", "inner"), [("TTLS", "PAP"), ("PEAP", "MSCHAPV2")])
def test_a_wrong_password_fails(town: Town, eap: str, inner: str) -> None:
    town.guest("mia")
    freeradius.start_front(town)
    with pytest.raises(PeerFailed, match="FAILURE"):
        eapol_test(town, eap, inner, "guess")
    assert town.attempts() == [("refused", "wrong_password")]


def test_another_server_gives_the_same_proof_and_keys(town: Town) -> None:
    """The same request goes to both: FreeRADIUS's own mschap is the oracle of MS-CHAP2-Success and both MPPE keys."""
    town.guest("mia")
    freeradius.start_oracle(town.here)
    key, authenticator = ClientKey(SECRET.encode()), secrets.token_bytes(16)
    challenge, peer = secrets.token_bytes(16), secrets.token_bytes(16)
    response = passwords.mschapv2_response(3, PASSWORD, b"mia", challenge, peer)
    body = attribute(attr.USER_NAME, b"mia") + vendor_attribute(attr.MICROSOFT, attr.MS_CHAP_CHALLENGE, challenge)
    body += vendor_attribute(attr.MICROSOFT, attr.MS_CHAP2_RESPONSE, response)
    request = key.sign_access_request(Code.ACCESS_REQUEST, 1, authenticator, body)
    told = []
    for port in (AUTH, freeradius.ORACLE):
        reply = decode(exchange(town, port, request))
        assert reply.code == Code.ACCESS_ACCEPT
        assert key.verify_reply(reply, authenticator)
        keys = [
            mppe.uncover(reply.vendor(attr.MICROSOFT, kind) or b"", key, authenticator)
            for kind in (attr.MS_MPPE_SEND_KEY, attr.MS_MPPE_RECV_KEY)
        ]
        told.append((reply.vendor(attr.MICROSOFT, attr.MS_CHAP2_SUCCESS), *keys))
    assert told[0] == told[1]


EXCHANGE = """
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(5)
s.sendto(bytes.fromhex(sys.argv[2]), ("127.0.0.1", int(sys.argv[1])))
print(s.recv(4096).hex())
"""


def exchange(town: Town, port: int, request: bytes) -> bytes:
    return bytes.fromhex(town.here.run("python3", "-c", EXCHANGE, str(port), request.hex()).strip())
