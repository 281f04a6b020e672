"""Settings → Audit: what people did, in words, without secrets; and what signing in writes there."""

from __future__ import annotations

import pytest

from hotgate.apps.core import scope
from hotgate.web.console.audit import words


@pytest.fixture
def entries(cafe):
    from hotgate.apps.operators.actor import staff
    from hotgate.apps.operators.audit import record_audit
    from web import office

    with scope.of(cafe.operator.id):
        record_audit(
            by=staff(cafe.staff["manager"].id, ip="192.0.2.50"),
            now=office.now(),
            operator_id=cafe.operator.id,
            verb="rename_plan",
            object_kind="plan",
            object_id=77,
            before={"name": "Old", "secret": "hunter2"},
            after={"name": "New", "secret": "hunter3"},
        )


def test_who_what_and_before_and_after(entries, page):
    html = page("/settings/audit/").content.decode()
    for text in (
        "manager@aurora.example",
        "renamed a plan",
        "plan 77",
        "<del><bdi>Old</bdi></del>",
        "New",
        "192.0.2.50",
    ):
        assert text in html
    assert "hunter" not in html


@pytest.mark.parametrize(
    ("asked", "is_shown"),
    [
        ("q=manager@", True),
        ("q=cashier@", False),
        ("q=rename+plan", True),
        ("q=Renamed+a", True),
        ("q=retired+a", False),
        ("q=plan+77", True),
        ("q=plan+78", False),
        ("q=2001-01-01", False),
        ("q=2026-02-31", False),
        ("q=9999-12-31", False),
        ("q=0001-01-01", False),
        ("show=hour", True),
        ("show=signing-in", False),
        ("show=day&show=network", False),
    ],
)
def test_filtered_by_person_deed_thing_and_time(entries, page, asked, is_shown):
    assert ("plan 77" in page(f"/settings/audit/?{asked}").content.decode()) == is_shown


def test_its_export_has_the_same_and_is_written_down_itself(entries, page):
    answer = page("/settings/audit/?export=csv&q=plan+77")
    text = b"".join(answer.streaming_content).decode()
    assert "manager@aurora.example" in text
    assert "name: Old → New" in text
    assert "hunter" not in text
    assert "exported a list" in page("/settings/audit/").content.decode()


def test_another_operators_entries_are_not_there(entries, sign_in, hotel):
    assert "plan 77" not in sign_in("owner", hotel).get("/settings/audit/").content.decode()


def test_a_masked_value_is_not_compared_by_its_length():
    told = words.differences({"password": "a"}, {"password": "a much longer one"})
    assert [(each.before, each.after) for each in told] == [(words.MASK, words.MASK)]


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ({"role": "cashier"}, {"role": "account_editor"}, "role: Cashier → Account editor"),
        (None, {"mode": "login", "sold": True}, "mode: the code logs in; sold: yes"),
        ({"state": "assigned"}, None, "state: assigned, not used yet (was)"),
        (None, {"asked": {"phone": "required", "room": "off"}}, "asked for: phone: required, room: no"),
        (None, {"fields": ["email", "site_id"]}, "fields: e-mail, hotspot"),
        ({"verification": "none"}, {"verification": "sms"}, "verified by: nobody → SMS"),
        (None, {"unheard_of": "as_it_is"}, "unheard of: as_it_is"),
        ({"name": "Old", "filter_id": ""}, {"name": "New", "filter_id": None}, "name: Old → New"),
        (None, {"by": ["password", "totp"]}, "by: password, app"),
        ({"amount_minor": None}, {"amount_minor": 1234}, "amount: 12.34\N{NO-BREAK SPACE}€"),
        (None, {"measure": "traffic", "amount": 10**9}, "counts: Data; amount: 1 GB"),
        (None, {"measure": "time", "amount": 5400}, "counts: Time; amount: 1 h 30 min"),
    ],
)
def test_fields_and_values_are_told_in_words(before, after, told):
    assert words.sentence(words.differences(before, after, "EUR")) == told


@pytest.mark.parametrize(
    ("before", "after", "raw"),
    [
        ({"name": "Old"}, {"name": "New"}, True),
        ({"role": "owner"}, None, False),
        (None, {"asked": {"phone": "x"}}, True),
    ],
)
def test_what_somebody_typed_is_kept_apart_from_words(before, after, raw):
    [each] = words.differences(before, after)
    assert each.raw == raw


def verbs(operator_id):
    from hotgate.apps.operators.models import AuditEntry

    rows = AuditEntry.objects.filter(operator=operator_id).order_by("number")
    return [*rows.values_list("verb", flat=True)]


def test_signing_in_and_out_and_what_fails_is_written_down(cafe, client):
    from hotgate.apps.operators import audit
    from hotgate.apps.operators.models import AuditEntry
    from web import office

    account = {"login": "cashier@aurora.example"}
    before = len(verbs(cafe.operator.id))
    client.post("/accounts/login/", account | {"password": "wrong"}, REMOTE_ADDR="192.0.2.9")
    client.post("/accounts/login/", account | {"password": office.PASSWORD})
    changed = {"oldpassword": office.PASSWORD, "password1": "another long one", "password2": "another long one"}
    client.post("/accounts/password/change/", changed)
    client.post("/accounts/logout/")
    told = verbs(cafe.operator.id)[before:]
    assert told == ["sign_in_failed", "sign_in", "change_password", "sign_out"]
    failed = AuditEntry.objects.get(operator=cafe.operator, verb="sign_in_failed")
    assert (failed.staff_id, failed.ip) == (cafe.staff["cashier"].id, "192.0.2.9")
    assert audit.first_broken(cafe.operator.id) is None


def test_an_unknown_name_is_written_down_without_it(cafe, client):
    from hotgate.apps.operators.models import AuditEntry

    client.post("/accounts/login/", {"login": "my-password-by-mistake@x.example", "password": "wrong"})
    entry = AuditEntry.objects.filter(operator=None).order_by("-number")[0]
    assert (entry.verb, entry.staff_id) == ("sign_in_failed", None)
    assert "mistake" not in str([entry.before, entry.after, entry.reason, entry.actor])


def test_a_second_factor_that_comes_fails_and_goes_is_written_down(cafe, client, django_capture_on_commit_callbacks):
    from web import office

    before = len(verbs(cafe.operator.id))
    client.post("/accounts/login/", {"login": "owner@aurora.example", "password": office.PASSWORD})
    client.post("/accounts/2fa/authenticate/", {"code": "000000"})
    client.post("/accounts/2fa/authenticate/", {"code": office.code_now()})
    with django_capture_on_commit_callbacks(execute=True):
        client.post("/accounts/2fa/recovery-codes/generate/")
    client.post("/accounts/2fa/totp/deactivate/")
    assert verbs(cafe.operator.id)[before:] == [
        "second_factor_failed",
        "sign_in",
        "renew_second_factor",
        "remove_second_factor",
        "remove_second_factor",  # the recovery codes go with it
    ]
