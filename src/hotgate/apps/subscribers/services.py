"""Register subscribers, set their passwords, and stop or resume their service.

Whoever changes what a subscriber holds locks its row first: the AAA server does the same, so that a login, a Stop
and a cashier never act on the same entitlement at once.
"""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, connection, transaction

from hotgate import vault
from hotgate.apps.core import keys
from hotgate.apps.core.checking import Checking
from hotgate.apps.ledger import services as ledger
from hotgate.apps.ledger.models import AccountKind
from hotgate.apps.operators.actor import Actor
from hotgate.apps.operators.audit import record_audit
from hotgate.apps.operators.models import Operator, Site
from hotgate.apps.subscribers import names, orders
from hotgate.apps.subscribers.models import Credential, CredentialSecret, Hold, Realm, Subscriber
from hotgate.domain.accounting import OrderKind
from hotgate.domain.errors import DomainError
from hotgate.domain.reasons import Reason
from hotgate.domain.subscriber import CredentialKind, HoldKind
from hotgate.store import access, seals
from hotgate.store.db import ints

PASSWORD_MIN = 8
PASSWORD_OCTETS_MAX = 128  # RFC 2865 §5.2
DEFAULT_REALM = "default"


@transaction.atomic
def register_subscriber(
    *,
    by: Actor,
    now: datetime,
    operator: Operator,
    name: str,
    password: str,
    site: Site | None = None,
    realm: Realm | None = None,
    display_name: str = "",
    phone: str = "",
    email: str = "",
    language: str = "",
    postpaid: bool = False,
    credit_limit_minor: int | None = None,
    keep_for_chap: bool = True,
    created_via: str = "console",
) -> Subscriber:
    """Somebody who may log in by `name` and `password`, with an empty wallet.

    `postpaid`: the wallet may go below zero, down to the credit limit if there is one. `keep_for_chap`: keep the
    password sealed as well, without which CHAP and MS-CHAP can't be checked.
    DomainError `subscriber_invalid`: name or password; `name_taken`.
    """
    checking = Checking("subscriber_invalid")
    wrong = names.obstacle(name)
    checking.require(wrong is None, "name", wrong or "")
    _check_password(checking, password)
    checking.finish()
    subscriber = Subscriber.objects.create(
        operator=operator,
        realm=realm or default_realm(operator),
        site=site,
        name=name.strip(),
        display_name=display_name,
        wallet=ledger.open_account(
            operator=operator, kind=AccountKind.WALLET, postpaid=postpaid, credit_limit_minor=credit_limit_minor
        ),
        phone=phone,
        email=email,
        language=language,
        created_via=created_via,
        created_at=now,
    )
    credential = _add_credential(subscriber, CredentialKind.PASSWORD, names.name_key(name), now)
    _write_secret(credential, password, keep_for_chap)
    _audit(by, now, subscriber, "register_subscriber", {"via": created_via, "postpaid": postpaid})
    return subscriber


@transaction.atomic
def set_password(
    *, by: Actor, now: datetime, subscriber: Subscriber, password: str, keep_for_chap: bool = True
) -> None:
    """DomainError `subscriber_invalid`: password; `no_password`: it logs in by a code or a MAC address only."""
    checking = Checking("subscriber_invalid")
    _check_password(checking, password)
    checking.finish()
    lock(subscriber)
    credential = Credential.objects.filter(subscriber=subscriber, kind=CredentialKind.PASSWORD).first()
    if credential is None:
        raise DomainError("no_password", "This user does not log in by a password.")
    _write_secret(credential, password, keep_for_chap)
    _audit(by, now, subscriber, "set_password", {"kept_for_chap": keep_for_chap})


@transaction.atomic
def place_hold(
    *,
    by: Actor,
    now: datetime,
    subscriber: Subscriber,
    kind: HoldKind = HoldKind.STAFF,
    reason: str = "",
    until: datetime | None = None,
) -> Hold:
    """Stop the service, now and for running sessions, until the hold is released or `until` has come.

    A hold of that kind that is open already is given back. DomainError `hold_invalid`: a cap is never placed by hand.
    """
    if kind is HoldKind.CAP:
        raise DomainError("hold_invalid", "A cap holds by itself.", {"kind": "staff or unpaid"})
    lock(subscriber)
    known = Hold.objects.filter(subscriber=subscriber, kind=kind, released_at__isnull=True).first()
    if known is not None:
        return known
    hold = Hold.objects.create(
        operator_id=subscriber.operator_id,
        subscriber=subscriber,
        kind=kind,
        reason=reason,
        until=until,
        created_at=now,
    )
    told = Reason.UNPAID if kind is HoldKind.UNPAID else Reason.HELD_BY_STAFF
    orders.order_sessions(subscriber.id, OrderKind.DISCONNECT, told, now)
    _audit(by, now, subscriber, "place_hold", {"kind": str(kind), "hold": hold.id}, reason)
    return hold


@transaction.atomic
def release_hold(*, by: Actor, now: datetime, hold: Hold, reason: str = "") -> None:
    """Give the service back. Released before: nothing changes."""
    lock(hold.subscriber)
    released = Hold.objects.filter(id=hold.id, released_at__isnull=True).update(released_at=now)
    if released:
        hold.released_at = now
        _audit(by, now, hold.subscriber, "release_hold", {"kind": hold.kind, "hold": hold.id}, reason)


def lock(*subscribers: Subscriber) -> None:
    """Their rows until the transaction ends, ascending. Read what they hold after this, never before."""
    access.LOCK_SUBSCRIBERS.fetch(connection, ints(subscriber.id for subscriber in subscribers))


def default_realm(operator: Operator) -> Realm:
    """The operator's first realm, made when there is none."""
    realm = Realm.objects.filter(operator=operator).order_by("id").first()
    return realm or Realm.objects.create(operator=operator, name=DEFAULT_REALM)


def _add_credential(subscriber: Subscriber, kind: CredentialKind, name_key: str, now: datetime) -> Credential:
    credential = Credential(
        operator_id=subscriber.operator_id, subscriber=subscriber, kind=kind, name_key=name_key, created_at=now
    )
    try:
        with transaction.atomic():
            credential.save(force_insert=True)
    except IntegrityError as error:
        if "credential_name_unique" not in str(error):
            raise
        raise DomainError("name_taken", "Somebody has this name.", {"name": "already there"}) from None
    return credential


def _write_secret(credential: Credential, password: str, keep_for_chap: bool) -> None:
    """Written and never read here: the web's role has no right to."""
    current, octets = keys.current(), password.encode()
    digest = vault.wire_digest(current.wire, seals.subscriber_ref(credential.subscriber_id), octets)
    place = seals.credential_place(credential.id)
    sealed = vault.seal(current.network, octets, place) if keep_for_chap else None
    written = CredentialSecret.objects.filter(credential=credential).update(pap_digest=digest, sealed=sealed)
    if not written:
        CredentialSecret(
            credential=credential, operator_id=credential.operator_id, pap_digest=digest, sealed=sealed
        ).save(force_insert=True)


def _check_password(checking: Checking, password: str) -> None:
    length = f"A password has {PASSWORD_MIN} characters or more, and up to {PASSWORD_OCTETS_MAX} octets."
    fits = len(password) >= PASSWORD_MIN and len(password.encode()) <= PASSWORD_OCTETS_MAX
    checking.require(fits, "password", length)
    checking.require("\0" not in password, "password", "A password has no zero octet.")


def _audit(
    by: Actor, now: datetime, subscriber: Subscriber, verb: str, after: dict[str, object], reason: str = ""
) -> None:
    record_audit(
        by=by,
        now=now,
        operator_id=subscriber.operator_id,
        verb=verb,
        object_kind="subscriber",
        object_id=subscriber.id,
        after=after,
        reason=reason,
    )
