"""Codes in bulk are the codes of `codes.generate`, only faster."""

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotgate.domain import code_bulk, codes
from hotgate.domain.codes import BatchSettings, CharacterSet
from hotgate.domain.errors import DomainError

PREFIXES = ["", "WIFI-", "hotel", "Lobby1"]
settings_of_any_kind = st.builds(
    BatchSettings,
    st.sampled_from(CharacterSet),
    st.integers(4, 20),
    st.sampled_from(PREFIXES),
    st.booleans(),
    st.booleans(),
)


@given(settings_of_any_kind, st.integers(0, 2**32))
def test_EN_49_codes_have_their_prefix_length_characters_and_check(settings: BatchSettings, seed: int) -> None:
    try:
        codes.ensure_possible(settings)
    except DomainError:
        return
    made = code_bulk.generate(random.Random(seed).randbytes, settings, 20)
    assert len(set(made.normal)) == len(made.printed) == 20 or settings.length < 8
    for printed, normal in zip(made.printed, made.normal, strict=True):
        assert normal == codes.normalise(printed)
        assert len(normal) == codes.full_length(settings)
        assert printed.startswith(settings.prefix)
        body = printed[len(settings.prefix) :][: settings.length]
        assert set(body) <= set(codes.alphabet(settings))
        if settings.check:
            assert codes.verify_check(printed, codes.check_of(settings))


@pytest.mark.parametrize("characters", list(CharacterSet))
@pytest.mark.parametrize("avoid", [True, False])
def test_each_normal_form_is_as_likely_as_any_other(characters: CharacterSet, avoid: bool) -> None:
    settings = BatchSettings(characters, 20, "", avoid, False)
    made = code_bulk.generate(random.Random(7).randbytes, settings, 3_000)
    found = Counter("".join(made.normal))
    forms = len(codes.spellings_by_normal_form(settings))
    assert len(found) == forms
    expected = 60_000 / forms
    chi_squared = sum((count - expected) ** 2 / expected for count in found.values())
    assert chi_squared < forms + 6 * (2 * forms) ** 0.5


@pytest.mark.parametrize(
    ("one", "other", "is_ambiguous"),
    [
        (("", 10), ("", 10), False),
        (("WIFI", 8), ("WI", 10), True),
        (("wifi", 8), ("WI", 10), True),
        (("WIFI", 8), ("WI", 8), False),
        (("", 10), ("WIFI", 6), True),
        (("A", 10), ("B", 10), False),
        (("W-F", 10), ("WF", 10), False),
    ],
)
def test_EN_A5_prefixes_that_could_be_each_others_are_ambiguous(
    one: tuple[str, int], other: tuple[str, int], is_ambiguous: bool
) -> None:
    first, second = (BatchSettings(prefix=prefix, length=length) for prefix, length in (one, other))
    assert codes.ambiguous(first, second) is codes.ambiguous(second, first) is is_ambiguous


@pytest.mark.parametrize(
    ("code", "prefix", "shown"),
    [
        ("ABCDEFGHXJY", "", "…HXJY"),
        ("WIFI-ABCDEFGHXJY", "WIFI-", "WIFI-…HXJY"),
        ("ABCDEF", "", "…EF"),
        ("ABCDE", "", "…E"),
        ("ABCD", "", "…"),
        ("HotelABCD", "Hotel", "Hotel…"),
    ],
)
def test_lists_hide_at_least_four_characters(code: str, prefix: str, shown: str) -> None:
    assert codes.shown_to_staff(code, prefix) == shown
