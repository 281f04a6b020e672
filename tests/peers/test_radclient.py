"""FreeRADIUS's own clients, radclient and radtest, log in and tell of use."""

from __future__ import annotations

import re
import secrets
from typing import Any

import pytest

from hotgate.radius import passwords
from hotgate.radius.passwords import MsChapV2Proof
from peers.namespaces import PeerFailed
from peers.town import ACCT, AUTH, PASSWORD, SECRET, Town

pytestmark = [pytest.mark.peer("radclient"), pytest.mark.peer("radtest")]


def radclient(town: Town, what: str, *lines: str) -> str:
    """Its output; it checks every reply's signatures itself."""
    port = ACCT if what == "acct" else AUTH
    request = ", ".join(lines)
    return town.here.run("radclient", "-x", "-t", "5", "-r", "1", f"127.0.0.1:{port}", what, SECRET, text=request)


def radtest(town: Town, method: str, password: str) -> str:
    return town.here.run("radtest", "-t", method, "mia", password, f"127.0.0.1:{AUTH}", "10", SECRET)


@pytest.mark.parametrize("method", ["pap", "chap"])
def test_radtest_logs_in(town: Town, method: str) -> None:
    town.guest("mia")
    assert "Received Access-Accept" in radtest(town, method, PASSWORD)
    with pytest.raises(PeerFailed, match="Access-Reject"):
        radtest(town, method, "guess")
    assert town.attempts() == [("accepted", ""), ("refused", "wrong_password")]


def test_the_first_mschap_is_refused(town: Town) -> None:
    """radtest knows MS-CHAP of 1996 only (attribute 1), which this server does not speak."""
    town.guest("mia")
    with pytest.raises(PeerFailed, match="Access-Reject"):
        radtest(town, "mschap", PASSWORD)
    assert town.attempts() == [("refused", "no_proof")]


def test_radclient_shows_class_and_limits(town: Town) -> None:
    town.guest("mia")
    output = radclient(
        town, "auth", 'User-Name = "mia"', f'User-Password = "{PASSWORD}"', "Message-Authenticator = 0x00"
    )
    for told in ("Received Access-Accept", "Class = 0x", "Acct-Interim-Interval = 300", "Message-Authenticator = 0x"):
        assert told in output


def test_radclient_shows_the_answer_to_mschapv2(town: Town) -> None:
    town.guest("mia")
    challenge, peer = secrets.token_bytes(16), secrets.token_bytes(16)
    response = passwords.mschapv2_response(7, PASSWORD, b"mia", challenge, peer)
    output = radclient(
        town,
        "auth",
        'User-Name = "mia"',
        f"MS-CHAP-Challenge = 0x{challenge.hex()}",
        f"MS-CHAP2-Response = 0x{response.hex()}",
        "Message-Authenticator = 0x00",
    )
    success = MsChapV2Proof(7, b"mia", challenge, peer, response[26:]).success(PASSWORD)
    assert f"MS-CHAP2-Success = 0x{success.hex()}" in output
    # 32 digits: radclient has uncovered both keys with the secret
    assert len(re.findall(r"MS-MPPE-(?:Send|Recv)-Key = 0x[0-9a-f]{32}\b", output)) == 2


def test_use_that_radclient_tells_is_counted(town: Town) -> None:
    subscriber_id = town.guest("mia")
    login = radclient(
        town, "auth", 'User-Name = "mia"', f'User-Password = "{PASSWORD}"', "Message-Authenticator = 0x00"
    )
    token = re.search(r"Class = (0x[0-9a-f]+)", login)
    assert token is not None
    always = ('User-Name = "mia"', 'Acct-Session-Id = "r1"', f"Class = {token[1]}")
    for status, counted in (
        ("Start", ()),
        ("Interim-Update", ("Acct-Session-Time = 60", "Acct-Input-Octets = 1000", "Acct-Output-Octets = 5000")),
        (
            "Stop",
            (
                "Acct-Session-Time = 90",
                "Acct-Input-Octets = 1500",
                "Acct-Output-Octets = 705032704",
                "Acct-Output-Gigawords = 1",
            ),
        ),
    ):
        output = radclient(town, "acct", f"Acct-Status-Type = {status}", *always, *counted)
        assert "Received Accounting-Response" in output
    told = town.session("subscriber_id, octets_in, octets_out, stopped_at IS NOT NULL")
    assert told == (subscriber_id, 1_500, 5_000_000_000, True)


def test_status_server(town: Town) -> None:
    assert "Received Access-Accept" in radclient(town, "status", "Message-Authenticator = 0x00")


def made_by(maker: str, *lines: str) -> Any:
    return pytest.param(lines, marks=pytest.mark.nas(maker=maker), id=maker)


@pytest.mark.parametrize(
    "lines",
    [
        made_by("wispr", "WISPr-Bandwidth-Max-Up = 5000000", "WISPr-Bandwidth-Max-Down = 20000000"),
        made_by("mikrotik", 'Mikrotik-Rate-Limit = "5M/20M"', "Mikrotik-Total-Limit = 1000000000"),
        made_by("chillispot", "ChilliSpot-Bandwidth-Max-Down = 20000", "ChilliSpot-Max-Total-Octets = 1000000000"),
        made_by("cisco", 'Cisco-Account-Info = "QU;5000000;937500;1875000;D;20000000;3750000;7500000"'),
        made_by("cisco_wlc", "Airespace-Data-Bandwidth-Average-Contract-Upstream = 5000", 'ACL-Name = "guests"'),
        made_by("aruba", 'Aruba-User-Role = "guests"'),
        made_by("ruckus", 'Ruckus-User-Groups = "guests"', "WISPr-Bandwidth-Max-Down = 20000000"),
        made_by("huawei", "Huawei-Output-Peak-Rate = 20000000", "Huawei-Remanent-Volume = 1000000"),
        made_by("juniper", 'ERX-CoS-Shaping-Pmt-Type = "T02 20m"'),
        made_by("accel_ppp", 'Filter-Id = "20000/5000"', 'Framed-Pool = "pool1"'),
    ],
)
def test_another_decoder_reads_what_each_maker_is_told(town: Town, lines: tuple[str, ...]) -> None:
    profile_id = town.world.profile(
        upload_bps=5_000_000, download_bps=20_000_000, filter_id="guests", address_pool="pool1"
    )
    town.guest("mia", profile_id=profile_id)
    output = radclient(
        town, "auth", 'User-Name = "mia"', f'User-Password = "{PASSWORD}"', "Message-Authenticator = 0x00"
    )
    assert [line for line in lines if line not in output] == []
