"""For how long logs of connections are kept: presets by country, each with its source. Nothing counts until chosen.

This is no legal advice. Days count from the end of a session, or from the login.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from hotgate.domain.wording import _

DAYS_MAX = 3660
OWN = "own"


class Preset(NamedTuple):
    days: int | None  # None: typed by the operator; 0: no log
    label: str
    source: str
    as_of: str  # when it was written down here


PRESETS: dict[str, Preset] = {
    "none": Preset(
        0, _("No log: addresses go as soon as a session is over"), _("for whoever has no duty to keep any"), ""
    ),
    "week": Preset(
        7, _("7 days, to find faults and misuse"), _("no law asks for it; a short time that serves safety"), ""
    ),
    "fr": Preset(365, _("France: 1 year"), "CPCE L34-1, R10-13; décret 2021-1361", "2026-11"),
    "it": Preset(365, _("Italy: 12 months"), "Codice privacy art. 132", "2026-11"),
    "it_72": Preset(2192, _("Italy: 72 months, serious crime"), "L. 167/2017 art. 24", "2026-11"),
    "de": Preset(0, _("Germany: no log, the duty is suspended"), "CJEU C-793/19", "2026-11"),
    "gb": Preset(
        0, _("United Kingdom: no log unless a notice asks for one"), "Investigatory Powers Act 2016 s. 87", "2026-11"
    ),
    OWN: Preset(None, _("A number of days of your own"), "", ""),
}


def days_of(preset: str, own_days: int | None) -> int | None:
    """None where a number of its own is needed and not given."""
    days = PRESETS[preset].days
    return own_days if days is None else days


def kept_since(now: datetime, days: int) -> datetime:
    """What is older goes. Whole days by UTC, as tables are cut: at a day more than the retention nothing is left."""
    return datetime.combine(first_day_kept(now, days), datetime.min.time(), UTC)


def first_day_kept(now: datetime, days: int) -> date:
    return now.astimezone(UTC).date() - timedelta(days=days)
