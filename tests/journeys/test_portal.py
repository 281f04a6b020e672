"""The portal in a captive mini-browser: no scripts, no cookies, a narrow screen."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.needs("chromium")


@pytest.fixture
def ticket(cafe, served):
    from hotgate.apps.core import scope
    from hotgate.apps.vouchers import queries
    from web import busy_day

    with scope.of(cafe.operator.id):
        return queries.code_of(busy_day.live_through(cafe).ticket)


@pytest.fixture
def gateway():
    """What would arrive at the café's gateway; its address is not ours to call."""
    arrived = []

    def listen(page):
        page.on("request", lambda asked: arrived.append(asked.url) if "10.1.0.1:3990/" in asked.url else None)
        return arrived

    return listen


def test_a_code_goes_online_without_scripts(new_page, cafe, ticket, gateway):
    from web.gateway import arrival

    page = new_page(width=320, height=560, java_script_enabled=False)
    arrived = gateway(page)
    page.goto(arrival(cafe))
    page.get_by_label("Code on your ticket").fill(ticket.lower())
    page.get_by_role("button", name="Go online").first.click(no_wait_after=True)
    page.wait_for_timeout(1000)
    assert [address.split("?")[0] for address in arrived] == ["http://10.1.0.1:3990/logon"]
    assert page.context.cookies() == []


def test_a_wrong_code_says_why_and_stays_in_the_field(new_page, cafe, ticket, gateway):
    from web.gateway import arrival

    page = new_page(width=320, height=560, java_script_enabled=False)
    arrived = gateway(page)
    page.goto(arrival(cafe))
    page.get_by_label("Code on your ticket").fill("abcd-efgj")
    page.get_by_role("button", name="Go online").first.click()
    expect(page.get_by_role("alert")).to_contain_text("typing mistake")
    expect(page.get_by_label("Code on your ticket")).to_have_value("abcd-efgj")
    assert arrived == []


def test_the_qr_code_fills_the_field_and_tells_no_server(new_page, cafe, ticket):
    page = new_page(width=360, height=640)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"/portal/{cafe.operator.slug}/#{ticket}")
    expect(page.get_by_label("Code on your ticket")).to_have_value(ticket)
    page.get_by_role("button", name="What is left?").click()
    expect(page.get_by_role("status")).to_contain_text("Not used yet")
    assert not any(ticket in address.partition("#")[0] for address in asked)


def test_it_reads_at_four_hundred_percent(new_page, cafe, axe):
    from web.gateway import arrival

    page = new_page(width=320, height=256)  # 1280 × 1024 at 400 %
    page.goto(arrival(cafe))
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    assert axe(page) == []
