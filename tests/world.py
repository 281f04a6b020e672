"""The same small world in every test of the capabilities: a café with its owner and its cashier, and a stranger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import builders
from hotgate.apps.catalogue import services as catalogue
from hotgate.apps.catalogue.models import Plan
from hotgate.apps.core import scope
from hotgate.apps.network import services as network
from hotgate.apps.network.models import Nas
from hotgate.apps.operators import services as operators
from hotgate.apps.operators.actor import Actor, staff
from hotgate.apps.operators.models import Operator, Role, Site, Staff
from hotgate.apps.subscribers import recharge
from hotgate.apps.subscribers import services as subscribers
from hotgate.apps.subscribers.models import Entitlement, Subscriber

NOON = datetime(2026, 6, 20, 10, 0, tzinfo=UTC)  # 12:00 in Rome
SECRET = "a secret of more than 16"


@dataclass
class World:
    operator: Operator
    site: Site
    owner: Staff
    cashier: Staff
    other_operator: Operator
    other_site: Site
    stranger: Staff  # owns the other operator

    @property
    def by(self) -> Actor:
        return staff(self.cashier.id)

    def plan(self, **changes: Any) -> Plan:
        return catalogue.publish_plan(
            by=self.by, now=NOON, operator=self.operator, draft=builders.plan_draft(**changes)
        )

    def monthly(self, **changes: Any) -> Plan:
        return catalogue.publish_plan(
            by=self.by, now=NOON, operator=self.operator, draft=builders.monthly_draft(**changes)
        )

    def nas(self, address: str = "192.0.2.1", secret: str = SECRET, **settings: Any) -> Nas:
        return network.add_nas(
            by=self.by, now=NOON, operator=self.operator, site=self.site, address=address, secret=secret, **settings
        ).nas

    def guest(self, name: str = "guest", **changes: Any) -> Subscriber:
        given = {"operator": self.operator, "site": self.site, "password": builders.PASSWORD}
        return subscribers.register_subscriber(by=self.by, now=NOON, name=name, **(given | changes))

    def entitlement(self, guest: Subscriber, plan: Plan, **changes: Any) -> Entitlement:
        return recharge.give_entitlement(by=self.by, now=NOON, subscriber=guest, plan=plan, **changes)


def make() -> World:
    """In the platform's scope, so that it works with the rights of any role that may make operators."""
    with scope.of(scope.PLATFORM):
        operator = _operator("Café Aurora")
        site = operators.create_site(by=staff_less(), now=NOON, operator=operator, name="Via Roma")
        other = _operator("Other Hotel")
        other_site = operators.create_site(by=staff_less(), now=NOON, operator=other, name="Lobby")
        return World(
            operator=operator,
            site=site,
            owner=_staff("owner@example.com", operator, Role.OWNER),
            cashier=_staff("cashier@example.com", operator, Role.CASHIER),
            other_operator=other,
            other_site=other_site,
            stranger=_staff("stranger@example.com", other, Role.OWNER),
        )


def staff_less() -> Actor:
    return Actor("system")


def _operator(name: str) -> Operator:
    return operators.create_operator(
        by=staff_less(), now=NOON, name=name, currency="EUR", time_zone="Europe/Rome", country="IT"
    )


def _staff(email: str, operator: Operator, role: Role) -> Staff:
    return operators.create_staff(
        by=staff_less(), now=NOON, email=email, password=builders.PASSWORD, operator=operator, role=role
    )
