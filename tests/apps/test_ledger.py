"""Money: what moves, what may not, and what many do at once."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections

import world as worlds
from hotgate.apps.core import scope
from hotgate.apps.ledger import queries, services
from hotgate.apps.ledger.models import AccountKind, LedgerAccount, Transfer, TransferKind
from hotgate.apps.subscribers import recharge
from hotgate.apps.subscribers.models import Entitlement
from hotgate.domain.errors import DomainError
from world import NOON, World


def wallet(world: World, minor: int = 0, **terms: object) -> LedgerAccount:
    opened = services.open_account(operator=world.operator, kind=AccountKind.WALLET, **terms)  # type: ignore[arg-type]
    if minor:
        post(world, account(world, AccountKind.CASH), opened, minor, kind=TransferKind.TOP_UP)
    return opened


def account(world: World, kind: AccountKind) -> LedgerAccount:
    return services.open_account(operator=world.operator, kind=kind)


def post(
    world: World,
    debit: LedgerAccount,
    credit: LedgerAccount,
    amount_minor: int,
    kind: TransferKind = TransferKind.PURCHASE,
    id: uuid.UUID | None = None,
) -> Transfer:
    return services.post(by=world.by, now=NOON, debit=debit, credit=credit, amount_minor=amount_minor, kind=kind, id=id)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("has", "terms", "pays", "code"),
    [
        (500, {}, 500, None),
        (500, {}, 501, "money_short"),
        (0, {}, 1, "money_short"),
        (0, {"postpaid": True}, 10_000, None),
        (0, {"postpaid": True, "credit_limit_minor": 1000}, 1000, None),
        (0, {"postpaid": True, "credit_limit_minor": 1000}, 1001, "money_short"),
        (500, {}, 0, "amount_invalid"),
        (500, {}, -1, "amount_invalid"),
    ],
)
def test_a_purchase_takes_what_is_there_and_no_more(
    world: World, has: int, terms: dict[str, object], pays: int, code: str | None
) -> None:
    payer, revenue = wallet(world, has, **terms), account(world, AccountKind.REVENUE)
    if code is None:
        post(world, payer, revenue, pays)
        assert queries.balance_minor(payer) == has - pays
        assert queries.balance_minor(revenue) == pays
        return
    with pytest.raises(DomainError) as caught:
        post(world, payer, revenue, pays)
    assert (caught.value.code, queries.balance_minor(payer)) == (code, has)


@pytest.mark.django_db
def test_posting_twice_is_posting_once(world: World) -> None:
    payer, revenue, same = wallet(world, 500), account(world, AccountKind.REVENUE), uuid.uuid4()
    assert post(world, payer, revenue, 200, id=same) == post(world, payer, revenue, 200, id=same)
    assert queries.balance_minor(payer) == 300


@pytest.mark.django_db
def test_one_id_never_stands_for_two_transfers(world: World) -> None:
    payer, revenue, same = wallet(world, 500), account(world, AccountKind.REVENUE), uuid.uuid4()
    post(world, payer, revenue, 200, id=same)
    with pytest.raises(DomainError) as caught:
        post(world, payer, revenue, 201, id=same)
    assert caught.value.code == "transfer_conflict"


@pytest.mark.django_db
def test_a_transfer_is_reversed_once(world: World) -> None:
    payer, revenue = wallet(world, 500), account(world, AccountKind.REVENUE)
    paid = post(world, payer, revenue, 200)
    back = services.reverse(by=world.by, now=NOON, transfer=paid)
    assert services.reverse(by=world.by, now=NOON, transfer=paid) == back
    assert (queries.balance_minor(payer), queries.balance_minor(revenue)) == (500, 0)
    assert [each.kind for each in queries.statement(payer)] == ["reversal", "purchase", "top_up"]
    for count in range(5):
        assert queries.latest_transfers(payer, count) == list(queries.statement(payer)[:count])


@pytest.mark.django_db
def test_a_reversal_is_not_reversed(world: World) -> None:
    paid = post(world, wallet(world, 500), account(world, AccountKind.REVENUE), 200)
    back = services.reverse(by=world.by, now=NOON, transfer=paid)
    with pytest.raises(DomainError) as caught:
        services.reverse(by=world.by, now=NOON, transfer=back)
    assert caught.value.code == "reversal_irreversible"


@pytest.mark.django_db
def test_money_stays_within_one_operator(world: World) -> None:
    other = services.open_account(operator=world.other_operator, kind=AccountKind.REVENUE)
    with pytest.raises(DomainError) as caught:
        post(world, wallet(world, 500), other, 100)
    assert caught.value.code == "currency_mismatch"


@pytest.mark.django_db
def test_a_kind_that_stores_no_balance_has_one_account(world: World) -> None:
    assert account(world, AccountKind.CASH) == account(world, AccountKind.CASH)
    assert wallet(world) != wallet(world)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("covered", [0, 1, 7])
def test_G7_of_100_purchases_at_once_a_wallet_pays_for_those_it_covers(covered: int) -> None:
    world = worlds.make()
    plan, guest = world.plan(), world.guest()
    if covered:
        recharge.top_up(by=world.by, now=NOON, subscriber=guest, amount_minor=covered * 200 + 199)

    def buy(_: int) -> str:
        return outcome(lambda: recharge.buy_entitlement(by=world.by, now=NOON, subscriber=guest, plan=plan))

    outcomes = at_once(buy, 100)
    assert outcomes == ["bought"] * covered + ["money_short"] * (100 - covered)
    assert Entitlement.objects.filter(subscriber=guest).count() == covered
    assert guest.wallet is not None
    assert queries.balance_minor(guest.wallet) == queries.sum_minor(guest.wallet) == (199 if covered else 0)


@pytest.mark.django_db(transaction=True)
def test_wallets_that_pay_each_other_do_not_lock_each_other_out() -> None:
    world = worlds.make()
    one, two = wallet(world, 10_000), wallet(world, 10_000)

    def swap(number: int) -> str:
        debit, credit = (one, two) if number % 2 else (two, one)
        return outcome(lambda: post(world, debit, credit, 1))

    assert at_once(swap, 60) == ["bought"] * 60
    assert queries.balance_minor(one) + queries.balance_minor(two) == 20_000


def outcome(act: Callable[[], object]) -> str:
    try:
        act()
    except DomainError as error:
        return error.code
    return "bought"


def at_once(act: Callable[[int], str], times: int) -> list[str]:
    """Many threads, each on its own connection; what came of it, sorted."""

    def on_own_connection(number: int) -> str:
        try:
            return act(number)
        finally:
            connections["default"].close()

    with ThreadPoolExecutor(16) as threads:
        return sorted(threads.map(on_own_connection, range(times)))


@pytest.mark.django_db
def test_the_web_moves_money_with_its_own_rights(scoped_world: World) -> None:
    assert scope.current() == (scoped_world.operator.id,)
    assert queries.balance_minor(wallet(scoped_world, 500)) == 500
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone()[0] == "hotgate_web"
