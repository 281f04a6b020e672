"""A guest registers in a captive mini-browser: no scripts, no cookies, a narrow screen (HN-4), in every look."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from journeys import shots
from messaging.servers import mail_server, use

pytestmark = pytest.mark.needs("chromium")
TERMS = "Be kind to others.\n\nWhat you do here is kept as long as the law asks for it."


@pytest.fixture
def realm(cafe, served, monkeypatch):
    """A realm that asks for an address, proves it by mail, and wants its terms agreed to."""
    from hotgate.apps.core import scope
    from hotgate.domain.people import Ask, PersonField, Verification
    from web import busy_day
    from web.test_registering import realm_of

    use(monkeypatch, mail=mail_server())
    asked = {PersonField.EMAIL: Ask.REQUIRED, PersonField.PHONE: Ask.OPTIONAL, PersonField.ROOM: Ask.OPTIONAL}
    with scope.of(cafe.operator.id):
        busy_day.live_through(cafe)
        return realm_of(
            cafe, plans=("Lobby", "1 hour", "Day pass"), asked=asked, verification=Verification.EMAIL, terms=TERMS
        )


@pytest.fixture
def code(cafe):
    from hotgate.apps.core import scope
    from web.test_registering import last_code

    def read():
        with scope.of(cafe.operator.id):
            return last_code(cafe)

    return read


LOOKS = shots.LOOKS | {"phone-rtl": {"width": 320, "height": 640, "locale": "ar"}}
PLAIN = {"width": 320, "height": 560, "java_script_enabled": False}  # axe is a script: it looks at the others


@pytest.mark.parametrize("look", [*LOOKS, "plain"])
def test_HN_4_a_guest_registers_without_scripts_in_every_look(new_page, cafe, realm, code, axe, look):
    from web.gateway import arrival

    page = new_page(**PLAIN if look == "plain" else LOOKS[look])
    page.context.clear_cookies()
    arrived = []
    page.on("request", lambda asked: arrived.append(asked.url) if "10.1.0.1:3990/" in asked.url else None)

    def look_at(name):
        if look == "plain":
            return
        page.wait_for_load_state()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} is wider than its screen"
        assert axe(page) == []
        if look in shots.LOOKS:
            shots.keep(page, f"portal-{name}", look)

    page.goto(arrival(cafe, mac="02-00-00-00-00-77"))
    look_at("arrival")
    page.locator("form[action='register/'] button").click()
    look_at("plans")
    page.locator("button.plan").first.click()
    look_at("register")
    page.locator("#email").fill("anna@example.org")
    page.locator("#phone").fill("12")
    page.locator("#terms").check()
    page.locator("button[value=register]").click()
    expect(page.locator("#phone-about.wrong")).to_be_visible()
    expect(page.locator("#terms")).to_be_checked()
    look_at("register-wrong")
    page.locator("#phone").fill("")
    page.locator("button[value=register]").click()
    page.locator("#code").fill("000000" if code() != "000000" else "111111")
    page.locator("button[value=verify]").click()
    expect(page.locator("#code-about")).to_be_visible()
    look_at("verify")
    page.locator("#code").fill(code())
    page.locator("button[value=verify]").click()
    look_at("registered")
    page.locator("a.button").click(no_wait_after=True)
    page.wait_for_timeout(500)
    assert [address.split("?")[0] for address in arrived] == ["http://10.1.0.1:3990/logon"]
    assert page.context.cookies() == []


@pytest.mark.parametrize("look", LOOKS)
def test_HN_W21_my_account_in_every_look(new_page, cafe, realm, axe, look):
    page = new_page(**LOOKS[look])
    page.goto(f"/portal/{cafe.operator.slug}/me/")
    assert axe(page) == []
    if look in shots.LOOKS:
        shots.keep(page, "portal-enter", look)
    page.locator("#name").fill("maria")
    page.locator("#password").fill("a long password")
    page.locator("button").first.click()
    expect(page.locator("button[value=download]")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert axe(page) == []
    if look in shots.LOOKS:
        shots.keep(page, "portal-me", look)


def test_HN_4_it_reads_at_four_hundred_percent(new_page, cafe, realm):
    from web.gateway import arrival

    page = new_page(width=320, height=256)  # 1280 × 1024 at 400 %
    page.goto(arrival(cafe))
    page.locator("form[action='register/'] button").click()
    page.locator("button.plan").first.click()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.locator("#email").fill("anna@example.org")
    page.get_by_role("button", name="Italiano").click()
    expect(page.locator("html")).to_have_attribute("lang", "it")
    expect(page.locator("#email")).to_have_value("anna@example.org")
