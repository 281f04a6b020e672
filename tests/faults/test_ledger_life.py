"""G19: any sequence of sales, top-ups, transfers and reversals, with crashes between, keeps every cent in its place."""

from __future__ import annotations

import random
import uuid
from collections import Counter
from collections.abc import Callable

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from faults import scale
from hotgate.apps.ledger import queries, services
from hotgate.apps.ledger.models import AccountKind, LedgerAccount, Transfer, TransferKind
from hotgate.domain.errors import DomainError
from world import NOON, World, make

OPERATIONS = scale.count(short=600, full=200_000)
CHECKED_EVERY = max(50, OPERATIONS // 400)  # each look sums all that there is
SEED = 19


class Crash(Exception):
    """The process ended here: nothing that was not committed has happened."""


class Books:
    """What a bookkeeper with a pencil would have: the oracle."""

    def __init__(self, prepaid: set[int]) -> None:
        self.prepaid = prepaid
        self.balances: Counter[int] = Counter()
        self.moves: dict[uuid.UUID, tuple[int, int, int]] = {}
        self.ids: list[uuid.UUID] = []  # of all moves, in order
        self.standing: list[uuid.UUID] = []  # those that take nothing back, and that nothing took back

    def can(self, debit: int, amount: int) -> bool:
        return debit not in self.prepaid or self.balances[debit] >= amount

    def move(self, id: uuid.UUID, debit: int, credit: int, amount: int) -> bool:
        """Is it new?"""
        if id in self.moves:
            return False
        self.moves[id] = (debit, credit, amount)
        self.ids.append(id)
        self.balances[debit] -= amount
        self.balances[credit] += amount
        return True


class Shop:
    def __init__(self, world: World, dice: random.Random) -> None:
        self.world, self.dice = world, dice
        wallets = [services.open_account(operator=world.operator, kind=AccountKind.WALLET) for _ in range(8)]
        wallets += [
            services.open_account(operator=world.operator, kind=AccountKind.WALLET, postpaid=True) for _ in range(2)
        ]
        others = [
            services.open_account(operator=world.operator, kind=k) for k in (AccountKind.CASH, AccountKind.REVENUE)
        ]
        self.accounts = wallets + others
        self.wallets, (self.cash, self.revenue) = wallets, others
        self.books = Books({w.id for w in wallets if not w.postpaid})
        self.refused = self.crashed = 0

    def act(self) -> None:
        self.dice.choice([self.sell, self.sell, self.top_up, self.pay_over, self.take_back, self.repeat])()

    def sell(self) -> None:
        self.move(self.dice.choice(self.wallets), self.revenue, TransferKind.PURCHASE)

    def top_up(self) -> None:
        self.move(self.cash, self.dice.choice(self.wallets), TransferKind.TOP_UP)

    def pay_over(self) -> None:
        self.move(*self.dice.sample(self.wallets, 2), TransferKind.PURCHASE)

    def repeat(self) -> None:
        """The same order again, as after a lost answer."""
        if self.books.moves:
            known = self.dice.choice(self.books.ids)
            debit, credit, amount = self.books.moves[known]
            by_id = {a.id: a for a in self.accounts}
            self.post(by_id[debit], by_id[credit], amount, Transfer.objects.get(id=known).kind, known)

    def take_back(self) -> None:
        standing = self.books.standing
        if not standing:
            return
        at = self.dice.randrange(len(standing))
        transfer = Transfer.objects.get(id=standing[at])
        self.safely(
            lambda: services.reverse(by=self.world.by, now=NOON, transfer=transfer),
            self.books.can(transfer.credit_id, transfer.amount_minor),
            lambda made: (standing.pop(at), self.book(made)),
        )

    def move(self, debit: LedgerAccount, credit: LedgerAccount, kind: TransferKind) -> None:
        self.post(debit, credit, self.dice.randint(1, 5_000), kind, uuid.UUID(int=self.dice.getrandbits(128)))

    def post(self, debit: LedgerAccount, credit: LedgerAccount, amount: int, kind: TransferKind, id: uuid.UUID) -> None:
        self.safely(
            lambda: services.post(
                by=self.world.by, now=NOON, debit=debit, credit=credit, amount_minor=amount, kind=kind, id=id
            ),
            id in self.books.moves or self.books.can(debit.id, amount),
            lambda made: self.book(made) and self.books.standing.append(made.id),
        )

    def book(self, made: Transfer) -> bool:
        return self.books.move(made.id, made.debit_id, made.credit_id, made.amount_minor)

    def safely(self, act: Callable[[], Transfer], is_allowed: bool, book: Callable[[Transfer], object]) -> None:
        """One operation, now and then with a crash before its commit."""
        try:
            with transaction.atomic():
                made = act()
                if self.dice.random() < 0.1:
                    raise Crash
        except Crash:
            self.crashed += 1
            return
        except DomainError as error:
            self.refused += 1
            if error.code != "money_short" or is_allowed:
                raise
            return
        assert is_allowed
        book(made)

    def check(self) -> None:
        """Both sides of every currency, each balance, and each balance made anew from its transfers."""
        found = {a.id: queries.sum_minor(a) for a in self.accounts}
        assert found == {a.id: self.books.balances[a.id] for a in self.accounts}
        assert sum(found.values()) == 0
        for wallet in self.wallets:
            wallet.refresh_from_db()
            assert wallet.balance_minor == found[wallet.id]
            assert wallet.postpaid or wallet.balance_minor >= 0
        assert Transfer.objects.filter(operator=self.world.operator).count() == len(self.books.moves)


@pytest.mark.django_db(transaction=True)  # each operation commits, as it does for people
def test_G19_after_any_operations_and_crashes_the_books_are_right() -> None:
    dice = random.Random(SEED)
    shop = Shop(make(), dice)
    for number in range(OPERATIONS):
        shop.act()
        if number % CHECKED_EVERY == 0:
            shop.check()
    shop.check()
    scale.note("G19", operations=OPERATIONS, seed=SEED, refused=shop.refused, crashed=shop.crashed)
    assert shop.refused > OPERATIONS // 100
    assert shop.crashed > OPERATIONS // 50


@pytest.mark.django_db
@pytest.mark.parametrize("change", ["UPDATE transfer SET amount_minor = amount_minor + 1", "DELETE FROM transfer"])
def test_G19_what_is_written_stays(change: str) -> None:
    shop = Shop(make(), random.Random(SEED))
    shop.top_up()
    shop.top_up()
    with pytest.raises(DatabaseError) as refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)
    assert isinstance(refused.value.__cause__, psycopg.Error)
    shop.check()
