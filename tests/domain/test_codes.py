"""Codes: EN-49, EN-A3 … EN-A5, and the arithmetic of guessing."""

import random
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotgate.domain import codes
from hotgate.domain.codes import BatchSettings, CharacterSet, Check
from hotgate.domain.errors import DomainError

CLEAR = BatchSettings()
DIGITS = BatchSettings(CharacterSet.DIGITS, length=12)
batches = st.builds(
    BatchSettings,
    st.sampled_from(CharacterSet),
    st.integers(4, 20),
    st.sampled_from(["", "WIFI-", "hotel", "Lobby1"]),
    st.booleans(),
    st.just(False),
)
checked = st.builds(
    BatchSettings,
    st.sampled_from([CharacterSet.DIGITS, CharacterSet.LOWER_DIGITS, CharacterSet.MIXED, CharacterSet.CLEAR]),
    st.integers(4, 20),
    st.sampled_from(["", "WIFI-", "HOTEL"]),
    st.just(True),
    st.just(True),
)


def made(settings: BatchSettings, seed: int = 1) -> str:
    return codes.generate(random.Random(seed).randbytes(codes.random_octets(settings)), settings)


class TestAlphabets:
    @pytest.mark.parametrize(
        ("characters", "all_of_them", "clear"),
        [
            (CharacterSet.DIGITS, 10, 10),
            (CharacterSet.LOWER, 26, 23),
            (CharacterSet.LOWER_DIGITS, 36, 31),
            (CharacterSet.MIXED, 62, 54),
            (CharacterSet.CLEAR, 31, 31),
        ],
        ids=["EN-A3 digits", "EN-A3 lower", "EN-A3 lower and digits", "EN-A3 all", "clear"],
    )
    def test_the_four_sets_and_the_clear_one(self, characters: CharacterSet, all_of_them: int, clear: int) -> None:
        settings = BatchSettings(characters, avoid_look_alikes=False)
        assert len(codes.alphabet(settings)) == all_of_them
        assert len(codes.alphabet(settings._replace(avoid_look_alikes=True))) == clear

    @pytest.mark.parametrize(
        ("characters", "avoid", "different"),
        [
            (CharacterSet.DIGITS, True, 10),
            (CharacterSet.LOWER, False, 25),
            (CharacterSet.LOWER_DIGITS, False, 33),
            (CharacterSet.LOWER_DIGITS, True, 31),
            (CharacterSet.MIXED, False, 33),
            (CharacterSet.MIXED, True, 31),
            (CharacterSet.CLEAR, True, 31),
        ],
    )
    def test_the_space_is_counted_without_case(self, characters: CharacterSet, avoid: bool, different: int) -> None:
        """EN-A5"""
        assert codes.code_space(BatchSettings(characters, 8, avoid_look_alikes=avoid)) == different**8


class TestGenerate:
    @given(batches, st.binary(min_size=48, max_size=48))
    def test_codes_are_as_ordered(self, settings: BatchSettings, octets: bytes) -> None:
        """EN-49, EN-A4: the length is that of the random part."""
        code = codes.generate(octets, settings)
        assert code.startswith(settings.prefix)
        assert len(code) == len(settings.prefix) + settings.length
        assert set(code[len(settings.prefix) :]) <= set(codes.alphabet(settings))
        assert len(codes.normalise(code)) == codes.full_length(settings)

    @given(checked, st.binary(min_size=48, max_size=48))
    def test_codes_with_a_check_pass_it(self, settings: BatchSettings, octets: bytes) -> None:
        code = codes.generate(octets, settings)
        assert codes.verify_check(code, codes.check_of(settings))
        assert codes.verify_check(codes.display(code).lower(), codes.check_of(settings))
        assert len(codes.normalise(code)) == codes.full_length(settings)

    def test_every_character_is_as_likely(self) -> None:
        """EN-A5: by normal form, so that mixed case doesn't favour letters."""
        settings = BatchSettings(CharacterSet.MIXED, 32, avoid_look_alikes=False, check=False)
        seen = [c for seed in range(600) for c in codes.normalise(made(settings, seed))]
        counts = [seen.count(c) for c in sorted(set(seen))]
        assert len(counts) == 33
        assert 0.75 < min(counts) * 33 / len(seen) <= max(counts) * 33 / len(seen) < 1.25

    def test_the_same_octets_make_the_same_code(self) -> None:
        assert made(CLEAR) == made(CLEAR) != made(CLEAR, seed=2)

    def test_too_little_randomness(self) -> None:
        with pytest.raises(ValueError, match="randomness"):
            codes.generate(bytes(codes.random_octets(CLEAR) - 1), CLEAR)

    @pytest.mark.parametrize(
        ("settings", "code"),
        [
            (BatchSettings(length=3), "code_length_invalid"),
            (BatchSettings(length=33), "code_length_invalid"),
            (BatchSettings(prefix="a b"), "prefix_invalid"),
            (BatchSettings(prefix="x" * 17), "prefix_invalid"),
            (BatchSettings(CharacterSet.LOWER), "check_not_offered"),
            (BatchSettings(CharacterSet.MIXED, avoid_look_alikes=False), "check_not_offered"),
        ],
    )
    def test_settings_that_make_no_codes(self, settings: BatchSettings, code: str) -> None:
        with pytest.raises(DomainError) as refusal:
            codes.ensure_possible(settings)
        assert refusal.value.code == code

    def test_settings_that_do(self) -> None:
        for settings in (CLEAR, DIGITS, BatchSettings(CharacterSet.LOWER, check=False)):
            codes.ensure_possible(settings)


class TestNormalise:
    @pytest.mark.parametrize(
        ("typed", "normal"),
        [
            ("abcd-efgh-jkm", "ABCDEFGHJKM"),
            ("  ABCD EFGH\tJKM\n", "ABCDEFGHJKM"),
            ("ABCD–EFGH—JKM", "ABCDEFGHJKM"),
            ("１２３４ＡＢ", "1234AB"),
            ("١٢٣٤", "1234"),
            ("12O4 5l7I", "12045171"),
            ("WIFI-23", "W1F123"),
            ("1234567890x", "1234567890X"),
            ("", ""),
        ],
        ids=[
            "case",
            "spaces",
            "dashes",
            "full width",
            "Arabic digits",
            "look-alikes",
            "prefix",
            "EN-A5 X",
            "nothing",
        ],
    )
    def test_what_is_typed_is_understood(self, typed: str, normal: str) -> None:
        assert codes.normalise(typed) == normal

    @given(st.text(max_size=40))
    def test_twice_is_once(self, typed: str) -> None:
        once = codes.normalise(typed)
        assert codes.normalise(once) == once or not typed.isascii()

    @given(batches, st.binary(min_size=48, max_size=48))
    def test_however_it_is_typed(self, settings: BatchSettings, octets: bytes) -> None:
        code = codes.generate(octets, settings)
        for spelling in codes.spellings(code):
            assert codes.normalise(spelling) == codes.normalise(code)


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("ABCDEFGHJKM", "ABCD-EFGH-JKM"),
        ("123456789012", "1234-5678-9012"),
        ("1234567890123", "1234-5678-90123"),
        ("ABCD-EFGHJ", "ABCD-EFGHJ"),
        ("ABCD", "ABCD"),
        ("A", "A"),
        ("", ""),
    ],
)
def test_display(code: str, shown: str) -> None:
    assert codes.display(code) == shown
    assert codes.normalise(shown) == codes.normalise(code)


class TestCheck:
    @pytest.mark.parametrize("settings", [CLEAR, DIGITS, CLEAR._replace(prefix="HOTEL")])
    def test_every_wrong_character_is_found(self, settings: BatchSettings) -> None:
        check = codes.check_of(settings)
        assert check is not None
        code = codes.normalise(made(settings, seed=3))
        symbols = codes.CLEAR_ALPHABET if check is Check.MOD_31 else "0123456789"
        for i, wrong in product(range(len(settings.prefix), len(code)), symbols):
            if wrong != code[i]:
                assert not codes.verify_check(code[:i] + wrong + code[i + 1 :], check)

    @pytest.mark.parametrize("settings", [CLEAR, DIGITS])
    def test_every_swap_of_neighbours_is_found(self, settings: BatchSettings) -> None:
        check = codes.check_of(settings)
        for seed in range(200):
            code = made(settings, seed)
            for i in range(len(code) - 1):
                swapped = code[:i] + code[i + 1] + code[i] + code[i + 2 :]
                assert swapped == code or not codes.verify_check(swapped, check)

    def test_ten_is_written_x(self) -> None:
        code = next(c for c in (made(DIGITS, seed) for seed in range(200)) if c.endswith("X"))
        assert codes.verify_check(code)
        assert codes.verify_check(codes.display(code.lower()), Check.MOD_11)
        assert not codes.verify_check(code[:-1] + "0")

    @pytest.mark.parametrize("typed", ["", "A", "Ä" * 11, "1234 5678 901?"])
    def test_what_is_no_code_fails(self, typed: str) -> None:
        assert not codes.verify_check(typed)

    def test_the_scheme_is_seen_in_the_code(self) -> None:
        assert codes.verify_check(made(CLEAR))
        assert codes.verify_check(made(DIGITS))


class TestGuessing:
    @pytest.mark.parametrize(
        ("space", "live", "median"),
        [(10**8, 1_000, 69_300), (10**8, 10_000, 6_930), (10**12, 100_000, 6.9e6), (31**8, 1_000, 5.9e8)],
    )
    def test_median_guesses(self, space: int, live: int, median: float) -> None:
        assert codes.median_guesses(space, live) == pytest.approx(median, rel=0.01)

    @pytest.mark.parametrize(
        ("space", "live", "tries"),
        [(10**8, 1_000, 2.8), (10**8, 10_000, 0.28), (10**10, 1_000, 275), (31**8, 1_000, 23_500)],
    )
    def test_wrong_tries_a_day(self, space: int, live: int, tries: float) -> None:
        assert codes.guesses_a_day_max(space, live) == pytest.approx(tries, rel=0.02)

    def test_a_day_of_guessing_eight_digits(self) -> None:
        assert codes.expected_hits(10**8, 10_000, 86_400) == pytest.approx(8.64)
        assert codes.chance_of_a_hit(10**8, 10_000, 86_400) > 0.999
        assert codes.chance_of_a_hit(31**10, 10_000, 86_400) == pytest.approx(1.05e-6, rel=0.01)

    @pytest.mark.parametrize(
        ("space", "live", "small"), [(10**8, 100_000, False), (10**8, 100_001, True), (10**4, 0, False)]
    )
    def test_too_small(self, space: int, live: int, small: bool) -> None:
        """EN-A5"""
        assert codes.too_small(space, live) is small
