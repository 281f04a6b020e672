"""What stands in each row of a list is written out, not made of components: fifty cost a page half its time."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from django.template import Context, Template
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


@pytest.mark.parametrize("zone", ["Europe/Rome", "UTC", "America/St_Johns"])
def test_the_parts_of_a_time_are_those_of_the_date_filter(zone):
    at = datetime(2026, 3, 1, 23, 59, 30, 900_000, tzinfo=UTC)
    slow = Template('{{ at|date:"Y-m-d" }} {{ at|date:"H:i:s" }}')
    with timezone.override(zone):
        assert f"{words.day_part(at)} {words.time_part(at)}" == words.second(at) == slow.render(Context({"at": at}))


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

    def count(name=""):
        found = [each for each in rendered if name in each]
        rendered.clear()
        return len(found)

    return count


def test_the_own_menu_of_wide_and_narrow_screens_is_rendered_once(sign_in, components):
    page = sign_in().get("/users/").content.decode()
    assert page.count('class="menu menu-end person"') == 2
    assert components("person") == 1


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
