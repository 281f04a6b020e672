"""Who is served: the ways in which users come to be, what a realm asks about them, and how numbers are written."""

from __future__ import annotations

import re
from datetime import date
from enum import StrEnum

from hotgate.domain.wording import _

_SEPARATORS = re.compile(r"[\s().\-/\u00a0\u2010-\u2015]+")
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_HEX = frozenset("0123456789abcdefABCDEF")
_MAC_SEPARATORS = re.compile(r"[\s:.\-_]+")


class Way(StrEnum):
    """The seven ways in which a user comes to be (HN-4 to HN-11); a realm says which of them are on (HN-3)."""

    SELF = "self"  # the guest registers on the portal
    STAFF = "staff"
    CARD = "card"
    API = "api"  # a hotel's program, for example
    IMPORT = "import"  # a file
    PRINTER = "printer"  # a ticket printer that makes users on a router
    APP = "app"  # other tools that make users on a router


class PersonField(StrEnum):
    """What a realm may ask about a person, beside the name that logs in."""

    DISPLAY_NAME = "display_name"
    PHONE = "phone"
    EMAIL = "email"
    COMPANY = "company"
    STREET = "street"
    POSTCODE = "postcode"
    CITY = "city"
    COUNTRY = "country"
    BIRTH_DATE = "birth_date"
    DOCUMENT = "document"
    TAX_NUMBER = "tax_number"
    ROOM = "room"


OWN_COLUMNS = frozenset({PersonField.DISPLAY_NAME, PersonField.PHONE, PersonField.EMAIL})


class Ask(StrEnum):
    OFF = "off"
    OPTIONAL = "optional"
    REQUIRED = "required"


class Verification(StrEnum):
    NONE = "none"
    EMAIL = "email"
    SMS = "sms"


class Delivery(StrEnum):
    """How somebody gets the credentials that were made for them (HN-22)."""

    SHOW = "show"  # on the page or on paper
    EMAIL = "email"
    SMS = "sms"
    BOTH = "both"


WAY_LABELS = {
    Way.SELF: _("Registered themselves"),
    Way.STAFF: _("Staff"),
    Way.CARD: _("Card"),
    Way.API: _("Interface (API)"),
    Way.IMPORT: _("Imported file"),
    Way.PRINTER: _("Ticket printer"),
    Way.APP: _("Another program"),
}

# What stands in `created_via`, and which of the seven ways that is. What is not here comes by none of them.
_WAYS = {
    "console": Way.STAFF,
    "card": Way.CARD,
    "portal": Way.SELF,
    "api": Way.API,
    "import": Way.IMPORT,
    "printer": Way.PRINTER,
    "external": Way.APP,
}
ORIGIN_LABELS = {
    **{origin: WAY_LABELS[way] for origin, way in _WAYS.items()},
    "command line": _("Command line"),
    "voucher": _("Ticket"),
    "device": _("Device, at first sight"),
}


def way_of(created_via: str) -> Way | None:
    return _WAYS.get(created_via)


def origins_of(way: Way) -> list[str]:
    return [origin for origin, each in _WAYS.items() if each is way]


def e164(typed: str) -> str | None:
    """A phone number as the networks write it, `+390655501010`; '' for nothing typed, None where it is none."""
    plain = _SEPARATORS.sub("", typed.strip())
    if not plain:
        return ""
    plain = "+" + plain[2:] if plain.startswith("00") else plain
    return plain if _E164.fullmatch(plain) else None


def is_date_of_birth(text: str) -> bool:
    try:
        return date.fromisoformat(text).year > 1880
    except ValueError:
        return False


def mac_address(typed: str) -> str | None:
    """`AA-BB-CC-DD-EE-FF`, whatever separates the digits (HN-A9); None where it is no MAC address."""
    digits = _MAC_SEPARATORS.sub("", typed.strip())
    if len(digits) != 12 or not _HEX.issuperset(digits):
        return None
    upper = digits.upper()
    return "-".join(upper[at : at + 2] for at in range(0, 12, 2))


def is_random_mac(mac: str) -> bool:
    """Locally administered (IEEE 802c): phones make such an address up, and another one some day."""
    return bool(int(mac[:2], 16) & 0b10)
