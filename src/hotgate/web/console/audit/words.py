"""What an entry of the audit says, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from hotgate.web.console.audit import fields

_VERBS = {
    "sign_in": gettext_lazy("signed in"),
    "sign_out": gettext_lazy("signed out"),
    "sign_in_failed": gettext_lazy("wrong password"),
    "second_factor_failed": gettext_lazy("wrong code of the second factor"),
    "change_password": gettext_lazy("changed the password"),
    "add_second_factor": gettext_lazy("added a second factor"),
    "remove_second_factor": gettext_lazy("removed a second factor"),
    "renew_second_factor": gettext_lazy("made new recovery codes"),
    "end_sign_ins": gettext_lazy("signed out elsewhere"),
    "give_role": gettext_lazy("gave a role"),
    "take_role": gettext_lazy("took a role away"),
    "accept_invitation": gettext_lazy("accepted the invitation"),
    "renew_link": gettext_lazy("made a new link"),
    "deactivate_staff": gettext_lazy("deactivated somebody"),
    "reactivate_staff": gettext_lazy("reactivated somebody"),
    "show_code": gettext_lazy("looked at a code"),
    "print_code": gettext_lazy("printed a code"),
    "export_list": gettext_lazy("exported a list"),
    "add_nas": gettext_lazy("added a gateway"),
    "update_nas": gettext_lazy("changed a gateway"),
    "certify_gateway": gettext_lazy("judged a gateway's accounting"),
    "disconnect_session": gettext_lazy("disconnected a session"),
}
# Deeds and things without words of their own, marked for the catalogues.
_PLAIN = {
    gettext_noop("api token"),
    gettext_noop("bind device"),
    gettext_noop("cancel draft"),
    gettext_noop("card batch"),
    gettext_noop("change examples"),
    gettext_noop("change profile"),
    gettext_noop("change realm"),
    gettext_noop("change ticket settings"),
    gettext_noop("choose language"),
    gettext_noop("command line"),
    gettext_noop("confirm batch"),
    gettext_noop("correct subscriber"),
    gettext_noop("create operator"),
    gettext_noop("create profile"),
    gettext_noop("create realm"),
    gettext_noop("create site"),
    gettext_noop("create staff"),
    gettext_noop("create ticket"),
    gettext_noop("delete device"),
    gettext_noop("delete voucher"),
    gettext_noop("disassociate device"),
    gettext_noop("draft batch"),
    gettext_noop("end entitlement"),
    gettext_noop("entitlement"),
    gettext_noop("export data"),
    gettext_noop("give entitlement"),
    gettext_noop("hand out card"),
    gettext_noop("import users"),
    gettext_noop("ledger account"),
    gettext_noop("lift restriction"),
    gettext_noop("list"),
    gettext_noop("make cards"),
    gettext_noop("make credential link"),
    gettext_noop("make token"),
    gettext_noop("nas"),
    gettext_noop("offer plan"),
    gettext_noop("operator"),
    gettext_noop("place hold"),
    gettext_noop("plan"),
    gettext_noop("post transfer"),
    gettext_noop("print card"),
    gettext_noop("publish plan"),
    gettext_noop("put orders"),
    gettext_noop("realm"),
    gettext_noop("redeem voucher"),
    gettext_noop("register device"),
    gettext_noop("register subscriber"),
    gettext_noop("release hold"),
    gettext_noop("remove router source"),
    gettext_noop("rename plan"),
    gettext_noop("restrict subscriber"),
    gettext_noop("retire plan"),
    gettext_noop("revoke token"),
    gettext_noop("sale"),
    gettext_noop("see made passwords"),
    gettext_noop("sell quick ticket"),
    gettext_noop("send credentials"),
    gettext_noop("send receipt"),
    gettext_noop("service profile"),
    gettext_noop("set password"),
    gettext_noop("set router source"),
    gettext_noop("set staff password"),
    gettext_noop("settle sale"),
    gettext_noop("staff"),
    gettext_noop("subscriber"),
    gettext_noop("system"),
    gettext_noop("update operator"),
    gettext_noop("update site"),
    gettext_noop("user import"),
    gettext_noop("void voucher"),
    gettext_noop("voucher"),
    gettext_noop("voucher batch"),
    gettext_noop("describe plan"),
    gettext_noop("set list price"),
    gettext_noop("add access point"),
    gettext_noop("add floor plan"),
    gettext_noop("archive used"),
    gettext_noop("ask for deletion"),
    gettext_noop("block device"),
    gettext_noop("choose retention"),
    gettext_noop("delete unused"),
    gettext_noop("close stuck session"),
    gettext_noop("erase subscriber"),
    gettext_noop("expire voucher"),
    gettext_noop("export codes"),
    gettext_noop("look up address"),
    gettext_noop("place access point"),
    gettext_noop("print codes"),
    gettext_noop("probe gateway"),
    gettext_noop("read router"),
    gettext_noop("remove access point"),
    gettext_noop("remove floor plan"),
    gettext_noop("unblock device"),
    gettext_noop("access point"),
    gettext_noop("access session"),
    gettext_noop("blocked device"),
    gettext_noop("floor plan"),
    gettext_noop("site"),
    gettext_noop("set seller discount"),
}
SECRET = ("password", "secret", "token", "code", "key", "pin")
MASK = "•••"
VALUE_MAX = 200


class Difference(NamedTuple):
    name: str
    before: str
    after: str
    raw: bool = False  # as somebody typed it, in whatever language


def verb(text: str) -> str:
    """Of a verb without words of its own, the verb itself: `create_ticket` → `create ticket`."""
    return str(_VERBS[text]) if text in _VERBS else _(text.replace("_", " "))


def is_known(text: str) -> bool:
    """Whether the catalogues have the verb."""
    return text in _VERBS or text.replace("_", " ") in _PLAIN


def field(name: str) -> str:
    return str(fields.NAMES.get(name, name.replace("_", " ")))


def differences(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> list[Difference]:
    """Field by field, but for empty ones. What could be a secret is masked, though none should ever be written."""
    old, new = before or {}, after or {}
    told = (_difference(name, old.get(name), new.get(name)) for name in {**old, **new})
    return [each for each in told if each.before or each.after]


def _difference(name: str, old: Any, new: Any) -> Difference:
    raw = not all(_is_known(name, value) for value in (old, new))
    return Difference(field(name), _shown(name, old), _shown(name, new), raw)


def sentence(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> str:
    """`role: cashier → manager; site: 3`: one line, as an export has it."""
    parts = []
    for each in differences(before, after):
        arrow = " → " if each.before and each.after else ""
        gone = _(" (was)") if each.before and not each.after else ""
        parts.append(f"{each.name}: {each.before}{arrow}{each.after}{gone}")
    return "; ".join(parts)


def _shown(name: str, value: Any) -> str:
    if value is None or value == "":
        return ""
    if any(part in SECRET for part in name.split("_")) and isinstance(value, str):
        return MASK
    text = _said(name, value)
    return text if len(text) <= VALUE_MAX else text[: VALUE_MAX - 1] + "…"


def _said(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, dict):
        return ", ".join(f"{field(key)}: {_said(name, each)}" for key, each in value.items())
    if isinstance(value, list):
        return ", ".join(_said(name, each) for each in value)
    words = fields.VALUES.get(name, {})
    return str(words[value]) if isinstance(value, str) and value in words else str(value)


def _is_known(name: str, value: Any) -> bool:
    """Whether `_said` has words for it, or needs none."""
    if isinstance(value, dict):
        return all(_is_known(name, each) for each in value.values())
    if isinstance(value, list):
        return all(_is_known(name, each) for each in value)
    return not isinstance(value, str) or value in fields.VALUES.get(name, {})
