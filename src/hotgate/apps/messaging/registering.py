"""A guest registers, from the form to the account: the code is sent, the voucher redeemed, the login told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from django.db import transaction

from hotgate.apps.messaging import credentials, verifying
from hotgate.apps.operators.actor import Actor
from hotgate.apps.subscribers.models import Entitlement, Subscriber
from hotgate.apps.subscribers.registering import services as registering
from hotgate.apps.subscribers.registering.models import Registration
from hotgate.apps.subscribers.registering.services import Answers
from hotgate.apps.vouchers import redeeming
from hotgate.domain.people import Verification


class Guest(NamedTuple):
    """Who fills in the form."""

    device: str  # MAC address as the gateway told it; '' unknown
    handle: str  # by which tries are counted: the device, or an address
    address: str = ""  # counts as well where no gateway signed the device: such a name costs nothing


def submit(*, now: datetime, row: Registration, guest: Guest, account: str = "") -> Answers | None:
    """The account, or None: a code was sent, and comes first. DomainErrors of `make_account` and of `send_code`."""
    if row.realm.verification == Verification.NONE or row.subscriber_id is not None:
        return finish(now=now, row=row, guest=guest, account=account)
    registering.rehearse(now=now, row=row, device=guest.device, redeem=_redeem(now))
    if not registering.is_code_open(row, now):
        verifying.send_code(now=now, row=row, guest=guest.handle, address=guest.address)
    return None


@transaction.atomic
def finish(*, now: datetime, row: Registration, guest: Guest, account: str = "") -> Answers:
    """After the right code, or where none is wanted. `account` is told with the login.

    DomainErrors of `make_account`.
    """
    was_there, typed = row.subscriber_id is not None, registering.answers_of(row)
    told = registering.make_account(now=now, row=row, device=guest.device, redeem=_redeem(now))
    if not was_there and row.subscriber is not None:
        password = "" if typed.password else told.password
        given = {"name": told.name, "password": password, "account": account}
        credentials.send_made(now=now, subscriber=row.subscriber, **given)
    return told


def _redeem(now: datetime) -> Callable[[Subscriber, str], Entitlement]:
    def redeem(subscriber: Subscriber, code: str) -> Entitlement:
        return redeeming.redeem_voucher(by=Actor("subscriber"), now=now, subscriber=subscriber, code=code)

    return redeem
