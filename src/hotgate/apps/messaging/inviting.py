"""The link by which invited staff choose a password, by mail where a mail server is set up."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from hotgate.apps.messaging import services
from hotgate.apps.messaging.models import Channel
from hotgate.apps.operators.models import Operator


def send_invitation(*, now: datetime, operator: Operator, email: str, link: str) -> bool:
    """False: no mail server is set up. Whoever invites is shown the link in any case."""
    if not services.is_set_up(Channel.EMAIL):
        return False
    text = _("You can work for %(operator)s. Choose your password here, within three days:\n\n%(link)s\n")
    services.queue(
        now=now,
        operator=operator,
        channel=Channel.EMAIL,
        recipient=email,
        purpose="invitation",
        subject=_("Your sign-in at Hotgate"),
        text=text % {"operator": operator.name, "link": link},
    )
    return True
