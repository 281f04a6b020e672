"""What a plan's form lets one choose from, in the words of the page."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

PAYMENTS = (("prepaid", _("Prepaid")), ("free", _("Free")), ("postpaid", _("Postpaid: charged as used")))
MEASURES = (("time", _("Time")), ("traffic", _("Data")), ("none", _("Flat: nothing is counted")))
# in the cells of a table
SHORT = {
    "prepaid": _("Prepaid"),
    "free": _("Free"),
    "postpaid": _("Postpaid"),
    "time": _("Time"),
    "traffic": _("Data"),
    "none": _("Flat"),
}
KINDS = (("normal", _("Normal: once")), ("cyclic", _("Cyclic: the amount comes again")))
TIME_UNITS = (("min", _("minutes")), ("h", _("hours")), ("d", _("days")))
DATA_UNITS = (("mb", "MB"), ("gb", "GB"))
VALIDITIES = (
    ("from_first_use", _("from first login")),
    ("from_creation", _("from the sale")),
    ("end_of_day", _("until the end of the day")),
    ("always", _("without end")),
)
UNITS = (
    ("minute", _("minutes")),
    ("hour", _("hours")),
    ("day", _("days")),
    ("week", _("weeks")),
    ("month", _("months")),
)
CYCLES = (("day", _("Daily")), ("week", _("Weekly")), ("month", _("Monthly")), ("year", _("Yearly")))
CAP_PERIODS = (("day", _("each day")), ("week", _("each week")), ("month", _("each month")), ("year", _("each year")))
CAP_ACTIONS = (
    ("", _("No cap")),
    ("throttle", _("Make it slower")),
    ("disconnect", _("Disconnect")),
    ("overage", _("Offer overage")),
)
EXPECTATIONS = (
    ("accepted", _("may log in")),
    ("slower", _("may log in, slower")),
    ("used_up", _("refused: used up")),
    ("cycle_used_up", _("refused: used up until the next cycle")),
    ("cap_reached", _("refused: the cap is reached")),
    ("expired", _("refused: expired")),
)
