"""The ticket generator: batches made at once or by a job, refused where codes could be guessed or confused, cleared."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, connections, transaction

import world as worlds
from hotgate.apps.catalogue import queries as catalogue
from hotgate.apps.core import scope
from hotgate.apps.operators.models import AuditEntry
from hotgate.apps.subscribers.models import Entitlement
from hotgate.apps.vouchers import batches, ending, jobs, making, odds, queries, states
from hotgate.apps.vouchers.models import BatchState, Voucher, VoucherBatch
from hotgate.apps.vouchers.states import State
from hotgate.domain import code_bulk
from hotgate.domain.codes import BatchSettings, CharacterSet
from hotgate.domain.errors import DomainError
from world import NOON, World

LATER = NOON + timedelta(hours=1)
TOMORROW = NOON + timedelta(days=1)


def made(world: World, size: int = 7, **changes: Any) -> VoucherBatch:
    plan = catalogue.active_plans(world.operator).first() or world.plan()
    given = {"operator": world.operator, "plan": plan, "size": size} | changes
    draft = batches.draft_batch(by=world.by, now=NOON, **given)
    batches.confirm_batch(by=world.by, now=NOON, batch=draft.batch)
    return VoucherBatch.objects.get(id=draft.batch.id)


def use(voucher: Voucher, world: World, **entitlement: Any) -> None:
    """As after a first login by it."""
    guest = world.guest(f"guest of {voucher.id}")
    held = world.entitlement(guest, voucher.plan)
    Entitlement.objects.filter(id=held.id).update(first_used_at=NOON, **entitlement)
    Voucher.objects.filter(id=voucher.id).update(state="used", subscriber=guest, claimed_at=NOON)


@pytest.mark.django_db
def test_EN_46_so_many_tickets_share_one_plan_and_its_settings(world: World) -> None:
    settings = BatchSettings(CharacterSet.CLEAR, 9, "DEMO", True, True)
    plan, until = world.plan(name="Demo"), NOON + timedelta(days=30)
    batch = made(world, size=12, plan=plan, settings=settings, expires_at=until)
    rows = list(queries.codes_of(batch))
    assert len({code for _, code in rows}) == 12
    assert all(code.startswith("DEMO") for _, code in rows)
    assert {row.expires_at for row, _ in rows} == {until}
    for _row, code in rows:
        assert queries.voucher_refusal(world.operator, code, LATER) is None
        found = queries.voucher_with_code(world.operator, code)
        assert found is not None
        assert found.plan == plan


@pytest.mark.django_db
def test_EN_50_a_large_batch_is_made_by_a_job_and_works_when_all_are_there(world: World) -> None:
    draft = batches.draft_batch(
        by=world.by, now=NOON, operator=world.operator, plan=world.plan(), size=batches.AT_ONCE + 1
    )
    assert batches.confirm_batch(by=world.by, now=NOON, batch=draft.batch) == 5
    batch = VoucherBatch.objects.get(id=draft.batch.id)
    assert (batch.state, batch.made) == (BatchState.MAKING, 5)
    assert queries.voucher_refusal(world.operator, draft.samples[0], LATER) is not None
    assert not queries.vouchers(world.operator).exists()
    batches.make_more(batch=batch, sold=True, count=4_000)
    assert not batches.finish_batch(batch=batch)  # a worker that is killed now
    with transaction.atomic(), pytest.raises(DomainError):
        batches.make_more(batch=batch, sold=True, count=batch.size)  # one that thinks it is alone
    jobs.make_batch(batch.id, world.operator.id, True)
    batch.refresh_from_db()
    assert (batch.state, batch.made) == (BatchState.CONFIRMED, batch.size)
    assert Voucher.objects.filter(batch=batch).count() == batch.size
    assert queries.voucher_refusal(world.operator, draft.samples[0], LATER) is None
    jobs.make_batch(batch.id, world.operator.id, True)  # done twice
    assert Voucher.objects.filter(batch=batch).count() == batch.size


@pytest.mark.django_db
def test_collisions_are_drawn_anew(world: World) -> None:
    settings = BatchSettings(CharacterSet.DIGITS, 6, check=False)  # a million codes, of which 900 collide at times
    one = made(world, size=900, settings=settings)
    assert Voucher.objects.filter(batch=one).count() == 900
    assert {len(code) for _, code in queries.codes_of(one)} == {7}  # with a hyphen


@pytest.mark.django_db
def test_codes_that_are_there_already_are_left_out_in_a_large_code_space_too(world: World) -> None:
    batch = made(world, size=3)
    there = [code.replace("-", "") for _, code in queries.codes_of(batch)]
    with transaction.atomic():
        new = making.random_codes(making.settings_of(batch), 2).printed
        drawn = code_bulk.of_printed([there[0], *new, there[1].lower()])
        assert making.store_drawn(batch, drawn, NOON, True) == 2
        assert making.store(batch, there, NOON, True) == 0
        assert Voucher.objects.filter(batch=batch).count() == 5
    found = [queries.voucher_with_code(world.operator, code) for code in new]
    assert all(each is not None and each.shown.endswith(code[-4:]) for each, code in zip(found, new, strict=True))


@pytest.mark.django_db
def test_EN_A5_the_odds_count_what_is_there(world: World) -> None:
    settings = BatchSettings(CharacterSet.DIGITS, 6, check=False)
    made(world, size=600, settings=settings)
    found = odds.odds_of(world.operator, settings, 300)
    assert (found.space, found.live, found.is_small) == (10**6, 900, False)
    assert odds.odds_of(world.operator, settings, 401).is_small
    with pytest.raises(DomainError) as caught:
        made(world, size=401, settings=settings)
    assert caught.value.code == "code_space_small"


@pytest.mark.django_db
def test_EN_A5_a_prefix_that_makes_codes_ambiguous_is_refused(world: World) -> None:
    made(world, settings=BatchSettings(prefix="WIFI", length=8))
    with pytest.raises(DomainError) as caught:
        made(world, settings=BatchSettings(prefix="wi", length=10))
    assert "prefix" in caught.value.fields
    made(world, settings=BatchSettings(prefix="WIFI", length=8))  # the same one is not ambiguous


@pytest.mark.django_db
def test_EN_A6_drafts_vanish_after_an_hour(world: World) -> None:
    draft = batches.draft_batch(by=world.by, now=NOON, operator=world.operator, plan=world.plan(), size=7)
    assert batches.forget_drafts(now=NOON + timedelta(minutes=59)) == 0
    assert batches.forget_drafts(now=NOON + timedelta(minutes=61)) == 1
    with pytest.raises(DomainError):
        batches.confirm_batch(by=world.by, now=LATER, batch=draft.batch)


@pytest.mark.django_db(transaction=True)
def test_EN_52_of_confirm_and_cancel_at_once_one_wins() -> None:
    world = worlds.make()
    plan = world.plan()

    def act(given: tuple[VoucherBatch, Any]) -> str:
        batch, verb = given
        try:
            verb(by=world.by, now=NOON, batch=batch)
            return str(verb.__name__)
        except DomainError as error:
            return error.code
        finally:
            connections["default"].close()

    for _round in range(5):
        batch = batches.draft_batch(by=world.by, now=NOON, operator=world.operator, plan=plan, size=6).batch
        with ThreadPoolExecutor(6) as threads:
            said = list(threads.map(act, [(batch, batches.confirm_batch), (batch, batches.cancel_draft)] * 3))
        assert said.count("batch_not_draft") == 5
        is_confirmed = "confirm_batch" in said
        assert Voucher.objects.filter(batch_id=batch.id).count() == (6 if is_confirmed else 0)


@pytest.mark.django_db
def test_EN_55_EN_A1_unused_are_deleted_used_ones_archived_and_those_in_use_told(world: World) -> None:
    batch = made(world)
    rows = list(Voucher.objects.filter(batch=batch).select_related("plan").order_by("id"))
    use(rows[0], world)
    use(rows[1], world, used=3600)
    use(rows[2], world, valid_until=NOON)
    assert ending.counts_of(batch, LATER) == (4, 2, 1, 0)
    assert ending.delete_unused(by=world.by, now=LATER, batch=batch) == (4, 1)
    assert ending.archive_used(by=world.by, now=LATER, batch=batch) == (2, 1)
    assert ending.counts_of(batch, LATER) == (0, 0, 1, 2)
    assert list(queries.vouchers(world.operator)) == [rows[0]]
    assert Voucher.objects.filter(batch=batch).count() == 3  # records stay
    batch.refresh_from_db()
    assert batch.deleted == 4


@pytest.mark.django_db
def test_EN_58_EN_A2_EN_A20_six_states_and_filters_that_narrow_each_other(world: World) -> None:
    batch = made(world, expires_at=TOMORROW)
    rows = list(Voucher.objects.filter(batch=batch).select_related("plan").order_by("id"))
    use(rows[0], world)
    use(rows[1], world, used=3600)
    use(rows[2], world, ended_at=NOON)
    Voucher.objects.filter(id=rows[3].id).update(state="void")
    guest = world.guest("somebody")
    held = world.entitlement(guest, rows[4].plan)
    Voucher.objects.filter(id=rows[4].id).update(state="assigned", subscriber=guest, entitlement=held)

    def shown(now: Any, *conditions: Any) -> list[State]:
        found = queries.vouchers(world.operator).filter(*conditions).order_by("id")
        return [each.state for each in states.seen(list(found), now)]

    in_use, spent, expired, void, assigned, available = (
        State.IN_USE,
        State.SPENT,
        State.EXPIRED,
        State.VOID,
        State.ASSIGNED,
        State.AVAILABLE,
    )
    assert shown(LATER) == [in_use, spent, expired, void, assigned, available, available]
    assert shown(TOMORROW)[-2:] == [expired, expired]
    # EN-58, EN-A2: two filters that narrow each other
    assert shown(LATER, states.begun()) == [in_use, spent, expired, void]
    assert shown(LATER, states.not_over(LATER)) == [in_use, assigned, available, available]
    assert shown(LATER, states.begun(), states.not_over(LATER)) == [in_use]


@pytest.mark.django_db
def test_EN_58_what_the_worker_noted_as_over_changes_no_list(world: World) -> None:
    from hotgate.apps.vouchers import jobs

    batch = made(world, expires_at=TOMORROW)
    rows = list(Voucher.objects.filter(batch=batch).select_related("plan").order_by("id"))
    use(rows[0], world)
    use(rows[1], world, used=3600)
    use(rows[2], world, valid_until=TOMORROW)
    Voucher.objects.filter(id=rows[3].id).update(state="void")

    def left(now: Any) -> list[Voucher]:
        return list(queries.vouchers(world.operator).filter(states.not_over(now)).order_by("id"))

    later = TOMORROW + timedelta(minutes=20)
    before = [left(LATER), left(TOMORROW), left(later)]
    assert before == [[rows[0], rows[2], *rows[4:]], [rows[0]], [rows[0]]]
    noted = Voucher.objects.filter(batch=batch, is_over=True).order_by("id")
    for now, over in ((LATER, [1, 3]), (TOMORROW, [1, 3]), (later, [1, 2, 3, 4, 5, 6])):
        jobs.note_over(int(now.timestamp()))
        assert list(noted.all()) == [rows[each] for each in over]
    assert left(later) == [rows[0]]


@pytest.mark.django_db
def test_EN_58_of_a_user_with_two_of_a_plan_each_voucher_stands_for_its_own(world: World) -> None:
    spent, fresh = Voucher.objects.filter(batch=made(world)).select_related("plan").order_by("id")[:2]
    guest = world.guest("somebody")
    for voucher, used in ((spent, 3600), (fresh, 0)):
        held = world.entitlement(guest, voucher.plan)
        Entitlement.objects.filter(id=held.id).update(first_used_at=NOON, used=used)
        given = {"subscriber": guest, "entitlement": held}
        Voucher.objects.filter(id=voucher.id).update(state="used", claimed_at=NOON, **given)
    shown = queries.vouchers(world.operator).filter(states.begun(), states.not_over(LATER))
    assert list(shown) == [fresh]


@pytest.mark.django_db
def test_EN_61_unused_is_deleted_in_use_is_expired_over_is_left(world: World) -> None:
    batch = made(world)
    unused, in_use, over = Voucher.objects.filter(batch=batch).select_related("plan").order_by("id")[:3]
    use(in_use, world)
    use(over, world, used=3600)
    assert ending.end_voucher(by=world.by, now=LATER, voucher=unused) == "deleted"
    assert not Voucher.objects.filter(id=unused.id).exists()
    assert ending.end_voucher(by=world.by, now=LATER, voucher=in_use, reason="lost") == "expired"
    in_use.refresh_from_db()
    held = Entitlement.objects.get(subscriber=in_use.subscriber)
    assert (held.valid_until, held.ended_at, in_use.state) == (LATER, LATER, "used")  # EN-A19
    entry = AuditEntry.objects.get(verb="expire_voucher", object_id=in_use.id)
    assert (entry.staff_id, entry.reason) == (world.cashier.id, "lost")
    for voucher in (unused, in_use, over):
        with pytest.raises(DomainError) as caught:
            ending.end_voucher(by=world.by, now=LATER, voucher=voucher)
        assert caught.value.code == "voucher_over"


@pytest.mark.django_db
def test_EN_59_searched_by_the_code_or_by_the_beginning_of_its_prefix(world: World) -> None:
    batch = made(world, settings=BatchSettings(prefix="Lobby-", length=10))
    other = made(world, settings=BatchSettings(prefix="Pool", length=12))
    code = next(code for _, code in queries.codes_of(batch))

    def found(text: str) -> set[int]:
        return set(
            queries.vouchers(world.operator)
            .filter(queries.searched(world.operator, text))
            .values_list("batch_id", flat=True)
        )

    assert found(code.lower().replace("-", " ")) == {batch.id}
    assert found("lob") == found("LOBBY") == {batch.id}
    assert found("poo") == {other.id}
    assert found("nothing") == set()
    everything = queries.vouchers(world.operator)
    assert everything.filter(queries.searched(world.operator, code)).count() == 1
    assert not everything.filter(queries.searched(world.other_operator, code)).exists()


@pytest.mark.django_db
def test_EN_57_sorted_by_what_is_shown_of_the_code(world: World) -> None:
    batch = made(world, settings=BatchSettings(prefix="AB", length=10))
    shown = list(Voucher.objects.filter(batch=batch).order_by("shown").values_list("shown", flat=True))
    printed = [code.replace("-", "") for _, code in queries.codes_of(batch)]
    assert shown == sorted(f"AB…{code[-4:]}" for code in printed)


@pytest.mark.django_db
def test_a_code_is_wiped_when_it_is_of_no_more_use(world: World) -> None:
    batch = made(world, expires_at=TOMORROW)
    rows = list(Voucher.objects.filter(batch=batch).select_related("plan").order_by("id"))
    use(rows[0], world)
    Voucher.objects.filter(id=rows[1].id).update(state="void")
    assert ending.forget_codes(now=NOON + timedelta(minutes=30)) == 1  # the void one; the used one may be printed yet
    assert ending.forget_codes(now=NOON + timedelta(hours=2)) == 1
    assert ending.forget_codes(now=TOMORROW + timedelta(hours=2), limit=3) == 3
    assert ending.forget_codes(now=TOMORROW + timedelta(hours=2)) == 2
    assert ending.forget_codes(now=TOMORROW + timedelta(hours=2)) == 0
    assert {bytes(sealed) for sealed in Voucher.objects.values_list("code_sealed", flat=True)} == {b""}
    assert [code for _, code in queries.codes_of(batch)] == [""] * 7


@pytest.mark.django_db
def test_the_job_sees_every_operators_rows_with_the_workers_rights(world: World) -> None:
    batch = made(world)
    Voucher.objects.filter(batch=batch).update(state="void")
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE hotgate_worker")
    try:
        with transaction.atomic():
            jobs.forget(int(LATER.timestamp()))
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE")
    with scope.of(world.operator.id):
        assert not Voucher.objects.exclude(code_sealed=b"").exists()


@pytest.mark.django_db
@pytest.mark.parametrize("column", ["plan_id", "operator_id", "batch_id"])
def test_a_voucher_has_the_operator_and_the_plan_of_its_batch(world: World, column: str) -> None:
    voucher = Voucher.objects.filter(batch=made(world)).first()
    other = {"plan_id": world.plan(name="Other").id, "operator_id": 32_000, "batch_id": 2**40}
    with pytest.raises(IntegrityError, match="voucher_of_its_batch"), transaction.atomic():
        Voucher.objects.filter(id=voucher.id).update(**{column: other[column]})


@pytest.mark.django_db(transaction=True)
def test_only_the_end_of_a_large_batch_waits_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    world = worlds.make()
    waits: list[str] = []

    def noting(verb: Any) -> Any:
        def noted(**told: Any) -> Any:
            with connection.cursor() as cursor:
                cursor.execute("SHOW synchronous_commit")
                waits.extend(*cursor.fetchall())
            return verb(**told)

        return noted

    for name in ("make_more", "finish_batch"):
        monkeypatch.setattr(batches, name, noting(getattr(batches, name)))
    monkeypatch.setattr(jobs, "STEP", 4)
    monkeypatch.setattr(batches, "AT_ONCE", 1)
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = on")
    draft = batches.draft_batch(by=world.by, now=NOON, operator=world.operator, plan=world.plan(), size=13)
    batches.confirm_batch(by=world.by, now=NOON, batch=draft.batch)
    jobs.make_batch(draft.batch.id, world.operator.id, sold=True)
    assert waits == ["off", "off", "on"]
