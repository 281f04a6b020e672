"""A gateway that has gone quiet: its owners are told by mail, once for each silence."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import DurationField, ExpressionWrapper, F, Q, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import override

from hotgate.apps.messaging import services as messaging
from hotgate.apps.messaging.models import Channel
from hotgate.apps.network.models import Nas
from hotgate.apps.operators.models import Operator, Role, StaffRole
from hotgate.domain.errors import DomainError

log = logging.getLogger("hotgate.messaging")
LIMIT = ExpressionWrapper(F("silent_after_minutes") * timedelta(minutes=1), output_field=DurationField())
IS_QUIET = Q(enabled=True, last_seen_at__lt=Now() - LIMIT)  # as `quiet`, for lists


def quiet(operator: Operator, now: datetime) -> list[Nas]:
    """In service, heard before, and not since longer than its owner wants."""
    rows = Nas.objects.filter(operator=operator, enabled=True, last_seen_at__isnull=False)
    return [each for each in rows.exclude(silent_after_minutes=None) if is_quiet(each, now)]


def is_quiet(nas: Nas, now: datetime) -> bool:
    if nas.last_seen_at is None or nas.silent_after_minutes is None:
        return False
    return bool(now - nas.last_seen_at > timedelta(minutes=nas.silent_after_minutes))


@transaction.atomic
def tell_of_silence(*, now: datetime, operator: Operator) -> int:
    """How many gateways; in the operator's scope. Where no mail server is set up, it is only written to the log."""
    untold = _untold(Nas.objects.filter(operator=operator)).select_for_update(skip_locked=True)
    waiting = {each.id: each for each in untold}
    told = [waiting[each.id] for each in quiet(operator, now) if each.id in waiting]
    for nas in told:
        log.warning("gateway %s has not been heard since %s", nas.id, nas.last_seen_at)
        for email in _owners(operator):
            _tell(now, operator, nas, email)
        nas.silence_told_at = now
        nas.save(update_fields=["silence_told_at"])
    return len(told)


def _untold(rows: QuerySet[Nas]) -> QuerySet[Nas]:
    return rows.filter(Q(silence_told_at__isnull=True) | Q(silence_told_at__lt=F("last_seen_at")))


def _owners(operator: Operator) -> list[str]:
    roles = StaffRole.objects.filter(operator=operator, role=str(Role.OWNER), staff__is_active=True)
    return sorted(set(roles.values_list("staff__email", flat=True)))


def _tell(now: datetime, operator: Operator, nas: Nas, email: str) -> None:
    with override(operator.language):
        words = {"name": nas.name, "time": f"{nas.last_seen_at:%Y-%m-%d %H:%M} UTC"}
        subject = _("%(name)s is silent") % words
        text = _(
            "Nothing was heard of the gateway %(name)s since %(time)s. Please look whether it has power and a line,"
            " and whether it still sends to this server."
        )
    try:
        messaging.queue(
            now=now,
            operator=operator,
            channel=Channel.EMAIL,
            recipient=email,
            purpose="nas_silent",
            text=text % words,
            subject=subject,
        )
    except DomainError as error:
        log.info("nobody was told by mail: %s", error.code)
