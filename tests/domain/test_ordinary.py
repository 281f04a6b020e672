"""An ordinary login is granted at once, with what the guards grant; whatever else it may be, the guards are asked."""

from dataclasses import dataclass, field
from datetime import timedelta
from itertools import product
from typing import Any

import pytest

from hotgate.domain import access
from hotgate.domain.access import AccessRequest, Decision, NasTraits
from hotgate.domain.authentication import PAP
from hotgate.domain.catalogue import Payment, Validity, ValidityKind
from hotgate.domain.ordinary import grant_at_once
from hotgate.domain.subscriber import AccessState, Credential, CredentialKind, Hold, HoldKind, Slot, Wallet
from small_world import (
    FIRST_USE_DAY,
    HOUR,
    LONG_AGO,
    MONTHLY,
    NOON,
    OTHER_MAC,
    asks,
    capped,
    holding,
    hour,
    metered,
    person,
    plan,
    traffic,
)


@dataclass(frozen=True)
class Password:
    """PAP."""

    password: bytes
    kind: str = PAP

    def matches(self, secret: bytes) -> bool:
        return self.password == secret


def digest_of(password: bytes) -> bytes:
    return b"digest of " + password


TOMORROW = NOON + timedelta(days=1)
END_OF_DAY = Validity(ValidityKind.END_OF_DAY)
FROM_CREATION = Validity(ValidityKind.FROM_CREATION, 1)


@dataclass(frozen=True)
class Case:
    why: str
    state: AccessState = field(default_factory=lambda: person(flat()))
    asked: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.why


def login(password: bytes | None = b"secret", **changes: Any) -> AccessRequest:
    proof = None if password is None else Password(password)
    return asks(**({"proof": proof, "digest": digest_of} | changes))


def flat(**changes: Any) -> Any:
    """A plan that counts nothing, for any number of devices."""
    terms = {name: changes.pop(name) for name in ("validity", "cycle", "payment", "profile") if name in changes}
    return holding(plan(devices=None, **terms), **changes)


ORDINARY = [
    Case("a flat plan"),
    Case("one that was used before", person(flat(first_used_at=LONG_AGO))),
    Case("one that costs nothing", person(flat(payment=Payment.FREE))),
    Case("with a speed", person(flat(profile={"download_bps": 1_000_000, "session_timeout_seconds": HOUR}))),
    Case("paid until tomorrow", person(flat(valid_until=TOMORROW))),
    Case(
        "a day from its first use, used", person(flat(validity=FIRST_USE_DAY, first_used_at=NOON, valid_until=TOMORROW))
    ),
    Case("a day from creation", person(flat(validity=FROM_CREATION, valid_until=TOMORROW))),
    Case("until the end of the day", person(flat(validity=END_OF_DAY, valid_until=TOMORROW))),
    Case("a monthly plan in use", person(flat(cycle=MONTHLY, first_used_at=LONG_AGO, cycle_anchor=LONG_AGO))),
    Case("a wallet that is empty", person(flat(), wallet=Wallet(0))),
    Case("a device on record", person(flat(), slots=(Slot(OTHER_MAC, None, session_id=5),))),
    Case("a NAS without accounting", asked={"nas": NasTraits(1, sends_accounting=False)}),
    Case("a device without a name", asked={"device": ""}),
]
FOR_THE_GUARDS = [
    Case("a wrong password", asked={"password": b"wrong"}),
    Case("nothing that proves it", asked={"password": None}),
    Case("no credential", person(flat(), credential=None)),
    Case(
        "a device that logs in by its address", person(flat(), credential=Credential(1, CredentialKind.MAC, None, None))
    ),
    Case("nothing to pay with", person()),
    Case("two that could pay", person(flat(), holding(plan(2, devices=None), 2))),
    Case("on hold", person(flat(), holds=(Hold(HoldKind.STAFF),))),
    Case("on hold until yesterday", person(flat(), holds=(Hold(HoldKind.STAFF, until=LONG_AGO),))),
    Case("a realm for some sites", person(flat(), sites=(3,))),
    Case("a plan for one device", person(holding(plan(devices=1)))),
    Case("traffic", person(holding(traffic(devices=None)))),
    Case("time", person(holding(hour(devices=None)))),
    Case("time that runs anyway", person(holding(hour(devices=None, elapsed=True)))),
    Case("a cap", person(holding(capped(devices=None)))),
    Case("a price for each hour", person(holding(metered(devices=None)), wallet=Wallet(150))),
    Case("an amount of its own", person(flat(amount=10))),
    Case("what ends at this moment", person(flat(valid_until=NOON))),
    Case("what begins in a second", person(flat(starts_at=NOON + timedelta(seconds=1)))),
    Case("what staff will end", person(flat(ended_at=TOMORROW))),
    Case("what staff have ended", person(flat(ended_at=NOON))),
    Case("a day from its first use, which is this", person(flat(validity=FIRST_USE_DAY))),
    Case("the same, with an end set by staff", person(flat(validity=FIRST_USE_DAY, valid_until=TOMORROW))),
    Case("from creation, without an end", person(flat(validity=FROM_CREATION))),
    Case("a monthly plan at its first use", person(flat(cycle=MONTHLY))),
]


@pytest.mark.parametrize("case", ORDINARY, ids=str)
def test_that_is_granted_at_once(case: Case) -> None:
    request = login(**case.asked)
    decided = access.decide_by_guards(case.state, request, NOON)
    assert grant_at_once(case.state, request.proof, request.digest, NOON) == decided.answer
    assert decided.state is case.state


@pytest.mark.parametrize("case", FOR_THE_GUARDS, ids=str)
def test_that_is_for_the_guards(case: Case) -> None:
    request = login(**case.asked)
    assert grant_at_once(case.state, request.proof, request.digest, NOON) is None


@pytest.mark.parametrize("case", [*ORDINARY, *FOR_THE_GUARDS], ids=str)
def test_however_it_is_asked_it_never_grants_what_the_guards_would_not(case: Case) -> None:
    for other, later in product([*ORDINARY, *FOR_THE_GUARDS], (-1, 0, 1, 86_400)):
        request, now = login(**other.asked), NOON + timedelta(seconds=later)
        grant = grant_at_once(case.state, request.proof, request.digest, now)
        if grant is not None:
            assert access.decide_by_guards(case.state, request, now) == Decision(grant, case.state)


def test_at_a_nas_for_so_many_users_each_keeps_a_place() -> None:
    decided = access.decide_access(person(flat()), login(nas=NasTraits(1, users_max=10)), NOON)
    assert decided.state is not None
    assert [slot.nas_id for slot in decided.state.slots] == [1]
