"""Two members of staff recharge one user at the same moment: whatever may be given twice is, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

import builders
import world as worlds
from apps.test_ledger import at_once, outcome
from hotgate.apps.catalogue import services as catalogue
from hotgate.apps.ledger import queries as ledger
from hotgate.apps.ledger.models import AccountKind
from hotgate.apps.ledger.services import open_account
from hotgate.apps.operators import audit
from hotgate.apps.subscribers import recharge
from hotgate.apps.subscribers.models import Entitlement, Sale
from hotgate.apps.subscribers.recharge import Due
from hotgate.domain.catalogue import CycleRule, Period
from world import NOON

STAFF = 20  # at one moment


@pytest.mark.django_db(transaction=True)
def test_HN_19_HN_20_of_many_recharges_at_once_none_is_lost_and_none_is_booked_twice() -> None:
    world = worlds.make()
    plan, guest = world.plan(), world.guest()

    def give(_: int) -> str:
        return outcome(
            lambda: recharge.recharge_subscriber(by=world.by, now=NOON, subscriber=guest, plan=plan, due=Due.PAID)
        )

    assert at_once(give, STAFF) == ["bought"] * STAFF
    assert Entitlement.objects.filter(subscriber=guest).count() == STAFF
    assert Sale.objects.filter(subscriber=guest, state="paid").count() == STAFF
    cash = open_account(operator=world.operator, kind=AccountKind.CASH)
    assert abs(ledger.sum_minor(cash)) == STAFF * plan.price_minor
    assert audit.first_broken(world.operator.id) is None


@pytest.mark.django_db(transaction=True)
def test_HN_19_of_two_staff_who_give_a_cyclic_plan_at_once_one_is_told_that_another_runs() -> None:
    world = worlds.make()
    draft = replace(builders.plan_draft(name="Monthly"), cycle=CycleRule(Period.MONTH))
    plan = catalogue.publish_plan(by=world.by, now=NOON, operator=world.operator, draft=draft)
    guest = world.guest()

    def give(_: int) -> str:
        return outcome(lambda: recharge.recharge_subscriber(by=world.by, now=NOON, subscriber=guest, plan=plan))

    assert at_once(give, 2) == ["bought", "second_cyclic"]
    assert Entitlement.objects.filter(subscriber=guest).count() == 1
