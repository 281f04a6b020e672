"""B17: which lives of a session pass the acceptance list, and which line each bad habit fails."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from hotgate.domain.certifying import LABELS, OPTIONAL, WRAP, Heard, Line, Verdict, certify, passes
from hotgate.domain.sessions import RecordKind

NOON = datetime(2026, 6, 20, 12, tzinfo=UTC)
MB = 10**6


def heard(kind: str, seconds: int = 0, up: int = 0, down: int = 0, **more: object) -> Heard:
    told: dict[str, object] = {
        "at": NOON + timedelta(seconds=seconds),
        "kind": RecordKind(kind),
        "session_id": "a",
        "device": "02-00-00-00-00-01",
        "seconds": seconds,
        "octets": (up, down),
        "packets": (up // 1000 or None, down // 1000 or None),
    }
    return Heard(**told | more)  # type: ignore[arg-type]


def life(**more: object) -> list[Heard]:
    """Ten minutes as they should be."""
    return [
        heard("start", **more),
        heard("interim", 300, MB, 9 * MB, **more),
        heard("stop", 600, 2 * MB, 20 * MB, **more),
    ]


def test_a_gateway_that_does_all_passes() -> None:
    verdicts = certify([*life(), *life(session_id="b")])
    assert {line for line, verdict in verdicts.items() if verdict is Verdict.UNKNOWN} == OPTIONAL
    assert Verdict.FAILED not in verdicts.values()
    assert passes(verdicts)


def test_order_of_arrival_and_copies_change_nothing() -> None:
    packets = life()
    assert certify([*reversed(packets), *packets]) == certify(packets)


@pytest.mark.parametrize(
    ("line", "packets"),
    [
        (Line.UNIQUE_ID, [*life(), heard("interim", 20, device="02-00-00-00-00-02")]),
        (Line.UNIQUE_ID, [*life(), heard("start", at=NOON + timedelta(seconds=700))]),
        (Line.ONE_START_ONE_STOP, [heard("interim", 0, session_id="b"), *life()[1:]]),
        (Line.ONE_START_ONE_STOP, [*life(), heard("start", at=NOON + timedelta(seconds=90))]),
        (Line.ONE_START_ONE_STOP, [*life(), heard("stop", 600, 2 * MB, 21 * MB)]),
        (Line.STOP_IS_LAST, [*life(), heard("interim", 660, 2 * MB, 20 * MB)]),
        (Line.STOP_IS_LAST, [*life()[:2], heard("stop", 600, MB, 8 * MB)]),
        (Line.CLASS_COMES_BACK, [*life()[:2], life(has_class=False)[2]]),
        (Line.IDENTITY_COMES_BACK, [*life(has_identity=True)[:2], life()[2]]),
        (Line.USE_NEVER_FALLS, [*life()[:2], heard("interim", 400, 0, 10 * MB), life()[2]]),
        (Line.TIME_IS_RIGHT, [*life()[:2], heard("stop", 600, MB, 20 * MB, at=NOON + timedelta(seconds=640))]),
        (Line.PACKETS_ARE_COUNTED, [*life()[:2], heard("stop", 600, MB, 20 * MB, packets=(5, None))]),
        (Line.PACKETS_ARE_COUNTED, [*life()[:2], heard("stop", 600, MB, 20 * MB, packets=(5, 0))]),
    ],
)
def test_each_bad_habit_fails_its_line(line: Line, packets: list[Heard]) -> None:
    verdicts = certify(packets)
    assert verdicts[line] is Verdict.FAILED
    assert not passes(verdicts)


def test_a_session_that_began_before_the_first_packet_is_not_asked_for_its_start() -> None:
    assert certify(life()[1:])[Line.ONE_START_ONE_STOP] is Verdict.UNKNOWN


def test_a_start_that_is_sent_again_is_one() -> None:
    again = heard("start", at=NOON + timedelta(seconds=6))
    assert certify([*life(), again])[Line.ONE_START_ONE_STOP] is Verdict.PASSED


@pytest.mark.parametrize(
    ("up", "down", "verdict"),
    [
        (WRAP, WRAP + MB, Verdict.PASSED),
        (WRAP - 1, WRAP + MB, Verdict.UNKNOWN),
        (0, 0, Verdict.UNKNOWN),
    ],
)
def test_gigawords_are_proved_in_both_directions(up: int, down: int, verdict: Verdict) -> None:
    assert certify([heard("start"), heard("stop", 600, up, down)])[Line.COUNTS_BEYOND_WRAP] is verdict


@pytest.mark.parametrize(
    ("fetched", "verdict"),
    [
        (None, Verdict.UNKNOWN),
        (20 * MB, Verdict.PASSED),
        (18_200_000, Verdict.PASSED),
        (18_100_000, Verdict.FAILED),
        (20_400_000, Verdict.PASSED),
        (20_500_000, Verdict.FAILED),
    ],
)
def test_the_volume_is_compared_with_what_a_device_fetched(fetched: int | None, verdict: Verdict) -> None:
    verdicts = certify(life(), fetched)
    assert verdicts[Line.VOLUME_IS_RIGHT] is verdict
    assert passes(verdicts) is (verdict is not Verdict.FAILED)


def test_without_packets_there_is_nothing_to_go_by() -> None:
    assert set(certify([]).values()) == {Verdict.UNKNOWN}
    assert not passes(certify([]))


def test_every_line_has_words() -> None:
    assert LABELS.keys() == set(Line)
