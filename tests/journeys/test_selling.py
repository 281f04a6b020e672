"""Plans and tickets, as a manager and a cashier make them."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.needs("chromium")


def test_the_plan_reads_in_one_sentence_while_it_is_typed(signed_in):
    page = signed_in("manager")
    page.goto("/plans/new/")
    page.get_by_label("Counts", exact=True).select_option("traffic")
    page.get_by_label("Amount", exact=True).fill("1 GB")
    page.get_by_label("Price", exact=True).fill("5.00")
    page.get_by_label("Limit the bandwidth").check()
    page.get_by_label("Download").fill("20M")
    page.get_by_label("Upload").fill("5M")
    sentence = page.locator("#preview .sentence")
    expect(sentence).to_have_text("1 GB, usable for 7 days from first login, up to 20/5 Mbit/s, 5.00 €")
    expect(page.locator("#preview")).to_contain_text("0.05 € for 10 MB")
    expect(page.get_by_label("Price of a unit")).to_have_value("0.05")
    page.get_by_label("Price of a unit").fill("0.075")
    expect(page.locator("#preview")).to_contain_text("7.50 € for the whole")
    expect(page.get_by_label("Price", exact=True)).to_have_value("7.50")
    page.get_by_label("Name", exact=True).fill("Big one")
    page.get_by_role("button", name="Save the plan").click()
    expect(page.get_by_role("status")).to_contain_text("Big one is ready to be sold.")
    expect(page.get_by_role("row", name="Big one")).to_contain_text("7.50 €")


def test_EN_21_the_form_shows_what_belongs_to_the_kind_of_plan(signed_in):
    page = signed_in("manager")
    page.goto("/plans/new/")
    expect(page.locator("#id_time_unit")).to_be_visible()
    expect(page.locator("#id_data_unit")).to_be_hidden()
    expect(page.locator("#id_download")).to_be_hidden()
    page.get_by_label("Counts", exact=True).select_option("traffic")
    expect(page.locator("#id_data_unit")).to_be_visible()
    page.get_by_label("Type", exact=True).select_option("cyclic")
    for field in ("price", "unit_price", "limit_bandwidth", "validity_amount"):
        expect(page.locator(f"#id_{field}")).to_be_hidden()
    for field in ("cycle", "cycle_price", "repeats"):
        expect(page.locator(f"#id_{field}")).to_be_visible()
    page.get_by_label("Type", exact=True).select_option("normal")
    page.get_by_label("Payment", exact=True).select_option("postpaid")
    expect(page.locator("#id_price")).to_be_hidden()
    expect(page.locator("#id_unit_price")).to_be_visible()


def test_each_mistake_stands_beside_its_field(signed_in):
    page = signed_in("manager")
    page.goto("/plans/new/")
    page.get_by_label("Amount", exact=True).fill("plenty")
    page.get_by_label("Price", exact=True).fill("-3")
    page.get_by_role("button", name="Save the plan").click()
    for field in ("name", "amount"):
        described = page.locator(f"#id_{field}").get_attribute("aria-describedby") or ""
        assert f"id_{field}_error" in described
        expect(page.locator(f"#id_{field}_error")).not_to_be_empty()


def test_a_ticket_in_two_clicks(signed_in, tmp_path):
    page = signed_in("cashier")
    page.goto("/quick-ticket/")
    page.get_by_role("button", name=re.compile("^1 GB")).click()
    code = page.locator("#code").inner_text()
    assert re.fullmatch(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{3}", code)
    page.get_by_role("link", name="Other paper").click()
    with page.expect_popup():
        page.get_by_role("dialog").get_by_role("button", name="80 mm", exact=True).click()
    page.get_by_role("button", name="Close").click()
    page.get_by_role("link", name="Another").click()
    page.get_by_role("button", name=re.compile("^1 GB")).click()
    usual = page.get_by_role("link", name="Print 80 mm")  # the second click of the next ticket
    printed = page.context.request.get(usual.get_attribute("href"))
    assert printed.headers["content-type"] == "application/pdf"
    assert printed.body().startswith(b"%PDF-")


def test_a_double_click_makes_one_ticket(signed_in, cafe):
    from hotgate.apps.vouchers.models import Voucher

    page = signed_in("cashier")
    page.goto("/quick-ticket/")
    form = page.locator("main form").first
    answers = form.evaluate(
        """async form => {
            const sent = () => { const d = new FormData(form); d.set('plan', form.querySelector('button').value);
                                 return fetch('/quick-ticket/', {method: 'POST', body: d}).then(r => r.url) };
            return await Promise.all([sent(), sent(), sent()]) }"""
    )
    assert len(set(answers)) == 1
    assert Voucher.objects.count() == 1


def test_a_role_sees_only_what_it_may_do(signed_in):
    page = signed_in("auditor")
    expect(page.get_by_role("link", name="Users")).to_be_visible()
    expect(page.get_by_role("link", name="Quick ticket")).to_have_count(0)
    assert page.goto("/quick-ticket/").status == 403
