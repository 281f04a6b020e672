"""Every page in every look: nothing for axe to complain about, nothing wider than the screen.

Each page takes its turn at one look; with HOTGATE_TEST_SHOTS, a folder, all of them in all four, and pictures are kept.
"""

from __future__ import annotations

import pytest

from journeys import furnished, screens, shots

pytestmark = pytest.mark.needs("chromium")
TURNS = len(shots.LOOKS)
PATIENCE_MS = 120_000  # all pages in all looks take long, and others may work on the same machine


@pytest.mark.parametrize("look", list(shots.LOOKS))
def test_pages_are_accessible_in_every_look(signed_in, cafe, axe, look):
    from hotgate.apps.core import scope
    from web import busy_day

    with scope.of(cafe.operator.id):
        day = busy_day.live_through(cafe)
        more = furnished.furnish(cafe, day)
    page = signed_in("owner", **shots.LOOKS[look])
    page.set_default_timeout(PATIENCE_MS)
    turn = list(shots.LOOKS).index(look)
    wrong = []
    for number, screen in enumerate(screens.screens_of(cafe, day, more)):
        if is_wanted(screen.name) if shots.FOLDER else number % TURNS == turn:
            wrong += shots.findings(page, screen, look, axe)
    assert not wrong, "\n".join(wrong)


def is_wanted(name: str) -> bool:
    return not shots.ONLY or name in shots.ONLY


@pytest.mark.parametrize("look", list(shots.LOOKS))
def test_pages_before_the_sign_in_are_accessible_in_every_look(new_page, cafe, axe, look):
    from hotgate.apps.core import scope
    from hotgate.apps.operators import staffing
    from hotgate.apps.operators.actor import COMMAND_LINE as BY
    from hotgate.apps.operators.models import Role
    from hotgate.apps.operators.tree import OWNER
    from web import office

    with scope.of(cafe.operator.id):
        invited = staffing.invite_staff(
            by=BY,
            now=office.now(),
            giver={cafe.operator.id: frozenset({OWNER})},
            operator=cafe.operator,
            email="nina@aurora.example",
            role=Role.CASHIER,
        )
    page = new_page(**shots.LOOKS[look])
    wrong = []
    for screen in (
        shots.Screen("sign-in", "/accounts/login/"),
        shots.Screen("join", f"/accounts/join/{invited.token}/"),
        shots.Screen("join-over", "/accounts/join/long-ago/", status=404),
    ):
        wrong += shots.findings(page, screen, look, axe)
    page.goto("/accounts/login/")
    page.locator("#id_login").fill("owner@aurora.example")
    page.locator("#id_password").fill(office.PASSWORD)
    page.locator("#id_password").press("Enter")
    page.wait_for_url("**/2fa/authenticate/**")
    shots.keep(page, "one-more-step", look)
    wrong += axe(page)
    assert not wrong, "\n".join(wrong)
