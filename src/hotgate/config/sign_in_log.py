"""Signing in and out, wrong passwords, and changes to passwords and second factors, in the audit log.

An entry stands in the chain of each operator where the person holds a role; of the platform's owner, of staff without a
role and of unknown addresses in the platform's. What was typed as a name is not kept: people type passwords there.
"""

from __future__ import annotations

from typing import Any

from allauth.account import signals as account
from allauth.mfa import signals as mfa
from allauth.mfa.models import Authenticator
from django.contrib.auth.signals import user_logged_out
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from hotgate.apps.core import scope
from hotgate.apps.operators import tree
from hotgate.apps.operators.actor import Actor
from hotgate.apps.operators.audit import Values, record_audit
from hotgate.apps.operators.models import Staff
from hotgate.web.shared.client import address_of


def connect() -> None:
    account.user_logged_in.connect(_signed_in)
    user_logged_out.connect(_signed_out)
    account.password_changed.connect(_password_changed)
    mfa.authenticator_added.connect(_added)
    mfa.authenticator_removed.connect(_removed)
    mfa.authenticator_reset.connect(_renewed)
    mfa.authentication_failed.connect(_code_refused)


def record(request: HttpRequest, staff: Staff | None, verb: str, after: Values | None = None) -> None:
    """One entry per operator. In the request's own transaction, or after it, for what is told only then."""
    by = Actor("staff", staff.pk if staff else None, address_of(request) or None)
    object_id = staff.pk if staff else None
    with transaction.atomic():
        operators = sorted(tree.roles_of(staff)) if staff is not None and not staff.is_superuser else []
        chains: list[int | None] = [*operators] or [None]
        with scope.widened(*(operators or [scope.PLATFORM])):
            for operator_id in chains:
                record_audit(
                    by=by,
                    now=timezone.now(),
                    operator_id=operator_id,
                    verb=verb,
                    object_kind="staff",
                    object_id=object_id,
                    after=after,
                )


def _signed_in(request: HttpRequest, user: Staff, **_: Any) -> None:
    records = request.session.get("account_authentication_methods") or []
    used = sorted({str(each.get("type") or each.get("method")) for each in records})
    record(request, user, "sign_in", {"by": used})


def _signed_out(request: HttpRequest, user: Staff | None, **_: Any) -> None:
    if user is not None:
        record(request, user, "sign_out")


def _password_changed(request: HttpRequest, user: Staff, **_: Any) -> None:
    record(request, user, "change_password")


def _added(request: HttpRequest, user: Staff, authenticator: Authenticator, **_: Any) -> None:
    record(request, user, "add_second_factor", {"kind": str(authenticator.type)})


def _removed(request: HttpRequest, user: Staff, authenticator: Authenticator, **_: Any) -> None:
    record(request, user, "remove_second_factor", {"kind": str(authenticator.type)})


def _renewed(request: HttpRequest, user: Staff, authenticator: Authenticator, **_: Any) -> None:
    record(request, user, "renew_second_factor", {"kind": str(authenticator.type)})


def _code_refused(request: HttpRequest, user: Staff, **_: Any) -> None:
    record(request, user, "second_factor_failed")
