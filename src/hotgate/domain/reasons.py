"""Why somebody may not go online: a closed set, each with a text for the guest and one for staff.

A guest is told what to do next, never what an attacker would like to know: an unknown name, a wrong password and an
unsold voucher read the same.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from hotgate.domain.wording import _


class Reason(StrEnum):
    UNKNOWN_NAME = "unknown_name"
    WRONG_PASSWORD = "wrong_password"
    NO_PROOF = "no_proof"
    NOT_PROVABLE = "not_provable"
    EAP_UNSUPPORTED = "eap_unsupported"
    NAS_MISMATCH = "nas_mismatch"
    DEVICE_LOGIN_NOT_ALLOWED = "device_login_not_allowed"
    DEVICE_BLOCKED = "device_blocked"
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
    REALM_NOT_HERE = "realm_not_here"
    GATEWAY_FULL = "gateway_full"
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


_WRONG = _("The name or the password is wrong. Please check what you typed.")

TEXTS: dict[Reason, Texts] = {
    Reason.UNKNOWN_NAME: Texts(
        _WRONG,
        _("Nobody here has this name or code."),
        _("Check the spelling; look for the user by phone or MAC; check that the NAS belongs to this operator."),
    ),
    Reason.WRONG_PASSWORD: Texts(
        _WRONG, _("The password is wrong."), _("Set a new password, or send the credentials again.")
    ),
    Reason.NO_PROOF: Texts(
        _("This login did not come through. Please try again."),
        _("The NAS sent no password, or two kinds of password at once."),
        _("Check the login method on the NAS: PAP or CHAP, one of them."),
    ),
    Reason.NOT_PROVABLE: Texts(
        _("This login method does not work here. Please ask the staff."),
        _("The NAS asks by CHAP or MS-CHAP, but only a one-way hash of the password is kept."),
        _("Switch the NAS to PAP, or set the password anew with CHAP allowed."),
    ),
    Reason.EAP_UNSUPPORTED: Texts(
        _("This login method does not work here. Please ask the staff."),
        _("The NAS asks by EAP, which this server does not speak."),
        _("Put an EAP server in front, or use another login method on the NAS."),
    ),
    Reason.NAS_MISMATCH: Texts(
        _("This access point is not set up right. Please tell the staff."),
        _("The NAS names itself differently from its registration, and it is set to strict."),
        _("Correct its identifier, or switch strict off while it stands behind NAT."),
    ),
    Reason.DEVICE_LOGIN_NOT_ALLOWED: Texts(
        _("This device can't log in by itself here."),
        _("A device login where the NAS, the MAC address or the plan does not allow one."),
        _("Allow MAC logins on the NAS, and give the device a plan for devices."),
    ),
    Reason.DEVICE_BLOCKED: Texts(
        _("This device can't be used here. Please ask the staff."),
        _("This device was blocked by staff."),
        _("Take it off the list of blocked devices (Network), if it is welcome again."),
    ),
    Reason.TOO_MANY_TRIES: Texts(
        _("Too many tries. Please wait a few minutes and try again."),
        _("Too many wrong tries from this device."),
        _("Wait, or help the guest with the right credentials."),
    ),
    Reason.HELD_BY_STAFF: Texts(
        _("Your access is on hold. Please ask the staff."), _("Put on hold by staff."), _("Release the hold.")
    ),
    Reason.UNPAID: Texts(
        _("Your access is on hold until an open invoice is paid."),
        _("On hold: an invoice is overdue."),
        _("Take the payment, or release the hold."),
    ),
    Reason.CAP_REACHED: Texts(
        _("You have reached the limit of your plan. Access comes back on {until}."),
        _("The cap of the plan is reached; service comes back with the next cycle, on {until}."),
        _("Sell another plan, or let the user accept the overage terms."),
    ),
    Reason.NO_ENTITLEMENT: Texts(
        _("There is no plan on your account yet. Please buy one, or ask the staff."),
        _("The user holds no plan."),
        _("Recharge the user with a plan."),
    ),
    Reason.NOT_STARTED: Texts(
        _("Your plan begins on {until}."),
        _("The plan begins on {until}."),
        _("Wait, or give another plan for the time until then."),
    ),
    Reason.USED_UP: Texts(
        _("What you bought is used up. Please buy a new plan, or ask the staff."),
        _("The time or data of the plan is used up."),
        _("Recharge the user with a plan."),
    ),
    Reason.CYCLE_USED_UP: Texts(
        _("This period's allowance is used up. The next one begins on {until}."),
        _("The allowance of this cycle is used up; the next cycle begins on {until}."),
        _("Recharge the user with another plan, or wait for the next cycle."),
    ),
    Reason.EXPIRED: Texts(
        _("Your plan ended on {until}. Please buy a new one, or ask the staff."),
        _("The validity of the plan ended on {until}."),
        _("Recharge the user with a plan."),
    ),
    Reason.ENDED: Texts(
        _("Your plan was ended on {until}. Please ask the staff."),
        _("Ended by staff on {until}."),
        _("Recharge the user with a plan."),
    ),
    Reason.NO_MONEY: Texts(
        _("Your balance is used up. Please top up."), _("The wallet can't pay for more use."), _("Top up the wallet.")
    ),
    Reason.REALM_NOT_HERE: Texts(
        _("Your login does not work at this place. Please ask the staff."),
        _("The user's realm does not work at the site of this gateway."),
        _("Add the site to the realm (Settings, Realms), or make the user in a realm of this site."),
    ),
    Reason.GATEWAY_FULL: Texts(
        _("Too many people are online here at the moment. Please try again in some minutes."),
        _("The gateway serves as many users as it may."),
        _("Wait until somebody leaves, disconnect somebody, or raise the gateway's number of users (Network)."),
    ),
    Reason.IN_USE_ELSEWHERE: Texts(
        _("What is left is in use on your other device. Log out there first."),
        _("All that is left is lent to other devices that are online now."),
        _("Disconnect another device, or recharge."),
    ),
    Reason.TOO_MANY_DEVICES: Texts(
        _("Another device is using this login. Log out there first."),
        _("As many devices are online as the plan allows."),
        _("Disconnect one of them, or give a plan for more devices."),
    ),
    Reason.VOUCHER_NOT_SOLD: Texts(_WRONG, _("This code has not been sold yet."), _("Sell it first.")),
    Reason.VOUCHER_VOID: Texts(
        _WRONG, _("This code was made void."), _("Give the guest a new one if that was a mistake.")
    ),
    Reason.VOUCHER_EXPIRED: Texts(_WRONG, _("This code ran out before it was used."), _("Give the guest a new one.")),
    Reason.VOUCHER_REDEEM_ONLY: Texts(
        _("This code adds a plan to an account. Log in first, then enter it."),
        _("A code for redeeming by a registered user was used as a login."),
        _("Help the guest to register, then redeem the code."),
    ),
}


def guest_text(reason: Reason, until: str = "") -> str:
    """What the guest reads; `until` is already written for the guest's zone and language."""
    return TEXTS[reason].guest.format(until=until or "a later date")
