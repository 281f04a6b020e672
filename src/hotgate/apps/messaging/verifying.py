"""The code that proves an address or a number (HN-4), and what may be spent on such messages."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from hotgate.apps.core import throttle
from hotgate.apps.core import waiting as waits
from hotgate.apps.core.throttle import Limit
from hotgate.apps.messaging import services
from hotgate.apps.messaging.models import Channel
from hotgate.apps.operators.models import Operator
from hotgate.apps.subscribers.models import Realm
from hotgate.apps.subscribers.registering import services as registering
from hotgate.apps.subscribers.registering.models import Registration
from hotgate.domain.errors import DomainError
from hotgate.domain.people import Verification
from hotgate.domain.throttling import Rule

CHANNELS = {Verification.EMAIL: Channel.EMAIL, Verification.SMS: Channel.SMS}
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TO_ONE = Rule(tries=5, window=HOUR, lockout=HOUR)
BY_GUEST = Rule(tries=10, window=HOUR, lockout=HOUR)
BY_ADDRESS = Rule(tries=60, window=HOUR, lockout=HOUR)  # a whole house may stand behind one
BY_OPERATOR = Rule(tries=500, window=DAY, lockout=DAY)  # a flood of forms empties no account at the SMS centre


def can_verify(realm: Realm) -> bool:
    """False: the realm wants a code, and no server is set up that would take it along."""
    channel = CHANNELS.get(Verification(realm.verification))
    return channel is None or services.is_set_up(channel)


def send_code(*, now: datetime, row: Registration, guest: str, address: str = "") -> None:
    """To the address in the form, in the language of this page. `guest`: a device or an address that asks;
    `address`: whence, where anybody can name any device.

    DomainError `channel_off`; `too_many_codes`.
    """
    channel = CHANNELS[Verification(row.realm.verification)]
    recipient = registering.recipient_of(row.realm, registering.answers_of(row))
    waiting = throttle.allow(_limits(row.operator, channel, recipient, guest, address), secrets.token_hex(8), now)
    if waiting is not None:
        raise DomainError("too_many_codes", waits.words(waiting))
    values = {"code": registering.new_code(row, recipient, now), "operator": row.operator.name}
    services.queue(
        now=now,
        operator=row.operator,
        channel=channel,
        recipient=recipient,
        purpose="verification",
        subject=_("%(code)s is your code for the Wi-Fi of %(operator)s") % values,
        text=_("%(code)s is your code for the Wi-Fi of %(operator)s. It works for 10 minutes.") % values,
    )


def _limits(operator: Operator, channel: Channel, recipient: str, guest: str, address: str) -> list[Limit]:
    by_address = Limit(f"{channel} codes by address", f"{operator.id} {address}", BY_ADDRESS)
    return [
        Limit(f"{channel} codes to one", f"{operator.id} {recipient.casefold()}", TO_ONE),
        Limit(f"{channel} codes by guest", f"{operator.id} {guest}", BY_GUEST),
        *([by_address] if address else []),
        Limit(f"{channel} codes by operator", str(operator.id), BY_OPERATOR),
    ]
