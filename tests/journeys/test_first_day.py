"""A hotel manager's first day: a passkey, plans, a ticket in print, vouchers, one found, one ended, the history."""

from __future__ import annotations

import csv
import io
import re

import pytest
from playwright.sync_api import expect

from journeys.passkeys import plug_in_a_key

pytestmark = pytest.mark.needs("chromium")

PLANS = {  # name → what is chosen and typed, by the names of the fields
    "Half an hour": {"measure": "time", "amount": "30m", "price": "1.50"},
    "A day": {"measure": "none", "price": "6.00", "validity_kind": "end_of_day"},
    "Two gigabytes": {"measure": "traffic", "amount": "2 GB", "price": "8.00"},
    "A month": {"measure": "traffic", "kind": "cyclic", "amount": "20 GB", "cycle_price": "15.00", "repeats": "3"},
    "Lobby for all": {"payment": "free", "measure": "time", "amount": "20m"},
}

DEEDS = ("published a plan", "sold a quick ticket", "confirmed a batch", "deleted a voucher", "expired a voucher")


@pytest.fixture
def new_manager(cafe):
    """As the invitation leaves her: a password and nothing else."""
    from allauth.mfa.models import Authenticator

    Authenticator.objects.filter(user=cafe.staff["manager"]).delete()


def test_the_first_day_of_a_hotels_manager(new_page, cafe, new_manager):
    page = new_page()
    signs_in_with_a_passkey(page)
    for name, typed in PLANS.items():
        makes_a_plan(page, name, typed)
    prints_a_quick_ticket(page)
    codes = generates_vouchers(page)
    assert len(set(codes)) == 500
    finds(page, codes[41])
    deletes(page, codes[41])
    expires(page, cafe)
    reads_the_history(page)


def signs_in_with_a_passkey(page) -> None:
    """Led to it at the first sign-in; the second is by the key alone."""
    from web import office

    plug_in_a_key(page)
    page.goto("/accounts/login/")
    page.get_by_label("E-mail").fill("manager@aurora.example")
    page.get_by_label("Password").fill(office.PASSWORD)
    page.get_by_label("Password").press("Enter")
    page.get_by_role("link", name="Add a passkey").click()
    page.locator("#mfa_webauthn_add").click()
    page.get_by_role("link", name="I have kept them").click()
    page.context.clear_cookies()
    page.goto("/accounts/login/")
    page.locator("#passkey_login").click()
    expect(page.get_by_role("heading", name="Today")).to_be_visible()


def makes_a_plan(page, name: str, typed: dict[str, str]) -> None:
    page.goto("/plans/new/")
    page.locator("#id_name").fill(name)
    for field, value in typed.items():
        box = page.locator(f"#id_{field}")
        if box.evaluate("element => element.tagName") == "SELECT":
            box.select_option(value)
        else:
            box.fill(value)
    page.get_by_role("button", name="Save the plan").click()
    expect(page.get_by_role("status")).to_contain_text(f"{name} is ready to be sold.")


def prints_a_quick_ticket(page) -> None:
    page.get_by_role("navigation", name="Tasks").get_by_role("link", name="Quick ticket").click()
    page.get_by_role("button", name=re.compile("^Two gigabytes")).click()
    printed = page.context.request.get(page.get_by_role("link", name="Print A4").get_attribute("href"))
    assert printed.body().startswith(b"%PDF-")


def generates_vouchers(page) -> list[str]:
    """The codes as the CSV of the batch has them."""
    page.goto("/vouchers/")
    page.get_by_role("link", name="Ticket generator").first.click()
    page.get_by_label("Prefix").fill("POOL")
    page.get_by_label("Number of tickets").fill("500")
    page.locator("#id_plan").select_option(label="Half an hour")
    page.get_by_role("button", name="Generate tickets").click()
    expect(page.locator(".samples li")).to_have_count(5)
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_text("500 tickets for Half an hour.")).to_be_visible()
    exported = page.context.request.get(page.get_by_role("link", name="Export as CSV").get_attribute("href"))
    return [row[0] for row in csv.reader(io.StringIO(exported.text()))][1:]


def finds(page, code: str) -> None:
    page.goto("/vouchers/")
    box = page.get_by_role("searchbox", name="Whole code, or the beginning of a prefix")
    box.fill(code.lower().replace("-", " "))  # as somebody reads it from paper
    box.press("Enter")
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator("tbody tr")).to_contain_text("available")


def deletes(page, code: str) -> None:
    """One that nobody used is deleted."""
    shown = page.locator("tbody tr [data-named]").first.inner_text()
    page.locator("tbody tr .row-menu summary, tbody tr summary").first.click()
    page.locator("tbody tr").get_by_role("button", name="Delete").click()
    # which one, for it is one dialog for all
    expect(page.get_by_role("dialog").locator("[data-asked]")).to_have_text(shown)
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("status")).to_be_visible()


def expires(page, cafe) -> None:
    """A guest is online by the ticket of this morning: it is expired, and says so afterwards."""
    a_guest_logs_in(cafe)
    page.goto("/vouchers/?show=begun")
    row = page.locator("tbody tr").filter(has_text="Two gigabytes")
    expect(row).to_contain_text("in use")
    row.locator("summary").click()
    row.get_by_role("button", name="Expire now").click()
    page.get_by_role("dialog").get_by_role("button", name="Expire").click()
    page.goto("/vouchers/?show=begun")
    expect(page.locator("tbody tr").filter(has_text="Two gigabytes")).to_contain_text("expired")


def a_guest_logs_in(cafe) -> None:
    from hotgate.apps.core import scope
    from hotgate.apps.subscribers.models import Entitlement
    from hotgate.apps.vouchers.models import Voucher
    from web import office

    with scope.of(cafe.operator.id):
        ticket = Voucher.objects.get(plan__name="Two gigabytes")
        Entitlement.objects.filter(subscriber=ticket.subscriber).update(first_used_at=office.now())


def reads_the_history(page) -> None:
    """Who did what: of one plan and of one batch on their pages, of everything in the audit."""
    page.goto("/plans/")
    page.get_by_role("link", name="Two gigabytes").click()
    expect(page.get_by_role("region", name="History")).to_contain_text("manager@aurora.example published a plan")
    page.goto("/vouchers/generator/")
    page.locator("tbody a").first.click()
    expect(page.get_by_role("region", name="History")).to_contain_text("manager@aurora.example confirmed a batch")
    page.goto("/settings/audit/")
    expect(page).to_have_title(re.compile("Audit"))
    for deed in DEEDS:
        row = page.locator("tbody tr").filter(has_text=deed).first
        expect(row).to_contain_text("manager@aurora.example")
