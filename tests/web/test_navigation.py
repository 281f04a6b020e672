"""The navigation by task and by role, the switch of operators, and what every page has for the keyboard."""

from __future__ import annotations

import pytest

from hotgate.apps.core import scope
from hotgate.apps.operators import services as operators
from hotgate.apps.operators.models import StaffRole
from hotgate.web.console import navigation
from web.office import BY, now


def labels(client, address="/"):
    return [str(link.label) for link in client.get(address).context["navigation"]]


def test_each_role_sees_its_tasks_in_order(sign_in):
    wanted = ["Today", "Quick ticket", "Plans", "Users", "Live sessions"]
    shown = labels(sign_in("cashier"))
    assert [label for label in shown if label in wanted] == wanted
    assert "Network" not in shown
    assert "Quick ticket" not in labels(sign_in("auditor"))


@pytest.mark.parametrize(("role", "has_generator"), [("owner", True), ("manager", True), ("cashier", False)])
def test_EN_1_plans_quick_tickets_and_the_generator_stand_together(sign_in, role, has_generator):
    """In two clicks from anywhere: the third is inside of *Vouchers*."""
    client = sign_in(role)
    shown = labels(client)
    first = shown.index("Quick ticket")
    assert shown[first : first + 3] == ["Quick ticket", "Plans", "Vouchers"]
    inside = [each.href for link in client.get("/vouchers/").context["navigation"] for each in link.inside]
    assert ("/vouchers/generator/" in inside) is has_generator


def test_a_page_that_is_not_there_is_not_shown(sign_in, monkeypatch):
    entry = navigation.Entry("Nowhere", "home", "no_such_route", navigation.Action.SEE_TODAY)
    monkeypatch.setattr(navigation, "ENTRIES", (*navigation.ENTRIES, entry))
    assert "Nowhere" not in labels(sign_in())


def test_a_group_opens_while_one_is_in_it(sign_in, monkeypatch):
    see = navigation.Action.SEE_TODAY
    pair = (
        navigation.Entry("Lists", "tags", "plans", see, "vouchers"),
        navigation.Entry("Boxes", "router", "network", see, "vouchers"),
    )
    monkeypatch.setattr(navigation, "ENTRIES", (*pair, navigation.Entry("Today", "home", "today", see)))
    client = sign_in()
    closed, opened = client.get("/").context["navigation"], client.get("/network/").context["navigation"]
    assert [(str(link.label), len(link.inside)) for link in closed] == [("Vouchers", 0), ("Today", 0)]
    assert [str(link.label) for link in opened[0].inside if link.here] == ["Boxes"]
    assert opened[0].href == "/plans/"


def test_one_entry_says_where_one_is(sign_in, cafe):
    def here(address):
        shown = sign_in().get(address).context["navigation"]
        return [str(link.label) for each in shown for link in each.inside or (each,) if link.here]

    addresses = ("/", "/vouchers/", "/vouchers/generator/", "/plans/new/", "/users/", "/search/")
    assert [here(address) for address in addresses] == [
        ["Today"], ["Vouchers"], ["Ticket generator"], ["Plans"], ["Users"], [],
    ]  # fmt: skip


@pytest.fixture
def chain(cafe):
    """The café's owner works for twenty more."""
    with scope.of(scope.PLATFORM):
        made = [
            operators.create_operator(by=BY, now=now(), name=f"Branch {n:02} مقهى", currency="EUR") for n in range(20)
        ]
        scope.limit_to([scope.PLATFORM, *(each.id for each in made)])
        for each in made:
            StaffRole.objects.create(staff=cafe.staff["owner"], operator=each, role="owner")
    return made


def test_many_operators_are_searched_by_name(sign_in, chain):
    client = sign_in()
    html = client.get("/").content.decode()
    assert html.count('name="operator"') == navigation.CHOICES_SHOWN
    assert "/operator/choose/" in html
    found = client.get("/operator/choose/", {"q": "branch 07"})
    assert [each.name for each in found.context["operators"]] == ["Branch 07 مقهى"]
    client.post("/operator/", {"operator": chain[7].uuid})
    assert "Branch 07" in client.get("/").content.decode()


@pytest.mark.parametrize("value", ["<script>alert(1)</script>", "x" * 10_000, "a\0b"])
def test_the_search_of_operators_takes_anything(sign_in, chain, value):
    response = sign_in().get("/operator/choose/", {"q": value})
    assert response.status_code == 200
    assert "Nothing matches" in response.content.decode()
    assert "<script>alert" not in response.content.decode()
