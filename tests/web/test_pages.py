"""Each page answers, with the strict policy and the things it is there for."""

from __future__ import annotations

import pytest

from hotgate.apps.core import scope
from hotgate.web.console.urls import ROUTES

PAGES = [route.path for route in ROUTES if not any(part in route.path for part in ("<", "preview", ".xlsx"))]


# lead on, ask for the password first, or take a POST only
NO_PAGES = {"operator/", "settings/", "settings/staff/invite/", "settings/sign-ins/end-others/"}


@pytest.mark.parametrize("path", [p for p in PAGES if p not in NO_PAGES])
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


def test_today_counts_the_quick_tickets_that_were_sold(cafe, sign_in):
    client = sign_in("cashier")
    before = client.get("/today/figures/").context["figures"]
    for plan in ("1 hour", "1 GB"):
        assert client.post("/quick-ticket/", {"plan": cafe.plans[plan].uuid}).status_code == 302
    after = client.get("/today/figures/").context["figures"]
    assert (after.tickets - before.tickets, after.sold_minor - before.sold_minor) == (2, 750)
