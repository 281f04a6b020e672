"""What a person does with a user, in a real browser."""

from __future__ import annotations

import pytest

from journeys import shots

pytestmark = pytest.mark.needs("chromium")


@pytest.fixture
def day(cafe):
    from datetime import timedelta

    from hotgate.apps.core import scope
    from hotgate.apps.subscribers import services
    from hotgate.apps.usage.models import DailyUsage
    from web import busy_day, office

    with scope.of(cafe.operator.id):
        lived = busy_day.live_through(cafe)
        services.default_realm(cafe.operator)
        today = office.now().date()
        DailyUsage.objects.bulk_create(
            DailyUsage(
                subscriber_id=lived.maria.id,
                operator_id=cafe.operator.id,
                day=today - timedelta(days=back),
                seconds=3600 * (back % 5),
                octets_in=back % 7 * 40_000_000,
                octets_out=(back * 37) % 11 * 100_000_000,
            )
            for back in range(1, 60)
        )
    return lived


@pytest.mark.parametrize("look", list(shots.LOOKS))
def test_HN_13_the_dashboard_in_every_look(signed_in, cafe, day, axe, look):
    page = signed_in("owner", **shots.LOOKS[look])
    page.goto(f"/users/{day.maria.uuid}/?days=30")
    shots.keep(page, "user-dashboard", look)
    assert axe(page) == []
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    page.goto("/settings/realms/")
    page.locator("main table a").first.click()
    page.wait_for_load_state("networkidle")
    assert axe(page) == []
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")


def test_HN_14_a_session_is_ended_by_the_menu_and_the_page_says_what_became_of_it(signed_in, cafe, day):
    from hotgate.apps.core import scope
    from hotgate.apps.usage.models import AccessSession, SessionOrder
    from web import office

    page = signed_in("support")
    page.goto(f"/users/{day.maria.uuid}/")
    page.locator(".heading-actions summary").click()
    page.get_by_role("button", name="Disconnect").first.click()
    page.locator("dialog#end .btn-danger").click()
    page.get_by_text("Asking the gateway").wait_for()
    with scope.of(cafe.operator.id):
        SessionOrder.objects.update(settled_at=office.now(), outcome="unknown")
        AccessSession.objects.filter(id=day.session.id).update(stopped_at=office.now(), closed_locally=True)
    page.get_by_text("is unreachable").wait_for(timeout=8000)


def test_HN_19_a_recharge_by_keyboard(signed_in, cafe, day):
    page = signed_in("cashier", width=360, height=740)
    page.goto(f"/users/{day.bruno.uuid}/recharge/")
    page.locator("#id_plan").select_option(label="1 hour")
    page.locator("#id_plan").press("Enter")
    page.locator("form .btn-primary").last.click()
    page.get_by_text("1 h left").first.wait_for()
