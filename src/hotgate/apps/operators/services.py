"""Make operators, their sites, and the staff who work for them."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from zoneinfo import ZoneInfo

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext

from hotgate.apps.core import scope
from hotgate.apps.core.checking import Checking
from hotgate.apps.operators.actor import Actor
from hotgate.apps.operators.audit import Values, record_audit
from hotgate.apps.operators.models import CommercialMode, Operator, Role, Site, Staff, StaffRole
from hotgate.domain.errors import DomainError
from hotgate.domain.wording import _

NAME_MAX = 100
CURRENCY = re.compile(r"[A-Z]{3}")
COUNTRY = re.compile(r"[A-Z]{2}")
NAME_TAKEN = _("This name is taken.")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+|[^@\s]+@localhost")


@transaction.atomic
def create_operator(
    *,
    by: Actor,
    now: datetime,
    name: str,
    currency: str,
    time_zone: str = "UTC",
    language: str = "en",
    country: str = "",
    parent: Operator | None = None,
) -> Operator:
    """A new tenant; the transaction's scope is widened to it. `currency` is ISO 4217 and never changes.

    DomainError `operator_invalid`: name, currency or time_zone; `operator_name_taken`.
    """
    name = name.strip()
    checking = Checking("operator_invalid")
    checking.require(bool(CURRENCY.fullmatch(currency)), "currency", _("A currency has three letters, such as EUR."))
    _check_place(checking, name, time_zone, language, country)
    checking.finish()
    slug = slug_of(name)
    with scope.widened(scope.PLATFORM):
        if Operator.objects.filter(slug=slug).exists():
            raise DomainError("operator_name_taken", _("There is an operator of this name."), {"name": NAME_TAKEN})
        operator = Operator.objects.create(
            name=name,
            slug=slug,
            currency=currency,
            time_zone=time_zone,
            language=language,
            country=country,
            parent=parent,
            created_at=now,
        )
    scope.widen(operator.id)
    after = {"name": name, "currency": currency, "time_zone": time_zone, "parent": parent.id if parent else None}
    _audit(by, now, operator, "create_operator", "operator", operator.id, after)
    return operator


@transaction.atomic
def update_operator(
    *,
    by: Actor,
    now: datetime,
    operator: Operator,
    name: str,
    time_zone: str,
    language: str,
    country: str = "",
) -> None:
    """What stands on its pages, and in which zone its days begin. Its slug stays, for it stands in addresses.

    DomainError `operator_invalid`: name, time_zone, language or country; `operator_name_taken`.
    """
    name = name.strip()
    checking = Checking("operator_invalid")
    _check_place(checking, name, time_zone, language, country)
    checking.finish()
    with scope.widened(scope.PLATFORM):
        if Operator.objects.filter(name__iexact=name).exclude(id=operator.id).exists():
            raise DomainError("operator_name_taken", _("There is an operator of this name."), {"name": NAME_TAKEN})
    changed = {"name": name, "time_zone": time_zone, "language": language, "country": country}
    _change(by, now, operator.id, "update_operator", "operator", operator, changed)


@transaction.atomic
def create_site(
    *,
    by: Actor,
    now: datetime,
    operator: Operator,
    name: str,
    time_zone: str | None = None,
    language: str | None = None,
    commercial_mode: CommercialMode = CommercialMode.PAY_PER_USE,
) -> Site:
    """A place of the operator; without a zone or language of its own it has the operator's.

    DomainError `site_invalid`: name or time_zone; `site_name_taken`.
    """
    name = name.strip()
    _check_site(Site(operator=operator, name=name, time_zone=time_zone, language=language))
    site = Site.objects.create(
        operator=operator, name=name, time_zone=time_zone, language=language, commercial_mode=commercial_mode
    )
    _audit(by, now, operator, "create_site", "site", site.id, {"name": name, "time_zone": time_zone})
    return site


@transaction.atomic
def update_site(
    *,
    by: Actor,
    now: datetime,
    site: Site,
    name: str,
    time_zone: str | None,
    language: str | None,
    commercial_mode: CommercialMode,
) -> None:
    """DomainError `site_invalid`: name, time_zone or language; `site_name_taken`."""
    changed = {"name": name.strip(), "time_zone": time_zone, "language": language, "commercial_mode": commercial_mode}
    _check_site(Site(id=site.id, operator_id=site.operator_id, **(changed | {"commercial_mode": str(commercial_mode)})))
    _change(by, now, site.operator_id, "update_site", "site", site, changed)


@transaction.atomic
def create_staff(
    *,
    by: Actor,
    now: datetime,
    email: str,
    password: str,
    name: str = "",
    operator: Operator | None = None,
    role: Role | None = None,
    is_superuser: bool = False,
) -> Staff:
    """Somebody who may sign in: with a role at an operator, or as the owner of the platform.

    DomainError `staff_invalid`: email, password or role; `staff_email_taken`.
    """
    email = email.strip().lower()
    checking = Checking("staff_invalid")
    checking.require(bool(EMAIL.fullmatch(email)), "email", _("This is not an e-mail address."))
    checking.require((operator is None) == (role is None), "role", _("A role is held at an operator."))
    checking.require(operator is not None or is_superuser, "role", _("Staff need a role."))
    staff = Staff(email=email, name=name.strip(), is_superuser=is_superuser, created_at=now)
    check_password(checking, password, staff)
    checking.finish()
    if Staff.objects.filter(email=email).exists():
        text = _("Somebody signs in with this address.")
        raise DomainError("staff_email_taken", text, {"email": text})
    staff.set_password(password)
    staff.save()
    if operator is not None and role is not None:
        StaffRole.objects.create(staff=staff, operator=operator, role=role)
    after = {"role": role, "is_superuser": is_superuser}
    _audit(by, now, operator, "create_staff", "staff", staff.id, after)
    return staff


@transaction.atomic
def set_staff_password(*, by: Actor, now: datetime, staff: Staff, password: str) -> None:
    """For who lost everything, so the second factor goes too. DomainError `staff_invalid`: password."""
    checking = Checking("staff_invalid")
    check_password(checking, password, staff)
    checking.finish()
    staff.set_password(password)
    staff.save(update_fields=["password"])
    Authenticator.objects.filter(user_id=staff.id).delete()
    _audit(by, now, None, "set_staff_password", "staff", staff.id, None)


def slug_of(name: str) -> str:
    """`Café Aurora` → `cafe-aurora`: what stands in addresses. Of a name without Latin letters, its code points."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = "-".join(re.findall(r"[a-z0-9]+", plain))
    return slug or "-".join(f"{ord(character):x}" for character in name if character.isalnum())[:60].strip("-")


def _check_site(site: Site) -> None:
    """DomainError."""
    checking = Checking("site_invalid")
    zone = "UTC" if site.time_zone is None else site.time_zone
    _check_place(checking, site.name, zone, "en" if site.language is None else site.language, "")
    checking.finish()
    others = Site.objects.filter(operator_id=site.operator_id, name__iexact=site.name).exclude(id=site.id)
    if others.exists():
        raise DomainError("site_name_taken", _("There is a site of this name."), {"name": NAME_TAKEN})


def _check_place(checking: Checking, name: str, time_zone: str, language: str, country: str) -> None:
    _check_name(checking, name)
    _check_zone(checking, time_zone)
    checking.require(language in dict(settings.LANGUAGES), "language", _("This language is not known here."))
    checking.require(country == "" or bool(COUNTRY.fullmatch(country)), "country", _("A country has two letters: IT."))


def _check_name(checking: Checking, name: str) -> None:
    has_letter = any(character.isalnum() for character in name)
    text = gettext("A name has 1 to %(number)d characters.") % {"number": NAME_MAX}
    checking.require(has_letter and len(name) <= NAME_MAX, "name", text)


def _check_zone(checking: Checking, time_zone: str) -> None:
    try:
        ZoneInfo(time_zone)
    except (KeyError, OSError, ValueError):  # not found is a KeyError, a folder's name an OSError
        checking.require(False, "time_zone", _("This is not a time zone, such as Europe/Rome."))


def check_password(checking: Checking, password: str, staff: Staff) -> None:
    try:
        password_validation.validate_password(password, staff)
    except ValidationError as error:
        checking.require(False, "password", " ".join(error.messages))


def _change(
    by: Actor, now: datetime, operator_id: int, verb: str, kind: str, row: Operator | Site, changed: Values
) -> None:
    """Save what differs, and say what it was; nothing where nothing differs."""
    differing = {name: value for name, value in changed.items() if getattr(row, name) != value}
    if not differing:
        return
    before = {name: getattr(row, name) for name in differing}
    for name, value in differing.items():
        setattr(row, name, value)
    row.save(update_fields=list(differing))
    record_audit(
        by=by,
        now=now,
        operator_id=operator_id,
        verb=verb,
        object_kind=kind,
        object_id=row.id,
        before=before,
        after=differing,
    )


def _audit(
    by: Actor,
    now: datetime,
    operator: Operator | None,
    verb: str,
    object_kind: str,
    object_id: int,
    after: Values | None,
) -> None:
    record_audit(
        by=by,
        now=now,
        operator_id=operator.id if operator else None,
        verb=verb,
        object_kind=object_kind,
        object_id=object_id,
        after=after,
    )
