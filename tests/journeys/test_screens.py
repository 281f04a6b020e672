"""Every page in every look: nothing for axe to complain about, nothing wider than the screen."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from journeys import shots

pytestmark = pytest.mark.needs("chromium")
FOLDER = os.environ.get("HOTGATE_TEST_SHOTS", "")


@pytest.mark.parametrize("look", list(shots.LOOKS))
def test_pages_are_accessible_in_every_look(signed_in, cafe, axe, look):
    from hotgate.apps.core import scope
    from web import busy_day

    with scope.of(cafe.operator.id):
        day = busy_day.live_through(cafe)
    page = signed_in("owner", **shots.LOOKS[look])
    wrong = []
    for screen in shots.screens_of(cafe, day):
        page.goto(screen.address)
        if screen.before:
            page.eval_on_selector(screen.before, "element => element.click()")
            page.wait_for_load_state("networkidle")
        if FOLDER:
            shots.save(page.screenshot(full_page=True), Path(FOLDER, f"{screen.name}-{look}.png"))
        wrong += [f"{screen.name}: {each}" for each in axe(page)]
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wrong.append(f"{screen.name}: wider than the screen")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("look", list(shots.LOOKS))
def test_the_sign_in_is_accessible_in_every_look(new_page, axe, look):
    page = new_page(**shots.LOOKS[look])
    page.goto("/accounts/login/")
    if FOLDER:
        shots.save(page.screenshot(full_page=True), Path(FOLDER, f"sign-in-{look}.png"))
    assert axe(page) == []
