"""Register a NAS and change what is known about it. Its secret is sealed and cannot be read back here."""

from __future__ import annotations

import ipaddress
import re
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.utils.translation import gettext

from hotgate import vault
from hotgate.apps.core import keys
from hotgate.apps.core.checking import Checking
from hotgate.apps.network import logins
from hotgate.apps.network.models import Nas, NasKind, NasSecret
from hotgate.apps.network.routeros.values import RouterState
from hotgate.apps.operators.actor import Actor
from hotgate.apps.operators.audit import record_audit
from hotgate.apps.operators.models import Operator, Site
from hotgate.domain.errors import DomainError
from hotgate.domain.wording import _
from hotgate.store import seals

SECRET_SAFE = 16  # characters: shorter ones fall to an offline search
SECRET_MAX = 128
USERS_MAX = 1_000_000
CLOCK_TOLERANCE = timedelta(minutes=2)  # the router counts its own seconds
CERTIFICATE_NAME = re.compile(r"\.|^sha256:", re.IGNORECASE)  # of a host, or a fingerprint
COUNTRY = re.compile(r"[A-Z]{2}")
EDITABLE = frozenset(
    {"site", "name", "identifier", "maker", "enabled", "require_message_authenticator", "limit_proxy_state"}
    | {"octets_swapped", "lacks_gigawords", "sends_accounting", "can_confine", "mac_login", "strict", "coa_address"}
    | {"coa_port", "reject_delay_ms", "users_max", "login_addresses", "silent_after_minutes", "kind"}
    | {"street", "postcode", "city", "country", "phones", "hardware", "software", "keeps_no_log"}
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
    _check_identifier(checking, operator.id, settings.get("identifier", ""))
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
    if settings.get("identifier", nas.identifier) != nas.identifier:
        _check_identifier(checking, nas.operator_id, settings["identifier"])
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


def note_state(*, now: datetime, nas: Nas, state: RouterState) -> None:
    """What the router says of itself goes over what somebody typed (HN-W16). Written when it is news."""
    since = None if state.up_seconds is None else now - timedelta(seconds=state.up_seconds)
    is_same = since and nas.running_since and abs(since - nas.running_since) < CLOCK_TOLERANCE
    told = {
        "hardware": state.hardware,
        "software": state.software,
        "running_since": nas.running_since if is_same else since,
    }
    news = {field: value for field, value in told.items() if value and value != getattr(nas, field)}
    if news:
        Nas.objects.filter(id=nas.id).update(**news)


def _save_new(nas: Nas) -> None:
    try:
        with transaction.atomic():
            nas.save(force_insert=True)
    except IntegrityError as error:
        if "nas_address_key" not in str(error):
            raise
        taken = {"address": _("already registered")}
        raise DomainError("nas_address_taken", _("A NAS with this address is registered already."), taken) from None


def _checked_address(checking: Checking, address: str) -> str:
    try:
        return str(ipaddress.ip_network(address.strip(), strict=True))
    except ValueError:
        checking.require(False, "address", _("Give an IP address, or a prefix such as 192.0.2.0/24 without host bits."))
        return ""


def _check_secret(checking: Checking, secret: str) -> None:
    checking.require(bool(secret.strip()), "secret", _("A NAS needs a secret."))
    checking.require(
        len(secret.encode()) <= SECRET_MAX,
        "secret",
        gettext("A secret has up to %(number)d octets.") % {"number": SECRET_MAX},
    )


def _check_settings(checking: Checking, settings: dict[str, Any]) -> None:
    """Login addresses are brought into the form in which they are kept."""
    for field in settings.keys() - EDITABLE:
        checking.require(False, field, _("This is not a setting of a NAS."))
    require = settings.get("require_message_authenticator", "yes")
    checking.require(require in ("yes", "no", "auto"), "require_message_authenticator", _("Say yes, no or auto."))
    port = settings.get("coa_port", 3799)
    checking.require(isinstance(port, int) and 0 < port < 65536, "coa_port", _("A port is a number from 1 to 65535."))
    if "login_addresses" in settings:
        settings["login_addresses"] = logins.checked(checking, settings["login_addresses"])
    delay = settings.get("reject_delay_ms")
    checking.require(delay is None or 0 <= delay <= 5000, "reject_delay_ms", _("A delay is 0 to 5000 milliseconds."))
    most = settings.get("users_max")
    checking.require(most is None or 1 <= most <= USERS_MAX, "users_max", _("Give 1 to 1,000,000 users, or none."))
    kind = settings.get("kind", NasKind.HOTSPOT)
    checking.require(kind in list(NasKind), "kind", _("Say hotspot, pppoe or dot1x."))
    country = settings.get("country", "")
    checking.require(not country or bool(COUNTRY.fullmatch(country)), "country", _("Two letters, such as IT."))
    silent = settings.get("silent_after_minutes")
    is_fit = silent is None or 5 <= silent <= 10_080
    checking.require(is_fit, "silent_after_minutes", _("Give 5 to 10080 minutes."))


def _check_identifier(checking: Checking, operator_id: int, name: str) -> None:
    """A name of a certificate is one operator's. What a maker calls all its boxes, such as MikroTik, is anybody's."""
    if not CERTIFICATE_NAME.search(name):
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT identifier_is_taken(%s, %s)", [name, operator_id])
        (is_taken,) = cursor.fetchone()
    checking.require(not is_taken, "identifier", _("Another operator's gateway has this name already."))


def _sealed(nas: Nas, secret: str) -> bytes:
    return vault.seal(keys.current().network, secret.encode(), seals.nas_secret_place(nas.id))


def _warning(secret: str) -> str | None:
    if len(secret) >= SECRET_SAFE:
        return None
    text = gettext("the secret is shorter than %(number)d characters: whoever records packets can find it by trying")
    return text % {"number": SECRET_SAFE}


def _shown(settings: dict[str, Any]) -> dict[str, Any]:
    return {field: value.id if isinstance(value, Site) else value for field, value in settings.items()}


def _audit(by: Actor, now: datetime, nas: Nas, verb: str, after: dict[str, Any]) -> None:
    record_audit(
        by=by, now=now, operator_id=nas.operator_id, verb=verb, object_kind="nas", object_id=nas.id, after=after
    )
