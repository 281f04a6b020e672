"""HN-9: users from a spreadsheet."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import date, timedelta
from typing import Any

import pytest
import xlsxwriter

import builders
from hotgate.apps.core import scope
from hotgate.apps.operators.models import AuditEntry
from hotgate.apps.subscribers import jobs, queries, readable, sales, services
from hotgate.apps.subscribers.importing import columns, forgetting, sheet
from hotgate.apps.subscribers.importing import services as importing
from hotgate.apps.subscribers.importing.models import ImportState, UserImport
from hotgate.apps.subscribers.models import Credential, Entitlement, MacAddress, Sale, Subscriber
from hotgate.apps.usage import personal_data
from hotgate.domain.errors import DomainError
from world import NOON, World

pytestmark = pytest.mark.django_db
HEADING = ["User name", "Password", "Full name", "Phone", "E-mail", "Language", "Plan"]


def table(*rows: list[str]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows([HEADING, *rows])
    return out.getvalue().encode()


def workbook(*rows: list[Any]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        page = book.add_worksheet()
        for number, row in enumerate([HEADING, *rows]):
            for place, value in enumerate(row):
                page.write(number, place, value)
    return out.getvalue()


def take_in(world: World, content: bytes) -> UserImport:
    realm = services.default_realm(world.operator)
    return importing.take_in(by=world.by, now=NOON, realm=realm, file_name="guests.xlsx", content=content)


def run(world: World, draft: UserImport) -> UserImport:
    importing.confirm(by=world.by, now=NOON, draft=draft)
    jobs.import_users(draft.id, world.operator.id, None)
    draft.refresh_from_db()
    return draft


ANNA = ["anna", "correct horse", "Anna Neri", "+39 333 123-456", "anna@example.org", "it", "1 GB"]
BEN = ["ben", "", "Ben Grün", "", "", "", ""]


@pytest.mark.parametrize("content", [table(ANNA, BEN), workbook(ANNA, BEN)], ids=["CSV", "XLSX"])
def test_HN_9_a_spreadsheet_becomes_users_with_their_plans(scoped_world: World, content: bytes) -> None:
    world = scoped_world
    world.plan(name="1 GB")
    draft = take_in(world, content)
    assert (draft.state, draft.new, draft.wrong) == ("checked", 2, 0)
    assert Subscriber.objects.filter(created_via="import").count() == 0, "a look-through makes nobody"
    done = run(world, draft)
    anna = queries.subscriber_named(world.operator, "ANNA")
    assert anna is not None
    assert (anna.created_via, anna.display_name, anna.phone) == ("import", "Anna Neri", "+39333123456")
    assert [e.plan.name for e in Entitlement.objects.filter(subscriber=anna)] == ["1 GB"]
    assert (done.state, done.content) == (ImportState.DONE, None), "the file with everybody's data is gone"
    lines = importing.passwords_of(by=world.by, now=NOON, run=done).splitlines()
    assert len(lines) == 2
    assert lines[1].startswith('"ben","')


def test_HN_9_the_second_run_of_the_same_file_changes_nothing(scoped_world: World) -> None:
    world = scoped_world
    world.plan(name="1 GB")
    run(world, take_in(world, table(ANNA, BEN)))
    before = list(Subscriber.objects.order_by("id").values())
    again = take_in(world, table(ANNA, BEN))
    assert (again.new, again.same, again.wrong) == (0, 2, 0)
    run(world, again)
    assert list(Subscriber.objects.order_by("id").values()) == before
    assert Entitlement.objects.count() == 1


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (["  ", *ANNA[1:]], "A user needs a name."),
        (["x" * 300, *BEN[1:]], "A name has up to 253 octets."),
        (["ben", "seven77", *BEN[2:]], "A password has 8 characters or more, and up to 128 octets."),
        (["ben", "", "", "call me", "", "", ""], "This is not a phone number."),
        (["ben", "", "", "", "nowhere", "", ""], "This is not an e-mail address."),
        (["ben", "", "", "", "", "english", ""], "A language is two letters, such as en."),
        (["ben", "", "", "", "", "", "Gold"], "There is no plan of this name."),
        (["ANNA", *BEN[1:]], "This user name stands in row 2 already."),
        (["guest", *BEN[1:]], "Somebody has this name already; nobody is overwritten."),
        (["mac:aa", *BEN[1:]], "A name does not begin with code: or mac:"),
    ],
)
def test_HN_9_one_wrong_row_is_named_and_stops_them_all(scoped_world: World, row: list[str], problem: str) -> None:
    world = scoped_world
    world.plan(name="1 GB")
    world.guest("guest")
    draft = take_in(world, table(ANNA, row))
    assert [each[2] for each in draft.problems] == [problem]
    with pytest.raises(DomainError, match="rows are wrong"):
        importing.confirm(by=world.by, now=NOON, draft=draft)
    assert Subscriber.objects.filter(created_via="import").count() == 0


def test_HN_9_a_formula_is_text_and_never_worked_out(scoped_world: World) -> None:
    draft = take_in(scoped_world, table(["=1+1", *BEN[1:]]))
    run(scoped_world, draft)
    assert Subscriber.objects.filter(name="=1+1").exists()


def test_HN_9_of_a_formula_in_a_workbook_only_the_value_that_stands_there_counts(scoped_world: World) -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, HEADING)
        page.write_formula(1, 0, '=WEBSERVICE("http://192.0.2.1/")', None, "anna")
        page.write_formula(2, 0, '=HYPERLINK("http://192.0.2.1/")', None, "")
        page.write(2, 2, "Ben")
    draft = take_in(scoped_world, out.getvalue())
    assert (draft.new, draft.problems) == (1, [[3, "", "A user needs a name."]])


@pytest.mark.parametrize(
    ("place", "value", "told"),
    [
        (0, True, "new"),
        (0, 17.0, "new"),
        (0, date(2026, 3, 1), "new"),
        (3, False, "This is not a phone number."),
        (3, 393331234567.0, "new"),
        (4, 1.5, "This is not an e-mail address."),
        (5, date(2026, 3, 1), "A language is two letters, such as en."),
        (6, 12, "There is no plan of this name."),
    ],
)
def test_HN_9_cells_of_another_type_are_text_and_judged_as_such(
    scoped_world: World, place: int, value: Any, told: str
) -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        page, day = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd"})
        page.write_row(0, 0, HEADING)
        page.write(1, 0, "anna")
        write = page.write_datetime if isinstance(value, date) else page.write
        write(1, place, value, day)
    draft = take_in(scoped_world, out.getvalue())
    assert [each[2] for each in draft.problems] or ["new"] * draft.new == [told]
    if told == "new" and place == 0 and isinstance(value, date):
        run(scoped_world, draft)
        assert Subscriber.objects.filter(name="2026-03-01").exists()


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", b"0" * (sheet.UNPACKED_MAX + 1))
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"", "no row"),
        (b"User name\n", "no row"),
        (b"PK\x03\x04 broken", "can be read"),
        (b"a,b\n\0,\0\n", "can be read"),
        (b"x" * (sheet.OCTETS_MAX + 1), "10 MB"),
        (b"User name\n" + b"a" * 1001, "1,000 characters"),
        (b"User name\n" + b"a\n" * 100_001, "100,000 rows"),
        pytest.param(bomb(), "100 MB", id="2 GB unpacked"),
    ],
)
def test_HN_9_what_is_no_spreadsheet_is_refused(world: World, content: bytes, text: str) -> None:
    with pytest.raises(DomainError, match=text):
        take_in(world, content)
    assert UserImport.objects.count() == 0


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_csv_of_any_spreadsheet_is_read(delimiter: str, encoding: str) -> None:
    text = delimiter.join(("Benutzername", "Vollständiger Name")) + "\n" + delimiter.join(("ida", "Ida Grün")) + "\n"
    read = sheet.read(text.encode(encoding))
    assert columns.guess(read.heading) == {"name": 0, "display_name": 1}
    assert read.rows == [["ida", "Ida Grün"]]


def test_columns_without_a_known_heading_are_mapped_by_hand(scoped_world: World) -> None:
    world = scoped_world
    draft = take_in(world, b"Zimmer,Gast\n101,Ida\n")
    assert draft.state == ImportState.DRAFT
    with pytest.raises(DomainError, match="which column"):
        importing.map_columns(by=world.by, now=NOON, draft=draft, mapping={"display_name": 1})
    with pytest.raises(DomainError, match="one thing only"):
        importing.map_columns(by=world.by, now=NOON, draft=draft, mapping={"name": 0, "display_name": 0})
    draft = importing.map_columns(by=world.by, now=NOON, draft=draft, mapping={"name": 0, "display_name": 1})
    assert (draft.new, draft.wrong) == (1, 0)


def test_confirmed_twice_or_after_a_cancel_it_is_closed(scoped_world: World) -> None:
    world = scoped_world
    draft = take_in(world, table(BEN))
    run(world, draft)
    for verb in (importing.confirm, importing.cancel):
        with pytest.raises(DomainError, match="confirmed or cancelled"):
            verb(by=world.by, now=NOON, draft=draft)
    jobs.import_users(draft.id, world.operator.id, None)  # a job that is done again
    assert Subscriber.objects.filter(created_via="import").count() == 1
    other = take_in(world, table(["carl", *BEN[1:]]))
    importing.cancel(by=world.by, now=NOON, draft=other)
    other.refresh_from_db()
    assert (other.state, other.content) == (ImportState.CANCELLED, None)


def test_HN_23_an_import_keeps_nobody_who_was_erased(scoped_world: World) -> None:
    world = scoped_world
    done = run(world, take_in(world, table(BEN, ["carl", *BEN[1:]])))
    ben = queries.subscriber_named(world.operator, "ben")
    assert ben is not None
    personal_data.erase_subscriber(by=world.by, now=NOON, subscriber=ben)
    done.refresh_from_db()
    lines = importing.passwords_of(by=world.by, now=NOON, run=done).splitlines()
    assert [line.split(",")[0] for line in lines] == ['"user name"', '"carl"']


def test_HN_23_a_file_that_nobody_confirms_and_passwords_nobody_needs_are_forgotten(scoped_world: World) -> None:
    world = scoped_world
    done = run(world, take_in(world, table(BEN)))
    world.guest("guest")
    wrong = take_in(world, table(["guest", *BEN[1:]]))
    assert wrong.problems
    UserImport.objects.update(created_at=NOON)
    UserImport.objects.filter(id=done.id).update(done_at=NOON)
    for days, is_kept, is_shown in ((6, True, True), (8, False, True), (31, False, False)):
        forgetting.forget_what_is_over(NOON + timedelta(days=days))
        for each in (done, wrong):
            each.refresh_from_db()
        assert (wrong.content is not None, bool(wrong.problems), wrong.state != ImportState.CANCELLED) == (is_kept,) * 3
        assert (done.passwords_sealed is not None) is is_shown


def test_a_name_that_was_taken_meanwhile_sends_the_import_back(scoped_world: World) -> None:
    world = scoped_world
    draft = take_in(world, table(BEN, ["carl", *BEN[1:]]))
    world.guest("ben")
    after = run(world, draft)
    assert (after.state, after.wrong) == (ImportState.CHECKED, 1)
    assert Subscriber.objects.filter(created_via="import").count() == 0, "all or nothing"


def test_another_operators_users_are_neither_seen_nor_in_the_way(world: World) -> None:
    world.guest("ben", operator=world.other_operator, site=world.other_site)
    with scope.of(world.operator.id):
        assert take_in(world, table(BEN)).new == 1


def test_an_import_is_on_record_without_anybodys_name(scoped_world: World) -> None:
    run(scoped_world, take_in(scoped_world, table(BEN)))
    entry = AuditEntry.objects.filter(verb="import_users").get()
    assert entry.after is not None
    assert (entry.after["new"], "ben" in str(entry.after)) == (1, False)


def test_many_rows_are_written_in_few_statements(scoped_world: World, django_assert_max_num_queries: Any) -> None:
    draft = take_in(scoped_world, table(*([f"user{n}", builders.PASSWORD, *BEN[2:]] for n in range(2_000))))
    importing.confirm(by=scoped_world.by, now=NOON, draft=draft)
    with django_assert_max_num_queries(60):
        jobs.import_users(draft.id, scoped_world.operator.id, None)
    assert Subscriber.objects.filter(created_via="import").count() == 2_000


def test_HN_9_many_rows_sent_again_change_nothing(scoped_world: World) -> None:
    """What benchmarks/users/import.py does with 100,000 rows, in small."""
    rows = [[f"user{n}", builders.PASSWORD, *BEN[2:]] for n in range(2_000)]
    run(scoped_world, take_in(scoped_world, table(*rows)))
    before = list(Subscriber.objects.order_by("id").values())
    assert len(before) >= 2_000
    again = take_in(scoped_world, table(*rows))
    assert (again.new, again.same, again.wrong) == (0, 2_000, 0)
    run(scoped_world, again)
    assert list(Subscriber.objects.order_by("id").values()) == before


def test_HN_A7_a_plan_of_a_file_is_a_sale_to_be_paid_like_one_that_staff_give(scoped_world: World) -> None:
    world = scoped_world
    plan = world.plan(name="1 GB")
    run(world, take_in(world, table(ANNA, BEN)))
    [sale] = Sale.objects.filter(subscriber__created_via="import")
    given = Entitlement.objects.get(subscriber__name="anna")
    assert (sale.reference, sale.state, sale.price_minor) == (f"entitlement:{given.id}", "open", plan.price_minor)
    assert (sale.subscriber.name, sale.chain[0]["revenue_minor"]) == ("anna", plan.price_minor)
    sales.settle_sale(by=world.by, now=NOON, sale=sale)
    given.refresh_from_db()
    assert given.payment_state == "paid"


DEVICE = ["02:00:5e:10:00:01", "", "Printer", "", "", "", ""]


@pytest.mark.parametrize(("name", "password"), [("02:00:5e:10:00:01", ""), ("0200.5e10.0001", "02-00-5E-10-00-01")])
def test_HN_A8_a_row_that_is_an_address_becomes_a_device(scoped_world: World, name: str, password: str) -> None:
    world = scoped_world
    world.plan(name="Devices", for_devices=True)
    rows = table([name, password, *DEVICE[2:6], "Devices"], BEN)
    done = run(world, take_in(world, rows))
    device = Subscriber.objects.get(name="02-00-5E-10-00-01")
    assert (device.kind, device.created_via, device.wallet, device.display_name) == (
        "device",
        "import",
        None,
        "Printer",
    )
    assert Credential.objects.get(subscriber=device).name_key == "mac:02-00-5E-10-00-01"
    assert queries.bound_macs(device) == ["02-00-5E-10-00-01"]
    assert Entitlement.objects.filter(subscriber=device).count() == 1
    assert "5E" not in importing.passwords_of(by=world.by, now=NOON, run=done), "it has no password"
    assert take_in(world, rows).same == 2
    assert personal_data.disassociate(by=world.by, now=NOON, subscriber=device, mac="02-00-5E-10-00-01")
    assert not MacAddress.objects.filter(subscriber=device).exists()


def test_HN_A8_a_device_needs_a_plan_for_devices_and_twelve_digits_may_be_a_phone(scoped_world: World) -> None:
    world = scoped_world
    world.plan(name="1 GB")
    draft = take_in(world, table([*DEVICE[:6], "1 GB"], ["393331234567", *BEN[1:]]))
    assert [each[2] for each in draft.problems] == ["This plan is not for devices that log in by their address."]
    run(world, take_in(world, table(["393331234567", *BEN[1:]])))
    assert Subscriber.objects.get(name="393331234567").kind == "person"


def test_HN_9_what_a_realm_may_ask_comes_from_the_file_too(scoped_world: World) -> None:
    world = scoped_world
    content = b"Username,Room,Date of birth,Company\nben,12,1990-05-31,Aurora\n"
    run(world, take_in(world, content))
    ben = Subscriber.objects.get(name="ben")
    assert ben.person == {"room": "12", "birth_date": "1990-05-31", "company": "Aurora"}
    assert take_in(world, content).same == 1
    assert take_in(world, content.replace(b",12,", b",14,")).wrong == 1
    [[_, _, problem]] = take_in(world, content.replace(b"ben", b"eva").replace(b"1990-05-31", b"yesterday")).problems
    assert problem == "A date such as 1990-05-31."


@pytest.mark.parametrize("is_kept", [True, False])
def test_HN_A12_passwords_of_a_file_can_be_printed_where_the_realm_says_so(scoped_world: World, is_kept: bool) -> None:
    realm = services.default_realm(scoped_world.operator)
    realm.keep_readable = is_kept
    realm.save()
    run(scoped_world, take_in(scoped_world, table([*ANNA[:6], ""])))
    anna = Subscriber.objects.get(name="anna")
    assert readable.password_of(anna) == ("correct horse" if is_kept else None)


def test_HN_3_a_realm_that_takes_nobody_from_files_says_so(scoped_world: World) -> None:
    realm = services.default_realm(scoped_world.operator)
    realm.ways = ["staff"]
    realm.save()
    with pytest.raises(DomainError, match="made in this way"):
        take_in(scoped_world, table(BEN))
