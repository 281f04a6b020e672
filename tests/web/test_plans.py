"""Plans in the console: typed, listed, changed where they may, replaced and compared."""

from __future__ import annotations

import html
import re
from decimal import Decimal

import pytest

from hotgate.apps.catalogue import queries
from hotgate.apps.catalogue.models import Plan
from hotgate.apps.core import scope
from hotgate.domain.catalogue import CycleRule, Payment, Period, Tariff, Unit, Validity, ValidityKind
from hotgate.domain.overshoot import overshoot
from hotgate.domain.quantities import DAY, GB, HOUR, MB, MINUTE
from web.plans_forms import MONTHLY, POSTPAID, typed

NO_BREAK = "\N{NO-BREAK SPACE}"


def text_of(response):
    return html.unescape(response.content.decode()).replace(NO_BREAK, " ")


def words_of(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text_of(response)))


def beside(response, field):
    """The message beside a field; '' where there is none."""
    found = re.search(rf'id="id_{field}_error"[^>]*>(.*?)</div>', text_of(response))
    return found[1] if found else ""


def saved(office, name="Two hours"):
    with scope.of(office.operator.id):
        row = Plan.objects.get(name=name)
        return row, queries.terms_of([row.id])[row.id]


@pytest.fixture
def make(sign_in, cafe):
    client = sign_in()

    def post(**changes):
        return client.post("/plans/new/", typed(**changes))

    return post


FIELDS = {
    "EN-4 postpaid by the hour": (POSTPAID, {"tariff": Tariff(Decimal("1.50"), HOUR), "amount": None}),
    "EN-4 postpaid by 10 MB": (
        POSTPAID | {"measure": "traffic", "unit_price": "0.05"},
        {"tariff": Tariff(Decimal("0.05"), 10 * MB)},
    ),
    "EN-A23 charged by started minutes": (
        POSTPAID | {"increment": "60 s"},
        {"tariff": Tariff(Decimal("1.50"), HOUR, 60)},
    ),
    "EN-2 EN-5 minutes": ({"amount": "15", "time_unit": "min"}, {"amount": 15 * MINUTE, "price_minor": 300}),
    "EN-5 hours": ({"amount": "2", "time_unit": "h"}, {"amount": 2 * HOUR}),
    "EN-5 days": ({"amount": "3", "time_unit": "d"}, {"amount": 3 * DAY}),
    "EN-2 EN-5 MB": ({"measure": "traffic", "amount": "500", "data_unit": "mb"}, {"amount": 500 * MB}),
    "EN-22 GB": ({"measure": "traffic", "amount": "1.5", "data_unit": "gb"}, {"amount": 1500 * MB}),
    "EN-22 in words": ({"amount": "1 h 30 min"}, {"amount": 90 * MINUTE}),
    "EN-A8 1 GB is 10^9": ({"measure": "traffic", "amount": "1 GB"}, {"amount": 10**9}),
    "EN-18 bandwidth": (
        {"limit_bandwidth": "on", "download": "20M", "upload": "512k"},
        {"profile.download_bps": 20_000_000, "profile.upload_bps": 512_000},
    ),
    "EN-18 not ticked, not limited": ({"download": "20M"}, {"profile.download_bps": None}),
    "EN-20 free": ({"payment": "free", "price": ""}, {"payment": Payment.FREE, "price_minor": 0}),
    "EN-23 always": ({}, {"validity": Validity(ValidityKind.ALWAYS)}),
    "EN-23 from the sale": (
        {"validity_kind": "from_creation", "validity_amount": "2", "validity_unit": "week"},
        {"validity": Validity(ValidityKind.FROM_CREATION, 2, Unit.WEEK)},
    ),
    "EN-23 from first use": (
        {"validity_kind": "from_first_use", "validity_amount": "3", "validity_unit": "month"},
        {"validity": Validity(ValidityKind.FROM_FIRST_USE, 3, Unit.MONTH)},
    ),
    "EN-23 until the end of the day": (
        {"validity_kind": "end_of_day"},
        {"validity": Validity(ValidityKind.END_OF_DAY)},
    ),
    "EN-16 EN-28 cyclic": (
        MONTHLY | {"repeats": "3"},
        {"cycle": CycleRule(Period.MONTH, 3), "amount": 20 * GB, "price_minor": 1500},
    ),
    "EN-29 one cycle when empty": (MONTHLY, {"cycle": CycleRule(Period.MONTH, 1)}),
    "EN-28 daily": (MONTHLY | {"cycle": "day"}, {"cycle": CycleRule(Period.DAY, 1)}),
    "EN-28 weekly": (MONTHLY | {"cycle": "week"}, {"cycle": CycleRule(Period.WEEK, 1)}),
    "EN-28 yearly": (MONTHLY | {"cycle": "year"}, {"cycle": CycleRule(Period.YEAR, 1)}),
    "EN-A11 daily from midnight": (
        MONTHLY | {"cycle": "day", "calendar": "on"},
        {"cycle": CycleRule(Period.DAY, 1, True)},
    ),
    "EN-2 EN-A14 a cyclic plan by time": (MONTHLY | {"measure": "time", "amount": "1"}, {"amount": HOUR}),
    "EN-A13 validity says only when a cyclic plan starts": (
        MONTHLY | {"validity_kind": "from_first_use", "validity_amount": "7"},
        {"validity": Validity(ValidityKind.FROM_FIRST_USE)},
    ),
    "EN-36 the operator's currency": ({}, {"currency": "EUR"}),
}


@pytest.mark.parametrize("case", FIELDS)
def test_EN_3_a_plan_is_saved_as_it_was_typed(make, cafe, case):
    changes, expected = FIELDS[case]
    response = make(**changes)
    assert response.status_code == 302, response.context["form"].errors
    terms = saved(cafe)[1]
    for path, value in expected.items():
        found = terms
        for part in path.split("."):
            found = getattr(found, part)
        assert found == value, path


WRONG = {
    "nothing typed": ({"price": ""}, "price", "Please give a price"),
    "negative": ({"price": "-1"}, "price", "zero or more"),
    "EN-36 a cent is the smallest euro": ({"price": "1.005"}, "price", "This currency has 2 decimals"),
    "10^18": ({"price": "1000000000000000000"}, "price", "too large"),
    "10^15 whole euros": ({"price": "100000000000000"}, "price", "too large"),
    "text": ({"price": "cheap"}, "price", "Please give an amount"),
    "EN-6 two prices": ({"unit_price": "9"}, "unit_price", "one of the two prices"),
    "EN-6 two that differ": ({"unit_price": "9", "price_side": "ticket"}, "unit_price", "do not belong together"),
    "unit: text": ({"price": "", "unit_price": "cheap"}, "unit_price", "a price such as"),
    "unit: negative": ({"price": "", "unit_price": "-1"}, "unit_price", "a price such as"),
    "unit: NaN": ({"price": "", "unit_price": "NaN"}, "unit_price", "a price such as"),
    "unit: Infinity": (POSTPAID | {"unit_price": "Infinity"}, "unit_price", "a price such as"),
    "unit: nine decimals": ({"price": "", "unit_price": "0.000000001"}, "unit_price", "a price such as"),
    "unit: a price beyond all bounds": (
        {"price": "", "unit_price": "999999999999", "amount": "900000", "time_unit": "d"},
        "unit_price",
        "too large",
    ),
    "unit: no amount": ({"price": "", "unit_price": "1", "amount": ""}, "unit_price", "needs an amount"),
    "EN-4 postpaid without a price": (POSTPAID | {"unit_price": ""}, "unit_price", "Please give a price"),
    "amount: zero": ({"amount": "0"}, "amount", "more than zero"),
    "amount: negative": ({"amount": "-5"}, "amount", "Please give a time"),
    "amount: 10^18 days": ({"amount": "1000000000000000000", "time_unit": "d"}, "amount", "too much"),
    "amount: too many days": ({"amount": "999999999999999999", "time_unit": "d"}, "amount", "too much"),
    "EN-28 a cycle without an amount": (MONTHLY | {"amount": ""}, "amount", "an amount for each cycle"),
    "EN-34 a cycle without a price": (MONTHLY | {"cycle_price": ""}, "cycle_price", "Please give a price"),
    "EN-30 cyclic and free": (MONTHLY | {"payment": "free"}, "cycle", "Cyclic plans are prepaid"),
    "EN-30 cyclic and postpaid": (
        MONTHLY | {"payment": "postpaid", "unit_price": "1"},
        "cycle",
        "Cyclic plans are prepaid",
    ),
    "EN-18 cyclic and bandwidth": (
        MONTHLY | {"limit_bandwidth": "on", "download": "1M"},
        "limit_bandwidth",
        "no limit of bandwidth",
    ),
    "EN-18 ticked without a speed": ({"limit_bandwidth": "on"}, "download", "Please give a speed"),
    "EN-A13 cyclic until the end of the day": (
        MONTHLY | {"validity_kind": "end_of_day"},
        "validity_kind",
        "does not end with the day",
    ),
    "EN-29 no cycles": (MONTHLY | {"repeats": "0"}, "repeats", "greater than or equal to 1"),
    "EN-23 no length": (
        {"validity_kind": "from_creation", "validity_amount": "0"},
        "validity_kind",
        "Say how long it is valid",
    ),
    "EN-14 name: empty": ({"name": " "}, "name", "required"),
    "name: 10 kB": ({"name": "x" * 10_000}, "name", "at most 100 characters"),
    "EN-14 name: taken": ({"name": "1 GB"}, "name", "already there"),
    "EN-15 code: taken": ({"code": "1 gb"}, "code", "already there"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_mistake_stands_beside_its_field_and_nothing_is_saved(make, cafe, case):
    changes, field, message = WRONG[case]
    response = make(**changes)
    assert response.status_code == 422
    assert message in beside(response, field), response.context["form"].errors
    with scope.of(cafe.operator.id):
        assert Plan.objects.filter(operator=cafe.operator).count() == len(cafe.plans)


@pytest.mark.parametrize(
    ("currency", "price", "minor", "message"),
    [
        ("JPY", "300", 300, ""),
        ("JPY", "300.5", None, "This currency has no decimals"),
        ("KWD", "1.255", 1255, ""),
        ("KWD", "1.2555", None, "This currency has 3 decimals"),
    ],
)
def test_EN_36_a_price_has_the_decimals_of_its_currency(make, cafe, currency, price, minor, message):
    with scope.of(scope.PLATFORM, cafe.operator.id):
        type(cafe.operator).objects.filter(id=cafe.operator.id).update(currency=currency)
    response = make(price=price)
    assert message in beside(response, "price") if message else response.status_code == 302
    if minor is not None:
        assert (saved(cafe)[0].price_minor, saved(cafe)[0].currency) == (minor, currency)


@pytest.mark.parametrize(
    ("boxes", "box", "follows"),
    [
        ({"price": "10", "amount": "90 min", "typed": "ticket"}, "unit_price", "6.66666667"),
        ({"price": "", "unit_price": "6.67", "amount": "90 min", "typed": "unit"}, "price", "10.01"),
        ({"unit_price": "9", "price_side": "ticket", "price": "3.00"}, "unit_price", "1.5"),
        ({"unit_price": "9", "price_side": "unit", "price": "3.00"}, "price", "18.00"),
        ({"measure": "traffic", "amount": "700 MB", "price": "5", "typed": "ticket"}, "unit_price", "0.07142857"),
        ({"amount": "", "typed": "ticket"}, "unit_price", None),
        ({"price": "cheap", "typed": "ticket"}, "unit_price", None),
    ],
    ids=["EN-6", "EN-6 vice versa", "an amount changed", "EN-A7 typed stays", "EN-8 10 MB", "no amount", "nonsense"],
)
def test_EN_6_the_other_price_follows_while_one_types(sign_in, boxes, box, follows):
    response = sign_in("manager").post("/plans/preview/", typed(**boxes))
    swapped = re.search(rf'<input[^>]*name="{box}"[^>]*>', text_of(response))
    assert swapped
    assert "hx-swap-oob" in swapped[0]
    assert (f'value="{follows}"' in swapped[0]) if follows else "value=" not in swapped[0]


def test_EN_A7_the_typed_price_stays_exactly_and_the_computed_one_beside_it_does_no_harm(make, cafe):
    assert make(price="10", unit_price="6.66666667", amount="90 min", price_side="ticket").status_code == 302
    assert make(name="By unit", price="10.01", unit_price="6.67", amount="90 min", price_side="unit").status_code == 302
    whole, by_unit = saved(cafe)[0], saved(cafe, "By unit")[0]
    assert (whole.price_minor, whole.price_side, whole.unit_price) == (1000, "ticket", Decimal("6.66666667"))
    assert (by_unit.price_minor, by_unit.price_side, by_unit.unit_price) == (1001, "unit", Decimal("6.67"))


def test_EN_35_totals_are_shown_once_the_price_of_a_cycle_is_typed(sign_in):
    monthly = typed(**MONTHLY | {"cycle_price": "29.99"})
    words = words_of(sign_in().post("/plans/preview/", monthly))
    assert "3 months 89.97 €" in words
    assert "6 months 179.94 €" in words
    daily = words_of(sign_in().post("/plans/preview/", monthly | {"cycle": "day", "cycle_price": "1.50"}))
    assert "7 days 10.50 €" in daily
    assert "14 days 21.00 €" in daily


def test_EN_33_a_monthly_plan_tells_of_the_20th_of_june(sign_in):
    words = words_of(sign_in().post("/plans/preview/", typed(**MONTHLY, repeats="3")))
    assert "bought on 20 June it works at once, but its first cycle ends on 30 June" in words
    assert "the amount comes again on 1 " in words
    weekly = typed(**MONTHLY | {"cycle": "week"})
    assert "20 June" not in words_of(sign_in().post("/plans/preview/", weekly))


def names(client, **asked):
    return re.findall(r'<a href="/plans/[0-9a-f-]{36}/"><strong>(.*?)</strong>', text_of(client.get("/plans/", asked)))


def test_EN_10_EN_11_plans_are_ordered_by_name_payment_or_measure_and_reversed(sign_in):
    client = sign_in()
    by_name = names(client, sort="name")
    assert by_name == sorted(by_name)
    assert names(client, sort="name", reverse="1") == by_name[::-1]
    assert names(client, sort="payment")[0] == "Lobby"
    assert names(client, sort="payment", reverse="1")[-1] == "Lobby"
    assert names(client, sort="measure")[0] == "Day pass"
    page = text_of(client.get("/plans/"))
    for label in ("Plan", "Payment", "Counts"):
        assert re.search(rf'<option value="\w+"[^>]*>{label}</option>', page)
    assert "Reverse order" in page


def test_EN_12_one_character_finds_plans_by_name(sign_in):
    assert names(sign_in(), q="y") == ["By the hour", "Day pass", "Lobby"]


def test_EN_9_EN_25_the_columns_are_the_options(sign_in):
    client = sign_in()
    words = words_of(client.get("/plans/", {"q": "1 hour"}))
    for heading in ("Payment", "Counts", "Cycle", "Amount", "Price of a unit", "Price", "Quick ticket?", "Portal?"):
        assert heading in words
    assert "Prepaid Time – 1 h 2.50 € per hour 2.50 €" in words
    assert "validity" not in words.lower(), "EN-23: in the editor only"


def test_EN_17_EN_19_a_new_plan_is_offered_where_it_was_ticked(make, cafe):
    for name, ticked in (("Both", {"quick_ticket", "self_service"}), ("Counter", {"quick_ticket"}), ("Nowhere", set())):
        ways = dict.fromkeys(("quick_ticket", "self_service"), "") | dict.fromkeys(ticked, "on")
        assert make(name=name, **ways).status_code == 302
        row = saved(cafe, name)[0]
        assert {way for way in ways if getattr(row, way)} == ticked


@pytest.mark.parametrize("switch", ["quick_ticket", "self_service"])
def test_EN_13_EN_17_EN_19_a_click_on_the_icon_switches_an_offer(sign_in, cafe, switch):
    client, plan = sign_in("manager"), cafe.plans["20 GB a month"]
    button = re.compile(rf'<form[^>]*action="/plans/{plan.uuid}/offer/">(?:(?!</form>).)*name="{switch}" value="(\w+)"')
    for expected, value in ((True, "on"), (False, "off")):
        assert button.search(text_of(client.get("/plans/")))[1] == value
        client.post(f"/plans/{plan.uuid}/offer/", {switch: value})
        assert getattr(saved(cafe, plan.name)[0], switch) is expected


def test_EN_19_EN_A21_a_postpaid_plan_is_no_quick_ticket(sign_in, cafe):
    plan = cafe.plans["By the hour"]
    told = sign_in().post(f"/plans/{plan.uuid}/offer/", {"quick_ticket": "on"}, follow=True)
    assert "not sold as a quick ticket" in text_of(told)
    assert not saved(cafe, plan.name)[0].quick_ticket


def edit_of(client, plan, **changes):
    page = client.get(f"/plans/{plan.uuid}/")
    seen = re.search(r'name="seen" value="(\w+)"', text_of(page))[1]
    values = {"name": plan.name, "code": plan.code, "quick_ticket": "on", "seen": seen}
    return values | changes


def test_EN_38_the_page_of_a_plan_changes_name_code_and_offers_and_nothing_else(sign_in, cafe):
    client, plan = sign_in("manager"), cafe.plans["1 hour"]
    page = text_of(client.get(f"/plans/{plan.uuid}/"))
    form = re.search(rf'action="/plans/{plan.uuid}/edit/".*?</form>', page, re.S)[0]
    assert set(re.findall(r'name="(\w+)"', form)) == {
        "csrfmiddlewaretoken", "seen", "name", "code", "description", "quick_ticket", "self_service",
    }  # fmt: skip
    values = edit_of(client, plan, name="60 minutes", code="M60", self_service="on", price="9.99", amount="1")
    del values["quick_ticket"]
    assert client.post(f"/plans/{plan.uuid}/edit/", values).status_code == 302
    row = saved(cafe, "60 minutes")[0]
    assert (row.code, row.quick_ticket, row.self_service) == ("M60", False, True)
    assert (row.price_minor, row.amount) == (250, HOUR)


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"name": "1 gb"}, "name", "already there"),
        ({"code": "1 GB"}, "code", "already there"),
        ({"name": ""}, "name", "required"),
        ({"name": "x" * 10_000}, "name", "at most 100 characters"),
    ],
)
def test_EN_38_a_wrong_name_is_told(sign_in, cafe, changes, field, message):
    client, plan = sign_in(), cafe.plans["1 hour"]
    response = client.post(f"/plans/{plan.uuid}/edit/", edit_of(client, plan, **changes))
    assert (response.status_code, message in beside(response, field)) == (422, True)
    assert saved(cafe, "1 hour")


def test_two_people_edit_a_plan_and_the_second_is_told(sign_in, cafe):
    plan, client, other = cafe.plans["1 hour"], sign_in("owner"), sign_in("manager")
    first, second = edit_of(client, plan, name="First"), edit_of(other, plan, name="Second")
    assert client.post(f"/plans/{plan.uuid}/edit/", first).status_code == 302
    late = other.post(f"/plans/{plan.uuid}/edit/", second)
    assert (late.status_code, "Somebody else has changed this plan" in text_of(late)) == (422, True)
    assert saved(cafe, "First")


def test_EN_39_EN_A10_replace_copies_the_terms_and_retires_the_old_plan(sign_in, cafe):
    client, old = sign_in("manager"), cafe.plans["1 hour"]
    page = client.get(f"/plans/{old.uuid}/replace/")
    given = page.context["form"].initial
    assert (given["name"], given["amount"], given["price"]) == ("1 hour", "1 h", "2.50")
    values = {name: value for name, value in given.items() if value not in (None, False, "")} | {"price": "3.00"}
    answer = client.post(f"/plans/{old.uuid}/replace/", values | {"once": "token"})
    assert answer.status_code == 302
    row, terms = saved(cafe, "1 hour")
    with scope.of(cafe.operator.id):
        was = Plan.objects.get(id=old.id)
    assert (was.name, was.active, was.price_minor) == ("OLD-1 hour", False, 250)
    assert (row.price_minor, terms.profile.download_bps) == (300, 20_000_000)
    before = queries_of(cafe, old)._replace(id=0, name="", price_minor=0, profile=None)
    assert terms._replace(id=0, name="", price_minor=0, profile=None) == before


def queries_of(office, row):
    with scope.of(office.operator.id):
        return queries.terms_of([row.id])[row.id]


@pytest.mark.parametrize("name", ["1 GB", "20 GB a month", "Day pass", "By the hour", "Lobby"])
def test_EN_39_every_kind_of_plan_is_copied_as_it_is(sign_in, cafe, name):
    client, old = sign_in(), cafe.plans[name]
    given = client.get(f"/plans/{old.uuid}/replace/").context["form"].initial
    values = {key: value for key, value in given.items() if value not in (None, False, "") and key != "examples"}
    assert client.post(f"/plans/{old.uuid}/replace/", values).status_code == 302
    copied, was = saved(cafe, name)[1], queries_of(cafe, old)
    assert copied._replace(id=0, name="", profile=None) == was._replace(id=0, name="", profile=None)
    assert copied.profile._replace(id=0) == was.profile._replace(id=0)


def test_two_people_replace_a_plan_and_the_second_is_told(sign_in, cafe):
    old, new = cafe.plans["1 hour"], typed(name="1 hour")
    assert sign_in("owner").post(f"/plans/{old.uuid}/replace/", new).status_code == 302
    second = sign_in("manager").post(f"/plans/{old.uuid}/replace/", new)
    assert (second.status_code, "retired or replaced before" in text_of(second)) == (422, True)


def test_a_wrong_replacement_changes_nothing(sign_in, cafe):
    old = cafe.plans["1 hour"]
    response = sign_in().post(f"/plans/{old.uuid}/replace/", typed(name="1 hour", price="-1"))
    assert response.status_code == 422
    assert saved(cafe, "1 hour")[0].active


def test_EN_7_plans_are_compared_by_what_an_hour_costs(sign_in, make, cafe):
    make(name="15 min", amount="15 min", price="0.50")
    page = sign_in().get("/plans/compare/")
    words = words_of(page)
    assert "4 × “15 min” cost 2.00 €, less than one “1 hour” for 2.50 €." in words
    assert re.search(r"Cost of 1 hour.*By the hour.*15 min.*2\.00 €.*1 hour.*2\.50 € Cost of 10 MB", words)
    only = [cafe.plans["1 hour"].uuid, cafe.plans["1 GB"].uuid]
    assert "less than one" not in words_of(sign_in().get("/plans/compare/", {"plan": only}))


def examples_of(*rows):
    used, day, expected = zip(*rows, strict=True)
    return {"example_used": used, "example_day": day, "example_expected": expected}


GOOD = examples_of(("1 h", "3", "accepted"), ("2 h", "3", "used_up"), ("", "", "accepted"))
BAD = examples_of(("1 h", "3", "used_up"))


def test_examples_are_tried_while_one_types(sign_in):
    words = words_of(sign_in().post("/plans/preview/", typed(**GOOD)))
    assert "After 2 h on day 3: refused: used up : as expected" in words
    wrong = words_of(sign_in().post("/plans/preview/", typed(**BAD)))
    assert "After 1 h on day 3: refused: used up. But the rules say: may log in" in wrong
    typo = words_of(sign_in().post("/plans/preview/", typed(**examples_of(("5 GB", "3", "accepted")))))
    assert "Example 1: Please give a time" in typo


def test_a_plan_whose_example_fails_is_not_published(make, cafe):
    response = make(**BAD)
    assert response.status_code == 422
    assert "does not come out as you expect" in text_of(response)
    assert make(**GOOD).status_code == 302
    with scope.of(cafe.operator.id):
        assert [each.expected for each in queries.examples_of(saved(cafe)[0])] == ["accepted", "used_up"]


def test_a_plan_whose_example_fails_is_not_offered(sign_in, cafe):
    client, plan = sign_in(), cafe.plans["20 GB a month"]
    wrong = examples_of(("20 GB", "3", "accepted"))
    assert client.post(f"/plans/{plan.uuid}/examples/", wrong).status_code == 302, "offered nowhere yet"
    assert "But the rules say:" in words_of(client.get(f"/plans/{plan.uuid}/"))
    told = client.post(f"/plans/{plan.uuid}/offer/", {"self_service": "on"}, follow=True)
    assert "does not come out as you expect" in text_of(told)
    assert not saved(cafe, plan.name)[0].self_service
    right = examples_of(("20 GB", "3", "cycle_used_up"))
    client.post(f"/plans/{plan.uuid}/examples/", right)
    client.post(f"/plans/{plan.uuid}/offer/", {"self_service": "on"})
    assert saved(cafe, plan.name)[0].self_service


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (("plenty", "3", "accepted"), "Please give a time"),
        (("5 h", "zero", "accepted"), "Please give a day"),
        (("5 h", "0", "accepted"), "Please give a day"),
        (("30 h", "1", "accepted"), "So much time has not passed"),
        (("5 h", "3", "perhaps"), "Please give a day"),
    ],
)
def test_a_wrong_example_is_told_in_its_row(sign_in, cafe, row, message):
    plan = cafe.plans["1 hour"]
    response = sign_in().post(f"/plans/{plan.uuid}/examples/", examples_of(row))
    assert response.status_code == 422
    assert re.search(rf'id="example-error-1"[^>]*>{message}', text_of(response))
    assert f"Example 1: {message}" in text_of(response)


@pytest.mark.parametrize("page", ["", "replace/"])
def test_another_operators_plan_is_not_found(sign_in, cafe, hotel, page):
    assert sign_in().get(f"/plans/{hotel.plans['1 hour'].uuid}/{page}").status_code == 404


@pytest.mark.parametrize("page", ["edit/", "examples/", "offer/", "retire/", "replace/"])
def test_a_cashier_changes_no_plan(sign_in, cafe, page):
    assert sign_in("cashier").post(f"/plans/{cafe.plans['1 hour'].uuid}/{page}", typed()).status_code == 403


def test_G18_a_plan_says_what_can_run_over(sign_in, cafe):
    row, _ = saved(cafe, "1 GB")
    with scope.of(cafe.operator.id):
        bound = overshoot(queries.terms_of([row.id])[row.id])
    page = words_of(sign_in().get(f"/plans/{row.uuid}/"))
    assert bound.enforced == 10 * MB
    assert "Beyond the amount a guest can use at most 10 MB where the gateway enforces volume" in page
    other, _ = saved(cafe, "1 hour")
    assert "Beyond the amount" not in words_of(sign_in().get(f"/plans/{other.uuid}/"))
