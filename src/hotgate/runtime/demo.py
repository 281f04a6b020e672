"""A café to try things with, by `hotgate up --demo`: made through services, and once it is there, left alone."""

from __future__ import annotations

import functools
import os
import pathlib
import secrets
import string
import sys
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from hotgate.domain.catalogue import CycleRule, Measure, Payment, Period, Tariff, Unit, Validity, ValidityKind
from hotgate.domain.money import Money
from hotgate.domain.quantities import GB, HOUR, MINUTE
from hotgate.environment import Environment

if TYPE_CHECKING:
    from hotgate.apps.catalogue.drafts import PlanDraft
    from hotgate.apps.network.models import Nas
    from hotgate.apps.operators.models import Operator
    from hotgate.apps.vouchers.models import Voucher

OPERATOR, SITE, NAS = "Café Aurora", "Via Roma", "Laptop"
ADDRESS = "127.0.0.1"
RADIUS_PORT = 1812
ZONE, CURRENCY = "Europe/Rome", "EUR"
TRIED_PLAN = "1 hour"
LETTERS = string.ascii_letters + string.digits
SECRET_CHARACTERS = 20


def ensure(environment: Environment, now: datetime) -> list[str]:
    """The demo operator with all that is in it, and the lines to type next."""
    from hotgate.apps.operators import queries

    operator = queries.operator_named(OPERATOR) or _make(now)
    return _lines(environment, operator)


def _make(now: datetime) -> Operator:
    from hotgate.apps.catalogue import services as catalogue
    from hotgate.apps.network import services as network
    from hotgate.apps.operators import services as operators
    from hotgate.apps.operators.actor import SYSTEM
    from hotgate.apps.vouchers import services as vouchers

    operator = operators.create_operator(
        by=SYSTEM, now=now, name=OPERATOR, currency=CURRENCY, time_zone=ZONE, country="IT"
    )
    site = operators.create_site(by=SYSTEM, now=now, operator=operator, name=SITE)
    network.add_nas(
        by=SYSTEM,
        now=now,
        operator=operator,
        site=site,
        address=ADDRESS,
        secret=_secret(),
        name=NAS,
        # only this machine can send from here, and not every tool for trying signs its requests
        require_message_authenticator="no",
    )
    plans = {
        draft.name: catalogue.publish_plan(by=SYSTEM, now=now, operator=operator, draft=draft) for draft in _drafts()
    }
    vouchers.create_ticket(by=SYSTEM, now=now, operator=operator, plan=plans[TRIED_PLAN], site=site)
    return operator


def _secret() -> str:
    """Letters and digits only: a hyphen in front would be an option to radtest."""
    return "".join(secrets.choice(LETTERS) for _ in range(SECRET_CHARACTERS))


def _drafts() -> list[PlanDraft]:
    from hotgate.apps.catalogue.drafts import PlanDraft

    week = Validity(ValidityKind.FROM_FIRST_USE, 1, Unit.WEEK)
    today = Validity(ValidityKind.END_OF_DAY)
    traffic, time, flat = Measure.TRAFFIC, Measure.TIME, Measure.NONE
    prepaid = functools.partial(PlanDraft, payment=Payment.PREPAID, quick_ticket=True)
    return [
        prepaid(name=TRIED_PLAN, measure=time, amount=HOUR, price=_euro(200), validity=week),
        prepaid(name="1 GB", measure=traffic, amount=GB, price=_euro(300), validity=week),
        prepaid(
            name="Monthly 20 GB", measure=traffic, amount=20 * GB, price=_euro(1500), cycle=CycleRule(Period.MONTH)
        ),
        PlanDraft(
            name="Pay per hour", payment=Payment.POSTPAID, measure=time, tariff=Tariff(Decimal("1.20"), HOUR, MINUTE)
        ),
        prepaid(name="Day pass", measure=flat, price=_euro(500), validity=today),
        PlanDraft(name="Free half hour", payment=Payment.FREE, measure=time, amount=30 * MINUTE, validity=today),
    ]


def _euro(minor: int) -> Money:
    return Money(minor, CURRENCY)


def _lines(environment: Environment, operator: Operator) -> list[str]:
    from hotgate.apps.network import queries as network

    nas = network.nas_at(operator, f"{ADDRESS}/32")
    lines = ["", f"Operator   {operator.name}, with one site, one NAS and six plans to try"]
    if nas is None:
        return lines
    secret = _secret_of(nas)
    lines.append(f"NAS        {ADDRESS}, secret {secret}")
    code = _unused_code(operator)
    if code is None:
        return [*lines, f"Next       {_program()} ticket '{TRIED_PLAN}'"]
    port = environment.radius_auth.port
    server = "" if port == RADIUS_PORT else f" --server {ADDRESS}:{port}"
    return [
        *lines,
        f"Ticket     {code}  ({TRIED_PLAN}; the code is name and password)",
        f"Next       radtest {code} {code} {ADDRESS}:{port} 0 {secret}",
        f"      or   {_program()} simulate --user {code} --secret {secret}{server}",
        f"    then   {_program()} user {code}",
    ]


def _secret_of(nas: Nas) -> str:
    """Only while the demo is started: the owner of the tables may read it, the web may not."""
    from hotgate import vault
    from hotgate.apps.core import keys
    from hotgate.apps.network.models import NasSecret
    from hotgate.store import seals

    sealed = NasSecret.objects.get(nas=nas).sealed
    return vault.unseal(keys.current().network, bytes(sealed), seals.nas_secret_place(nas.id)).decode()


def _unused_code(operator: Operator) -> str | None:
    from hotgate.apps.vouchers import queries

    voucher: Voucher | None = queries.unused_vouchers(operator).filter(plan__name=TRIED_PLAN).first()
    return None if voucher is None else queries.code_of(voucher)


def _program() -> str:
    path = pathlib.Path(sys.executable).with_name("hotgate")
    return os.path.relpath(path) if path.is_relative_to(pathlib.Path.cwd()) else str(path)
