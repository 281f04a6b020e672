"""What stands in each row of a list is written out, not made of components: fifty cost a page half its time."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from django.urls import reverse
from django.utils import timezone, translation
from django_cotton.templatetags._component import CottonComponentNode

from hotgate.apps.core import scope
from hotgate.web.shared import in_rows, words
from web import office

OWN = UUID("01890000-0000-7000-8000-000000000001")


@pytest.mark.parametrize("route", ["user", "reveal_voucher", "end_voucher", "plan"])
def test_an_address_is_that_of_its_route(route):
    assert in_rows.href(OWN, route) == reverse(route, args=[OWN])


def test_a_moment_is_told_in_the_language_and_zone_of_each_reader():
    at = datetime(2026, 3, 1, 23, 59, 30, tzinfo=UTC)
    told = set()
    for language, zone in (("en", "Europe/Rome"), ("de", "Europe/Rome"), ("en", "UTC")):
        with translation.override(language), timezone.override(zone):
            told.add(words.moment(at))
    assert told == {"2 Mar 2026, 00:59", "2 Mär 2026, 00:59", "1 Mar 2026, 23:59"}


@pytest.fixture
def components(monkeypatch):
    """How many were rendered since the last look."""
    rendered: list[str] = []
    render = CottonComponentNode.render
    monkeypatch.setattr(
        CottonComponentNode,
        "render",
        lambda node, context: rendered.append(node.component_name) or render(node, context),
    )

    def count():
        found = len(rendered)
        rendered.clear()
        return found

    return count


def three_people(cafe):
    from hotgate.apps.subscribers import services

    for _each in range(3):
        services.register_subscriber(
            by=office.BY, now=office.now(), operator=cafe.operator, name=uuid4().hex, password="long enough"
        )


def three_vouchers(cafe):
    from hotgate.apps.vouchers import batches

    draft = batches.draft_batch(
        by=office.BY, now=office.now(), operator=cafe.operator, plan=cafe.plans["1 hour"], size=3
    )
    batches.confirm_batch(by=office.BY, now=office.now(), batch=draft.batch)


@pytest.mark.parametrize(("address", "three_more"), [("/users/", three_people), ("/vouchers/", three_vouchers)])
def test_more_rows_take_no_more_components(cafe, sign_in, components, address, three_more):
    client = sign_in()
    seen = []
    for _each in range(2):
        with scope.of(cafe.operator.id):
            three_more(cafe)
        rows = client.get(address).content.count(b"<tr>")
        seen.append((rows, components()))
    assert seen[1] == (seen[0][0] + 3, seen[0][1])
