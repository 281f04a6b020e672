"""The five tiles of a user: main chart, context, connections, traffic, sold (HN-13), each against the period before."""

from __future__ import annotations

from datetime import datetime
from html import escape
from typing import Any, NamedTuple

from django.utils import formats
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from hotgate.apps.usage import figures
from hotgate.apps.usage.figures import Day, Figures
from hotgate.web.shared.words import day_of_month, duration, money, octets

PERIODS = (7, 30, 90)
DEFAULT_DAYS = 30
HEIGHT = 100  # of the chart, in its own units
STEP = 10  # from one day to the next
BAR = (  # of numbers, and words that are escaped
    '<g><title>{5}</title><rect class="chart-none" x="{0}" y="99" width="8" height="1"></rect>'
    '<rect class="chart-down" x="{0}" y="{1}" width="8" height="{2}"></rect>'
    '<rect class="chart-up" x="{0}" y="{3}" width="8" height="{4}"></rect></g>'
)
ROW = '<tr><td>{}</td><td class="number">{}</td><td class="number">{}</td><td class="number">{}</td></tr>'


class Words(NamedTuple):
    """What is said of one day, in the chart and in the table that is the same."""

    day: str
    time: str
    down: str
    up: str


class Trend(NamedTuple):
    text: str
    direction: str  # up, down, same


class Tile(NamedTuple):
    label: str
    value: str
    detail: str
    trend: Trend


class Chart(NamedTuple):
    """`bars` and `rows` are markup made here: up to 90 times a dozen tags are slow in a template."""

    bars: SafeString
    width: int
    summary: str
    rows: SafeString  # day, time, down, up: the same as a table
    first: str
    last: str
    peak: str


def days_of(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 4 and int(text) in PERIODS else DEFAULT_DAYS


def tiles_of(subscriber: Any, days: int, now: datetime) -> dict[str, Any]:
    shown = figures.figures(subscriber, days, now)
    currency = subscriber.operator.currency
    return {
        "chart": chart_of(shown),
        "tiles": _tiles(shown),
        "sold_tile": _sold_tile(shown, currency),
        "sold": [(each.name, each.number, money(each.amount_minor, currency)) for each in shown.sold],
        "days": days,
        "periods": PERIODS,
    }


def trend(now: int, before: int) -> Trend:
    """HN-W22. From nothing to something has no percentage."""
    if now == before:
        return Trend(_("as before"), "same")
    if not before:
        return Trend(_("none before"), "up")
    percent = round(100 * (now - before) / before)
    return Trend(f"{percent:+d} %", "up" if now > before else "down")


def chart_of(shown: Figures) -> Chart:
    most = max((day.octets_in + day.octets_out for day in shown.days), default=0)
    total = sum(day.octets_in + day.octets_out for day in shown.days)
    summary = _("%(total)s in %(days)s days, at most %(most)s on a day") % {
        "total": octets(total),
        "days": len(shown.days),
        "most": octets(most),
    }
    words = [_words(day) for day in shown.days]
    bars = [_bar(at, day, most, said) for at, (day, said) in enumerate(zip(shown.days, words, strict=True))]
    return Chart(
        bars=mark_safe("".join(bars)),
        width=STEP * len(shown.days),
        summary=summary,
        rows=mark_safe("".join(ROW.format(*said) for said in reversed(words))),
        first=day_of_month(shown.days[0].day),
        last=day_of_month(shown.days[-1].day),
        peak=octets(most),
    )


def _bar(at: int, day: Day, most: int, said: Words) -> str:
    down = HEIGHT * day.octets_out / most if most else 0.0
    up = HEIGHT * day.octets_in / most if most else 0.0
    title = f"{said.day}: {said.down} ↓ {said.up} ↑"
    y_down, y_up = round(HEIGHT - down, 2), round(HEIGHT - down - up, 2)
    return BAR.format(at * STEP + 1, y_down, round(down, 2), y_up, round(up, 2), title)


def _words(day: Day) -> Words:
    said = (day_of_month(day.day), duration(day.seconds), octets(day.octets_out), octets(day.octets_in))
    return Words(*map(escape, said))


def _tiles(shown: Figures) -> list[Tile]:
    now, before = shown.now, shown.before
    traffic, traffic_before = now.octets_in + now.octets_out, before.octets_in + before.octets_out
    detail = _("%(down)s down, %(up)s up") % {"down": octets(now.octets_out), "up": octets(now.octets_in)}
    return [
        Tile(
            _("Connections"),
            formats.number_format(now.connections, use_l10n=True),
            _("%(time)s online") % {"time": duration(now.seconds)},
            trend(now.connections, before.connections),
        ),
        Tile(_("Traffic"), octets(traffic), detail, trend(traffic, traffic_before)),
    ]


def _sold_tile(shown: Figures, currency: str) -> Tile:
    now, before = shown.now, shown.before
    return Tile(_("Sold"), money(now.sold_minor, currency), str(now.sales), trend(now.sold_minor, before.sold_minor))
