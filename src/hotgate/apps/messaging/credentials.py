"""Credentials leave by e-mail or SMS, as the realm says (HN-22): a link for one use, or what was just made."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from hotgate.apps.core import throttle
from hotgate.apps.core import waiting as waits
from hotgate.apps.core.throttle import Limit
from hotgate.apps.messaging import services
from hotgate.apps.messaging.models import Channel, Message
from hotgate.apps.operators.actor import Actor
from hotgate.apps.operators.audit import record_audit
from hotgate.apps.subscribers import welcome
from hotgate.apps.subscribers.models import Realm, Subscriber
from hotgate.apps.subscribers.services import refuse_restricted
from hotgate.domain.errors import DomainError
from hotgate.domain.people import Delivery
from hotgate.domain.throttling import Rule

PURPOSE = "credentials"
TO_USER = Rule(tries=5, window=timedelta(hours=1), lockout=timedelta(hours=1))
CHANNELS = {
    Delivery.SHOW: (),
    Delivery.EMAIL: (Channel.EMAIL,),
    Delivery.SMS: (Channel.SMS,),
    Delivery.BOTH: (Channel.EMAIL, Channel.SMS),
}


def channels_of(realm: Realm) -> tuple[Channel, ...]:
    return CHANNELS[Delivery(realm.delivery)]


def recipients(subscriber: Subscriber) -> dict[Channel, str]:
    """Where the realm's messages can go: a server is set up, and an address or a number is known."""
    known = {Channel.EMAIL: subscriber.email, Channel.SMS: subscriber.phone}
    wanted = channels_of(subscriber.realm)
    return {each: known[each] for each in wanted if known[each] and services.is_set_up(each)}


@transaction.atomic
def send_link(*, by: Actor, now: datetime, subscriber: Subscriber, link: str) -> list[Message]:
    """The address of `links.credential_link`, to wherever the realm says. DomainError `nowhere_to_send`,
    `too_many_messages`, `restricted`.
    """
    values = {"operator": subscriber.operator.name, "link": link}
    text = _("Your login for the Wi-Fi of %(operator)s is here, once, within seven days: %(link)s") % values
    return _send(by, now, subscriber, text)


@transaction.atomic
def send_made(*, now: datetime, subscriber: Subscriber, name: str, password: str, account: str = "") -> list[Message]:
    """To a guest who just registered: the name, and the password where we made it. Nowhere to send: nothing is.

    `account`: the address of *My account*, which works from anywhere (HN-W21).
    """
    if not recipients(subscriber):
        return []
    return _send(Actor("subscriber"), now, subscriber, _login(subscriber, name, password, account))


@transaction.atomic
def send_new_password(*, by: Actor, now: datetime, subscriber: Subscriber, account: str = "") -> list[Message]:
    """The name and a new password, for whoever can't open a link. The password of before stops working.

    DomainErrors of `send_link`, and `no_password`.
    """
    password = welcome.renew_password(by=by, now=now, subscriber=subscriber)
    return _send(by, now, subscriber, _login(subscriber, subscriber.name, password, account))


def _login(subscriber: Subscriber, name: str, password: str, account: str) -> str:
    values = {"operator": subscriber.operator.name, "name": name, "password": password}
    text = _("Your login for the Wi-Fi of %(operator)s. Name: %(name)s") % values
    if password:
        text += "\n" + _("Password: %(password)s") % values
    return text + account_line(account)


def account_line(account: str) -> str:
    """At the end of what is sent; '' where the address is not known."""
    return "\n" + _("Your account and your data, from anywhere: %(account)s") % {"account": account} if account else ""


def _send(by: Actor, now: datetime, subscriber: Subscriber, text: str) -> list[Message]:
    refuse_restricted(subscriber)
    targets = recipients(subscriber)
    if not targets:
        raise DomainError("nowhere_to_send", _("Nothing was sent: no address is known, or no server is set up for it."))
    limit = Limit("credentials to user", str(subscriber.id), TO_USER)
    waiting = throttle.allow([limit], secrets.token_hex(8), now)
    if waiting is not None:
        raise DomainError("too_many_messages", waits.words(waiting))
    sent = [
        services.queue(
            now=now,
            operator=subscriber.operator,
            channel=channel,
            recipient=recipient,
            purpose=PURPOSE,
            subject=_("Your login for the Wi-Fi of %(operator)s") % {"operator": subscriber.operator.name},
            text=text,
            subscriber=subscriber,
        )
        for channel, recipient in targets.items()
    ]
    _audit(by, now, subscriber, [str(channel) for channel in targets])
    return sent


def _audit(by: Actor, now: datetime, subscriber: Subscriber, channels: list[str]) -> None:
    record_audit(
        by=by,
        now=now,
        operator_id=subscriber.operator_id,
        verb="send_credentials",
        object_kind="subscriber",
        object_id=subscriber.id,
        after={"channels": channels},
    )
