"""The heat map in a browser: drawn offline under the strict policy, moved by hand and by keys."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from journeys import furnished, shots

pytestmark = pytest.mark.needs("chromium")


@pytest.fixture
def day(cafe, served):
    from hotgate.apps.core import scope
    from hotgate.apps.operators.actor import COMMAND_LINE as BY
    from hotgate.apps.usage.models import AccessSession
    from web import busy_day
    from web.office import now

    with scope.of(cafe.operator.id):
        day = busy_day.live_through(cafe)
        AccessSession.objects.filter(subscriber=day.maria).update(
            called_station=f"{furnished.RADIO}:Guests", mac="02-00-00-AA-BB-01", terminate_cause=4
        )
        given = {"by": BY, "now": now(), "operator": cafe.operator, "site": cafe.site}
        furnished.place_on_a_map(given, cafe)
        return day


@pytest.mark.parametrize("look", list(shots.LOOKS))
def test_HN_17_the_map_in_every_look(signed_in, axe, day, look):
    page = signed_in("owner", **shots.LOOKS[look])
    page.goto(f"/heat-map/?user={day.maria.uuid}")
    expect(page.locator("#heat-map .point-last")).to_have_count(1)
    expect(page.locator("#heat-map .point")).to_have_count(3)
    page.wait_for_function("document.querySelector('#heat-map canvas') !== null")
    assert axe(page) == []
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    painted = """() => { const c = document.querySelector('#heat-map canvas');
        return c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some(octet => octet > 0); }"""
    assert page.evaluate(painted)


def test_a_point_is_dragged_or_placed_by_typing(signed_in, cafe, day):
    from hotgate.apps.network.models import AccessPoint

    page = signed_in("owner")
    page.goto("/heat-map/")
    box = page.locator("#heat-map .point", has_text="Pool").locator("span").bounding_box()
    start = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(start[0] - 60, start[1] - 30, steps=8)
    with page.expect_navigation():
        page.mouse.up()
    moved = AccessPoint.objects.get(name="Pool")
    assert moved.x < 600
    assert moved.y < 300
    row = page.get_by_role("row", name="Pool")
    row.get_by_label("Distance from the left: Pool").fill("77")
    row.get_by_role("button", name="Place").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Pool was placed.")
    assert AccessPoint.objects.get(name="Pool").x == 77


def test_HN_25_HN_30_the_logs_in_every_look(signed_in, axe, day):
    wrong = []
    for look, options in shots.LOOKS.items():
        page = signed_in("owner", **options)
        for name, address in (("log-filled", f"/log/user/{day.maria.uuid}/"), ("wifi-filled", "/log/wifi/")):
            found = shots.findings(page, shots.Screen(name, address), look, axe)
            wrong += [f"{look} {each}" for each in found]
    assert wrong == []


def test_HN_27_a_device_is_blocked_by_the_one_dialog_of_all_rows_that_says_which(signed_in, cafe, day):
    from hotgate.apps.core import scope
    from hotgate.apps.network.models import BlockedDevice

    page = signed_in("owner")
    page.goto(f"/log/user/{day.maria.uuid}/")
    device = page.locator("[data-named]").first.inner_text()
    page.locator("details.menu[data-menu] > summary").filter(has=page.locator("svg")).last.click()
    page.get_by_role("button", name="Block device").locator("visible=true").click()
    dialog = page.get_by_role("dialog")
    assert device in dialog.inner_text()
    dialog.get_by_role("button", name="Block", exact=True).click()
    page.wait_for_url(f"**/log/device/{device}/")
    with scope.of(cafe.operator.id):
        assert BlockedDevice.objects.count() == 1
