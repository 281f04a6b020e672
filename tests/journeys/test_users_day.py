"""A day with users: what a cashier does at the desk, and a manager in the office."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.needs("chromium")
FILE = b"User name,Password,Full name,Plan\nanna,correct horse,Anna Neri,1 GB\nben,,Ben Gr\xc3\xbcn,\n"


@pytest.fixture
def day(cafe):
    from hotgate.apps.core import scope
    from web import busy_day

    with scope.of(cafe.operator.id):
        return busy_day.live_through(cafe)


def run_import(cafe):
    """As the worker does."""
    from hotgate.apps.core import scope
    from hotgate.apps.subscribers import jobs
    from hotgate.apps.subscribers.importing.models import UserImport

    with scope.of(cafe.operator.id):
        run = UserImport.objects.get(operator=cafe.operator)
    jobs.import_users(run.id, cafe.operator.id, None)


def test_a_cashier_sells_finds_recharges_and_prints_a_card(signed_in, cafe, day):
    page = signed_in("cashier")
    page.goto("/quick-ticket/")
    page.get_by_role("button", name=re.compile("^1 hour")).click()
    expect(page.locator("#code")).to_have_text(re.compile(r"^[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{3}$"))

    page.goto("/users/?q=bruno")
    page.locator("main tbody a", has_text="bruno@example.com").first.click()
    expect(page.locator("main")).to_contain_text("nothing left")

    page.goto(f"/users/{day.bruno.uuid}/recharge/")
    page.locator("#id_plan").select_option(label="1 hour")
    page.locator("form .btn-primary").last.click()
    page.get_by_text("1 h left").first.wait_for()

    page.goto(f"/users/{day.bruno.uuid}/card/")
    with page.expect_response(lambda answer: answer.request.method == "POST") as printed:
        page.evaluate("document.querySelector('main form button.btn-primary').form.removeAttribute('target')")
        page.get_by_role("button", name="New password, and print").click()
    assert printed.value.headers["content-type"] == "application/pdf"


def test_a_manager_imports_disconnects_and_erases(signed_in, cafe, day):
    page = signed_in("manager")
    page.goto("/users/import/")
    page.locator("#id_file").set_input_files({"name": "guests.csv", "mimeType": "text/csv", "buffer": FILE})
    page.get_by_role("button", name="Look through it").click()
    expect(page.get_by_role("status").filter(has_text="2 new users")).to_be_visible()
    page.get_by_role("button", name="Import 2 users").click()
    run_import(cafe)
    page.reload()
    expect(page.get_by_role("status").filter(has_text="2 users were imported.")).to_be_visible()
    page.get_by_role("link", name="Show users").click()
    expect(page.locator("main tbody")).to_contain_text("Anna Neri")

    page.goto(f"/users/{day.maria.uuid}/")
    page.locator(".heading-actions summary").click()
    page.get_by_role("button", name="Disconnect").first.click()
    page.locator("dialog#end .btn-danger").click()
    page.get_by_text("Asking the gateway").wait_for()

    page.goto(f"/users/{day.bruno.uuid}/data/")
    page.locator("#erase-name").fill("bruno")
    page.get_by_role("button", name="Erase for good").click()
    expect(page.get_by_text("Nothing was erased")).to_be_visible()
    page.locator("#erase-name").fill("bruno@example.com")
    page.get_by_role("button", name="Erase for good").click()
    expect(page.get_by_text("The user was erased.")).to_be_visible()
    page.goto("/users/?q=bruno")
    expect(page.locator("main")).not_to_contain_text("bruno@example.com")
