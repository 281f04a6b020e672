"""Why a packet was dropped, by the number of the rule: what happened, and what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

UNKNOWN_SOURCE = "D1"

OUTCOMES = (gettext_noop("accepted"), gettext_noop("refused"), gettext_noop("confined"), gettext_noop("dropped"))

_WORDS: dict[str, tuple[StrPromise, StrPromise]] = {
    UNKNOWN_SOURCE: (_("A packet from an address that is no gateway here."), _("If it is yours, add it as a NAS.")),
    "D2": (_("A packet shorter than it says."), _("Look for a broken link or a scanner at this address.")),
    "D4": (_("An attribute in the packet runs past its end."), _("Update the gateway's firmware.")),
    "D6": (
        _("A packet of a kind that does not belong to this port."),
        _("Check both ports on the gateway: 1812 and 1813."),
    ),
    "D7": (_("EAP without a signature."), _("Switch Message-Authenticator on at the gateway.")),
    "D8": (_("The signature is wrong."), _("The secret here and on the gateway differ: type it anew on both.")),
    "D9": (
        _("The request carries no Message-Authenticator, and this NAS requires one."),
        _("Switch it on at the gateway; or set the NAS to “auto” until its firmware can do it."),
    ),
    "D10": (
        _("Proxy-State without a signature: a possible attack on the secret."),
        _("Put Message-Authenticator on the proxy in between."),
    ),
    "D11": (
        _("Accounting with a wrong signature."),
        _("The secret here and on the gateway differ: type it anew on both."),
    ),
    "D19": (_("The server was too busy to answer."), _("The gateway asks again. Look at the load if it stays.")),
    "D20": (
        _("An accounting record without a session id."),
        _("It is kept in quarantine; update the gateway's firmware."),
    ),
    "D21": (
        _("The gateway names itself otherwise than registered."),
        _("Correct its identifier, or switch strict off."),
    ),
    "D23": (_("A status question without a valid signature."), _("Check the secret of whoever watches this server.")),
}


def dropped_words(rule: str) -> tuple[str, str]:
    if rule not in _WORDS:
        return gettext("Dropped by rule %(rule)s.") % {"rule": rule}, ""
    what, next_step = _WORDS[rule]
    return str(what), str(next_step)
