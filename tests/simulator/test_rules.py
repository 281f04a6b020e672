"""Words, limits, orders and dice, each as a table."""

from __future__ import annotations

import pytest

from hotgate.radius import attributes as attr
from hotgate.radius.attributes import AcctStatusType, ErrorCause
from hotgate.radius.packet import Code, Packet, attribute, decode, uint32, vendor_attribute
from hotgate.simulator import grant as grants
from hotgate.simulator import options, orders, quantities
from hotgate.simulator import truth as truths
from hotgate.simulator.grant import MAKERS, Grant
from hotgate.simulator.mischief import Mischief, Odds
from hotgate.simulator.orders import Label
from hotgate.simulator.session import Report
from hotgate.simulator.truth import NoView, ServerView, Totals, Truth
from hotgate.simulator.wire import waits


def packet(*attributes: bytes, code: int = Code.ACCESS_ACCEPT) -> Packet:
    body = b"".join(attributes)
    return decode(bytes((code, 1)) + (20 + len(body)).to_bytes(2, "big") + bytes(16) + body)


@pytest.mark.parametrize(
    ("text", "octets"),
    [("25 MB", 25_000_000), ("1.5GB", 1_500_000_000), ("1000", 1000), ("3k", 3000), ("2TB", 2 * 10**12), ("7 b", 7)],
)
def test_amounts(text: str, octets: int) -> None:
    assert quantities.octets(text) == octets


@pytest.mark.parametrize("text", ["", "MB", "-1", "1 XB", "1,5 MB"])
def test_no_amounts(text: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        quantities.octets(text)


@pytest.mark.parametrize(("text", "bits"), [("20M", 20_000_000), ("512k", 512_000), ("1G", 10**9), ("9600", 9600)])
def test_rates(text: str, bits: int) -> None:
    assert quantities.bits_per_second(text) == bits


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("90s", 90), ("1h30m", 5400), ("2 d", 172_800), ("0.5s", 0.5)]
)
def test_durations(text: str, seconds: float) -> None:
    assert quantities.seconds(text) == seconds


@pytest.mark.parametrize("text", ["", "h", "1x", "1h x", "-3"])
def test_no_durations(text: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        quantities.seconds(text)


@pytest.mark.parametrize(
    ("octets", "shown"), [(10_000_000, "10 MB"), (999, "999 B"), (1_234_567, "1.235 MB"), (5_000_000_000, "5 GB")]
)
def test_amounts_shown(octets: int, shown: str) -> None:
    assert quantities.shown_octets(octets) == shown


LIMITS = (
    vendor_attribute(attr.MIKROTIK, 17, uint32(705032704)),
    vendor_attribute(attr.MIKROTIK, 18, uint32(1)),
    vendor_attribute(attr.MIKROTIK, 8, b"5M/20M 10M/40M"),
    vendor_attribute(attr.CHILLISPOT, 3, uint32(4000)),
    vendor_attribute(attr.CHILLISPOT, 1, uint32(1000)),
    vendor_attribute(attr.CHILLISPOT, 5, uint32(512)),
    vendor_attribute(attr.WISPR, 7, uint32(64_000)),
    attribute(attr.SESSION_TIMEOUT, uint32(60)),
    attribute(attr.CLASS, b"one"),
    attribute(attr.CLASS, b"two"),
)


@pytest.mark.parametrize(
    ("maker", "expected"),
    [
        ("standard", (None, None, 64_000, None)),
        ("mikrotik", (5_000_000_000, None, 5_000_000, 20_000_000)),
        ("chillispot", (4000, 1000, 64_000, 512_000)),
    ],
)
def test_a_nas_reads_its_own_maker_s_limits(maker: str, expected: tuple[int | None, ...]) -> None:
    grant = grants.read(packet(*LIMITS), MAKERS[maker])
    assert (grant.octets_total, grant.octets_in, grant.upload_bps, grant.download_bps) == expected
    assert grant.session_seconds == 60
    assert grant.classes == (b"one", b"two")


def test_a_limit_of_zero_is_none() -> None:
    zero = packet(vendor_attribute(attr.MIKROTIK, 17, uint32(0)), attribute(attr.IDLE_TIMEOUT, uint32(0)))
    assert grants.read(zero, MAKERS["mikrotik"]) == Grant()


@pytest.mark.parametrize(
    ("maker", "news", "expected"),
    [
        ("mikrotik", vendor_attribute(attr.MIKROTIK, 17, uint32(9)), None),
        ("standard", attribute(attr.SESSION_TIMEOUT, uint32(9)), Grant(9, 30, user_name="ada")),
        ("chillispot", attribute(attr.SESSION_TIMEOUT, uint32(9)), Grant(9, None, user_name="ada")),
        ("chillispot", vendor_attribute(attr.CHILLISPOT, 3, uint32(9)), Grant(octets_total=9, user_name="ada")),
    ],
)
def test_a_coa_changes_what_the_maker_can_change(maker: str, news: bytes, expected: Grant | None) -> None:
    before = Grant(session_seconds=60, idle_seconds=30, user_name="ada")
    assert grants.changed(before, packet(news, code=Code.COA_REQUEST), MAKERS[maker]) == expected


ADA = Label("a1", frozenset({"ada"}), "02-00-00-00-00-0A", "10.5.0.1")
BOB = Label("b1", frozenset({"bob", "bob@home"}), "02-00-00-00-00-0B", "10.5.0.2")


@pytest.mark.parametrize(
    ("clues", "found"),
    [
        ([(attr.ACCT_SESSION_ID, b"a1")], "a1"),
        ([(attr.USER_NAME, b"bob@home")], "b1"),
        ([(attr.CALLING_STATION_ID, b"02:00:00:00:00:0b")], "b1"),
        ([(attr.FRAMED_IP_ADDRESS, bytes((10, 5, 0, 1)))], "a1"),
        ([(attr.ACCT_SESSION_ID, b"a1"), (attr.USER_NAME, b"bob")], ErrorCause.SESSION_CONTEXT_NOT_FOUND),
        ([(attr.ACCT_SESSION_ID, b"gone")], ErrorCause.SESSION_CONTEXT_NOT_FOUND),
        ([(attr.NAS_IDENTIFIER, b"x")], ErrorCause.MISSING_ATTRIBUTE),
    ],
)
def test_orders_find_the_one_session_they_describe(clues: list[tuple[int, bytes]], found: str | ErrorCause) -> None:
    order = packet(*(attribute(kind, value) for kind, value in clues), code=Code.DISCONNECT_REQUEST)
    assert orders.find(order, [ADA, BOB]) == found


def test_an_order_that_fits_two_sessions_cuts_neither() -> None:
    order = packet(attribute(attr.USER_NAME, b"ada"), code=Code.DISCONNECT_REQUEST)
    assert orders.find(order, [ADA, ADA]) is ErrorCause.MULTIPLE_SESSION_SELECTION_UNSUPPORTED


def test_the_same_seed_throws_the_same_dice() -> None:
    odds = Odds(0.2, 0.2, 0.2, 0.2)
    one, other = Mischief(odds, 5), Mischief(odds, 5)
    assert [one.copies() for _ in range(99)] == [other.copies() for _ in range(99)]
    assert [one.passage() for _ in range(99)] == [other.passage() for _ in range(99)]
    assert all(one.thrown.values())
    assert Mischief(Odds(), 5).copies() == 1


def test_waits_double_up_to_sixteen_seconds_and_end_on_the_dot() -> None:
    assert list(waits(2, 30)) == [2, 4, 8, 16]
    assert list(waits(2, 60)) == [2, 4, 8, 16, 16, 14]


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("127.0.0.1", ("127.0.0.1", 1812)),
        ("127.0.0.1:21812", ("127.0.0.1", 21812)),
        ("[::1]:21812", ("::1", 21812)),
        ("::1", ("::1", 1812)),
        ("[::1]", ("::1", 1812)),
    ],
)
def test_server_addresses(typed: str, address: tuple[str, int]) -> None:
    assert options.server_address(typed) == address


@pytest.mark.parametrize(("text", "value"), [("0.1", 0.1), ("10%", 0.1), ("0", 0)])
def test_chances(text: str, value: float) -> None:
    assert options.chance(text) == value


def told(seconds: int, octets_in: int, octets_out: int) -> Truth:
    truth = Truth("ada")
    session = truth.begins(Report(AcctStatusType.START, "1", 0, 0, 0, 0))
    truth.arrives(session, Report(AcctStatusType.STOP, "1", 0, seconds, octets_in, octets_out))
    return truth


def test_a_difference_is_silent_unless_the_server_calls_it_estimated() -> None:
    truth, before = told(10, 100, 200), ServerView(Totals(1, 5, 5, 5), 0)
    assert truths.compare(truth, before, ServerView(Totals(2, 15, 105, 205))).equal
    differs = truths.compare(truth, before, ServerView(Totals(2, 15, 105, 204)))
    assert differs.differences == ["octets out: 200 told, 199 on the server"]
    assert not differs.honest
    assert truths.compare(truth, before, ServerView(Totals(2, 15, 105, 204), 1)).honest


@pytest.mark.parametrize(
    "output", ["", "[]", '{"sessions": [{}]}', '{"sessions": 3}', '{"sessions": [{"seconds": null}]}']
)
def test_no_list_of_sessions(output: str) -> None:
    with pytest.raises(NoView):
        truths.view(output)
