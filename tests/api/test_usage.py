"""What was used, by day, as a program reads it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from hotgate.apps.core import scope


@pytest.fixture
def maria(cafe):
    """Online today, and a minute the day before yesterday."""
    from hotgate.apps.usage.models import DailyUsage
    from web import busy_day

    with scope.of(cafe.operator.id), timezone.override(cafe.operator.time_zone):
        one, used = busy_day.live_through(cafe).maria, {"seconds": 60, "octets_in": 1, "octets_out": 9}
        day = timezone.localdate() - timedelta(days=2)
        DailyUsage.objects.create(subscriber_id=one.id, operator_id=cafe.operator.id, day=day, **used)
    return str(one.uuid)


def test_HN_13_use_is_told_by_day_with_today_and_days_without(cafe, maria, api):
    with timezone.override(cafe.operator.time_zone):
        today = timezone.localdate()
    days = api.get(f"/users/{maria}/usage/days", days=3).json()["items"]
    assert [each["day"] for each in days] == [(today - timedelta(days=n)).isoformat() for n in (2, 1, 0)]
    assert days[0] | {"seconds": 60, "octets_in": 1, "octets_out": 9} == days[0]
    assert days[1]["seconds"] == 0
    assert len(api.get(f"/users/{maria}/usage/days").json()["items"]) == 30
    assert api.get(f"/users/{maria}/usage/days", days=367).status_code == 422
