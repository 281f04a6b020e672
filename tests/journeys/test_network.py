"""Live sessions, attempts, gateways and the Why panel."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.needs("chromium")


@pytest.fixture
def day(cafe, served):
    from hotgate.apps.core import scope
    from web import busy_day

    with scope.of(cafe.operator.id):
        return busy_day.live_through(cafe)


def test_disconnect_writes_an_order_for_the_named_session(signed_in, day):
    from hotgate.apps.usage.models import SessionOrder

    page = signed_in("support")
    page.goto("/sessions/")
    row = page.get_by_role("row", name="maria")
    row.locator("summary").click()
    row.get_by_role("button", name="Disconnect").click()
    dialog = page.get_by_role("dialog", name="End this session now?")
    expect(dialog).to_contain_text("maria")
    dialog.get_by_role("button", name="Disconnect").click()
    expect(page.get_by_role("status")).to_contain_text("Gateway is told to disconnect maria.")
    assert SessionOrder.objects.get(session_id=day.session.id).kind == "disconnect"


def test_live_sessions_refresh_and_their_one_dialog_stays(signed_in, day):
    """What the list holds is fetched anew; the dialogs of its rows stand behind it."""
    from hotgate.apps.usage.models import AccessSession, SessionOrder

    page = signed_in("support")
    page.goto("/sessions/")
    AccessSession.objects.filter(id=day.session.id).update(user_name="maria@new")
    row = page.get_by_role("row", name="maria@new")
    expect(row).to_be_visible(timeout=15_000)
    row.locator("summary").click()
    row.get_by_role("button", name="Close stuck session").click()
    dialog = page.get_by_role("dialog", name="Close this session?")
    expect(dialog).to_contain_text("maria@new")
    dialog.get_by_role("button", name="Close it").click()
    expect(page.get_by_role("status")).to_contain_text("The session is being closed.")
    assert SessionOrder.objects.filter(session_id=day.session.id).exists()


def test_figures_refresh_by_themselves(signed_in, day):
    from hotgate.apps.usage.models import AccessSession
    from web.office import now

    page = signed_in("cashier")
    online = page.locator(".figure").filter(has_text="Online now").locator("dd")
    expect(online).to_have_text("2")
    AccessSession.objects.filter(id=day.session.id).update(stopped_at=now())
    expect(online).to_have_text("1", timeout=8000)


def test_why_says_each_guard_and_the_way_out(signed_in, day):
    page = signed_in("support")
    page.goto("/users/?q=bruno")
    page.get_by_role("link", name="bruno@example.com").click()
    why = page.get_by_role("region", name="Why?")
    expect(why).to_contain_text("A login now would be refused")
    expect(why).to_contain_text("The time or data of the plan is used up.")
    expect(why).to_contain_text("Recharge the user with a plan.")
    expect(why).to_contain_text("What you bought is used up. Please buy a new plan, or ask the staff.")


def test_a_hold_and_its_release_change_the_answer(signed_in, day):
    page = signed_in("manager")
    page.goto(f"/users/{day.maria.uuid}/")
    why = page.get_by_role("region", name="Why?")
    expect(why).to_contain_text("A login now would be accepted")
    page.get_by_role("button", name="Put on hold").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Reason").fill("lost device")
    dialog.get_by_role("button", name="Put on hold").click()
    expect(why).to_contain_text("Put on hold by staff.")
    page.get_by_role("button", name="Release the hold").click()
    expect(why).to_contain_text("A login now would be accepted")


def test_an_unknown_source_becomes_a_gateway(new_page, day, cafe):
    from hotgate.apps.network.models import Nas
    from web import office

    office.owner_of_platform()
    page = new_page()
    page.goto("/accounts/login/?next=/attempts/")
    page.locator("#id_login").fill("root@hotgate.example")
    page.locator("#id_password").fill(office.PASSWORD)
    page.locator("#id_password").press("Enter")
    if page.url.split("?")[0].endswith("/accounts/login/"):
        page.wait_for_url("**/2fa/**")
    if "/2fa/authenticate/" in page.url:
        page.locator("#id_code").fill(office.code_now())
        page.locator("#id_code").press("Enter")
    row = page.get_by_role("row", name="203.0.113.44")
    expect(row).to_contain_text("A packet from an address that is no gateway here.")
    row.get_by_role("link", name="Add as NAS").click()
    expect(page.get_by_label("Address", exact=True)).to_have_value("203.0.113.44")
    page.get_by_role("button", name="Generate").click()
    assert len(page.get_by_label("Secret").input_value()) == 32
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("row", name="203.0.113.44")).to_be_visible()
    assert Nas.objects.filter(operator=cafe.operator, address="203.0.113.44").exists()


def test_the_menu_opens_on_a_phone_and_by_keyboard(signed_in):
    page = signed_in("owner", width=360, height=740)
    expect(page.get_by_role("link", name="Network")).to_be_hidden()
    page.get_by_role("button", name="Menu").press("Enter")
    expect(page.get_by_role("link", name="Network")).to_be_visible()
    page.keyboard.press("Escape")
    page.locator("h1").click()
    page.keyboard.press("/")
    expect(page.locator("#search")).to_be_focused()
