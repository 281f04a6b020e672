"""Why a session ended, in words: what the NAS says (RFC 2866 §5.10, RFC 3580 §2.1), and causes of our own (HN-26)."""

from __future__ import annotations

from hotgate.domain.wording import _

TERMINATE_CAUSES: dict[int, str] = {
    1: _("The user logged out"),
    2: _("The line was lost"),
    3: _("The service was lost"),
    4: _("Nothing was sent for too long"),
    5: _("The time of the session was over"),
    6: _("Ended by staff at the gateway"),
    7: _("The gateway was restarted by staff"),
    8: _("An error of the port"),
    9: _("An error of the gateway"),
    10: _("The gateway asked for the end"),
    11: _("The gateway restarted"),
    12: _("The port is no longer needed"),
    13: _("The port was given to somebody else"),
    14: _("The port was suspended"),
    15: _("The service cannot be given"),
    16: _("Called back"),
    17: _("A mistake of the user's device"),
    18: _("The other side ended it"),
    19: _("The user's device began anew"),
    20: _("The device could not prove itself again"),
    21: _("The port was set up anew"),
    22: _("The port was switched off by staff"),
}

# by `close_reason` of a session: ended here, without word from the NAS
CLOSED_HERE: dict[str, str] = {
    "lost": _("Nothing was heard of it any more"),
    "rebooted": _("The gateway restarted"),
    "closed_by_staff": _("Closed here by staff, the gateway did not answer"),
}

DEVICE_PARTED = "device_parted"
DEVICE_BLOCKED = "device_blocked"
STUCK = "stuck"
PROBE = "probe"
PROBE_BY_COA = "probe_by_coa"  # asks a gateway for what it does already

# by the reason of our order that ended it
ORDERED: dict[str, str] = {
    "used_up": _("The plan was used up"),
    "cycle_used_up": _("The plan was used up for this period"),
    "cap_reached": _("The cap of the plan was reached"),
    "expired": _("The plan ran out"),
    "ended": _("The plan was ended"),
    "no_entitlement": _("There was no plan any more"),
    "no_money": _("The balance was used up"),
    "held_by_staff": _("The user was put on hold"),
    "unpaid": _("On hold until an invoice is paid"),
    "too_many_devices": _("Too many devices at once"),
    "in_use_elsewhere": _("Used elsewhere"),
    DEVICE_PARTED: _("The device was parted from the user"),
    DEVICE_BLOCKED: _("The device was blocked"),
    STUCK: _("Closed as stuck by staff"),
    PROBE: _("Ended by a test of the gateway"),
    "": _("Ended by staff"),
    "console": _("Ended by staff"),
}
UNNAMED = _("No cause was given")
NOT_OVER = ""


def cause_of(*, is_over: bool, terminate_cause: int | None, close_reason: str, ordered: str | None) -> str:
    """English, to be translated; '' while the session runs. `ordered`: the reason of an order that was carried out.

    Our own order comes first: the NAS would call each of them an Admin-Reset.
    """
    if not is_over:
        return NOT_OVER
    if close_reason in CLOSED_HERE:
        return ORDERED[STUCK] if ordered == STUCK else CLOSED_HERE[close_reason]
    if ordered is not None and ordered in ORDERED:
        return ORDERED[ordered]
    return TERMINATE_CAUSES.get(terminate_cause or 0, UNNAMED)
