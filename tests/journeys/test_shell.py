"""What all pages share: the search box, lists, menus by keyboard, work that can be left."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from journeys import shots

pytestmark = pytest.mark.needs("chromium")


@pytest.fixture
def day(cafe, served):
    from hotgate.apps.core import scope
    from web import busy_day

    with scope.of(cafe.operator.id):
        return busy_day.live_through(cafe)


@pytest.fixture
def work(cafe, served):
    from hotgate.apps.core import scope
    from hotgate.apps.core import work as works
    from web.office import now

    with scope.of(cafe.operator.id):
        row = works.begin(
            now=now(), operator_id=cafe.operator.id, staff_id=cafe.staff["owner"].id, kind="voucher_batch",
            title="1 hour × 1000", total=1000,
        )  # fmt: skip
        works.report(now=now(), work_id=row.id, done=400)
    return row


def test_the_search_goes_straight_there_by_keyboard(signed_in, day):
    page = signed_in("cashier")
    page.locator("h1").click()
    page.keyboard.press("/")
    page.keyboard.type("rossi")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("maria")
    page.wait_for_load_state()  # the heading is there before the script that hears the keys
    page.keyboard.press("Control+k")
    expect(page.locator("#search")).to_be_focused()
    page.keyboard.type("nobody at all")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Nothing found")).to_be_visible()
    assert "nobody" not in page.url


def test_several_users_are_held_from_the_list(signed_in, day):
    from hotgate.apps.subscribers.models import Hold

    page = signed_in("manager")
    page.goto("/users/?show=people&sort=name")
    page.get_by_label("Select page").check()
    expect(page.get_by_text("3 ticked")).to_be_visible()
    page.get_by_role("checkbox", name="Tick bruno@example.com").uncheck()
    expect(page.get_by_text("2 ticked")).to_be_visible()
    page.get_by_role("button", name="Put on hold").click()
    expect(page.get_by_text("Put 2 users on hold?")).to_be_visible()
    page.get_by_role("button", name="Put on hold (2)").click()
    expect(page.get_by_role("status")).to_contain_text("Put on hold: 1 done.")  # one was on hold already
    assert Hold.objects.filter(subscriber=day.maria, released_at=None).count() == 1
    assert page.url.endswith("/users/?show=people&sort=name")


def test_columns_stay_as_chosen_and_a_file_has_them(signed_in, day):
    page = signed_in("owner")
    page.goto("/users/?sort=name")
    expect(page.get_by_role("columnheader", name="Phone")).to_be_hidden()
    page.get_by_text("Columns", exact=True).click()
    page.get_by_role("checkbox", name="Phone").check()
    page.get_by_role("checkbox", name="Made by").uncheck()
    page.get_by_role("button", name="Show these").click()
    page.goto("/users/")
    expect(page.get_by_role("columnheader", name="Phone")).to_be_visible()
    expect(page.get_by_role("columnheader", name="Made by")).to_be_hidden()
    page.get_by_text("Export", exact=True).click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Text (CSV)").click()
    text = Path(download.value.path()).read_text(encoding="utf-8-sig")
    assert text.splitlines()[0] == '"Name","Person","Phone","Since"'
    assert download.value.suggested_filename.startswith("users-")


def test_a_rows_menu_is_walked_by_arrows(signed_in, day):
    page = signed_in("support")
    page.goto("/sessions/")
    row = page.get_by_role("row", name="maria")
    row.locator("summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")
    expect(row.get_by_role("link", name="Open user")).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(row.locator(".dropdown-item").last).to_be_focused()
    page.keyboard.press("Escape")
    expect(row.locator("summary")).to_be_focused()
    expect(row.get_by_role("link", name="Open user")).to_be_hidden()


def test_HN_12_a_users_menu_is_filled_in_when_it_is_opened(signed_in, day, axe):
    page = signed_in("owner")
    page.goto("/users/?sort=name")
    row = page.get_by_role("row", name="maria")
    row.locator("summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")
    expect(row.get_by_role("link", name="Dashboard")).to_be_focused()
    expect(row.get_by_role("link", name="Edit")).to_have_attribute("href", f"/users/{day.maria.uuid}/edit/")
    expect(row.get_by_role("link", name="Attempts")).to_have_attribute("href", "/attempts/?q=maria")
    assert axe(page) == []
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    expect(row.get_by_role("link", name="Edit")).to_have_count(1)


def test_EN_61_menus_work_without_scripts(new_page, signed_in, served, day):
    """A script signs in, and then there are none."""
    state = signed_in("owner").context.storage_state()
    page = new_page(java_script_enabled=False, storage_state=state)
    page.goto("/users/?sort=name")
    row = page.get_by_role("row", name="maria")
    row.locator("summary").click()
    row.get_by_role("link", name="Dashboard").click()
    expect(page.locator("h1")).to_contain_text("maria")
    page.goto("/vouchers/?show=left")
    row = page.locator("tbody tr").filter(has=page.locator("summary")).first
    row.locator("summary").click()
    row.locator("button[form=row-ask]").click()
    expect(page.locator("h1")).to_contain_text("ticket")
    page.locator("main .btn-danger").click()
    page.wait_for_url("**/vouchers/")
    expect(page.get_by_role("status")).to_contain_text("The ticket")
    page.goto("/sessions/")
    row = page.get_by_role("row", name="maria")
    row.locator("summary").click()
    row.get_by_role("button", name="Disconnect").click()
    expect(page.locator("h1")).to_contain_text("End this session now?")
    expect(page.locator("main")).to_contain_text("maria")
    page.get_by_role("button", name="Disconnect").click()
    page.wait_for_url("**/sessions/")
    expect(page.get_by_role("status")).to_contain_text("is told to disconnect maria")
    page.goto(f"/log/user/{day.maria.uuid}/")
    page.locator("tbody summary").first.click()
    page.get_by_role("button", name="Block device").first.click()
    expect(page.locator("h1")).to_contain_text("Block this device?")
    page.get_by_role("button", name="Block", exact=True).click()
    page.wait_for_url("**/log/device/**")
    expect(page.get_by_role("status")).to_contain_text("is blocked")


def test_work_goes_on_while_one_looks_and_ends_by_itself(signed_in, cafe, work):
    from hotgate.apps.core import scope
    from hotgate.apps.core import work as works
    from web.office import now

    page = signed_in("owner")
    page.goto("/work/")
    page.get_by_role("main").get_by_role("link", name="Vouchers", exact=True).first.click()
    expect(page.get_by_text("400 / 1,000")).to_be_visible()
    with scope.of(cafe.operator.id):
        works.report(now=now(), work_id=work.id, done=900)
    expect(page.get_by_text("900 / 1,000")).to_be_visible()
    with scope.of(cafe.operator.id):
        works.finish(now=now(), work_id=work.id, result="/plans/", message="Made.")
    page.get_by_role("link", name="See the result").click()
    page.wait_for_url("**/plans/")


@pytest.mark.parametrize("look", list(shots.LOOKS))
def test_shared_pages_are_accessible_in_every_look(signed_in, day, axe, look):
    page = signed_in("owner", **shots.LOOKS[look])
    wrong = []

    def looked_at(name):
        wrong.extend(f"{name}: {each}" for each in axe(page))
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wrong.append(f"{name}: wider than the screen")

    page.goto("/users/?show=people&sort=name")
    page.eval_on_selector("[data-tick-all]", "box => box.click()")
    page.eval_on_selector(".list-more summary", "summary => summary.click()")
    looked_at("list-ticked")
    page.eval_on_selector("button[value=hold]", "button => button.click()")
    page.wait_for_selector("button[value=hold][class*=danger]")
    looked_at("list-confirm")
    page.locator("#search").fill("nobody at all")
    page.locator("#search").press("Enter")
    page.wait_for_url("**/search/")
    looked_at("search-nothing")
    assert not wrong, "\n".join(wrong)
