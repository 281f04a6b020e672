"""Register a NAS and change what is known about it. Its secret is sealed and cannot be read back here."""

from __future__ import annotations

import ipaddress
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import IntegrityError, transaction
from django.db.models import F

from hotgate import vault
from hotgate.apps.core import keys
from hotgate.apps.core.checking import Checking
from hotgate.apps.network import logins
from hotgate.apps.network.models import Nas, NasSecret
from hotgate.apps.operators.actor import Actor
from hotgate.apps.operators.audit import record_audit
from hotgate.apps.operators.models import Operator, Site
from hotgate.domain.errors import DomainError
from hotgate.store import seals

SECRET_SAFE = 16  # characters: shorter ones fall to an offline search
SECRET_MAX = 128
EDITABLE = frozenset(
    {"site", "name", "identifier", "maker", "enabled", "require_message_authenticator", "limit_proxy_state"}
    | {"octets_swapped", "lacks_gigawords", "sends_accounting", "can_confine", "mac_login", "strict", "coa_address"}
    | {"coa_port", "reject_delay_ms", "users_max", "login_addresses"}
)


class Saved(NamedTuple):
    nas: Nas
    warning: str | None = None  # to be shown; the change was made all the same


@transaction.atomic
def add_nas(
    *,
    by: Actor,
    now: datetime,
    operator: Operator,
    site: Site,
    address: str,
    secret: str,
    name: str = "",
    **settings: Any,
) -> Saved:
    """`address` is one address or a prefix; the longest prefix wins. `settings`: columns in EDITABLE.

    DomainError `nas_invalid`: address, secret or a setting; `nas_address_taken`, whoever has it.
    """
    checking = Checking("nas_invalid")
    network = _checked_address(checking, address)
    _check_secret(checking, secret)
    _check_settings(checking, settings)
    checking.finish()
    nas = Nas(operator=operator, site=site, address=network, name=name or address, created_at=now, **settings)
    _save_new(nas)
    NasSecret(nas=nas, operator=operator, sealed=_sealed(nas, secret)).save(force_insert=True)
    _audit(by, now, nas, "add_nas", {"address": network, **_shown(settings)})
    return Saved(nas, _warning(secret))


@transaction.atomic
def update_nas(
    *,
    by: Actor,
    now: datetime,
    nas: Nas,
    secret: str | None = None,
    keep_old_secret_for: timedelta | None = None,
    new_portal_secret: bool = False,
    **settings: Any,
) -> Saved:
    """Change the given settings, and the secret where one is given. While the box itself is being changed,
    `keep_old_secret_for` lets both secrets work. `new_portal_secret`: what signs redirects to the portal changes at
    once. DomainError `nas_invalid`.
    """
    checking = Checking("nas_invalid")
    if secret is not None:
        _check_secret(checking, secret)
    _check_settings(checking, settings)
    checking.finish()
    for field, value in settings.items():
        setattr(nas, field, value)
    if new_portal_secret:
        Nas.objects.filter(id=nas.id).update(portal_generation=F("portal_generation") + 1)
        nas.refresh_from_db(fields=["portal_generation"])
    if settings:
        nas.save(update_fields=list(settings))
    if secret is not None:
        until = now + keep_old_secret_for if keep_old_secret_for else None
        NasSecret.objects.filter(nas=nas).update(sealed=_sealed(nas, secret), previous_until=until)
    changed = {"secret": secret is not None, "portal_secret": new_portal_secret}
    _audit(by, now, nas, "update_nas", changed | _shown(settings))
    return Saved(nas, None if secret is None else _warning(secret))


def _save_new(nas: Nas) -> None:
    try:
        with transaction.atomic():
            nas.save(force_insert=True)
    except IntegrityError as error:
        if "nas_address_key" not in str(error):
            raise
        taken = {"address": "already registered"}
        raise DomainError("nas_address_taken", "A NAS with this address is registered already.", taken) from None


def _checked_address(checking: Checking, address: str) -> str:
    try:
        return str(ipaddress.ip_network(address.strip(), strict=True))
    except ValueError:
        checking.require(False, "address", "Give an IP address, or a prefix such as 192.0.2.0/24 without host bits.")
        return ""


def _check_secret(checking: Checking, secret: str) -> None:
    checking.require(bool(secret.strip()), "secret", "A NAS needs a secret.")
    checking.require(len(secret.encode()) <= SECRET_MAX, "secret", f"A secret has up to {SECRET_MAX} octets.")


def _check_settings(checking: Checking, settings: dict[str, Any]) -> None:
    """Login addresses are brought into the form in which they are kept."""
    for field in settings.keys() - EDITABLE:
        checking.require(False, field, "This is not a setting of a NAS.")
    require = settings.get("require_message_authenticator", "yes")
    checking.require(require in ("yes", "no", "auto"), "require_message_authenticator", "Say yes, no or auto.")
    port = settings.get("coa_port", 3799)
    checking.require(isinstance(port, int) and 0 < port < 65536, "coa_port", "A port is a number from 1 to 65535.")
    if "login_addresses" in settings:
        settings["login_addresses"] = logins.checked(checking, settings["login_addresses"])
    delay = settings.get("reject_delay_ms")
    checking.require(delay is None or 0 <= delay <= 5000, "reject_delay_ms", "A delay is 0 to 5000 milliseconds.")


def _sealed(nas: Nas, secret: str) -> bytes:
    return vault.seal(keys.current().network, secret.encode(), seals.nas_secret_place(nas.id))


def _warning(secret: str) -> str | None:
    if len(secret) >= SECRET_SAFE:
        return None
    return f"the secret is shorter than {SECRET_SAFE} characters: whoever records packets can find it by trying"


def _shown(settings: dict[str, Any]) -> dict[str, Any]:
    return {field: value.id if isinstance(value, Site) else value for field, value in settings.items()}


def _audit(by: Actor, now: datetime, nas: Nas, verb: str, after: dict[str, Any]) -> None:
    record_audit(
        by=by, now=now, operator_id=nas.operator_id, verb=verb, object_kind="nas", object_id=nas.id, after=after
    )
