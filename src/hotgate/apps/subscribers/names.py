"""Names of subscribers: how they are looked up, and what can be one."""

from __future__ import annotations

import unicodedata

from django.utils.translation import gettext

CODE_PREFIX = "code:"
MAC_PREFIX = "mac:"
NAME_MAX = 253  # octets that User-Name can carry (RFC 2865 §5.1)


def name_key(name: str) -> str:
    """The name without case and in one normal form: two names that read the same are the same."""
    return unicodedata.normalize("NFC", name.strip()).casefold()


def obstacle(name: str) -> str | None:
    """Why this can't be a subscriber's name; None when it can."""
    text = name.strip()
    if not text:
        return gettext("A user needs a name.")
    if len(text.encode()) > NAME_MAX:
        return gettext("A name has up to %(number)d octets.") % {"number": NAME_MAX}
    if name_key(text).startswith((CODE_PREFIX, MAC_PREFIX)):
        reserved = {"code": CODE_PREFIX, "mac": MAC_PREFIX}
        return gettext("A name does not begin with %(code)s or %(mac)s") % reserved
    if any(unicodedata.category(character).startswith("C") for character in text):
        return gettext("A name has no control characters.")
    return None
