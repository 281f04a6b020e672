"""Realms: which users there are, what is asked about them, and what they may do themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from hotgate.apps.catalogue.models import Plan
from hotgate.apps.core.checking import Checking
from hotgate.apps.operators.actor import Actor
from hotgate.apps.operators.audit import record_audit
from hotgate.apps.operators.models import Operator, Site
from hotgate.apps.subscribers.models import Realm, RealmPlan, RealmSite, SiteDevices
from hotgate.domain import people, styling
from hotgate.domain.errors import DomainError
from hotgate.domain.people import Ask, Delivery, PersonField, Verification, Way
from hotgate.domain.wording import _

NAME_MAX = 100
TERMS_MAX = 20_000
VALUE_MAX = 200
# who came by these ways was asked by us, and tells all that the realm requires
ASKED_WAYS = frozenset({Way.STAFF, Way.SELF, Way.API})


@transaction.atomic
def create_realm(*, by: Actor, now: datetime, operator: Operator, name: str) -> Realm:
    """With everything as it is by default. DomainError `realm_invalid`: name; `realm_name_taken`."""
    name = _checked_name(operator, name)
    realm = Realm.objects.create(operator=operator, name=name)
    _audit(by, now, realm, "create_realm", None, {"name": name})
    return realm


@transaction.atomic
def change_realm(
    *,
    by: Actor,
    now: datetime,
    realm: Realm,
    name: str,
    ways: Iterable[str],
    asked: Mapping[str, str],
    verification: str = Verification.NONE,
    terms: str = "",
    plans: Iterable[Plan] = (),
    vouchers_allowed: bool = True,
    change_profile: bool = True,
    change_password: bool = True,
    part_devices: bool = True,
    send_receipts: bool = True,
    style: str = "",
    delivery: str = Delivery.SHOW,
    keep_readable: bool = False,
    device_plan: Plan | None = None,
    device_sites: Iterable[Site] = (),
    sites: Iterable[Site] = (),
) -> None:
    """All of its settings at once. `asked`: person field → off, optional or required. `sites`: where its credentials
    work; none: everywhere (HN-W3). Whoever is online elsewhere stays until the next login.

    DomainError `realm_invalid` with its fields; `realm_name_taken`.
    """
    before, style = settings_of(realm), styling.tidy(style)
    admitting, works_at, chosen = list(device_sites), list(sites), list(plans)
    wanted = {str(field): asked.get(field, Ask.OFF) for field in PersonField}
    _check(wanted, verification, terms, style, device_plan, admitting)
    realm.name = _checked_name(realm.operator, name, besides=realm)
    realm.ways = [str(way) for way in Way if way in set(ways)]
    realm.asked = {field: str(ask) for field, ask in wanted.items() if ask != Ask.OFF}
    realm.verification, realm.terms, realm.delivery = verification, terms.strip(), delivery
    realm.vouchers_allowed, realm.keep_readable = vouchers_allowed, keep_readable
    realm.change_profile, realm.change_password = change_profile, change_password
    realm.part_devices, realm.send_receipts = part_devices, send_receipts
    realm.style, realm.device_plan = style, device_plan
    realm.save()
    _offer(realm, chosen)
    _admit_at(realm, admitting)
    _work_at(realm, works_at)
    _audit(by, now, realm, "change_realm", before, settings_of(realm))


def settings_of(realm: Realm) -> dict[str, Any]:
    """As JSON, for the audit and the API."""
    return {
        "name": realm.name,
        "ways": list(realm.ways),
        "asked": dict(realm.asked),
        "verification": realm.verification,
        "has_terms": bool(realm.terms),
        "plans": sorted(RealmPlan.objects.filter(realm=realm).values_list("plan_id", flat=True)),
        "vouchers_allowed": realm.vouchers_allowed,
        "change_profile": realm.change_profile,
        "change_password": realm.change_password,
        "part_devices": realm.part_devices,
        "send_receipts": realm.send_receipts,
        "style": styling.version(realm.style),
        "delivery": realm.delivery,
        "keep_readable": realm.keep_readable,
        "device_plan": realm.device_plan_id,
        "sites": sorted(RealmSite.objects.filter(realm=realm).values_list("site_id", flat=True)),
        "device_sites": sorted(SiteDevices.objects.filter(realm=realm).values_list("site_id", flat=True)),
    }


def refuse_closed_way(realm: Realm, created_via: str) -> None:
    """DomainError `way_closed` where the realm has no users who come like this (HN-3)."""
    way = people.way_of(created_via)
    if way is not None and way not in realm.ways:
        text = _("This realm has no users who are made in this way.")
        raise DomainError("way_closed", text, {"realm": text})


def check_person(checking: Checking, realm: Realm, created_via: str, values: Mapping[str, str]) -> None:
    """What the realm requires of those whom we ask, and the form of what was told."""
    if people.way_of(created_via) in ASKED_WAYS:
        for field, ask in realm.asked.items():
            is_told = ask != Ask.REQUIRED or bool(values.get(field, "").strip())
            checking.require(is_told, field, _("This realm asks for it."))
    for field, value in values.items():
        checking.require(len(value) <= VALUE_MAX, field, _("At most 200 characters."))
        checking.require("\0" not in value, field, _("No zero octet."))
    born = values.get(PersonField.BIRTH_DATE, "")
    checking.require(not born or people.is_date_of_birth(born), PersonField.BIRTH_DATE, _("A date such as 1990-05-31."))
    email = values.get(PersonField.EMAIL, "")
    checking.require(not email or _is_email(email), PersonField.EMAIL, _("This is not an e-mail address."))


def _check(
    asked: Mapping[str, str], verification: str, terms: str, style: str, device_plan: Plan | None, sites: list[Site]
) -> None:
    checking = Checking("realm_invalid")
    needed = {Verification.EMAIL: PersonField.EMAIL, Verification.SMS: PersonField.PHONE}
    field = needed.get(Verification(verification))
    text = _("What is verified must be asked for and required.")
    checking.require(field is None or asked[field] == Ask.REQUIRED, "verification", text)
    checking.require(len(terms) <= TERMS_MAX, "terms", _("At most 20,000 characters."))
    odd_style = styling.obstacle(style)
    checking.require(odd_style is None, "style", odd_style or "")
    text = _("Devices that come in at first sight need a plan.")
    checking.require(not sites or device_plan is not None, "device_plan", text)
    is_fit = device_plan is None or (device_plan.for_devices and device_plan.retired_at is None)
    checking.require(is_fit, "device_plan", _("This plan is not for devices that log in by their address."))
    checking.finish()


def _offer(realm: Realm, plans: list[Plan]) -> None:
    RealmPlan.objects.filter(realm=realm).delete()
    RealmPlan.objects.bulk_create(RealmPlan(realm=realm, plan=plan, operator_id=realm.operator_id) for plan in plans)


def _admit_at(realm: Realm, sites: list[Site]) -> None:
    """A site lets devices into one realm: the last that asked for it."""
    SiteDevices.objects.filter(realm=realm).delete()
    SiteDevices.objects.filter(site__in=sites).delete()
    SiteDevices.objects.bulk_create(
        SiteDevices(site=site, realm=realm, operator_id=realm.operator_id) for site in sites
    )


def _work_at(realm: Realm, sites: list[Site]) -> None:
    RealmSite.objects.filter(realm=realm).delete()
    RealmSite.objects.bulk_create(RealmSite(realm=realm, site=site, operator_id=realm.operator_id) for site in sites)


def _checked_name(operator: Operator, name: str, besides: Realm | None = None) -> str:
    name = name.strip()
    checking = Checking("realm_invalid")
    checking.require(0 < len(name) <= NAME_MAX, "name", _("A name has 1 to 100 characters."))
    checking.finish()
    taken = Realm.objects.filter(operator=operator, name__iexact=name).first()
    if taken is not None and taken != besides:
        raise DomainError("realm_name_taken", _("There is a realm of this name."), {"name": _("already there")})
    return name


def _is_email(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True


def _audit(
    by: Actor, now: datetime, realm: Realm, verb: str, before: dict[str, Any] | None, after: dict[str, Any]
) -> None:
    record_audit(
        by=by,
        now=now,
        operator_id=realm.operator_id,
        verb=verb,
        object_kind="realm",
        object_id=realm.id,
        before=before,
        after=after,
    )
