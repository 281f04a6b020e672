"""Every page of the console and the portal, and the four looks in which each is looked at.

`make shots` writes the pictures into docs/shots; each has a line in docs/screens.md.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from web.busy_day import Day
    from web.office import Office

LOOKS: dict[str, dict[str, Any]] = {
    "desktop": {"width": 1280, "height": 800},
    "phone": {"width": 360, "height": 740},
    "dark": {"width": 1280, "height": 800, "color_scheme": "dark"},
    "rtl": {"width": 1280, "height": 800, "locale": "ar"},
}


COLOURS = 64  # enough for pages without photographs, and a quarter of the size


class Screen(NamedTuple):
    name: str
    address: str
    before: str = ""  # what is clicked before the picture is taken, by its CSS selector


def screens_of(office: Office, day: Day) -> list[Screen]:
    from web.gateway import arrival

    user = "/users/{}/"
    return [
        Screen("today", "/"),
        Screen("quick-ticket", "/quick-ticket/"),
        Screen("ticket", f"/quick-ticket/{day.ticket.uuid}/"),
        Screen("users", "/users/"),
        Screen("user-accepted", user.format(day.maria.uuid)),
        Screen("user-used-up", user.format(day.bruno.uuid)),
        Screen("user-on-hold", user.format(day.carla.uuid)),
        Screen("user-new", "/users/new/"),
        Screen("plans", "/plans/"),
        Screen("plan-new", "/plans/new/"),
        Screen("plan-wrong", "/plans/new/", "#plan button.btn-primary"),
        Screen("sessions", "/sessions/"),
        Screen("sessions-disconnect", "/sessions/", f"[data-open='#end-{day.session.uuid}']"),
        Screen("attempts", "/attempts/"),
        Screen("network", "/network/"),
        Screen("nas-new", "/network/new/?address=203.0.113.44"),
        Screen("nas", f"/network/{office.nas.uuid}/"),
        Screen("password", "/accounts/password/change/"),
        Screen("not-found", "/users/00000000-0000-0000-0000-000000000000/"),
        Screen("portal-ticket", f"/portal/{office.operator.slug}/"),
        Screen("portal-login", arrival(office)),
        Screen("portal-failed", arrival(office, res="failed", reply="What+you+bought+is+used+up.")),
        Screen("portal-online", arrival(office, res="success", uid="maria", userurl="https%3A%2F%2Fexample.com%2F")),
        Screen("portal-refused", f"/portal/{office.operator.slug}/{office.nas.uuid}/?res=notyet&uamip=8.8.8.8"),
    ]


def save(png: bytes, path: Path) -> None:
    from PIL import Image

    path.parent.mkdir(parents=True, exist_ok=True)
    with Image.open(io.BytesIO(png)) as picture:
        picture.convert("RGB").quantize(COLOURS).save(path, optimize=True)
