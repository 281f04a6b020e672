"""Say how a router is read, read it, and make users of what is new there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction
from procrastinate.contrib.django import app

from hotgate import vault
from hotgate.apps.catalogue import queries as catalogue
from hotgate.apps.catalogue.models import Plan
from hotgate.apps.core import keys
from hotgate.apps.core.checking import Checking
from hotgate.apps.network.models import Nas
from hotgate.apps.network.routeros.values import HotspotUser, Protocol, RouterAccess, Tls
from hotgate.apps.operators.actor import SYSTEM, Actor
from hotgate.apps.operators.audit import record_audit
from hotgate.apps.subscribers import names
from hotgate.apps.subscribers.importing import writing
from hotgate.apps.subscribers.importing.checking import Person
from hotgate.apps.subscribers.models import Credential, Realm
from hotgate.apps.subscribers.routers import rules
from hotgate.apps.subscribers.routers.models import Field, RouterSource, RouterUser
from hotgate.apps.subscribers.routers.rules import PRINTER, Rule, Settled, Sorted
from hotgate.domain import people
from hotgate.domain.wording import _

RULES_MAX = 50
CONFLICTS_KEPT = 100
JOB = "subscribers.read_router"
TEXT_MAX = 200


class Settings(NamedTuple):
    realm: Realm
    protocol: Protocol
    tls: Tls
    port: int
    username: str
    rules: tuple[Rule, ...] = ()
    default_plan: Plan | None = None
    printer_field: Field = Field.COMMENT
    printer_pattern: str = ""
    enabled: bool = True


@transaction.atomic
def save_source(*, by: Actor, now: datetime, nas: Nas, settings: Settings, password: str | None = None) -> RouterSource:
    """How this NAS is read from now on. `password` None: as before. DomainError `router_invalid`."""
    known = RouterSource.objects.filter(nas=nas).only("nas_id").first()
    _check(settings, password, is_known=known is not None)
    values: dict[str, Any] = {**settings._asdict(), "rules": [_row(rule) for rule in settings.rules]}
    if password is not None:
        values["password_sealed"] = vault.seal(keys.current().network, password.encode(), _place(nas.id))
    if known is not None:
        RouterSource.objects.filter(nas=nas).update(**values)
    else:
        RouterSource(nas=nas, operator_id=nas.operator_id, **values).save(force_insert=True)
    shown = {"protocol": str(settings.protocol), "port": settings.port, "tls": str(settings.tls)}
    _audit(by, now, nas, "set_router_source", {**shown, "rules": len(settings.rules), "enabled": settings.enabled})
    return RouterSource.objects.defer("password_sealed").get(nas=nas)


@transaction.atomic
def remove_source(*, by: Actor, now: datetime, nas: Nas) -> None:
    """Read it no more. The users stay, and are found again should it be read once more."""
    if RouterSource.objects.filter(nas=nas).delete()[0]:
        _audit(by, now, nas, "remove_router_source", {})


def read_soon(nas: Nas) -> None:
    """A job, for only the worker may open the router's password."""
    app.configure_task(JOB).defer(nas_id=nas.id, operator_id=nas.operator_id)


def access_of(source: RouterSource) -> RouterAccess:
    """The NAS's own address, whatever else was typed: nobody can turn this into a look at other machines."""
    nas = source.nas
    host = nas.coa_address or nas.address.partition("/")[0]
    password = vault.unseal(keys.current().network, bytes(source.password_sealed), _place(nas.id)).decode()
    return RouterAccess(Protocol(source.protocol), host, source.port, Tls(source.tls), source.username, password)


@transaction.atomic
def settle(*, now: datetime, source: RouterSource, users: Sequence[HotspotUser]) -> Sorted:
    """Make users of those who are new, and put down who could not be made one. A second time changes nothing."""
    locked = RouterSource.objects.select_for_update(of=("self",)).get(nas_id=source.nas_id)
    found = _without_closed_ways(locked.realm, _sorted(locked, users))
    _make(locked, found.new, now)
    locked.asked_at, locked.answered_at, locked.problem = now, now, ""
    locked.made, locked.known = len(found.new), found.known
    locked.conflicts = [[name[:100], why] for name, why in found.conflicts[:CONFLICTS_KEPT]]
    locked.save(update_fields=["asked_at", "answered_at", "problem", "made", "known", "conflicts"])
    if found.new:
        _audit(SYSTEM, now, locked.nas, "read_router", {"made": len(found.new), "known": found.known})
    return found


def note_failure(*, now: datetime, source: RouterSource, problem: str) -> None:
    RouterSource.objects.filter(nas_id=source.nas_id).update(asked_at=now, problem=problem)


def _sorted(source: RouterSource, users: Sequence[HotspotUser]) -> Sorted:
    met = set(RouterUser.objects.filter(nas_id=source.nas_id).values_list("name", flat=True))
    wanted = [names.key_of(user.name, user.password) for user in users]
    taken = Credential.objects.filter(operator_id=source.operator_id, name_key__in=wanted)
    return rules.sort(
        users,
        [rules.rule_of(row) for row in source.rules],
        source.default_plan_id,
        (source.printer_field, source.printer_pattern),
        met,
        set(taken.values_list("name_key", flat=True)),
    )


def _without_closed_ways(realm: Realm, found: Sorted) -> Sorted:
    """HN-3: a realm may take nobody from printers, or from programs."""
    closed = {via for via in (PRINTER, rules.APP) if people.way_of(via) not in realm.ways}
    why = _("This realm has no users who are made in this way.")
    refused = [(each.user.name, why) for each in found.new if each.created_via in closed]
    new = [each for each in found.new if each.created_via not in closed]
    return Sorted(new, found.known, found.conflicts + refused)


def _make(source: RouterSource, new: Sequence[Settled], now: datetime) -> None:
    plans = {str(plan.id): plan for plan in catalogue.active_plans(source.operator)}
    for via in (PRINTER, rules.APP):
        persons = [_person(each, plans) for each in new if each.created_via == via]
        writing.write(source.realm, persons, plans, now, via)
    _remember(source, [each.user for each in new])


def _person(settled: Settled, plans: dict[str, Plan]) -> Person:
    """`plan` is an id in digits here. One that was retired since the rule was made, or that is not for devices where
    the router lets a device in by its address, gives nothing.
    """
    user, plan = settled.user, plans.get(str(settled.plan_id))
    person = Person(user.name, user.password, display_name=user.comment[:TEXT_MAX].replace("\0", ""))
    is_given = plan is not None and (plan.for_devices or not person.mac)
    return person._replace(plan=str(settled.plan_id)) if is_given else person


def _remember(source: RouterSource, made: Sequence[HotspotUser]) -> None:
    by_key = {names.key_of(user.name, user.password): user.name for user in made}
    own = Credential.objects.filter(operator_id=source.operator_id, name_key__in=list(by_key))
    RouterUser.objects.bulk_create(
        RouterUser(operator_id=source.operator_id, nas_id=source.nas_id, name=by_key[key], subscriber_id=subscriber)
        for key, subscriber in own.values_list("name_key", "subscriber_id")
    )


def _check(settings: Settings, password: str | None, *, is_known: bool) -> None:
    checking = Checking("router_invalid")
    checking.require(1 <= settings.port <= 65_535, "port", _("A port is a number from 1 to 65535."))
    checking.require(0 < len(settings.username) <= TEXT_MAX, "username", _("The router asks for a user name."))
    checking.require(
        bool(password) or (password is None and is_known), "password", _("The router asks for a password.")
    )
    checking.require(len(settings.rules) <= RULES_MAX, "rules", _("There are too many rules."))
    fits = all(rule.pattern and len(rule.pattern) <= TEXT_MAX for rule in settings.rules)
    checking.require(fits, "rules", _("A rule needs a pattern."))
    checking.finish()


def _row(rule: Rule) -> dict[str, Any]:
    return {"field": rule.field, "pattern": rule.pattern, "plan": rule.plan_id}


def _place(nas_id: int) -> bytes:
    return b"router of nas:%d" % nas_id


def _audit(by: Actor, now: datetime, nas: Nas, verb: str, after: dict[str, Any]) -> None:
    record_audit(
        by=by, now=now, operator_id=nas.operator_id, verb=verb, object_kind="nas", object_id=nas.id, after=after
    )
