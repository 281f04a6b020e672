"""A second factor in a real browser: a passkey in a virtual authenticator, an app's codes, and signing in with each."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from journeys.passkeys import plug_in_a_key

pytestmark = pytest.mark.needs("chromium")


@pytest.fixture
def bare_owner(cafe):
    """As after the first start: a password and nothing else."""
    from allauth.mfa.models import Authenticator

    Authenticator.objects.filter(user=cafe.staff["owner"]).delete()
    return cafe.staff["owner"]


def sign_in(page):
    from web import office

    page.goto("/accounts/login/")
    page.locator("#id_login").fill("owner@aurora.example")
    page.locator("#id_password").fill(office.PASSWORD)
    page.locator("#id_password").press("Enter")


def test_an_owner_is_led_to_a_passkey_and_signs_in_with_it_alone(new_page, bare_owner, axe):
    page = new_page()
    plug_in_a_key(page)
    sign_in(page)
    expect(page.get_by_role("heading", name="First, protect your sign-in")).to_be_visible()
    assert axe(page) == []
    page.goto("/users/")  # nothing else opens
    assert page.url.endswith("/accounts/2fa/")
    page.get_by_role("link", name="Add a passkey").click()
    assert axe(page) == []
    page.locator("#mfa_webauthn_add").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    expect(page.locator(".recovery-codes li")).to_have_count(10)
    assert axe(page) == []
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_role("heading", name="Today")).to_be_visible()

    page.context.clear_cookies()
    page.goto("/accounts/login/")
    page.locator("#passkey_login").click()
    expect(page.get_by_role("heading", name="Today")).to_be_visible()


def test_an_owner_takes_an_app_where_there_is_no_passkey(new_page, bare_owner):
    from web import office

    page = new_page(width=360, height=740)
    sign_in(page)
    page.get_by_role("link", name="Use an app").click()
    secret = page.locator("p .mono").inner_text()
    page.locator("#id_code").fill(office.code_now(secret))
    page.get_by_role("button", name="Use it").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    spare = page.locator(".recovery-codes li").first.inner_text()

    page.context.clear_cookies()
    sign_in(page)
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()
    page.locator("#id_code").fill(spare)
    page.locator("#id_code").press("Enter")
    expect(page.get_by_role("heading", name="Today")).to_be_visible()


def test_what_is_sensitive_is_done_after_the_password_is_typed_again(signed_in, settings):
    from web import office

    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 0
    page = signed_in("owner")
    page.goto("/settings/staff/invite/")
    page.get_by_label("Password").fill(office.PASSWORD)
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 900
    page.get_by_label("Password").press("Enter")
    page.get_by_label("E-mail").fill("nina@aurora.example")
    page.get_by_role("button", name="Make the link").click()
    assert "/accounts/join/" in page.get_by_label("Link", exact=True).input_value()
