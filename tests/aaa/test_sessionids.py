"""Whatever octets a NAS calls its session by come back from what is stored (RFC 2866 §5.5)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotgate.aaa.sessionids import octets_of, written

PARTS = st.sampled_from([b"\\", b"\\x", b"\\x41", b"\0", b"\xff", b"\xc3\xa9", "\ufffd".encode(), b"\xef", b"8A"])
IDS = st.binary(max_size=253) | st.lists(PARTS, max_size=40).map(b"".join)


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        (b"8100004A", "8100004A"),
        ("séance".encode(), "séance"),
        (b"C:\\temp", "C:\\temp"),
        (b"", ""),
        (b"\xff\x00A", r"\xff\x00A"),
        (b"\\x41", r"\x5cx41"),
        (b"\\\xff", r"\x5c\xff"),
        ("\ufffd".encode(), r"\xef\xbf\xbd"),
    ],
)
def test_plain_text_stands_as_it_is_and_other_octets_in_hexadecimal(octets: bytes, text: str) -> None:
    assert written(octets) == text
    assert octets_of(text) == octets


@given(IDS.filter(lambda octets: len(octets) <= 253))
def test_the_octets_come_back(octets: bytes) -> None:
    text = written(octets)
    assert octets_of(text) == octets
    assert "\0" not in text


@given(IDS, IDS)
def test_two_ids_are_never_written_alike(one: bytes, other: bytes) -> None:
    assert (written(one) == written(other)) == (one == other)


@pytest.mark.parametrize("stored", ["\ufffd" * 100, "s1-\ufffd", "x" * 254])
def test_what_was_stored_without_its_octets_is_known_for_that(stored: str) -> None:
    assert octets_of(stored) is None


def test_a_packet_without_one_has_none() -> None:
    assert written(None) == ""
