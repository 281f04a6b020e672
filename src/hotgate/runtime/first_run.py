"""What a new installation needs before anybody can sign in, and what the person at the terminal is told."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from hotgate.environment import Environment

if TYPE_CHECKING:
    from hotgate.apps.operators.models import Operator

OWNER_EMAIL = "owner@localhost"
PASSWORD_OCTETS = 12  # 16 characters, 96 bits
OPERATOR, SITE = "First operator", "First site"
CURRENCY = "EUR"


@dataclass(frozen=True, slots=True)
class FirstRun:
    lines: list[str] = field(default_factory=list)  # what `hotgate up` tells the person, line by line


def prepare(environment: Environment, *, demo: bool) -> FirstRun:
    """Called at every start, after the migrations, with the owner's rights; does nothing where it was done."""
    from hotgate.apps.core import partitions, scope
    from hotgate.runtime import demo as demonstration

    now = datetime.now(UTC)
    partitions.ensure(now.date())
    told = FirstRun()
    with scope.of_everyone():
        told.lines.extend(ensure_owner(now))
        if demo:
            told.lines.extend(demonstration.ensure(environment, now))
        else:
            ensure_operator(now)
    return told


def ensure_owner(now: datetime) -> list[str]:
    """Somebody who may sign in, with a password that is made here, shown once, and kept nowhere."""
    from hotgate.apps.operators import queries, services
    from hotgate.apps.operators.actor import SYSTEM

    owner = queries.platform_owners().first()
    if owner is not None:
        return [f"Sign-in    {owner.email}  (a new password: hotgate staff password {owner.email})"]
    password = new_password()
    services.create_staff(by=SYSTEM, now=now, email=OWNER_EMAIL, name="Owner", password=password, is_superuser=True)
    return [
        f"Sign-in    {OWNER_EMAIL}",
        f"Password   {password}",
        f"           shown this once; a new one: hotgate staff password {OWNER_EMAIL}",
    ]


def ensure_operator(now: datetime) -> Operator:
    """The first operator with a site, so that a NAS has somewhere to stand; the one there, if there is one."""
    from hotgate.apps.operators import queries, services
    from hotgate.apps.operators.actor import SYSTEM

    operator = queries.operators().first()
    if operator is None:
        operator = services.create_operator(by=SYSTEM, now=now, name=OPERATOR, currency=CURRENCY)
        services.create_site(by=SYSTEM, now=now, operator=operator, name=SITE)
    return operator


def new_password() -> str:
    return secrets.token_urlsafe(PASSWORD_OCTETS)
