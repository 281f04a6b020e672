r"""Acct-Session-Id as text, from which the NAS's own octets come back: an order must name the session as its NAS does.

Nearly all are plain text, and stand as they are. RFC 2866 §5.5 only recommends UTF-8, and PostgreSQL's text holds no
NUL: ids of other octets are written with these as \xff, and with each backslash as \x5c.
"""

from __future__ import annotations

import re
from typing import Final

from hotgate.radius.packet import VALUE_OCTETS_MAX, text

LOST: Final = "\N{REPLACEMENT CHARACTER}"  # in ids stored by versions that did not keep the octets
_ESCAPE: Final = "\\x"
_ESCAPED: Final = re.compile(rb"\\x([0-9a-f]{2})")


def written(octets: bytes | None) -> str:
    """The id as it is stored; '' when absent."""
    if octets is None:
        return ""
    plain = octets.decode(errors="replace")
    return _escaped(octets) if LOST in plain or "\0" in plain or _ESCAPE in plain else plain


def octets_of(session_id: str) -> bytes | None:
    """What the NAS sent; None where that was not kept."""
    octets = _ESCAPED.sub(lambda found: bytes.fromhex(found[1].decode()), text(session_id))
    return octets if LOST not in session_id and len(octets) <= VALUE_OCTETS_MAX else None


def _escaped(octets: bytes) -> str:
    octets = octets.replace(b"\\", rb"\x5c").replace(b"\0", rb"\x00").replace(text(LOST), rb"\xef\xbf\xbd")
    return octets.decode(errors="backslashreplace")
