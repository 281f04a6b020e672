"""A picture that somebody uploaded becomes one of our own making: nothing of the file but its pixels is kept."""

from __future__ import annotations

import io
import struct
import warnings
from typing import NamedTuple

from hotgate.domain.errors import DomainError
from hotgate.domain.wording import _

OCTETS_MAX = 5_000_000
PIXELS_MAX = 25_000_000  # before it is made smaller; a bomb of a file would fill the memory
SIDE_MAX = 2000  # afterwards
KINDS = ("PNG", "JPEG", "WEBP")
# what a reader does over a broken file: besides what it says itself, whatever its own steps trip over
STUMBLES = (OSError, ValueError, SyntaxError, EOFError, LookupError, ArithmeticError, TypeError, struct.error, Warning)


class Picture(NamedTuple):
    png: bytes
    width: int
    height: int


def picture_of(data: bytes) -> Picture:
    """DomainError `picture_invalid`: too large, or no picture."""
    from PIL import Image

    _require(len(data) <= OCTETS_MAX, _("A picture has up to 5 MB."))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with Image.open(io.BytesIO(data), formats=KINDS) as found:
                _require(found.width * found.height <= PIXELS_MAX, _("This picture has too many pixels."))
                return _png(found)
    except (*STUMBLES, Image.DecompressionBombError):
        raise _refusal(_("This is no PNG, JPEG or WebP picture.")) from None


def _png(found: object) -> Picture:
    from PIL import Image

    assert isinstance(found, Image.Image)
    small = found.convert("RGB")
    small.thumbnail((SIDE_MAX, SIDE_MAX))
    fresh = Image.new("RGB", small.size)  # without what the file said beside its pixels
    fresh.paste(small)
    written = io.BytesIO()
    fresh.save(written, "PNG", optimize=True)
    return Picture(written.getvalue(), *fresh.size)


def _require(is_right: bool, text: str) -> None:
    if not is_right:
        raise _refusal(text)


def _refusal(text: str) -> DomainError:
    return DomainError("picture_invalid", text, {"picture": text})
