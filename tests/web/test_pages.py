"""Each page answers, with the strict policy and the things it is there for."""

from __future__ import annotations

import pytest

from hotgate.web.console.urls import ROUTES

PAGES = [route.path for route in ROUTES if "<" not in route.path and "preview" not in route.path]


@pytest.mark.parametrize("path", [p for p in PAGES if p != "operator/"])
def test_a_page_answers_under_a_strict_policy(page, path):
    response = page(f"/{path}")
    assert response.status_code == 200
    policy = [rule.strip() for rule in response["Content-Security-Policy"].split(";")]
    assert "script-src 'self'" in policy
    assert "style-src 'self'" in policy
    html = response.content.decode()
    assert " style=" not in html
    assert " onclick=" not in html
    assert "<c-" not in html
