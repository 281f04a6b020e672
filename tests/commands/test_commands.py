"""What can be typed about one operator: the shapes of what is printed, and one line for every mistake."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from hotgate.apps.core import ids
from hotgate.apps.network.models import Nas
from hotgate.apps.subscribers import services as subscribers
from hotgate.commands import user
from hotgate.domain.catalogue import Measure, Payment, Unit, Validity, ValidityKind
from world import World

pytestmark = pytest.mark.django_db

Run = Callable[..., Any]
SECRET = "a secret of more than 16"


def as_owner(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute(statement, values)
        cursor.execute("SET ROLE hotgate_worker")


def refused(said: Any) -> str:
    """One line on stderr, nothing on stdout, exit code 2."""
    assert (said.code, said.out) == (2, "")
    assert said.err.count("\n") == 1
    return str(said.err)


def test_plan_list(hotgate: Run) -> None:
    for words in (
        ["1 hour", "--payment", "prepaid", "--measure", "time", "--amount", "1 h", "--price", "2"],
        [
            "Monthly",
            "--payment",
            "prepaid",
            "--measure",
            "traffic",
            "--amount",
            "20 GB",
            "--price",
            "15",
            "--cycle",
            "month",
        ],
        ["By the hour", "--payment", "postpaid", "--measure", "time", "--price", "1.20"],
        ["Free", "--payment", "free", "--measure", "none"],
    ):
        assert hotgate("plan", "add", *words).code == 0
    said = hotgate("plan", "list", "--json")
    keys = ("name", "payment", "measure", "cyclic", "price", "currency")
    assert said.json == [
        dict(zip(keys, values, strict=True))
        for values in (
            ("1 hour", "prepaid", "time", False, "2.00", "EUR"),
            ("Monthly", "prepaid", "traffic", True, "15.00", "EUR"),
            ("By the hour", "postpaid", "time", False, "1.20", "EUR"),
            ("Free", "free", "none", False, "0.00", "EUR"),
        )
    ]
    assert "15.00 EUR per cycle" in hotgate("plan", "list").out


@pytest.mark.parametrize(
    "words",
    [
        ["--amount", "1 lightyear", "--price", "1"],
        ["--amount", "1 h", "--price", "1.234"],
        ["--amount", "1 h", "--price", "much"],
        ["--amount", "1 h", "--price", "1", "--validity", "for a while"],
        ["--amount", "1 h", "--price", "1", "--rate", "fast"],
        ["--amount", "1 h", "--price", "1", "--cycle", "fortnight"],
        ["--amount", "1 h", "--unit-price", "x"],
        ["--amount", "-1 h", "--price", "1"],
        ["--amount", "1 h", "--unit-price", "NaN"],
    ],
)
def test_a_plan_typed_wrong_is_refused_in_one_line(hotgate: Run, words: list[str]) -> None:
    refused(hotgate("plan", "add", "P", "--payment", "prepaid", "--measure", "time", *words))


def test_a_ticket_and_its_user_before_first_use(hotgate: Run, world: World) -> None:
    world.plan(measure=Measure.TRAFFIC, amount=10_000_000, name="10 MB")
    ticket = hotgate("ticket", "10 mb", "--json").json
    assert ticket == {"username": ticket["username"], "password": ticket["username"], "plan": "10 MB"}
    assert hotgate("user", ticket["username"].lower(), "--json").json == {
        "username": ticket["username"].lower(),
        "entitlements": [{"plan": "10 MB", "seconds_left": None, "octets_left": 10_000_000, "valid_until": None}],
        "sessions": [],
        "decision": {"accepted": True, "reason": None},
    }


def test_a_ticket_that_a_nas_reported_before_any_login(hotgate: Run, world: World) -> None:
    world.plan(measure=Measure.TRAFFIC, amount=10_000_000, name="10 MB")
    code = hotgate("ticket", "10 MB", "--json").json["username"]
    as_owner(
        "INSERT INTO access_session (uuid, operator_id, nas_id, acct_session_id, started_at, last_event_at,"
        " last_heard_at, seconds, octets_in, octets_out, user_name)"
        " VALUES (%s, %s, %s, 's1', now(), now(), now(), 600, 0, 5000000000, %s)",
        *(ids.uuid7(), world.operator.id, world.nas().id, code),
    )
    shown = hotgate("user", code.lower(), "--json").json
    assert [each["octets_out"] for each in shown["sessions"]] == [5_000_000_000]
    assert shown["entitlements"][0]["octets_left"] == 10_000_000


def test_a_user_with_sessions_newest_first(hotgate: Run, world: World) -> None:
    guest, nas = world.guest(), world.nas()
    week = Validity(ValidityKind.FROM_CREATION, 52, Unit.WEEK)
    world.entitlement(guest, world.plan(validity=week, payment=Payment.FREE, price=None))
    begin = datetime(2026, 6, 20, 8, 30, tzinfo=UTC)
    for number, stopped, cause in ((1, begin + timedelta(minutes=5), 1), (2, None, None)):
        as_owner(
            "INSERT INTO access_session (uuid, operator_id, nas_id, acct_session_id, started_at, subscriber_id,"
            " last_event_at, last_heard_at, seconds, octets_in, octets_out, stopped_at, terminate_cause)"
            " VALUES (%s, %s, %s, %s, %s, %s, now(), now(), 300, 5000000000, 7, %s, %s)",
            *(ids.uuid7(), world.operator.id, nas.id, f"s{number}", begin + timedelta(hours=number), guest.id),
            *(stopped, cause),
        )
    shown = hotgate("user", "GUEST", "--json").json
    counters = {"seconds": 300, "octets_in": 5_000_000_000, "octets_out": 7}
    assert shown["sessions"] == [
        {"started": "2026-06-20T10:30:00Z", "stopped": None, **counters, "terminate_cause": None},
        {
            "started": "2026-06-20T09:30:00Z",
            "stopped": "2026-06-20T08:35:00Z",
            **counters,
            "terminate_cause": "User-Request",
        },
    ]
    assert shown["entitlements"] == [
        {"plan": "1 hour", "seconds_left": 3600, "octets_left": None, "valid_until": "2027-06-19T10:00:00Z"}
    ]
    assert "5,000,000,000" in hotgate("user", "guest").out


@pytest.mark.parametrize(("held", "reason"), [(False, "no_entitlement"), (True, "held_by_staff")])
def test_why_a_user_is_refused(hotgate: Run, world: World, held: bool, reason: str) -> None:
    guest = world.guest()
    if held:
        subscribers.place_hold(by=world.by, now=datetime.now(UTC), subscriber=guest)
    assert hotgate("user", "guest", "--json").json["decision"] == {"accepted": False, "reason": reason}
    assert "  A login would be refused: " in hotgate("user", "guest").out


def test_what_is_used_up_is_nothing_left(capsys: pytest.CaptureFixture[str]) -> None:
    used_up = {"plan": "10 MB", "seconds_left": None, "octets_left": 0, "valid_until": None}
    user._tell({"username": "guest", "entitlements": [used_up], "sessions": [], "why": "A login would be refused."})
    assert capsys.readouterr().out.splitlines()[1] == "  10 MB: nothing left"


@pytest.mark.parametrize(
    "words",
    [
        ["user", "nobody"],
        ["user", "nobody", "--json"],
        ["user", ""],
        ["user", "AAAA-BBBB-CCC"],
        ["ticket", "no such plan"],
        ["ticket", "no such plan", "--json"],
        ["plan", "list", "--operator", "nobody"],
        ["nas", "add", "192.0.2.300", "--secret", SECRET],
        ["nas", "add", "192.0.2.1/24", "--secret", SECRET],
        ["nas", "add", "192.0.2.1", "--secret", ""],
        ["nas", "add", "192.0.2.1"],
        ["nas", "add", "192.0.2.1", "--secret", SECRET, "--maker", "acme"],
        ["nas", "add", "192.0.2.1", "--secret", SECRET, "--site", "nowhere"],
        ["attempts", "--last", "0"],
        ["user", "\udcff"],
        ["user", "guest", "one\ntwo"],
        ["plan"],
    ],
)
def test_mistakes_are_one_line(hotgate: Run, words: list[str]) -> None:
    refused(hotgate(*words))


def test_without_an_operator_named_there_must_be_one_only(hotgate: Run, world: World) -> None:
    from hotgate.commands import tenant
    from hotgate.commands.errors import CommandError

    with pytest.raises(CommandError, match="more than one operator"):
        tenant._choose(None)


def test_nas_add_registers_and_then_changes(hotgate: Run, world: World) -> None:
    first = hotgate("nas", "add", "192.0.2.7", "--secret", SECRET, "--json")
    assert first.json == {"name": "192.0.2.7", "address": "192.0.2.7", "maker": "standard", "added": True}
    again = hotgate("nas", "add", "192.0.2.7", "--secret", "short", "--maker", "mikrotik", "--json")
    assert again.json == {"name": "192.0.2.7", "address": "192.0.2.7", "maker": "mikrotik", "added": False}
    assert again.err.startswith("hotgate: warning: the secret is shorter than 16 characters")
    refused(hotgate("nas", "add", "192.0.2.7", "--secret", SECRET, "--site", "nowhere"))
    assert Nas.objects.filter(operator=world.operator).count() == 1


def test_nas_add_reads_the_secret_where_no_ps_sees_it(
    hotgate: Run, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for typed, is_short in ((SECRET, False), ("short", True), ("", None)):
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{typed}\n"))
        said = hotgate("nas", "add", "192.0.2.7", "--secret", "-", "--json")
        assert (said.code, "shorter than 16" in said.err) == ((0, is_short) if typed else (2, False))


def test_attempts_with_unknown_sources_newest_first(hotgate: Run, world: World) -> None:
    nas = world.nas(name="Lobby")
    insert = (
        "INSERT INTO login_attempt (at, operator_id, nas_id, source, user_name, device, outcome, reason, rule, count)"
    )
    as_owner(
        insert + " VALUES (now() - interval '1 minute', %s, %s, '192.0.2.1', 'guest', '02-00-00-00-00-01', 'refused',"
        " 'used_up', '', 1), (now(), NULL, NULL, '203.0.113.9', '', '', 'dropped', '', 'D1', 12)",
        world.operator.id,
        nas.id,
    )
    shown = hotgate("attempts", "--json").json
    assert [(each["nas"], each["source"], each["rule"], each["reason"], each["count"]) for each in shown[:2]] == [
        (None, "203.0.113.9", "D1", None, 12),
        ("Lobby", "192.0.2.1", None, "used_up", 1),
    ]
    assert hotgate("attempts").out.splitlines()[1].split()[1:4] == ["dropped", "D1", "203.0.113.9"]
    as_owner(
        "INSERT INTO login_attempt (at, user_name, device, outcome, reason, rule, count)"
        " VALUES (now(), '', '', 'dropped', '', 'D1', 900)"
    )
    assert hotgate("attempts", "--json").json[0]["source"] is None
    assert hotgate("attempts").out.splitlines()[1].split()[3:6] == ["further", "addresses", "(unknown)"]


def test_what_a_packet_said_writes_no_control_characters(hotgate: Run, world: World) -> None:
    as_owner(
        "INSERT INTO login_attempt (at, operator_id, source, user_name, device, outcome, reason, rule, count)"
        " VALUES (now(), %s, '192.0.2.1', %s, '', 'refused', '', '', 1)",
        world.operator.id,
        "\x1b[2Jgone\n",
    )
    said = hotgate("attempts").out
    assert "\ufffd[2Jgone\ufffd" in said
    assert "\x1b" not in said


def test_attempts_of_another_operator_are_not_shown(hotgate: Run, world: World) -> None:
    as_owner(
        "INSERT INTO login_attempt (at, operator_id, user_name, outcome) VALUES (now(), %s, 'theirs', 'accepted')",
        world.other_operator.id,
    )
    assert "theirs" not in hotgate("attempts").out
