"""Make and revoke tokens of the API."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import connection, transaction

from hotgate.apps.core.checking import Checking
from hotgate.apps.operators.actor import Actor
from hotgate.apps.operators.audit import record_audit
from hotgate.apps.operators.models import Operator, Role
from hotgate.apps.operators.tokens import secrets
from hotgate.apps.operators.tokens.models import ApiToken, Resource
from hotgate.domain.wording import _

NAME_MAX = 100
ADDRESSES_MAX = 50
SCOPES = tuple(f"{resource}:{right}" for resource in Resource for right in ("read", "write"))
USE_NOTED_EVERY = timedelta(minutes=1)


class Made(NamedTuple):
    token: ApiToken
    secret: str  # shown now and never again


@transaction.atomic
def make_token(
    *,
    by: Actor,
    now: datetime,
    operator: Operator,
    name: str,
    role: str,
    scopes: Iterable[str],
    addresses: Iterable[str] = (),
    expires_at: datetime | None = None,
) -> Made:
    """DomainError `token_invalid`: name, role, scopes, addresses or expires_at."""
    checking = Checking("token_invalid")
    name, wanted = name.strip(), sorted(set(scopes))
    checking.require(0 < len(name) <= NAME_MAX and name.isprintable(), "name", _("A name has 1 to 100 characters."))
    checking.require(role in list(Role), "role", _("There is no such role."))
    checking.require(bool(wanted) and set(wanted) <= set(SCOPES), "scopes", _("Choose what the token is for."))
    checking.require(expires_at is None or expires_at > now, "expires_at", _("This date has passed."))
    networks = _networks(checking, list(addresses))
    checking.finish()
    parts = secrets.new()
    token = ApiToken.objects.create(
        operator=operator,
        name=name,
        public=parts.public,
        digest=parts.digest(),
        role=role,
        scopes=wanted,
        addresses=networks,
        expires_at=expires_at,
        created_at=now,
        created_by_id=by.staff_id,
    )
    _audit(by, now, token, "make_token", {"role": role, "scopes": wanted, "addresses": networks})
    return Made(token, str(parts))


@transaction.atomic
def revoke_token(*, by: Actor, now: datetime, token: ApiToken) -> None:
    """From the next request on it opens nothing. Revoked before: nothing changes."""
    if ApiToken.objects.filter(id=token.id, revoked_at__isnull=True).update(revoked_at=now):
        token.revoked_at = now
        _audit(by, now, token, "revoke_token", {})


def note_use(token: ApiToken, now: datetime, address: str) -> bool:
    """Once a minute: whether it was now.

    Never waits for another request that notes the same: the row would be the bottleneck.
    """
    last: datetime | None = token.last_used_at
    if last is not None and now - last < USE_NOTED_EVERY:
        return False
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE api_token SET last_used_at = %s, last_used_ip = %s WHERE id ="
            " (SELECT id FROM api_token WHERE id = %s FOR UPDATE SKIP LOCKED)",
            [now, address or None, token.pk],
        )
    return True


def actor_of(token: ApiToken, address: str) -> Actor:
    """As the audit names it."""
    return Actor(f"token {token.public}", ip=address or None)


def _networks(checking: Checking, typed: list[str]) -> list[str]:
    text = _("Addresses such as 192.0.2.7 or 192.0.2.0/24, at most 50.")
    checking.require(len(typed) <= ADDRESSES_MAX, "addresses", text)
    found = []
    for each in filter(None, (one.strip() for one in typed[:ADDRESSES_MAX])):
        try:
            found.append(str(ipaddress.ip_network(each, strict=False)))
        except ValueError:
            checking.require(False, "addresses", text)
    return found


def _audit(by: Actor, now: datetime, token: ApiToken, verb: str, after: dict[str, object]) -> None:
    record_audit(
        by=by,
        now=now,
        operator_id=token.operator_id,
        verb=verb,
        object_kind="api_token",
        object_id=token.id,
        after=after,
    )
