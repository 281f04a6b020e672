"""The backup file alone: what was written comes back, and nothing else does."""

import io
import json
import random

import pytest

from hotgate.runtime.backup_file import BLOCK_OCTETS, FRAME_HEAD, Header, Kind, Reader, Refused, Writer

KEY = bytes(range(32))
HEADER = Header("0.1.0", "2026-11-22T12:00:00Z", "0123456789abcdef", "aa" * 16, None)
BLOCK = random.Random(1).randbytes(BLOCK_OCTETS + 1000)  # cannot be compressed


def written(header: Header = HEADER, key: bytes = KEY) -> bytes:
    file = io.BytesIO()
    writer = Writer(file, header, key)
    writer.put(Kind.DATABASE, {"n": 1})
    writer.put(Kind.PART, {"name": "t"})
    writer.data(b"some rows\n")
    writer.data(BLOCK)
    writer.end_part(2)
    writer.end()
    return file.getvalue()


def read(octets: bytes, key: bytes = KEY) -> list[tuple[Kind, bytes]]:
    return list(Reader(io.BytesIO(octets)).frames(key))


def frames_of(octets: bytes) -> tuple[bytes, list[bytes]]:
    """The header's octets, and each frame's."""
    file = io.BytesIO(octets)
    Reader(file)
    start, frames = file.tell(), []
    while head := file.read(FRAME_HEAD.size):
        frames.append(head + file.read(FRAME_HEAD.unpack(head)[1]))
    return octets[:start], frames


def test_what_was_written_comes_back_in_blocks() -> None:
    frames = read(written())
    kinds = [kind for kind, _ in frames]
    assert kinds == [Kind.DATABASE, Kind.PART, Kind.DATA, Kind.DATA, Kind.PART_END]
    assert b"".join(plain for kind, plain in frames if kind == Kind.DATA) == b"some rows\n" + BLOCK
    assert len(frames[2][1]) == BLOCK_OCTETS
    assert json.loads(frames[4][1]) == {"rows": 2}


def test_any_altered_octet_is_refused() -> None:
    whole = written()
    places = [*range(300), *range(300, len(whole), 65_537), len(whole) - 1]
    for place in places:
        altered = bytearray(whole)
        altered[place] ^= 1
        with pytest.raises(Refused):
            read(bytes(altered))


def test_a_file_cut_short_anywhere_is_refused() -> None:
    whole = written()
    head, frames = frames_of(whole)
    ends = [len(head) + sum(map(len, frames[:count])) for count in range(len(frames))]
    for end in [0, 5, 18, len(head) - 1, *ends, *(end + 3 for end in ends), len(whole) - 1]:
        with pytest.raises(Refused, match=r"cut short|no backup|damaged"):
            read(whole[:end])


@pytest.mark.parametrize(
    ("order", "why"),
    [
        ([0, 1, 3, 2, 4, 5], "altered"),  # two blocks exchanged
        ([0, 1, 2, 4, 5], "altered"),  # one left out
        ([0, 1, 2, 2, 3, 4, 5], "altered"),  # one twice
        ([0, 5], "altered"),  # the end moved forward
        ([0, 1, 2, 3, 4, 5, 5], "follows its end"),
    ],
)
def test_frames_that_are_moved_left_out_or_repeated_are_refused(order: list[int], why: str) -> None:
    head, frames = frames_of(written())
    with pytest.raises(Refused, match=why):
        read(head + b"".join(frames[index] for index in order))


def test_a_frame_of_another_backup_of_the_same_key_is_refused() -> None:
    head, frames = frames_of(written())
    _, others = frames_of(written(Header("0.1.0", "2026-11-22T12:00:00Z", "0123456789abcdef", "bb" * 16, None)))
    with pytest.raises(Refused, match="altered"):
        read(head + b"".join([*frames[:2], others[2], *frames[3:]]))


def test_another_key_opens_nothing() -> None:
    with pytest.raises(Refused, match="altered"):
        read(written(), key=bytes(32))


@pytest.mark.parametrize(
    "octets", [b"", b"PGDMP...", b"\0" * 100, b"HOTGATE BACKUP 1\n\xff\xff\xff\xff", b"HOTGATE BACKUP 2\n"]
)
def test_a_file_of_another_kind_is_refused(octets: bytes) -> None:
    with pytest.raises(Refused):
        read(octets)
