"""Who works for an operator as what: invite, give and take roles, deactivate.

`giver` is what the person who asks holds at each operator (`tree.operators_of`). Nobody gives or takes more than they
could give, and an operator never loses its last owner.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext

from hotgate.apps.core import scope
from hotgate.apps.core.checking import Checking
from hotgate.apps.operators import invitations, tree
from hotgate.apps.operators.actor import Actor
from hotgate.apps.operators.audit import Values, record_audit
from hotgate.apps.operators.models import Operator, Role, Site, Staff, StaffRole
from hotgate.apps.operators.roles import OF_ONE_SITE, Held, may_give
from hotgate.apps.operators.services import EMAIL, check_password
from hotgate.apps.operators.tree import Roles
from hotgate.domain.errors import DomainError
from hotgate.domain.wording import _

NAME_MAX = 100


class Invited(NamedTuple):
    staff: Staff
    token: str  # of the one-time link; '': signs in already


@transaction.atomic
def invite_staff(
    *,
    by: Actor,
    now: datetime,
    giver: Roles,
    operator: Operator,
    email: str,
    role: Role,
    name: str = "",
    site: Site | None = None,
) -> Invited:
    """A role for somebody, known or new; who is new chooses a password by the link.

    DomainError `staff_invalid`: email or name; `role_not_given`, `role_held`, `staff_inactive`.
    """
    email = email.strip().lower()
    checking = Checking("staff_invalid")
    checking.require(bool(EMAIL.fullmatch(email)), "email", _("This is not an e-mail address."))
    too_long = gettext("A name has at most %(number)d characters.") % {"number": NAME_MAX}
    checking.require(len(name) <= NAME_MAX, "name", too_long)
    checking.finish()
    staff, is_new = Staff.objects.get_or_create(email=email, defaults={"name": name.strip(), "created_at": now})
    if not staff.is_active:
        text = _("This person is deactivated.")
        raise DomainError("staff_inactive", text, {"email": text})
    if is_new:
        staff.set_unusable_password()
        staff.save(update_fields=["password"])
    give_role(by=by, now=now, giver=giver, operator=operator, staff=staff, role=role, site=site)
    return Invited(staff, "" if staff.has_usable_password() else invitations.token_of(staff))


@transaction.atomic
def accept_invitation(*, by: Actor, now: datetime, staff: Staff, password: str) -> None:
    """The link has led here: from now on the password counts, and the link no more. DomainError `staff_invalid`."""
    checking = Checking("staff_invalid")
    check_password(checking, password, staff)
    checking.finish()
    staff.set_password(password)
    staff.save(update_fields=["password"])
    at = sorted(tree.roles_of(staff))
    with scope.widened(*at):
        for operator_id in at:
            _audit(by, now, operator_id, "accept_invitation", staff, None, None)


@transaction.atomic
def renew_link(*, by: Actor, now: datetime, giver: Roles, operator: Operator, staff: Staff) -> str:
    """The token of a new one-time link, for who lost everything; what was there no longer works.

    Neither does the second factor: it may be what was lost, and a passkey signs in without any password.

    DomainError `staff_not_yours`.
    """
    _require_all_of(giver, staff)
    staff.set_unusable_password()
    staff.save(update_fields=["password"])
    Authenticator.objects.filter(user_id=staff.id).delete()
    _audit(by, now, operator.id, "renew_link", staff, None, None)
    return invitations.token_of(staff)


@transaction.atomic
def give_role(
    *, by: Actor, now: datetime, giver: Roles, operator: Operator, staff: Staff, role: Role, site: Site | None = None
) -> None:
    """DomainError `role_not_given`, `role_held`."""
    _require(giver, operator.id, Held(role, site.id if site else None))
    if site is not None and role not in OF_ONE_SITE:
        text = _("Only a cashier or support is limited to one site.")
        raise DomainError("role_not_given", text, {"site": text})
    if site is not None and site.operator_id != operator.id:
        raise DomainError("role_not_given", _("This site is another operator's."), {"site": _("another operator's")})
    _row, is_new = StaffRole.objects.get_or_create(staff=staff, operator=operator, role=role, site=site)
    if not is_new:
        raise DomainError("role_held", _("This person has this role already."), {"role": _("Held already.")})
    _audit(by, now, operator.id, "give_role", staff, None, _shown(role, site.id if site else None))


@transaction.atomic
def take_role(*, by: Actor, now: datetime, giver: Roles, role: StaffRole) -> None:
    """DomainError `role_not_given`; `last_owner`."""
    _require(giver, role.operator_id, Held(role.role, role.site_id))
    _keep_an_owner(role.operator_id, StaffRole.objects.exclude(id=role.id))
    role.delete()
    _audit(by, now, role.operator_id, "take_role", role.staff, _shown(role.role, role.site_id), None)


@transaction.atomic
def deactivate_staff(*, by: Actor, now: datetime, giver: Roles, operator: Operator, staff: Staff) -> None:
    """Signs in no more, anywhere; roles stay, for the day of the return.

    DomainError `staff_not_yours`; `last_owner`; `staff_oneself`.
    """
    _require_all_of(giver, staff)
    if staff.id == by.staff_id:
        raise DomainError("staff_oneself", _("Nobody deactivates themselves: ask another owner."))
    for operator_id in sorted(tree.roles_of(staff)):
        _keep_an_owner(operator_id, StaffRole.objects.exclude(staff=staff))
    _set_active(by, now, operator, staff, False)


@transaction.atomic
def reactivate_staff(*, by: Actor, now: datetime, giver: Roles, operator: Operator, staff: Staff) -> None:
    """DomainError `staff_not_yours`."""
    _require_all_of(giver, staff)
    _set_active(by, now, operator, staff, True)


def _set_active(by: Actor, now: datetime, operator: Operator, staff: Staff, is_active: bool) -> None:
    if staff.is_active == is_active:
        return
    staff.is_active = is_active
    staff.save(update_fields=["is_active"])
    verb = "reactivate_staff" if is_active else "deactivate_staff"
    _audit(by, now, operator.id, verb, staff, {"active": not is_active}, {"active": is_active})


def _require(giver: Roles, operator_id: int, wanted: Held) -> None:
    if not may_give(giver.get(operator_id, frozenset()), wanted):
        text = _("Nobody gives or takes more than they hold: ask an owner.")
        raise DomainError("role_not_given", text, {"role": text})


def _require_all_of(giver: Roles, staff: Staff) -> None:
    """What concerns a person as a whole is done by those who could have given all that this person holds."""
    held = tree.roles_of(staff)
    mine = all(may_give(giver.get(at, frozenset()), each) for at, roles in held.items() for each in roles)
    if staff.is_superuser or not mine:
        text = _("This person also works elsewhere, or holds more than you may give. You can take a role here.")
        raise DomainError("staff_not_yours", text)


def _keep_an_owner(operator_id: int, left: QuerySet[StaffRole]) -> None:
    """The row lock makes two who remove each other come one after the other."""
    with scope.widened(operator_id):
        Operator.objects.select_for_update().get(id=operator_id)
        owners = StaffRole.objects.filter(operator_id=operator_id, role=Role.OWNER, site=None, staff__is_active=True)
        if owners.exists() and not owners.filter(id__in=left.values("id")).exists():
            raise DomainError("last_owner", _("This is the last owner. Make somebody else an owner first."))


def _shown(role: str, site_id: int | None) -> Values:
    return {"role": str(role)} | ({} if site_id is None else {"site": site_id})


def _audit(
    by: Actor, now: datetime, operator_id: int, verb: str, staff: Staff, before: Values | None, after: Values | None
) -> None:
    record_audit(
        by=by,
        now=now,
        operator_id=operator_id,
        verb=verb,
        object_kind="staff",
        object_id=staff.id,
        before=before,
        after=after,
    )
