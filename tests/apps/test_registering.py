"""A guest registers (HN-4): many at once make one account, one free plan, one use of a voucher."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections

from hotgate.apps.core import scope
from hotgate.apps.messaging import registering
from hotgate.apps.messaging.registering import Guest
from hotgate.apps.subscribers import realms
from hotgate.apps.subscribers.models import Entitlement, Realm, Subscriber
from hotgate.apps.subscribers.registering import claims
from hotgate.apps.subscribers.registering import services as pending
from hotgate.apps.subscribers.registering.models import FreePlanClaim, Registration
from hotgate.apps.subscribers.registering.services import Answers
from hotgate.apps.subscribers.services import default_realm
from hotgate.apps.usage import personal_data
from hotgate.apps.vouchers import services as vouchers
from hotgate.domain.catalogue import Payment
from hotgate.domain.errors import DomainError
from hotgate.domain.people import Ask, PersonField, Verification
from messaging.servers import mail_server, use
from world import NOON, World

AT_ONCE = 100


@pytest.fixture
def cafe(transactional_db: None) -> World:
    import world
    from hotgate.apps.core import partitions

    partitions.ensure(NOON.date())
    return world.make()


def realm_of(world: World, plan: Any, **changes: Any) -> Realm:
    realm = default_realm(world.operator)
    given = {"name": "guests", "ways": ["self"], "asked": {}} | changes
    realms.change_realm(by=world.by, now=NOON, realm=realm, plans=[plan], **given)
    return realm


def form(world: World, realm: Realm, plan: Any, token: str = "form", **answers: Any) -> Registration:
    return pending.keep_form(
        now=NOON,
        operator=world.operator,
        token=token,
        realm=realm,
        plan=plan,
        site=None,
        answers=Answers(**answers),
    )


def at_once(world: World, act: Callable[[int], Any], times: int = AT_ONCE) -> list[Any]:
    def run(number: int) -> Any:
        try:
            with scope.of(world.operator.id):
                return act(number)
        except DomainError as error:
            return error.code
        finally:
            connections["default"].close()

    with ThreadPoolExecutor(16) as threads:
        return list(threads.map(run, range(times)))


def test_HN_4_one_code_sent_100_times_at_once_makes_one_account(cafe: World, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, mail=mail_server())
    with scope.of(cafe.operator.id):
        plan = cafe.plan(payment=Payment.FREE, price=None)
        realm = realm_of(cafe, plan, asked={PersonField.EMAIL: Ask.REQUIRED}, verification=Verification.EMAIL)
        row = form(cafe, realm, plan, person={"email": "anna@example.org"})
        assert registering.submit(now=NOON, row=row, guest=Guest("", "a")) is None
        code = pending.new_code(row, "anna@example.org", NOON)

    def verify(_number: int) -> Any:
        mine = pending.kept_form(cafe.operator, "form", NOON)
        assert mine is not None
        assert pending.check_code(mine, code, NOON) == ""
        return registering.finish(now=NOON, row=mine, guest=Guest("", "a"))

    answers = at_once(cafe, verify)
    with scope.of(cafe.operator.id):
        [made] = Subscriber.objects.filter(operator=cafe.operator)
        assert {answer.name for answer in answers} == {made.name}
        assert len({answer.password for answer in answers}) == 1
        assert Entitlement.objects.count() == 1


def test_HN_4_one_form_sent_100_times_at_once_makes_one_account(cafe: World) -> None:
    with scope.of(cafe.operator.id):
        plan = cafe.plan(payment=Payment.FREE, price=None)
        realm = realm_of(cafe, plan)

    def send(_number: int) -> Any:
        row = form(cafe, realm, plan)
        return registering.submit(now=NOON, row=row, guest=Guest("02-00-00-00-00-01", "a"))

    answers = at_once(cafe, send)
    with scope.of(cafe.operator.id):
        [made] = Subscriber.objects.filter(operator=cafe.operator)
        assert {answer.name for answer in answers} == {made.name}


def test_HN_4_of_50_forms_of_one_device_at_once_one_gets_the_free_plan(cafe: World) -> None:
    with scope.of(cafe.operator.id):
        plan = cafe.plan(payment=Payment.FREE, price=None)
        realm = realm_of(cafe, plan)

    def send(number: int) -> Any:
        row = form(cafe, realm, plan, token=str(number))
        return registering.submit(now=NOON, row=row, guest=Guest("02-00-00-00-00-01", "a"))

    answers = at_once(cafe, send, 50)
    assert answers.count("free_plan_taken") == 49
    with scope.of(cafe.operator.id):
        assert Subscriber.objects.count() == Entitlement.objects.count() == FreePlanClaim.objects.count() == 1
        assert Registration.objects.count() == 1  # of the others nothing is left


def test_HN_5_of_50_guests_with_one_voucher_at_once_one_registers(cafe: World) -> None:
    with scope.of(cafe.operator.id):
        plan = cafe.plan()
        realm = realm_of(cafe, plan)
        ticket = vouchers.create_ticket(by=cafe.by, now=NOON, operator=cafe.operator, plan=plan)

    def send(number: int) -> Any:
        row = form(cafe, realm, plan, token=str(number), voucher=ticket.username)
        return registering.submit(now=NOON, row=row, guest=Guest("", "a"))

    answers = at_once(cafe, send, 50)
    assert answers.count("code_unknown") == 49
    with scope.of(cafe.operator.id):
        assert Subscriber.objects.count() == Entitlement.objects.count() == 1


@pytest.mark.django_db
def test_HN_4_a_free_plan_can_be_had_again_after_a_day(scoped_world: World) -> None:
    whose = {"device": "02-00-00-00-00-01", "email": "Anna@Example.org"}
    claims.claim(scoped_world.operator, whose, NOON)
    almost = NOON + claims.FREE_AGAIN - (claims.FREE_AGAIN / 1000)
    for mine in ({"device": whose["device"]}, {"email": "anna@example.ORG"}):
        with pytest.raises(DomainError, match="24 hours"):
            claims.claim(scoped_world.operator, mine, almost)
    claims.claim(scoped_world.operator, whose, NOON + claims.FREE_AGAIN)
    assert FreePlanClaim.objects.count() == 2


@pytest.mark.django_db
def test_HN_23_what_a_form_said_goes_with_the_person(scoped_world: World) -> None:
    world = scoped_world
    plan = world.plan(payment=Payment.FREE, price=None)
    realm = realm_of(world, plan, terms="Be kind.")
    registering.submit(now=NOON, row=form(world, realm, plan), guest=Guest("", "a"))
    [made] = Subscriber.objects.all()
    assert personal_data.data_of(made)["consents"][0]["terms__text"] == "Be kind."
    personal_data.erase_subscriber(by=world.by, now=NOON, subscriber=made)
    assert Registration.objects.count() == 0


@pytest.mark.django_db
def test_pending_forms_are_forgotten_after_an_hour(scoped_world: World) -> None:
    world = scoped_world
    plan = world.plan(payment=Payment.FREE, price=None)
    form(world, realm_of(world, plan), plan)
    assert pending.forget_what_is_over(NOON + pending.KEPT / 2) == 0
    assert pending.forget_what_is_over(NOON + pending.KEPT) == 1
