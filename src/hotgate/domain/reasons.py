"""Why somebody may not go online: a closed set, each with a text for the guest and one for staff.

A guest is told what to do next, never what an attacker would like to know: an unknown name, a wrong password and an
unsold voucher read the same.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Reason(StrEnum):
    UNKNOWN_NAME = "unknown_name"
    WRONG_PASSWORD = "wrong_password"
    NO_PROOF = "no_proof"
    NOT_PROVABLE = "not_provable"
    EAP_UNSUPPORTED = "eap_unsupported"
    NAS_MISMATCH = "nas_mismatch"
    DEVICE_LOGIN_NOT_ALLOWED = "device_login_not_allowed"
    TOO_MANY_TRIES = "too_many_tries"
    HELD_BY_STAFF = "held_by_staff"
    UNPAID = "unpaid"
    CAP_REACHED = "cap_reached"
    NO_ENTITLEMENT = "no_entitlement"
    NOT_STARTED = "not_started"
    USED_UP = "used_up"
    CYCLE_USED_UP = "cycle_used_up"
    EXPIRED = "expired"
    ENDED = "ended"
    NO_MONEY = "no_money"
    IN_USE_ELSEWHERE = "in_use_elsewhere"
    TOO_MANY_DEVICES = "too_many_devices"
    VOUCHER_NOT_SOLD = "voucher_not_sold"
    VOUCHER_VOID = "voucher_void"
    VOUCHER_EXPIRED = "voucher_expired"
    VOUCHER_REDEEM_ONLY = "voucher_redeem_only"


class Texts(NamedTuple):
    guest: str  # `{until}`, where it stands, is a date and time in the site's zone
    staff: str
    next_step: str  # what staff can do about it


_WRONG = "The name or the password is wrong. Please check what you typed."

TEXTS: dict[Reason, Texts] = {
    Reason.UNKNOWN_NAME: Texts(
        _WRONG,
        "Nobody here has this name or code.",
        "Check the spelling; look for the user by phone or MAC; check that the NAS belongs to this operator.",
    ),
    Reason.WRONG_PASSWORD: Texts(
        _WRONG, "The password is wrong.", "Set a new password, or send the credentials again."
    ),
    Reason.NO_PROOF: Texts(
        "This login did not come through. Please try again.",
        "The NAS sent no password, or two kinds of password at once.",
        "Check the login method on the NAS: PAP or CHAP, one of them.",
    ),
    Reason.NOT_PROVABLE: Texts(
        "This login method does not work here. Please ask the staff.",
        "The NAS asks by CHAP or MS-CHAP, but only a one-way hash of the password is kept.",
        "Switch the NAS to PAP, or set the password anew with CHAP allowed.",
    ),
    Reason.EAP_UNSUPPORTED: Texts(
        "This login method does not work here. Please ask the staff.",
        "The NAS asks by EAP, which this server does not speak.",
        "Put an EAP server in front, or use another login method on the NAS.",
    ),
    Reason.NAS_MISMATCH: Texts(
        "This access point is not set up right. Please tell the staff.",
        "The NAS names itself differently from its registration, and it is set to strict.",
        "Correct its identifier, or switch strict off while it stands behind NAT.",
    ),
    Reason.DEVICE_LOGIN_NOT_ALLOWED: Texts(
        "This device can't log in by itself here.",
        "A device login where the NAS, the MAC address or the plan does not allow one.",
        "Allow MAC logins on the NAS, and give the device a plan for devices.",
    ),
    Reason.TOO_MANY_TRIES: Texts(
        "Too many tries. Please wait a few minutes and try again.",
        "Too many wrong tries from this device.",
        "Wait, or help the guest with the right credentials.",
    ),
    Reason.HELD_BY_STAFF: Texts(
        "Your access is on hold. Please ask the staff.", "Put on hold by staff.", "Release the hold."
    ),
    Reason.UNPAID: Texts(
        "Your access is on hold until an open invoice is paid.",
        "On hold: an invoice is overdue.",
        "Take the payment, or release the hold.",
    ),
    Reason.CAP_REACHED: Texts(
        "You have reached the limit of your plan. Access comes back on {until}.",
        "The cap of the plan is reached; service comes back with the next cycle, on {until}.",
        "Sell another plan, or let the user accept the overage terms.",
    ),
    Reason.NO_ENTITLEMENT: Texts(
        "There is no plan on your account yet. Please buy one, or ask the staff.",
        "The user holds no plan.",
        "Recharge the user with a plan.",
    ),
    Reason.NOT_STARTED: Texts(
        "Your plan begins on {until}.",
        "The plan begins on {until}.",
        "Wait, or give another plan for the time until then.",
    ),
    Reason.USED_UP: Texts(
        "What you bought is used up. Please buy a new plan, or ask the staff.",
        "The time or data of the plan is used up.",
        "Recharge the user with a plan.",
    ),
    Reason.CYCLE_USED_UP: Texts(
        "This period's allowance is used up. The next one begins on {until}.",
        "The allowance of this cycle is used up; the next cycle begins on {until}.",
        "Recharge the user with another plan, or wait for the next cycle.",
    ),
    Reason.EXPIRED: Texts(
        "Your plan ended on {until}. Please buy a new one, or ask the staff.",
        "The validity of the plan ended on {until}.",
        "Recharge the user with a plan.",
    ),
    Reason.ENDED: Texts(
        "Your plan was ended on {until}. Please ask the staff.",
        "Ended by staff on {until}.",
        "Recharge the user with a plan.",
    ),
    Reason.NO_MONEY: Texts(
        "Your balance is used up. Please top up.", "The wallet can't pay for more use.", "Top up the wallet."
    ),
    Reason.IN_USE_ELSEWHERE: Texts(
        "What is left is in use on your other device. Log out there first.",
        "All that is left is lent to other devices that are online now.",
        "Disconnect another device, or recharge.",
    ),
    Reason.TOO_MANY_DEVICES: Texts(
        "Another device is using this login. Log out there first.",
        "As many devices are online as the plan allows.",
        "Disconnect one of them, or give a plan for more devices.",
    ),
    Reason.VOUCHER_NOT_SOLD: Texts(_WRONG, "This code has not been sold yet.", "Sell it first."),
    Reason.VOUCHER_VOID: Texts(_WRONG, "This code was made void.", "Give the guest a new one if that was a mistake."),
    Reason.VOUCHER_EXPIRED: Texts(_WRONG, "This code ran out before it was used.", "Give the guest a new one."),
    Reason.VOUCHER_REDEEM_ONLY: Texts(
        "This code adds a plan to an account. Log in first, then enter it.",
        "A code for redeeming by a registered user was used as a login.",
        "Help the guest to register, then redeem the code.",
    ),
}


def guest_text(reason: Reason, until: str = "") -> str:
    """What the guest reads; `until` is already written for the guest's zone and language."""
    return TEXTS[reason].guest.format(until=until or "a later date")
