"""Why a packet was dropped, by the number of the rule: what happened, and what to do about it."""

from __future__ import annotations

UNKNOWN_SOURCE = "D1"

_WORDS: dict[str, tuple[str, str]] = {
    UNKNOWN_SOURCE: ("A packet from an address that is no gateway here.", "If it is yours, add it as a NAS."),
    "D2": ("A packet shorter than it says.", "Look for a broken link or a scanner at this address."),
    "D4": ("An attribute in the packet runs past its end.", "Update the gateway's firmware."),
    "D6": (
        "A packet of a kind that does not belong to this port.",
        "Check both ports on the gateway: 1812 and 1813.",
    ),
    "D7": ("EAP without a signature.", "Switch Message-Authenticator on at the gateway."),
    "D8": ("The signature is wrong.", "The secret here and on the gateway differ: type it anew on both."),
    "D9": (
        "The request carries no Message-Authenticator, and this NAS requires one.",
        "Switch it on at the gateway; or set the NAS to “auto” until its firmware can do it.",
    ),
    "D10": (
        "Proxy-State without a signature: a possible attack on the secret.",
        "Put Message-Authenticator on the proxy in between.",
    ),
    "D11": ("Accounting with a wrong signature.", "The secret here and on the gateway differ: type it anew on both."),
    "D19": ("The server was too busy to answer.", "The gateway asks again. Look at the load if it stays."),
    "D20": ("An accounting record without a session id.", "It is kept in quarantine; update the gateway's firmware."),
    "D21": (
        "The gateway names itself otherwise than registered.",
        "Correct its identifier, or switch strict off.",
    ),
    "D23": ("A status question without a valid signature.", "Check the secret of whoever watches this server."),
}


def dropped_words(rule: str) -> tuple[str, str]:
    return _WORDS.get(rule, (f"Dropped by rule {rule}.", ""))
