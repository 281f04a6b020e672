"""The four looks in which each page is looked at, and what is checked and kept of it.

`make shots` writes the pictures into docs/shots; each has a line in docs/screens.md.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from playwright.sync_api import Page

FOLDER = os.environ.get("HOTGATE_TEST_SHOTS", "")  # where pictures are kept; none are without it
ONLY = os.environ.get("HOTGATE_TEST_SHOTS_ONLY", "").split()  # names, to look at a few again

LOOKS: dict[str, dict[str, Any]] = {
    "desktop": {"width": 1280, "height": 800},
    "phone": {"width": 360, "height": 740},
    "dark": {"width": 1280, "height": 800, "color_scheme": "dark"},
    "rtl": {"width": 1280, "height": 800, "locale": "ar"},
}


# tables of which a part is out of sight, or only to be scrolled to
TOO_WIDE = """
() => [...document.querySelectorAll(".card table:not(.table-responsive *)")].filter((table) => {
  const [inner, outer] = [table, table.closest(".card")].map((each) => each.getBoundingClientRect());
  return inner.width && (inner.left < outer.left - 1 || inner.right > outer.right + 1);
}).map((table) => table.closest("[aria-label]")?.ariaLabel ?? "a table")
"""

COLOURS = 64  # enough for pages without photographs, and a quarter of the size


class Screen(NamedTuple):
    name: str
    address: str
    before: str = ""  # what is clicked before the picture is taken, by its CSS selector
    status: int = 200


def save(png: bytes, path: Path) -> None:
    from PIL import Image

    path.parent.mkdir(parents=True, exist_ok=True)
    with Image.open(io.BytesIO(png)) as picture:
        picture.convert("RGB").quantize(COLOURS).save(path, optimize=True)


def keep(page: Page, name: str, look: str) -> None:
    """All of the page, on a screen that is as tall: what sticks to an edge covers nothing then."""
    if not FOLDER:
        return
    seen = page.viewport_size
    assert seen is not None
    tall = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": seen["width"], "height": max(tall, seen["height"])})
    save(page.screenshot(full_page=True), Path(FOLDER, f"{name}-{look}.png"))
    page.set_viewport_size(seen)


def findings(page: Page, screen: Screen, look: str, axe: Callable[[Page], list[str]]) -> list[str]:
    """What is wrong with a page as it stands there, which is kept as a picture."""
    answer = page.goto(screen.address)
    if screen.before and page.locator(screen.before).count() == 0:
        return [f"{screen.name}: nothing is {screen.before}"]
    if screen.before:
        page.eval_on_selector(screen.before, "element => element.click()")
        page.wait_for_load_state("networkidle")
    keep(page, screen.name, look)
    wrong = axe(page)
    if answer is not None and answer.status != screen.status:
        wrong.append(f"answered {answer.status}")
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        wrong.append("wider than the screen")
    wrong += [f"wider than its card: {each}" for each in page.evaluate(TOO_WIDE)]
    return [f"{screen.name}: {each}" for each in wrong]
