"""A code is its own login: the first one makes subscriber and entitlement, exactly once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from aaa.running import Nas, Running, running
from aaa.seeded import World, code_of
from aaa.test_access import receive_all
from hotgate.aaa.authorize import Authorizer
from hotgate.domain.reasons import TEXTS, Reason
from hotgate.radius import attributes as attr
from hotgate.radius.packet import Code

CODE = "ABCD-EFGH-JK"
DEVICE = "AA-BB-CC-00-00-01"


@pytest.mark.parametrize("typed", ["ABCD-EFGH-JK", "abcdefghjk", "abcd efgh jk"])
@pytest.mark.parametrize("chap", [False, True])
def test_a_code_logs_in_however_it_is_typed(nas: Nas, world: World, typed: str, chap: bool) -> None:
    code_of(world, CODE, world.plan(amount=5_000_000, validity_kind="from_first_use", validity_amount=1))
    for _ in range(2):
        reply = nas.login(typed, typed, DEVICE, chap=chap)
        assert reply is not None
        assert reply.code == Code.ACCESS_ACCEPT
    assert world.rows(
        "SELECT state, claimed_at IS NOT NULL FROM voucher WHERE operator_id = %s", world.operator_id
    ) == [("used", True)]
    shown = world.value("SELECT name FROM subscriber WHERE operator_id = %s", world.operator_id)
    assert shown.endswith(typed[-4:])
    assert typed[:4] not in shown
    names = world.rows("SELECT DISTINCT user_name FROM login_attempt WHERE operator_id = %s", world.operator_id)
    assert names == [(shown,)]


def test_a_hundred_first_logins_at_once_claim_a_code_once(world: World, host: str) -> None:
    """G6: on two processes, each with its own connections."""
    from aaa.running import SECRET

    profile_id = world.profile(devices_max=None)
    code_of(world, CODE, world.plan(amount=None, measure="none", profile_id=profile_id))
    world.nas(host, SECRET)
    with running() as first, running() as second:
        accepted = sum(logins(here, host) for here in (first, second))
    assert accepted == 100
    for table in ("subscriber", "credential", "entitlement"):
        assert world.value(f"SELECT count(*) FROM {table} WHERE operator_id = %s", world.operator_id) == 1


def logins(here: Running, host: str) -> int:
    nas = Nas(here.server, host)
    sent = [nas.access_request(CODE, CODE, f"AA-BB-CC-00-02-{i:02X}") for i in range(50)]
    for octets in sent:
        nas.socket.sendto(octets, here.server.address("auth"))
    replies = receive_all(nas, sent)
    nas.close()
    return sum(reply.code == Code.ACCESS_ACCEPT for reply in replies)


def test_what_another_lane_claimed_in_the_meantime_has_begun(
    nas: Nas, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan_id, subscriber_id = world.plan(amount=None, measure="none"), world.subscriber("anna")
    load = Authorizer._load

    async def claimed_before(self: Authorizer, *given: Any, **how: Any) -> datetime:
        if world.value("SELECT count(*) FROM entitlement WHERE subscriber_id = %s", subscriber_id) == 0:
            world.entitlement(subscriber_id, plan_id, starts_at=datetime.now(UTC))
        return await load(self, *given, **how)

    monkeypatch.setattr(Authorizer, "_load", claimed_before)
    reply = nas.login("anna", "secret-word", DEVICE)
    assert reply is not None
    assert reply.code == Code.ACCESS_ACCEPT


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"sold_at": None}, Reason.VOUCHER_NOT_SOLD),
        ({"state": "void"}, Reason.VOUCHER_VOID),
        ({"expires_at": "2026-01-02T00:00:00Z"}, Reason.VOUCHER_EXPIRED),
        ({"mode": "redeem"}, Reason.VOUCHER_REDEEM_ONLY),
    ],
)
def test_a_code_that_is_no_login_is_refused(nas: Nas, world: World, columns: dict[str, object], reason: Reason) -> None:
    code_of(world, CODE, world.plan(amount=5_000_000), **columns)
    reply = nas.login(CODE, CODE, DEVICE)
    assert reply is not None
    assert reply.code == Code.ACCESS_REJECT
    assert (reply.first(attr.REPLY_MESSAGE) or b"").decode() == TEXTS[reason].guest
    assert world.value("SELECT reason FROM login_attempt WHERE operator_id = %s", world.operator_id) == reason


def test_a_wrong_password_leaves_a_code_unclaimed(nas: Nas, world: World) -> None:
    code_of(world, CODE, world.plan(amount=5_000_000))
    reply = nas.login(CODE, "something else", DEVICE)
    assert reply is not None
    assert reply.code == Code.ACCESS_REJECT
    assert world.value("SELECT state FROM voucher WHERE operator_id = %s", world.operator_id) == "available"


def test_EN_23_a_validity_from_creation_counts_from_the_making_of_the_code(nas: Nas, world: World) -> None:
    plan = world.plan(
        amount=None, measure="none", validity_kind="from_creation", validity_amount=3, validity_unit="day"
    )
    code_of(world, CODE, plan)
    world.rows(
        "UPDATE voucher SET created_at = now() - interval '2 days' WHERE operator_id = %s RETURNING id",
        world.operator_id,
    )
    reply = nas.login(CODE, CODE, DEVICE)
    assert reply is not None
    assert reply.code == Code.ACCESS_ACCEPT
    left = world.value("SELECT valid_until - now() FROM entitlement WHERE operator_id = %s", world.operator_id)
    assert timedelta(hours=22) < left < timedelta(hours=26)
