"""The backup file: a header in clear, then frames, each compressed, sealed and numbered.

Every frame is AES-256-GCM under a key derived from the master key and the file's salt. Its number is the nonce and
the header is in its associated data, so a frame that is altered, missing, moved or from another file does not open,
and a file without its last frame is known to be cut short. See docs/decisions/0006-one-sealed-backup-file.md.
"""

from __future__ import annotations

import hashlib
import json
import struct
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from enum import IntEnum
from typing import IO, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hotgate import vault
from hotgate.runtime.errors import CannotStart

MAGIC = b"HOTGATE BACKUP 1\n"
HEADER_OCTETS_MAX = 1 << 16
BLOCK_OCTETS = 1 << 20
FRAME_OCTETS_MAX = BLOCK_OCTETS + (1 << 14)  # what cannot be compressed grows a little
COMPRESSION = 4  # of 9: a third faster than the default for a twentieth more octets
LENGTH = struct.Struct(">I")
FRAME_HEAD = struct.Struct(">BI")


class Refused(CannotStart):
    """One line: why no backup was made, or why nothing was restored."""


class Kind(IntEnum):
    DATABASE = 1  # JSON: what the whole database is
    PART = 2  # JSON: the table that the next frames belong to
    DATA = 3
    PART_END = 4  # JSON: rows of that table
    END = 5


@dataclass(frozen=True, slots=True)
class Header:
    """Readable without any key."""

    hotgate: str  # version that made it
    made_at: str
    key_fingerprint: str
    salt: str
    sealed_key: dict[str, Any] | None  # the master key under a passphrase, if it was wished

    def octets(self) -> bytes:
        return json.dumps(asdict(self)).encode()


class Writer:
    def __init__(self, file: IO[bytes], header: Header, master: bytes) -> None:
        text = header.octets()
        self.file = file
        self.frames = _Frames(header, text, master)
        self.rest = bytearray()
        file.write(MAGIC + LENGTH.pack(len(text)) + text)

    def put(self, kind: Kind, value: Any) -> None:
        self._frame(kind, json.dumps(value).encode())

    def data(self, octets: bytes | memoryview) -> None:
        """Any length; gathered into blocks."""
        self.rest += octets
        while len(self.rest) >= BLOCK_OCTETS:
            self._frame(Kind.DATA, bytes(self.rest[:BLOCK_OCTETS]))
            del self.rest[:BLOCK_OCTETS]

    def end_part(self, rows: int) -> None:
        if self.rest:
            self._frame(Kind.DATA, bytes(self.rest))
            self.rest.clear()
        self.put(Kind.PART_END, {"rows": rows})

    def end(self) -> None:
        self.put(Kind.END, {})

    def _frame(self, kind: Kind, plain: bytes) -> None:
        sealed = self.frames.seal(kind, zlib.compress(plain, COMPRESSION))
        self.file.write(FRAME_HEAD.pack(kind, len(sealed)) + sealed)


class Reader:
    """Reads the header at once; `frames` gives the rest, in order, and refuses what is not as it was written."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self.text = _header_text(file)
        self.header = _header(self.text)

    def frames(self, master: bytes) -> Iterator[tuple[Kind, bytes]]:
        """Up to and without END."""
        opened = _Frames(self.header, self.text, master)
        while True:
            kind, sealed = self._next()
            plain = opened.open(kind, sealed)
            if kind == Kind.END:
                break
            yield kind, plain
        if self.file.read(1):
            raise Refused("this backup was altered: something follows its end")

    def _next(self) -> tuple[Kind, bytes]:
        head = self.file.read(FRAME_HEAD.size)
        if len(head) < FRAME_HEAD.size:
            raise Refused("this backup is cut short: its end is missing")
        number, length = FRAME_HEAD.unpack(head)
        if length > FRAME_OCTETS_MAX or number not in set(Kind):
            raise Refused("this backup is damaged or was altered")
        sealed = self.file.read(length)
        if len(sealed) < length:
            raise Refused("this backup is cut short: its end is missing")
        return Kind(number), sealed


class _Frames:
    def __init__(self, header: Header, text: bytes, master: bytes) -> None:
        self.cipher = AESGCM(vault.derive(master, f"backup {header.salt}"))
        self.header_digest = hashlib.sha256(text).digest()
        self.count = 0

    def seal(self, kind: Kind, compressed: bytes) -> bytes:
        return self.cipher.encrypt(self._nonce(), compressed, self.header_digest + bytes([kind]))

    def open(self, kind: Kind, sealed: bytes) -> bytes:
        try:
            compressed = self.cipher.decrypt(self._nonce(), sealed, self.header_digest + bytes([kind]))
        except InvalidTag:
            raise Refused("this backup is damaged or was altered") from None
        return zlib.decompress(compressed)

    def _nonce(self) -> bytes:
        self.count += 1  # a key seals one file only, so counting never repeats a nonce
        return self.count.to_bytes(vault.NONCE_OCTETS, "big")


def _header_text(file: IO[bytes]) -> bytes:
    if file.read(len(MAGIC)) != MAGIC:
        raise Refused("this is no backup of Hotgate, or one of a later format")
    length = file.read(LENGTH.size)
    octets = LENGTH.unpack(length)[0] if len(length) == LENGTH.size else 0
    text = file.read(octets) if octets <= HEADER_OCTETS_MAX else b""
    if not text or len(text) < octets:
        raise Refused("this backup is damaged or cut short")
    return text


def _header(text: bytes) -> Header:
    try:
        return Header(**json.loads(text))
    except (ValueError, TypeError):
        raise Refused("this backup is damaged: its header cannot be read") from None
