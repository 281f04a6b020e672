"""A guest registers (HN-4): the form is kept, a code proves the address, and one account is made of it.

Everything that a form leads to happens under its row's lock: the same form sent twice, or one code sent a hundred
times at once, makes one account and shows the same answer to all.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import transaction

from hotgate import vault
from hotgate.apps.catalogue.models import Plan
from hotgate.apps.core import keys
from hotgate.apps.operators.actor import Actor
from hotgate.apps.operators.models import Operator, Site
from hotgate.apps.subscribers import welcome
from hotgate.apps.subscribers.models import Entitlement, Realm, Subscriber
from hotgate.apps.subscribers.recharge import Due
from hotgate.apps.subscribers.registering import claims, consents
from hotgate.apps.subscribers.registering.models import CODE_TRIES_MAX, Registration
from hotgate.apps.subscribers.registering.offers import is_free
from hotgate.domain.errors import DomainError
from hotgate.domain.people import OWN_COLUMNS, PersonField, Verification
from hotgate.domain.wording import _

KEPT = timedelta(hours=1)
CODE_LIFETIME = timedelta(minutes=10)
CODE_DIGITS = 6
TOKEN_MAX = 64
ORIGIN = "portal"
Redeem = Callable[[Subscriber, str], Entitlement]  # the code of a voucher becomes a plan


class Answers(NamedTuple):
    """What was typed. The name and the password are '' until they are made, where the guest chose none."""

    name: str = ""
    password: str = ""
    person: dict[str, str] = {}  # noqa: RUF012  (read only)
    voucher: str = ""
    language: str = ""
    is_made: bool = False  # the name or the password: the guest has to be told them


@transaction.atomic
def keep_form(
    *,
    now: datetime,
    operator: Operator,
    token: str,
    realm: Realm,
    plan: Plan | None,
    site: Site | None,
    answers: Answers,
) -> Registration:
    """The form's row, locked until the transaction ends. A form that made its account before stays as it was."""
    mine = {"operator_id": operator.id, "token_digest": _token_digest(token)}
    fresh = Registration(realm=realm, answers_sealed=b"", expires_at=now + KEPT, **mine)
    Registration.objects.bulk_create([fresh], ignore_conflicts=True)
    row = Registration.objects.select_for_update().get(**mine)
    if row.subscriber_id is None:
        row.realm, row.plan, row.site, row.expires_at = realm, plan, site, now + KEPT
        if not _went_to(row, recipient_of(realm, answers)):
            row.code_digest = None  # a code proves the address that it went to, and no other
        _seal(row, answers)
        row.save()
    return row


def kept_form(operator: Operator, token: str, now: datetime) -> Registration | None:
    """The row of a form that was sent before, locked until the transaction ends."""
    rows = Registration.objects.select_for_update(of=("self",)).select_related("realm", "plan", "site")
    return rows.filter(operator=operator, token_digest=_token_digest(token), expires_at__gt=now).first()


def answers_of(row: Registration) -> Answers:
    opened = vault.unseal(keys.current().reprint, bytes(row.answers_sealed), _place(row))
    return Answers(**json.loads(opened))


@transaction.atomic
def rehearse(*, now: datetime, row: Registration, device: str, redeem: Redeem) -> None:
    """Everything that `make_account` does, and nothing of it stays: its DomainError is told before a code is sent."""
    if row.subscriber_id is None:
        _make(row, answers_of(row), device, redeem, now)
        transaction.set_rollback(True)


@transaction.atomic
def make_account(*, now: datetime, row: Registration, device: str, redeem: Redeem) -> Answers:
    """The account with its plan, once; whoever comes again is told the same. `device`: a MAC address, or ''.

    DomainError `free_plan_taken`, `voucher_other_plan`, and those of `welcome_subscriber` and of `redeem`.
    """
    if row.subscriber_id is not None:
        return answers_of(row)
    given = answers_of(row)
    made, password = _make(row, given, device, redeem, now)
    told = given._replace(name=made.name, password=password, is_made=not (given.name and given.password))
    row.subscriber, row.code_digest, row.expires_at = made, None, now + KEPT
    _seal(row, told)
    row.save()
    return told


def is_code_open(row: Registration, now: datetime) -> bool:
    """Was one sent to where this form says, and could it still be typed?"""
    is_there = row.code_digest is not None and row.code_expires_at is not None and row.code_expires_at > now
    return is_there and row.code_tries < CODE_TRIES_MAX


def new_code(row: Registration, recipient: str, now: datetime) -> str:
    """Six digits, of which only a keyed digest is kept. The one of before stops working."""
    code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"
    row.code_digest, row.code_expires_at, row.code_tries = _code_digest(row, code), now + CODE_LIFETIME, 0
    row.recipient_digest = _recipient_digest(row, recipient)
    row.save()
    return code


def check_code(row: Registration, typed: str, now: datetime) -> str:
    """Why this code doesn't do; '' when it does. Wrong ones are counted: so commit the transaction."""
    if row.subscriber_id is not None:
        return ""
    if row.code_digest is None or row.code_expires_at is None or row.code_expires_at <= now:
        return _("This code is too old. Please let a new one be sent.")
    if row.code_tries >= CODE_TRIES_MAX:
        return _("Too many wrong codes. Please let a new one be sent.")
    digits = "".join(character for character in typed if character.isdigit())
    if hmac.compare_digest(bytes(row.code_digest), _code_digest(row, digits)):
        return ""
    row.code_tries += 1
    row.save(update_fields=["code_tries"])
    return _("This is not the code that we sent. Please compare the digits.")


def verified_field(realm: Realm) -> PersonField | None:
    fields = {Verification.EMAIL: PersonField.EMAIL, Verification.SMS: PersonField.PHONE}
    return fields.get(Verification(realm.verification))


def recipient_of(realm: Realm, answers: Answers) -> str:
    """Where the code goes; '' where nothing is verified."""
    field = verified_field(realm)
    return answers.person.get(str(field), "") if field else ""


def forget_what_is_over(now: datetime) -> int:
    return claims.forget_what_is_over(now) + Registration.objects.filter(expires_at__lte=now).delete()[0]


def _make(row: Registration, given: Answers, device: str, redeem: Redeem, now: datetime) -> tuple[Subscriber, str]:
    is_gift = row.plan is not None and is_free(row.plan)
    made = welcome.welcome_subscriber(
        by=Actor("subscriber"),
        now=now,
        operator=row.operator,
        name=given.name,
        password=given.password,
        plan=row.plan if is_gift else None,
        due=Due.FREE,
        realm=row.realm,
        site=row.site,
        language=given.language,
        created_via=ORIGIN,
        **_about(given.person),
    )
    if is_gift:
        claims.claim(row.operator, _whose(row.realm, given, device), now)
    else:
        _pay(row, redeem(made.subscriber, given.voucher))
    consents.record_consent(made.subscriber, row.realm.terms, given.language, now)
    return made.subscriber, made.password


def _whose(realm: Realm, given: Answers, device: str) -> dict[str, str]:
    """By what a free plan is counted: what the gateway told of the device, and what was proved by a code."""
    return {"device": device, str(verified_field(realm)): recipient_of(realm, given)}


def _pay(row: Registration, entitlement: Entitlement) -> None:
    if row.plan is not None and entitlement.plan_id != row.plan_id:
        text = _("This code is for another plan. Please go back and choose that one.")
        raise DomainError("voucher_other_plan", text, {"voucher": text})


def _about(person: dict[str, str]) -> dict[str, Any]:
    own = {str(field): person.get(field, "") for field in OWN_COLUMNS}
    return own | {"person": {key: value for key, value in person.items() if key not in OWN_COLUMNS}}


def _seal(row: Registration, answers: Answers) -> None:
    row.answers_sealed = vault.seal(keys.current().reprint, json.dumps(answers._asdict()).encode(), _place(row))


def _place(row: Registration) -> bytes:
    return b"registration:" + bytes(row.token_digest)


def _token_digest(token: str) -> bytes:
    """The token has 128 random bits, so a plain hash hides it."""
    return hashlib.sha256(token[:TOKEN_MAX].encode()).digest()


def _code_digest(row: Registration, code: str) -> bytes:
    return _keyed("registration codes", row, code)


def _recipient_digest(row: Registration, recipient: str) -> bytes:
    return _keyed("registration recipients", row, recipient)


def _went_to(row: Registration, recipient: str) -> bool:
    known = row.recipient_digest
    return known is not None and hmac.compare_digest(bytes(known), _recipient_digest(row, recipient))


def _keyed(label: str, row: Registration, text: str) -> bytes:
    secret = vault.derive(keys.current().cookies, label)
    return hmac.digest(secret, bytes(row.token_digest) + text.encode(), "sha256")
