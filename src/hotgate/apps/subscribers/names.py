"""Names of subscribers: how they are looked up, and what can be one."""

from __future__ import annotations

import re
import unicodedata

from django.utils.translation import gettext

from hotgate.domain import people

CODE_PREFIX = "code:"
MAC_PREFIX = "mac:"
NAME_MAX = 253  # octets that User-Name can carry (RFC 2865 §5.1)
# With something between the digits: a phone number may have twelve digits too.
WRITTEN_MAC = re.compile(r"(?i)[0-9a-f]{2}([-:])(?:[0-9a-f]{2}\1){4}[0-9a-f]{2}|(?:[0-9a-f]{4}\.){2}[0-9a-f]{4}")


def name_key(name: str) -> str:
    """The name without case and in one normal form: two names that read the same are the same."""
    return unicodedata.normalize("NFC", name.strip()).casefold()


def device_of(name: str, password: str) -> str:
    """Its address, where a file or a router means a device that is a user itself: named by it, and with no other
    password; '' for a person.
    """
    if not WRITTEN_MAC.fullmatch(name.strip()):
        return ""
    mac = people.mac_address(name) or ""
    return mac if not password or people.mac_address(password) == mac else ""


def key_of(name: str, password: str) -> str:
    """By which the one of `device_of`, or else the person, is looked up."""
    mac = device_of(name, password)
    return MAC_PREFIX + mac if mac else name_key(name)


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
