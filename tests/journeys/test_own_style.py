"""A manager gives the portal the style that docs/recipes shows, and a guest meets it in every look (HN-W20)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from journeys import shots

pytestmark = pytest.mark.needs("chromium")
RECIPE = Path(__file__).parents[2] / "docs" / "recipes" / "portal-style.md"
OWN = "link[href*='/style/']"


@pytest.fixture
def realm(cafe, served):
    from hotgate.apps.core import scope
    from web import busy_day
    from web.test_registering import realm_of

    with scope.of(cafe.operator.id):
        busy_day.live_through(cafe)
        return realm_of(cafe)


def example() -> str:
    return re.findall(r"```css\n(.*?)```", RECIPE.read_text(), re.DOTALL)[0]


def dress(page, realm, style):
    page.goto(f"/settings/realms/{realm.uuid}/")
    page.locator("#id_style").fill(style)
    page.locator("form button.btn-primary").first.click()


@pytest.mark.parametrize("look", shots.LOOKS)
def test_HN_W20_a_guest_meets_the_realms_own_style_in_every_look(signed_in, new_page, cafe, realm, axe, look):
    from web.gateway import arrival

    dress(signed_in("manager"), realm, example())
    page = new_page(**shots.LOOKS[look], java_script_enabled=True)
    page.context.clear_cookies()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    for name, address in (("own-style", arrival(cafe)), ("own-style-me", f"/portal/{cafe.operator.slug}/me/")):
        page.goto(address)
        if name.endswith("me"):
            page.locator("#name").fill("maria")
            page.locator("#password").fill("a long password")
            page.locator("button").first.click()
            expect(page.locator("button[value=download]")).to_be_visible()
        assert page.locator(OWN).count() == 1
        assert page.locator("main button").first.evaluate("e => getComputedStyle(e).borderRadius") == "32px"
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert axe(page) == []
        shots.keep(page, f"portal-{name}", look)
    assert {each.split("/")[2] for each in asked} == {page.url.split("/")[2]}, "nothing is loaded from elsewhere"


def test_HN_W20_a_style_that_would_load_something_is_told_beside_its_field(signed_in, cafe, realm):
    page = signed_in("manager")
    wrong = "main { background: url(https://example.org/who-is-there.png) }"
    dress(page, realm, wrong)
    expect(page.locator("#id_style_error")).to_contain_text("no url(…)")
    expect(page.locator("#id_style")).to_have_value(wrong)
    expect(page.locator("#id_style")).to_have_attribute("aria-invalid", "true")


def test_HN_W20_what_got_past_the_rules_would_still_load_nothing(browser, served, cafe, realm):
    """The second wall: the policy of the pages, with a style that nobody checked."""
    from hotgate.apps.core import scope
    from hotgate.domain import styling
    from web.gateway import arrival

    wild = (
        "main{background:url(data:image/gif;base64,R0lGODlhAQABAAAAACw=)} h1{background:url(https://example.org/x.png)}"
    )
    assert styling.obstacle(wild)
    refused, loaded = [], []
    page = browser.new_page(base_url=served)  # `new_page` would take what the policy says for a mistake
    page.on("requestfinished", lambda request: loaded.append(request.url))
    page.on("console", lambda line: refused.append(line.text))
    with scope.of(cafe.operator.id):
        type(realm).objects.filter(id=realm.id).update(style="a{}")
    page.route("**/style/*", lambda route: route.fulfill(body=wild, content_type="text/css"))
    page.goto(arrival(cafe))
    assert page.locator(OWN).count() == 1
    page.wait_for_timeout(300)
    page.close()
    assert not [each for each in loaded if "example.org" in each or each.startswith("data:")]
    assert any("data:" in each for each in refused)
    assert any("example.org" in each for each in refused)
