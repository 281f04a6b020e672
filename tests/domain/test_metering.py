"""Counters merge, split and unwrap without losing or inventing an octet (B4 … B7, B10, G2 … G5)."""

import random
from datetime import UTC, datetime, timedelta
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotgate.domain import metering
from hotgate.domain.catalogue import Direction, Measure
from hotgate.domain.metering import Point, Stretch, Unwrapped

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
HOUR = Stretch(NOON, NOON + timedelta(hours=1), 3600, 1_000_001, 9_999_999)
counters = st.integers(0, 2**63)
points = st.builds(
    Point, st.integers(0, 10**6).map(lambda s: NOON + timedelta(seconds=s)), counters, counters, counters
)


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


class TestStretch:
    def test_use_is_the_difference(self) -> None:
        a, b = Point(after(60), 60, 1000, 5000), Point(after(120), 120, 1500, 9000)
        assert metering.stretch_between(a, b) == (after(60), after(120), 60, 500, 4000)

    def test_each_counter_counts_for_itself(self) -> None:
        """B7: one that fell counts nothing, the others go on."""
        a, b = Point(after(60), 60, 1000, 5000), Point(after(50), 50, 1500, 4000)
        assert metering.stretch_between(a, b) == (after(60), after(60), 0, 500, 0)

    @given(points, points)
    def test_it_is_never_negative(self, a: Point, b: Point) -> None:
        stretch = metering.stretch_between(a, b)
        assert stretch.starts_at <= stretch.ends_at
        assert min(stretch[2:]) >= 0


class TestSplit:
    def test_shares_are_linear_in_time(self) -> None:
        first, second = metering.split_at(HOUR, [after(900)])
        assert first == (NOON, after(900), 900, 250_000, 2_499_999)
        assert second == (after(900), after(3600), 2700, 750_001, 7_500_000)

    @pytest.mark.parametrize("outside", [after(-1), NOON, after(3600), after(3601)])
    def test_borders_outside_cut_nothing(self, outside: datetime) -> None:
        assert metering.split_at(HOUR, [outside]) == [HOUR]

    def test_an_instant_is_never_cut(self) -> None:
        burst = Stretch(NOON, NOON, 0, 500, 500)
        assert metering.split_at(burst, [NOON]) == [burst]

    @given(
        st.builds(Stretch, st.just(NOON), st.just(after(86400)), counters, counters, counters),
        st.lists(st.floats(-100, 90_000).map(after), max_size=8),
    )
    def test_sums_are_exactly_preserved(self, whole: Stretch, borders: list[datetime]) -> None:
        pieces = metering.split_at(whole, borders)
        assert [sum(column) for column in list(zip(*pieces, strict=True))[2:]] == list(whole[2:])
        assert [p.starts_at for p in pieces[1:]] == [p.ends_at for p in pieces[:-1]]
        assert (pieces[0].starts_at, pieces[-1].ends_at) == (whole.starts_at, whole.ends_at)
        assert min(min(p[2:]) for p in pieces) >= 0


@pytest.mark.parametrize(
    ("low", "gigawords", "total"),
    [(705_032_704, 1, 5_000_000_000), (0, 0, 0), (2**32 - 1, 0, 2**32 - 1), (0, 3, 3 * 2**32)],
)
def test_total_octets(low: int, gigawords: int, total: int) -> None:
    """B6"""
    assert metering.total_octets(low, gigawords) == total


class TestUnwrap:
    """G4: a NAS without Gigawords."""

    LINE = 100_000_000  # wraps after 343.6 s

    TRUE = ((300, 3_700_000_000), (600, 4_700_000_000), (900, 8_400_000_000), (1200, 8_700_000_000))
    READINGS = tuple((seconds, octets % 2**32, 20) for seconds, octets in TRUE)

    def test_a_lower_reading_is_a_wrap(self) -> None:
        assert metering.unwrap(self.READINGS[:2], self.LINE) == Unwrapped(4_700_000_000, 20, False)
        assert metering.unwrap(self.READINGS, self.LINE) == Unwrapped(8_700_000_000, 20, False)

    def test_a_late_reading_is_sorted_in_and_all_counted_anew(self) -> None:
        late = (*self.READINGS[:1], *self.READINGS[2:], self.READINGS[1])
        assert metering.unwrap(late[:3], self.LINE).octets_in != 8_700_000_000
        assert metering.unwrap(late, self.LINE) == Unwrapped(8_700_000_000, 20, False)

    def test_replays_change_nothing(self) -> None:
        assert metering.unwrap(self.READINGS * 3, self.LINE) == metering.unwrap(self.READINGS, self.LINE)

    def test_the_last_of_one_second_counts(self) -> None:
        readings = [(300, 4_290_000_000, 10), (300, 5_000_000, 10)]
        assert metering.unwrap([(299, 4_280_000_000, 10), *readings], 10**9).octets_in == 2**32 + 5_000_000

    def test_one_more_wrap_could_have_happened(self) -> None:
        assert metering.unwrap([(600, 100, 0)], self.LINE) == Unwrapped(100, 0, True)
        assert metering.unwrap([(600, 100, 0)], self.LINE // 10) == Unwrapped(100, 0, False)

    def test_a_fall_that_no_wrap_explains_counts_nothing(self) -> None:
        readings = [(60, 5_000_000, 0), (120, 4_000_000, 0), (180, 4_500_000, 0)]
        assert metering.unwrap(readings, self.LINE) == Unwrapped(5_500_000, 0, True)

    @given(st.integers(), st.sampled_from([60, 300, 600]), st.integers(7, 10), st.integers(1, 30))
    def test_right_or_flagged(self, seed: int, interim: int, magnitude: int, count: int) -> None:
        """Against the true counters: 10 Mbit/s … 10 Gbit/s, interims of 1, 5 and 10 minutes, any order."""
        rng, line_bps = random.Random(seed), 10**magnitude
        room = interim * line_bps // 8
        true_in = list(accumulate(rng.randint(0, room) for _ in range(count)))
        true_out = list(accumulate(rng.randint(0, room) for _ in range(count)))
        readings = [(interim * (i + 1), true_in[i] % 2**32, true_out[i] % 2**32) for i in range(count)] + [(0, 0, 0)]
        rng.shuffle(readings)
        found = metering.unwrap(readings, line_bps)
        right = (found.octets_in, found.octets_out) == (true_in[-1], true_out[-1])
        assert right or found.unsure
        if (interim + 2) * line_bps // 8 < 2**32:
            assert right
            assert not found.unsure


def test_epochs() -> None:
    """B10: the start is event time minus session time, within 30 s."""
    assert metering.start_epoch(after(90), 90) == NOON
    assert metering.same_epoch(NOON, after(30))
    assert metering.same_epoch(after(30), NOON)
    assert not metering.same_epoch(NOON, after(30.001))


@pytest.mark.parametrize(
    ("measure", "direction", "units"),
    [
        (Measure.TIME, Direction.BOTH, 3600),
        (Measure.TRAFFIC, Direction.BOTH, 11_000_000),
        (Measure.TRAFFIC, Direction.DOWNLOAD, 9_999_999),
        (Measure.TRAFFIC, Direction.UPLOAD, 1_000_001),
        (Measure.NONE, Direction.BOTH, 0),
    ],
)
def test_counted(measure: Measure, direction: Direction, units: int) -> None:
    assert metering.counted(HOUR, measure, direction) == units
