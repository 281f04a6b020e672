"""What an entry of the audit says, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from hotgate.domain.catalogue import Measure
from hotgate.web.console.audit import fields
from hotgate.web.shared.words import amount_of, money

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
    "add_access_point": gettext_lazy("added an access point"),
    "add_floor_plan": gettext_lazy("added a floor plan"),
    "archive_used": gettext_lazy("archived used tickets"),
    "ask_for_deletion": gettext_lazy("asked for deletion"),
    "bind_device": gettext_lazy("let a device log in"),
    "block_device": gettext_lazy("blocked a device"),
    "cancel_draft": gettext_lazy("cancelled a draft"),
    "change_examples": gettext_lazy("changed the examples"),
    "change_profile": gettext_lazy("changed a service profile"),
    "change_realm": gettext_lazy("changed a realm"),
    "change_ticket_settings": gettext_lazy("changed how tickets are"),
    "choose_language": gettext_lazy("chose a language"),
    "choose_retention": gettext_lazy("chose how long logs are kept"),
    "close_stuck_session": gettext_lazy("closed a stuck session"),
    "confirm_batch": gettext_lazy("confirmed a batch"),
    "correct_subscriber": gettext_lazy("corrected a user"),
    "create_operator": gettext_lazy("added an operator"),
    "create_profile": gettext_lazy("added a service profile"),
    "create_realm": gettext_lazy("added a realm"),
    "create_site": gettext_lazy("added a site"),
    "create_staff": gettext_lazy("added somebody to the staff"),
    "create_ticket": gettext_lazy("made a ticket"),
    "delete_device": gettext_lazy("deleted a device"),
    "delete_unused": gettext_lazy("deleted unused tickets"),
    "delete_voucher": gettext_lazy("deleted a voucher"),
    "describe_plan": gettext_lazy("described a plan"),
    "disassociate_device": gettext_lazy("parted with a device"),
    "draft_batch": gettext_lazy("drafted a batch"),
    "end_entitlement": gettext_lazy("ended a plan of a user"),
    "erase_subscriber": gettext_lazy("erased a user"),
    "expire_voucher": gettext_lazy("expired a voucher"),
    "export_codes": gettext_lazy("exported codes"),
    "export_data": gettext_lazy("exported the data of a user"),
    "give_entitlement": gettext_lazy("gave a plan"),
    "hand_out_card": gettext_lazy("handed out a card"),
    "import_users": gettext_lazy("imported users"),
    "lift_restriction": gettext_lazy("lifted a restriction"),
    "look_up_address": gettext_lazy("looked up an address"),
    "make_cards": gettext_lazy("made cards"),
    "make_credential_link": gettext_lazy("made a link to new credentials"),
    "make_token": gettext_lazy("made a token"),
    "offer_plan": gettext_lazy("changed where a plan is offered"),
    "place_access_point": gettext_lazy("placed an access point"),
    "place_hold": gettext_lazy("put on hold"),
    "post_transfer": gettext_lazy("moved money"),
    "print_card": gettext_lazy("printed a card"),
    "print_codes": gettext_lazy("printed codes"),
    "probe_gateway": gettext_lazy("probed a gateway"),
    "publish_plan": gettext_lazy("published a plan"),
    "put_orders": gettext_lazy("sent orders to gateways"),
    "read_router": gettext_lazy("read a router"),
    "redeem_voucher": gettext_lazy("redeemed a voucher"),
    "register_device": gettext_lazy("added a device"),
    "register_subscriber": gettext_lazy("added a user"),
    "release_hold": gettext_lazy("released a hold"),
    "remove_access_point": gettext_lazy("removed an access point"),
    "remove_floor_plan": gettext_lazy("removed a floor plan"),
    "remove_router_source": gettext_lazy("stopped reading a router"),
    "rename_plan": gettext_lazy("renamed a plan"),
    "restrict_subscriber": gettext_lazy("restricted a user"),
    "retire_plan": gettext_lazy("retired a plan"),
    "revoke_token": gettext_lazy("revoked a token"),
    "see_made_passwords": gettext_lazy("looked at passwords that were made"),
    "sell_quick_ticket": gettext_lazy("sold a quick ticket"),
    "send_credentials": gettext_lazy("sent credentials"),
    "send_receipt": gettext_lazy("sent a receipt"),
    "set_list_price": gettext_lazy("set a price list"),
    "set_password": gettext_lazy("set a password"),
    "set_router_source": gettext_lazy("said how a router is read"),
    "set_seller_discount": gettext_lazy("set a seller's discount"),
    "set_staff_password": gettext_lazy("set a password of staff"),
    "settle_sale": gettext_lazy("marked a sale as paid"),
    "unblock_device": gettext_lazy("unblocked a device"),
    "update_operator": gettext_lazy("changed an operator"),
    "update_site": gettext_lazy("changed a site"),
    "void_voucher": gettext_lazy("made a voucher void"),
}
# Things, and who acts where nobody does: what stands in an entry is the word itself, marked here for the catalogues.
_THINGS = {
    gettext_noop("access point"),
    gettext_noop("access session"),
    gettext_noop("api token"),
    gettext_noop("blocked device"),
    gettext_noop("card batch"),
    gettext_noop("command line"),
    gettext_noop("entitlement"),
    gettext_noop("floor plan"),
    gettext_noop("ledger account"),
    gettext_noop("list"),
    gettext_noop("nas"),
    gettext_noop("operator"),
    gettext_noop("plan"),
    gettext_noop("realm"),
    gettext_noop("sale"),
    gettext_noop("service profile"),
    gettext_noop("site"),
    gettext_noop("staff"),
    gettext_noop("subscriber"),
    gettext_noop("system"),
    gettext_noop("user import"),
    gettext_noop("voucher"),
    gettext_noop("voucher batch"),
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
    """Of a verb without words, the verb itself: `create_ticket` → `create ticket`."""
    return str(_VERBS.get(text, text.replace("_", " ")))


def is_known(text: str) -> bool:
    """Whether the verb has words."""
    return text in _VERBS


def verbs_with(text: str) -> list[str]:
    """Those whose words, in the language that is spoken now, have this text in them."""
    return [each for each, said in _VERBS.items() if text.lower() in str(said).lower()]


def field(name: str) -> str:
    return str(fields.NAMES.get(name, name.replace("_", " ")))


def differences(
    before: Mapping[str, Any] | None, after: Mapping[str, Any] | None, currency: str = ""
) -> list[Difference]:
    """Field by field, but for empty ones. What could be a secret is masked, though none should ever be written.

    `currency` is that of the amounts of money.
    """
    old, new = (_with_units(values or {}, currency) for values in (before, after))
    told = (_difference(name, old.get(name), new.get(name)) for name in {**old, **new})
    return [each for each in told if each.before or each.after]


def _difference(name: str, old: Any, new: Any) -> Difference:
    raw = not all(_is_known(name, value) for value in (old, new))
    return Difference(field(name), _shown(name, old), _shown(name, new), raw)


def sentence(differing: Iterable[Difference]) -> str:
    """`role: cashier → manager; site: 3`: one line, as an export has it."""
    parts = []
    for each in differing:
        arrow = " → " if each.before and each.after else ""
        gone = _(" (was)") if each.before and not each.after else ""
        parts.append(f"{each.name}: {each.before}{arrow}{each.after}{gone}")
    return "; ".join(parts)


def _with_units(values: Mapping[str, Any], currency: str) -> dict[str, Any]:
    """What means nothing without a unit: money, and the amount that a plan gives."""
    told = dict(values)
    for name in ("price_minor", "amount_minor"):
        if currency and isinstance(told.get(name), int):
            told[name] = money(told[name], currency)
    if isinstance(told.get("amount"), int) and told.get("measure") in (Measure.TIME, Measure.TRAFFIC):
        told["amount"] = amount_of(told["amount"], Measure(told["measure"]))
    return told


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
