"""Each page answers, with the strict policy and the things it is there for."""

from __future__ import annotations

import pytest

from hotgate.apps.core import scope
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


def test_a_code_is_audited_once_for_each_look(cafe, sign_in):
    from hotgate.apps.operators.models import AuditEntry
    from web import busy_day

    with scope.of(cafe.operator.id):
        ticket = busy_day.live_through(cafe).ticket
    entries = AuditEntry.objects.filter(
        object_kind="voucher", object_id=ticket.id, verb__in=("show_code", "print_code")
    )

    def looks():
        with scope.of(cafe.operator.id):
            return sorted(entries.values_list("verb", flat=True))

    client = sign_in("cashier")
    for _ in range(3):
        assert client.get(f"/quick-ticket/{ticket.uuid}/").status_code == 200
    assert looks() == ["show_code"]
    for _ in range(2):
        client.get(f"/quick-ticket/{ticket.uuid}/a4.pdf")
    assert looks() == ["print_code", "show_code"]
    sign_in("owner").get(f"/quick-ticket/{ticket.uuid}/")
    assert looks() == ["print_code", "show_code", "show_code"]
