"""Register subscribers, set their passwords, and stop or resume their service.

Whoever changes what a subscriber holds locks its row first: the AAA server does the same, so that a login, a Stop
and a cashier never act on the same entitlement at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from django.db import connection, transaction
from django.utils.translation import gettext

from hotgate import vault
from hotgate.apps.core import keys, quick
from hotgate.apps.core.checking import Checking
from hotgate.apps.ledger import services as ledger
from hotgate.apps.ledger.models import AccountKind
from hotgate.apps.operators.actor import Actor
from hotgate.apps.operators.audit import record_audit
from hotgate.apps.operators.models import Operator, Site
from hotgate.apps.operators.verbs import verb
from hotgate.apps.subscribers import names, orders, readable, realms
from hotgate.apps.subscribers.models import Credential, CredentialLink, CredentialSecret, Hold, Realm, Subscriber
from hotgate.domain.accounting import OrderKind
from hotgate.domain.errors import DomainError
from hotgate.domain.reasons import Reason
from hotgate.domain.subscriber import CredentialKind, HoldKind
from hotgate.domain.wording import _
from hotgate.store import access, db, seals
from hotgate.store.db import Call, Statement, ints

PASSWORD_MIN = 8
PASSWORD_OCTETS_MAX = 128  # RFC 2865 §5.2
DEFAULT_REALM = "default"


class Added(NamedTuple):
    id: int


ADD_CREDENTIAL = Statement(
    "ADD_CREDENTIAL",
    "a name that nobody of the operator has; no row: somebody has it",
    """
    INSERT INTO credential (operator_id, subscriber_id, kind, name_key, created_at)
    VALUES ($1::bigint, $2::bigint, $3::text, $4::text, $5::timestamptz)
    ON CONFLICT (operator_id, name_key) DO NOTHING
    RETURNING id
    """,
    Added,
)


@verb
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
    keep_readable: bool | None = None,
    created_via: str = "console",
    person: Mapping[str, str] | None = None,
) -> Subscriber:
    """Somebody who may log in by `name` and `password`, with an empty wallet.

    `postpaid`: the wallet may go below zero, down to the credit limit if there is one. `keep_for_chap`: keep the
    password sealed as well, without which CHAP and MS-CHAP can't be checked. `keep_readable`: staff may print it
    again; None: as the realm says. `person`: values by `domain.people.PersonField`, of those without an argument here.
    DomainError `subscriber_invalid`: name, password, or what the realm asks for; `name_taken`; `way_closed`: the realm
    has no users of this kind (HN-3).
    """
    realm = realm or default_realm(operator)
    person = {key: value for key, value in (person or {}).items() if value}
    check_new(realm, created_via, name, password, person | named(display_name, phone, email))
    subscriber = Subscriber.objects.create(
        operator=operator,
        realm=realm,
        site=site,
        name=name.strip(),
        display_name=display_name,
        wallet=ledger.open_account(
            operator=operator, kind=AccountKind.WALLET, postpaid=postpaid, credit_limit_minor=credit_limit_minor
        ),
        phone=phone,
        email=email,
        language=language,
        person=person,
        created_via=created_via,
        created_at=now,
    )
    credential = add_credential(subscriber, CredentialKind.PASSWORD, names.name_key(name), now)
    _secret(credential, password, keep_for_chap).save(force_insert=True)
    readable.keep(subscriber, password, realm.keep_readable if keep_readable is None else keep_readable, is_new=True)
    note_registered(by, now, subscriber, postpaid=postpaid)
    return subscriber


@verb
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
        raise DomainError("no_password", _("This user does not log in by a password."))
    _write_secret(credential, password, keep_for_chap)
    readable.keep(subscriber, password)
    end_links(subscriber)
    _audit(by, now, subscriber, "set_password", {"kept_for_chap": keep_for_chap})


def end_links(subscriber: Subscriber) -> None:
    """Under its lock: no link that was given before makes another password any more."""
    CredentialLink.objects.filter(subscriber=subscriber, used_at__isnull=True).delete()


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
        raise DomainError("hold_invalid", _("A cap holds by itself."), {"kind": _("staff or unpaid")})
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


def refuse_restricted(subscriber: Subscriber) -> None:
    """GDPR art. 18: what is restricted is kept, and nothing else is done with it. DomainError `restricted`."""
    if subscriber.restricted_at is not None:
        raise DomainError("restricted", _("The data of this user are restricted: lift that first."))


def named(display_name: str, phone: str, email: str) -> dict[str, str]:
    """The person fields that have a column of their own."""
    return {"display_name": display_name, "phone": phone, "email": email}


def check_new(realm: Realm, created_via: str, name: str, password: str, told: Mapping[str, str]) -> None:
    """DomainError as of `register_subscriber`, but for a name that is taken."""
    realms.refuse_closed_way(realm, created_via)
    checking = Checking("subscriber_invalid")
    realms.check_person(checking, realm, created_via, told)
    wrong = names.obstacle(name)
    checking.require(wrong is None, "name", wrong or "")
    _check_password(checking, password)
    checking.finish()


def secrets_of(
    subscriber_id: int, credential_id: int, password: str, keep_for_chap: bool
) -> tuple[bytes, bytes | None]:
    """What proves a password on the wire: a keyed digest for PAP, and for CHAP the password itself, sealed."""
    current, octets = keys.current(), password.encode()
    digest = vault.wire_digest(current.wire, seals.subscriber_ref(subscriber_id), octets)
    sealed = vault.seal(current.network, octets, seals.credential_place(credential_id)) if keep_for_chap else None
    return digest, sealed


def note_registered(by: Actor, now: datetime, subscriber: Subscriber, *, postpaid: bool) -> None:
    _audit(by, now, subscriber, "register_subscriber", {"via": subscriber.created_via, "postpaid": postpaid})


def first_realm(operator: Operator) -> Call:
    return quick.call(Realm, "operator_id = $1 ORDER BY id", operator.id)


def default_realm(operator: Operator) -> Realm:
    """The operator's first realm, made when there is none."""
    (found,) = db.at_once(connection, first_realm(operator))
    for realm in found:
        realm.operator = operator
    return found[0] if found else Realm.objects.create(operator=operator, name=DEFAULT_REALM)


def add_credential(subscriber: Subscriber, kind: CredentialKind, name_key: str, now: datetime) -> Credential:
    """DomainError `name_taken`."""
    made = ADD_CREDENTIAL.fetch(connection, subscriber.operator_id, subscriber.id, str(kind), name_key, now)
    if not made:
        raise DomainError("name_taken", _("Somebody has this name."), {"name": _("already there")})
    credential = Credential(
        id=made[0].id,
        operator_id=subscriber.operator_id,
        subscriber=subscriber,
        kind=kind,
        name_key=name_key,
        enabled=True,
        created_at=now,
    )
    credential._state.adding = False
    return credential


def _write_secret(credential: Credential, password: str, keep_for_chap: bool) -> None:
    secret = _secret(credential, password, keep_for_chap)
    rows = CredentialSecret.objects.filter(credential=credential)
    if not rows.update(pap_digest=secret.pap_digest, sealed=secret.sealed):
        secret.save(force_insert=True)


def _secret(credential: Credential, password: str, keep_for_chap: bool) -> CredentialSecret:
    """Written and never read here: the web's role has no right to."""
    digest, sealed = secrets_of(credential.subscriber_id, credential.id, password, keep_for_chap)
    return CredentialSecret(credential=credential, operator_id=credential.operator_id, pap_digest=digest, sealed=sealed)


def _check_password(checking: Checking, password: str) -> None:
    length = gettext("A password has %(least)d characters or more, and up to %(most)d octets.")
    length %= {"least": PASSWORD_MIN, "most": PASSWORD_OCTETS_MAX}
    fits = len(password) >= PASSWORD_MIN and len(password.encode()) <= PASSWORD_OCTETS_MAX
    checking.require(fits, "password", length)
    checking.require("\0" not in password, "password", _("A password has no zero octet."))


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
