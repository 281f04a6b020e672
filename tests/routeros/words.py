"""The binary API's sentences: words with their length in front, ended by an empty one."""

from __future__ import annotations

from collections.abc import Callable, Iterable

Read = Callable[[int], bytes]

# (up to this length, mark, octets): the table of the manual's "API words"
LENGTHS = (
    (0x7F, 0x00, 1),
    (0x3FFF, 0x8000, 2),
    (0x1FFFFF, 0xC00000, 3),
    (0xFFFFFFF, 0xE0000000, 4),
    (0xFFFFFFFF, 0xF000000000, 5),
)


def length_of(count: int) -> bytes:
    mark, octets = next((mark, octets) for most, mark, octets in LENGTHS if count <= most)
    return (count | mark).to_bytes(octets, "big")


def sentence(words: Iterable[str]) -> bytes:
    encoded = [word.encode() for word in words]
    return b"".join(length_of(len(word)) + word for word in [*encoded, b""])


def read_sentence(read: Read) -> list[str]:
    """EOFError where the other side has gone."""
    words: list[str] = []
    while True:
        word = read(_read_length(read))
        if not word:
            return words
        words.append(word.decode())


def _read_length(read: Read) -> int:
    first = read(1)[0]
    for lead, octets in ((0x80, 1), (0xC0, 2), (0xE0, 3), (0xF0, 4), (0xF8, 5)):
        if first < lead:
            rest = first & (0xFF >> octets) if octets > 1 else first
            return (
                int.from_bytes(bytes([rest]) + read(octets - 1), "big")
                if octets < 5
                else int.from_bytes(read(4), "big")
            )
    raise ValueError(f"control byte {first:#x}")
