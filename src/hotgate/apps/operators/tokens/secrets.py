"""What a token looks like: `hg_`, 16 characters to find it by, and 256 random bits."""

from __future__ import annotations

import hashlib
import re
import secrets
from typing import NamedTuple

PREFIX = "hg_"
FORM = re.compile(r"hg_([0-9a-f]{16})_([A-Za-z0-9_-]{43})")


class Parts(NamedTuple):
    public: str
    secret: str

    def digest(self) -> bytes:
        return hashlib.sha256(self.secret.encode()).digest()

    def __str__(self) -> str:
        return f"{PREFIX}{self.public}_{self.secret}"


def new() -> Parts:
    return Parts(secrets.token_hex(8), secrets.token_urlsafe(32))


def read(text: str) -> Parts | None:
    """None: nothing that we ever gave out."""
    found = FORM.fullmatch(text)
    return Parts(found[1], found[2]) if found else None
