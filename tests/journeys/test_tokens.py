"""The owner makes a token for a program, with a browser; the pages stand the usual checks."""

from __future__ import annotations

import os

import httpx
import pytest

pytestmark = [pytest.mark.needs("chromium")]
SHOTS = os.environ.get("HOTGATE_SHOTS", "")


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (360, "dark")])
def test_HN_8_an_owner_gives_a_program_its_token(signed_in, served, axe, width, scheme):
    page = signed_in("owner", width=width, color_scheme=scheme)
    page.goto("/settings/tokens/new/")
    shoot(page, f"token-new-{width}")
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.locator("#id_name").fill("Hotel desk")
    page.locator("input[value='users:write']").check()
    page.locator("main form button.btn-primary").click()
    secret = page.locator("#token").inner_text()
    shoot(page, f"token-made-{width}")
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    headers = {"Authorization": f"Bearer {secret}"}
    assert httpx.get(f"{served}/api/v1/users", headers=headers).status_code == 200
    page.goto("/settings/tokens/")
    shoot(page, f"tokens-{width}")
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def shoot(page, name):
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)
