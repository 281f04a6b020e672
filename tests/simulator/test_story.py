"""Whole runs over UDP against the double: what the guest sees, what the server hears, how it ends."""

from __future__ import annotations

import argparse
import asyncio
import pathlib
import re
import shlex
import socket
import time
from typing import Any

import pytest

from hotgate import cli
from hotgate.radius import attributes as attr
from hotgate.radius.attributes import AcctStatusType, ErrorCause, TerminateCause
from hotgate.radius.authenticator import ClientKey
from hotgate.radius.client import ClientProtocol
from hotgate.radius.packet import Code, attribute, uint32, vendor_attribute
from hotgate.simulator import options, report, run
from hotgate.simulator.run import Result
from hotgate.simulator.wire import DynamicAuthorization
from simulator.double import SECRET, Shop, number, opened


@pytest.fixture
def shop(tmp_path: pathlib.Path) -> Shop:
    shop = Shop(tmp_path / "totals.json", coa_port=free_port())
    shop.file.write_text('{"sessions": []}')
    return shop


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def typed(words: str) -> argparse.Namespace:
    return cli.parser().parse_args(["simulate", *shlex.split(words)])


def play(shop: Shop, words: str, *, user: str = "ada") -> tuple[Result, list[str]]:
    """The result and the story. Forty virtual seconds are one of ours."""

    async def played() -> tuple[Result, list[str]]:
        story: list[str] = []
        async with opened(shop) as (auth, acct):
            common = (
                f"--server 127.0.0.1:{auth} --acct-port {acct} --secret {SECRET.decode()} --coa-port {shop.coa_port}"
                f" --speed 40 --interim 5 --retry 0.05 --patience 5 --compare 'cat {shop.file}'"
            )
            who = f"--user {user} --password secret" if user else ""
            script = options.from_arguments(typed(f"{common} {who} {words}"))
            result = await run.run(script, story.append)
        return result, [re.sub(r"^\d\d:\d\d:\d\d ", "", line) for line in story]

    return asyncio.run(asyncio.wait_for(played(), 30))


async def answer_to(octets: bytes, port: int) -> bytes:
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.setblocking(False)
        await loop.sock_sendto(server, octets, ("127.0.0.1", port))
        return await asyncio.wait_for(loop.sock_recv(server, 4096), 5)


def kinds(shop: Shop) -> list[int]:
    return [number(packet, attr.ACCT_STATUS_TYPE) for packet in shop.packets]


def test_a_guest_moves_what_it_wants_and_leaves(shop: Shop) -> None:
    result, story = play(shop, "--traffic '5 MB' --rate 4M")
    assert story == [
        "ada logs in (PAP) … accepted: 3,600 s, 10 MB",
        "ada has used 2.5 MB in 5 s",
        "ada has used 5 MB in 10 s",
        "ada leaves (5 MB in 10 s)",
    ]
    assert result.is_good
    assert shop.booked.popitem()[1] == [10, 1_000_000, 4_000_000]


def test_the_nas_ends_a_session_whose_volume_is_spent_and_the_next_login_is_refused(shop: Shop) -> None:
    result, story = play(shop, "--traffic '25 MB' --rate 20M --again")
    assert story[-2:] == [
        "the NAS ends the session: the volume is used up (10 MB in 4 s)",
        "ada logs in (PAP) … login refused: Your data is used up.",
    ]
    assert shop.left == 0
    assert result.is_good
    assert number(shop.packets[-1], attr.ACCT_TERMINATE_CAUSE) == TerminateCause.SESSION_TIMEOUT


def test_without_limits_the_server_cuts_by_disconnect_within_one_interim(shop: Shop) -> None:
    result, story = play(shop, "--traffic '100 MB' --rate 20M --ignore-limits --again")
    assert [line.partition("(")[0].strip() for line in story] == [
        "ada logs in",
        "ada has used 12.5 MB in 5 s",
        "the server cuts the session: Disconnect",
        "ada logs in",
    ]
    assert number(shop.packets[-1], attr.ACCT_TERMINATE_CAUSE) == TerminateCause.ADMIN_RESET
    assert len(shop.orders) == 1
    assert result.is_good


def test_a_coa_shortens_the_session_and_slows_it_down(shop: Shop) -> None:
    shop.quota = 10**9
    shop.change = attribute(attr.SESSION_TIMEOUT, uint32(12)) + vendor_attribute(attr.MIKROTIK, 8, b"1M/4M")
    result, story = play(shop, "--traffic '100 MB' --rate 8M")
    assert story[2] == "the server changes the session of ada: 12 s, 1 GB, 1 Mbit/s up, 4 Mbit/s down"
    assert story[-1].startswith("the NAS ends the session: the time is used up (")
    assert result.truths[0].totals().seconds == 12
    assert 5_000_000 < result.truths[0].totals().octets < 12_000_000
    assert result.is_good


def test_an_order_for_a_session_that_is_gone_gets_nak_503() -> None:
    async def asked() -> Any:
        key, port = ClientKey(SECRET), free_port()
        gone = ErrorCause.SESSION_CONTEXT_NOT_FOUND
        listening = await DynamicAuthorization.open(("127.0.0.1", port), key, lambda _: gone)
        sender = ClientProtocol(key)
        sent = sender.disconnect_request(attribute(attr.ACCT_SESSION_ID, b"gone"), int(time.time()), 0.0)
        answers = [await answer_to(sent.octets, port) for _ in range(2)]
        listening.close()
        return sender.receive_datagram(answers[-1], 0.1)

    answer = asyncio.run(asked())
    assert answer.packet.code == Code.DISCONNECT_NAK
    assert number(answer.packet, attr.ERROR_CAUSE) == 503


def test_chap_and_a_wrong_password(shop: Shop) -> None:
    _, story = play(shop, "--auth chap --traffic 1000")
    assert story[0] == "ada logs in (CHAP) … accepted: 3,600 s, 10 MB"
    shop.password = "another"
    result, story = play(shop, "--auth chap")
    assert story == ["ada logs in (CHAP) … login refused: The password is wrong."]
    assert result.is_good


def test_the_class_is_sent_back_and_counters_have_64_bits(shop: Shop) -> None:
    shop.quota = 10**12
    play(shop, "--traffic '30 GB' --rate 8G")
    assert all(packet.first(attr.CLASS) == b"payer" for packet in shop.packets)
    assert shop.booked.popitem()[1] == [30, 6_000_000_000, 24_000_000_000]


@pytest.mark.parametrize(
    "habit",
    [
        "--lose 20%",
        "--double 30%",
        "--late 30%",
        "--reorder 50%",
        "--reboot-with-on",
        "--reboot-silent",
        "--lose 10% --double 10% --late 20% --reorder 20% --reboot-silent --no-class --seed 7",
    ],
)
def test_with_a_bad_network_the_totals_stay_those_that_were_acknowledged(shop: Shop, habit: str) -> None:
    shop.quota = 10**9
    result, _ = play(shop, f"--traffic '25 MB' --rate 8M {habit}")
    assert result.is_good, result.verdicts
    assert sum(sum(each[1:]) for each in shop.booked.values()) == result.truths[0].totals().octets
    assert result.truths[0].moved().octets >= 25_000_000


def test_a_reboot_is_told_by_accounting_on_or_by_nobody(shop: Shop) -> None:
    shop.quota = 10**9
    play(shop, "--traffic '25 MB' --rate 8M --reboot-with-on")
    assert kinds(shop).count(AcctStatusType.ACCOUNTING_ON) == 1
    assert kinds(shop).count(AcctStatusType.START) == 2
    assert kinds(shop).count(AcctStatusType.STOP) == 1


def test_the_habits_of_bad_boxes_reach_the_wire(shop: Shop) -> None:
    play(shop, "--traffic '5 MB' --no-gigawords --swap-octets --no-class --clock-1970 --reuse-session-ids")
    stop = shop.packets[-1]
    assert stop.first(attr.ACCT_INPUT_GIGAWORDS) is None
    assert stop.first(attr.CLASS) is None
    assert number(stop, attr.ACCT_INPUT_OCTETS) == 4_000_000
    assert number(stop, attr.EVENT_TIMESTAMP) < 86400
    assert stop.first(attr.ACCT_SESSION_ID) == b"00000001"


def test_a_server_that_counts_otherwise_is_found_out(shop: Shop) -> None:
    shop.steals = 1
    result, _ = play(shop, "--traffic '1 MB'")
    assert not result.is_good
    lines = list(report.in_words(result, compared=True))
    assert lines[-1] == "  octets in: 200,000 told, 199,999 on the server"
    assert report.as_json(result)["equal"] is False


def test_earlier_sessions_are_not_this_run_s(shop: Shop) -> None:
    play(shop, "--traffic '1 MB'")
    result, _ = play(shop, "--traffic '2 MB'")
    assert result.is_good
    assert result.verdicts[0].server.octets == 2_000_000


def test_many_guests_from_a_file(shop: Shop, tmp_path: pathlib.Path) -> None:
    shop.quota = 10**9
    names = tmp_path / "users"
    names.write_text("".join(f"guest{n},secret\n" for n in range(20)))
    result, story = play(shop, f"--users {names} --guests 8 --traffic '1 MB' --no-class", user="")
    assert len(result.truths) == 8
    assert sum("accepted" in line for line in story) == 8
    assert sum(sum(each[1:]) for each in shop.booked.values()) == 8_000_000


def test_silence_is_told_and_ends_badly(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    words = f"simulate --server 127.0.0.1:{free_port()} --secret s --user ada --coa-port 0 --no-compare --patience 0.2"
    assert cli.main(shlex.split(words)) == 1
    assert "the server does not answer" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--secret s", "who logs in? Give --user NAME, or --users FILE"),
        ("--secret '' --user a", "--secret may not be empty"),
        ("--secret s --user a --speed 0", "--speed must be more than 0"),
        ("--secret s --user a --traffic lots", "'lots': expected an amount of data such as 25MB or 1.5 GB"),
        ("--secret s --user a --server x:y", "--server 'x:y': expected host or host:port"),
        ("--secret s --user a --nas-address here", "here"),
        ("--secret s --users /nowhere", "/nowhere cannot be read (No such file or directory)"),
        ("--secret s --user a --upload 101", "--upload must be from 0 to 100 percent"),
    ],
)
def test_a_wrong_word_is_one_line_and_exit_code_2(words: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["simulate", *shlex.split(words)]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


def test_json_is_one_value(shop: Shop, capsys: pytest.CaptureFixture[Any]) -> None:
    result, _ = play(shop, "--traffic '1 MB' --rate 8M")
    value = report.as_json(result)
    assert value["guests"][0]["told"] == {
        "sessions": 1,
        "seconds": 1,
        "octets_in": 200_000,
        "octets_out": 800_000,
    }
    assert value["guests"][0]["visits"] == ["ended"]
    assert value["equal"] is True
