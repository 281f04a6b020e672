"""What every list can do: filters that combine, order, pages, columns by choice, files, and acts on several rows."""

from __future__ import annotations

import csv
import io
import re

import pytest
from django.db import connection
from python_calamine import CalamineWorkbook

from hotgate.apps.core import scope
from hotgate.apps.operators.models import AuditEntry
from hotgate.apps.subscribers import services
from hotgate.apps.subscribers.models import Hold

NASTY = ('"><script>alert(1)</script>', "مقهى\u202e الفجر", "x" * 10_000, "a\0b", "%_\\'\"")
LISTS = ("/users/", "/plans/", "/sessions/", "/attempts/", "/network/", "/network/set-aside/")


@pytest.fixture
def people(cafe):
    """people("anna", "bo"): users of the café, in this order."""

    def register(*names, office=cafe, **more):
        from web import office as world

        with scope.of(office.operator.id):
            return [
                services.register_subscriber(
                    by=world.BY, now=world.now(), operator=office.operator, name=name, password="long enough", **more
                )
                for name in names
            ]

    return register


@pytest.fixture
def many(cafe, people):
    """120 users, whose names are in their order."""
    people("first of all")
    with scope.of(cafe.operator.id), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO subscriber (uuid, operator_id, realm_id, name, created_at)"
            " SELECT gen_random_uuid(), operator_id, realm_id, 'u' || lpad(n::text, 3, '0'), now()"
            "   FROM subscriber, generate_series(1, 119) AS n WHERE name = 'first of all'"
        )


def names(response):
    return [row.name for row in response.context["listing"].rows]


def csv_rows(response):
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))


def xlsx_rows(response):
    book = CalamineWorkbook.from_filelike(io.BytesIO(b"".join(response.streaming_content)))
    return book.get_sheet_by_index(0).to_python()


# ── filters, order, pages ──


def test_filters_of_a_group_add_up_and_groups_narrow(page, people):
    anna, bo = people("anna", "bo")
    people("ticket", created_via="voucher")
    with scope.of(anna.operator_id):
        Hold.objects.create(operator_id=anna.operator_id, subscriber=bo, kind="staff")
    assert set(names(page("/users/?show=people"))) == {"anna", "bo"}
    assert set(names(page("/users/?show=people&show=vouchers"))) == {"anna", "bo", "ticket"}
    both = page("/users/?show=people&show=held")
    assert names(both) == ["bo"]
    assert [chip.label for chip in both.context["listing"].chips if chip.on] == ["People", "On hold"]


def test_a_chip_that_is_on_is_taken_away_and_leaves_the_others(page):
    chips = {chip.label: chip for chip in page("/users/?show=people&show=held&q=x").context["listing"].chips}
    assert chips["People"].href == "?q=x&show=held&sort=-since"
    assert chips["Devices"].href == "?q=x&show=people&show=held&show=devices&sort=-since"


def test_a_search_keeps_the_filters(page):
    html = page("/users/?show=people&sort=name").content.decode()
    assert '<input type="hidden" name="show" value="people">' in html
    assert '<input type="hidden" name="sort" value="name">' in html


def test_pages_go_forth_and_back(page, many):
    first = page("/users/?sort=name")
    second = page("/users/" + first.context["listing"].href_next)
    third = page("/users/" + second.context["listing"].href_next)
    assert names(first)[0] == "first of all"
    assert [len(names(each)) for each in (first, second, third)] == [50, 50, 20]
    assert (first.context["listing"].href_before, third.context["listing"].href_next) == ("", "")
    back = page("/users/" + third.context["listing"].href_before)
    assert names(back) == names(second)
    assert names(page("/users/" + back.context["listing"].href_before)) == names(first)


def test_page_before_the_first_has_no_page_before(page, many):
    second = page("/users/" + page("/users/?sort=-name").context["listing"].href_next)
    first = page("/users/" + second.context["listing"].href_before).context["listing"]
    assert (first.href_before, bool(first.href_next)) == ("", True)


@pytest.mark.parametrize("order", ["name", "payment", "measure"])
def test_EN_10_plans_are_ordered_by_a_drop_down(page, order):
    response = page(f"/plans/?sort={order}")
    html = response.content.decode()
    assert f'<option value="{order}" selected>' in html
    shown = [getattr(row.plan, order) for row in response.context["listing"].rows]
    assert shown == sorted(shown)
    assert len(shown) == 6


def test_EN_11_reverse_order_inverts(page):
    plain = [row.plan.name for row in page("/plans/?sort=name").context["listing"].rows]
    turned = page("/plans/?sort=name&reverse=1")
    assert [row.plan.name for row in turned.context["listing"].rows] == plain[::-1]
    assert turned.context["listing"].is_reversed
    assert re.search(r'name="reverse" value="1" checked', turned.content.decode())


@pytest.mark.parametrize("value", NASTY)
def test_nothing_typed_breaks_a_list(page, value):
    for address in LISTS:
        for field in ("q", "show", "sort", "after", "before", "reverse", "export"):
            response = page(address, data={field: value})
            assert response.status_code == 200, (address, field)
            assert "<script>alert" not in response.content.decode()


# ── columns ──


def test_columns_are_chosen_and_remembered(sign_in, people):
    people("anna", phone="+39 333", email="anna@example.org")
    client = sign_in()
    assert 'table-stack hide-4 hide-5 hide-6"' in client.get("/users/").content.decode()
    answer = client.post("/users/?sort=name", {"columns": "1", "column": ["name", "phone"]})
    assert answer["Location"] == "/users/?sort=name"
    listing = client.get("/users/").context["listing"]
    assert [column.key for column in listing.columns if column.on] == ["name", "phone"]
    assert listing.hidden == "hide-3 hide-5 hide-6 hide-7 hide-8"  # the first cell is the tick box
    assert csv_rows(client.get("/users/?export=csv")) == [["Name", "Phone"], ["anna", "'+39 333"]]


def test_a_list_without_any_column_is_not_made(sign_in):
    client = sign_in()
    client.post("/users/", {"columns": "1", "column": ["<b>", "x" * 10_000]})
    assert [column.key for column in client.get("/users/").context["listing"].columns if column.on] == [
        "name", "shown", "via", "since",
    ]  # fmt: skip


def test_without_the_right_to_act_there_is_no_tick_box(sign_in, people):
    people("anna")
    html = sign_in("cashier").get("/users/").content.decode()
    assert "data-tick" not in html
    assert "hide-3 hide-4 hide-5" in html, "and the columns count from the first cell"


# ── acts on several rows ──


def ids(rows):
    return [str(row.uuid) for row in rows]


def test_several_are_held_once_after_a_question_with_the_number(sign_in, people, cafe):
    three = people("anna", "bo", "<b>carl")
    client = sign_in()
    asked = client.post("/users/?sort=name", {"act": "hold", "row": ids(three)})
    text = asked.content.decode()
    assert "Put 3 users on hold?" in text
    assert "&lt;b&gt;carl" in text
    with scope.of(cafe.operator.id):
        assert Hold.objects.count() == 0, "nothing was done yet"
    form = {"act": "hold", "row": ids(three), "confirmed": "1", "once": asked.context["once"]}
    for _ in range(2):
        assert client.post("/users/?sort=name", form)["Location"] == "/users/?sort=name"
    with scope.of(cafe.operator.id):
        assert Hold.objects.filter(released_at=None).count() == 3
        assert AuditEntry.objects.filter(verb="place_hold").count() == 3
    told = client.get("/users/").content.decode()
    assert "Put on hold: 3 done." in told


def test_what_needs_nothing_is_counted_apart(sign_in, people):
    anna, bo = people("anna", "bo")
    client = sign_in()
    client.post("/users/", {"act": "hold", "row": ids([anna]), "confirmed": "1"})
    client.get("/users/")
    client.post("/users/", {"act": "hold", "row": ids([anna, bo]), "confirmed": "1"})
    told = client.get("/users/").content.decode()
    assert "Put on hold: 1 done." in told
    assert "1 needed nothing." in told


def test_an_act_reaches_no_row_of_another_operator(sign_in, people, hotel):
    [guest] = people("guest", office=hotel)
    client = sign_in()
    client.post("/users/", {"act": "hold", "row": ids([guest]), "confirmed": "1"})
    with scope.of(hotel.operator.id):
        assert Hold.objects.count() == 0
    assert "Nothing was chosen" in client.get("/users/").content.decode()


def test_an_act_needs_its_right(sign_in, people):
    rows = ids(people("anna"))
    assert sign_in("cashier").post("/users/", {"act": "hold", "row": rows, "confirmed": "1"}).status_code == 403
    assert sign_in().post("/users/", {"act": "erase everything", "row": rows}).status_code == 404


@pytest.mark.parametrize("value", NASTY)
def test_ids_that_are_none_choose_nothing(sign_in, value):
    client = sign_in()
    for address, act in (("/users/", "hold"), ("/plans/", "retire"), ("/sessions/", "end")):
        assert client.post(address, {"act": act, "row": [value]}).status_code == 302


def test_plans_are_retired_and_sessions_ended_together(sign_in, cafe):
    from hotgate.apps.catalogue.models import Plan
    from hotgate.apps.usage.models import SessionOrder
    from web import busy_day

    with scope.of(cafe.operator.id):
        day = busy_day.live_through(cafe)
    client = sign_in()
    two = ids([cafe.plans["1 GB"], cafe.plans["Lobby"]])
    client.post("/plans/", {"act": "retire", "row": two, "confirmed": "1"})
    client.post("/sessions/", {"act": "end", "row": ids([day.session]), "confirmed": "1"})
    with scope.of(cafe.operator.id):
        assert Plan.objects.filter(active=False).count() == 2
        assert SessionOrder.objects.get(session_id=day.session.id).kind == "disconnect"


# ── files ──

FORMULAS = ("=1+1", "+39 06", "-2", "@SUM(A1)", "\t=1", "  =1", "＝1+1", "\r=1", "\u00a0=1")


def test_all_that_match_are_in_the_file_and_nothing_else(page, many):
    rows = csv_rows(page("/users/?export=csv&sort=name&q=u0"))
    assert [row[0] for row in rows] == ["Name", *(f"u{n:03}" for n in range(1, 100))]


def test_a_file_never_holds_another_operators_rows(page, people, hotel):
    people("ours")
    people("theirs", office=hotel)
    for read, kind in ((csv_rows, "csv"), (xlsx_rows, "xlsx")):
        assert [row[0] for row in read(page(f"/users/?export={kind}"))] == ["Name", "ours"]


@pytest.mark.parametrize("text", FORMULAS)
def test_no_text_becomes_a_formula(page, people, text):
    people("anna", display_name=text)
    [_head, line] = csv_rows(page("/users/?export=csv"))
    assert line[1] == f"'{text}"
    [_head, line] = xlsx_rows(page("/users/?export=xlsx"))
    assert str(line[1]).strip() == text.strip()


def test_what_is_no_formula_is_left_as_it_is(page, people):
    people("anna", display_name='O"Neil, "مقهى"\nline two')
    raw = b"".join(page("/users/?export=csv").streaming_content)
    assert raw.startswith(b"\xef\xbb\xbf"), "spreadsheets read it as UTF-8"
    assert '"O""Neil, ""مقهى""\nline two"'.encode() in raw, "RFC 4180, section 2.7"


def test_numbers_and_times_stay_what_they_are(page, people):
    heading = csv_rows(page("/plans/?export=csv&sort=name"))[0]
    raw = b"".join(page("/plans/?export=csv&sort=name").streaming_content).decode()
    assert ",5.00," in raw, "a price is no text"
    plan = dict(zip(heading, xlsx_rows(page("/plans/?export=xlsx&sort=name"))[1], strict=True))
    assert (plan["Plan"], plan["Price"]) == ("1 GB", 5.0)
    people("anna")
    user = dict(zip(*xlsx_rows(page("/users/?export=xlsx"))[:2], strict=True))
    assert user["Since"].year >= 2024


def test_a_file_is_written_into_the_audit_without_what_was_searched(page, people, cafe):
    people("anna")
    b"".join(page("/users/?export=csv&q=anna&show=people").streaming_content)
    with scope.of(cafe.operator.id):
        entry = AuditEntry.objects.get(verb="export_list")
    assert entry.after["list"] == "users"
    assert entry.after["searched"] is True
    assert "anna" not in str(entry.after)
    assert entry.staff_id == cafe.staff["owner"].id


@pytest.mark.parametrize(("role", "status"), [("cashier", 403), ("support", 403), ("auditor", 200), ("manager", 200)])
def test_who_may_take_a_list_away(sign_in, people, role, status):
    people("anna")
    client = sign_in(role)
    assert client.get("/users/?export=csv").status_code == status
    assert ("export=csv" in client.get("/users/").content.decode()) == (status == 200)


def test_every_list_gives_both_files(sign_in, cafe):
    from web import busy_day

    with scope.of(cafe.operator.id):
        busy_day.live_through(cafe)
    with connection.cursor() as cursor:
        set_aside = "INSERT INTO quarantine (operator_id, nas_id, reason, attributes) VALUES (%s, %s, 'too_old', '{}')"
        cursor.execute(set_aside, [cafe.operator.id, cafe.nas.id])
    client = sign_in()
    for address in LISTS:
        plain, sheet = (client.get(f"{address}?export={kind}") for kind in ("csv", "xlsx"))
        rows = csv_rows(plain)
        assert len(rows) > 1, address
        assert len(rows) == len(xlsx_rows(sheet)), address
        name = address.strip("/").rpartition("/")[2].replace("-", "_")
        assert plain["Content-Disposition"].startswith(f'attachment; filename="{name}-')
        assert plain["Cache-Control"] == "no-store"


def test_an_empty_list_says_what_to_do_first(sign_in, cafe):
    html = sign_in().get("/users/").content.decode()
    assert "Nobody here yet" in html
    assert "Nothing matches" in sign_in().get("/users/?q=zzz").content.decode()
