"""Whether a gateway's accounting can be billed by: judged from its packets, and kept with the day (B17)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from time import monotonic

from django.db import connection, transaction
from django.db.models import QuerySet

from hotgate.apps.network.models import Nas
from hotgate.apps.operators.actor import Actor
from hotgate.apps.operators.audit import record_audit
from hotgate.apps.usage.models import GatewayCertificate
from hotgate.domain import certifying
from hotgate.domain.certifying import Heard
from hotgate.domain.errors import DomainError
from hotgate.domain.sessions import RecordKind
from hotgate.domain.wording import _
from hotgate.radius import attributes as attr
from hotgate.radius.packet import Malformed, Packet, decode

LOOKED_BACK = timedelta(days=7)
STEP = timedelta(hours=1)  # the journal is kept in order of time only, for all gateways together
READ_SECONDS = 4.0  # at most, and what one step takes: of a large platform the last hours are read
JUDGED_MAX = 20_000

_OF_AN_HOUR = """
SELECT at, packet FROM packet_journal WHERE operator_id = %s AND nas_id = %s AND at > %s AND at <= %s
 ORDER BY at DESC, id DESC LIMIT %s
"""
_KINDS = {
    attr.AcctStatusType.START: RecordKind.START,
    attr.AcctStatusType.INTERIM_UPDATE: RecordKind.INTERIM,
    attr.AcctStatusType.STOP: RecordKind.STOP,
}


@transaction.atomic
def certify(*, by: Actor, now: datetime, nas: Nas, fetched_octets: int | None = None) -> GatewayCertificate:
    """Judge it by its packets of the last seven days, and keep the result, whatever it is.

    DomainError `nothing_to_certify`: there is no packet of it in the journal.
    """
    heard = heard_of(nas, now)
    if not heard:
        raise DomainError(
            "nothing_to_certify",
            _("There is no accounting of this gateway in the journal. Log a test device in and out, and try again."),
        )
    verdicts = certifying.certify(heard, fetched_octets)
    made = GatewayCertificate.objects.create(
        operator_id=nas.operator_id,
        nas=nas,
        at=now,
        staff_id=by.staff_id,
        maker=nas.maker,
        hardware=nas.hardware,
        software=nas.software,
        packets=len(heard),
        sessions=len(certifying.lives_of(heard)),
        verdicts={str(line): str(verdict) for line, verdict in verdicts.items()},
        passed=certifying.passes(verdicts),
    )
    _audit(by, now, nas, made)
    return made


def certificates(nas: Nas) -> QuerySet[GatewayCertificate]:
    """The newest first."""
    rows = GatewayCertificate.objects.filter(operator_id=nas.operator_id, nas=nas)
    return rows.select_related("staff").order_by("-at", "-id")


def heard_of(nas: Nas, now: datetime) -> list[Heard]:
    """The newest first."""
    found: list[Heard] = []
    upto, deadline = now, monotonic() + READ_SECONDS
    while upto > now - LOOKED_BACK and len(found) < JUDGED_MAX and monotonic() < deadline:
        found += _heard(nas, upto - STEP, upto)
        upto -= STEP
    return found


def _heard(nas: Nas, since: datetime, upto: datetime) -> Iterator[Heard]:
    with connection.cursor() as cursor:
        cursor.execute(_OF_AN_HOUR, [nas.operator_id, nas.id, since, upto, JUDGED_MAX])
        rows = cursor.fetchall()
    for at, octets in rows:
        try:
            packet = decode(bytes(octets))
        except Malformed:
            continue
        kind = _KINDS.get(_number(packet, attr.ACCT_STATUS_TYPE))  # type: ignore[call-overload]
        if kind is not None:
            yield _reading(packet, at, kind)


def _reading(packet: Packet, at: datetime, kind: RecordKind) -> Heard:
    return Heard(
        at=at - timedelta(seconds=_number(packet, attr.ACCT_DELAY_TIME) or 0),
        kind=kind,
        session_id=_text(packet, attr.ACCT_SESSION_ID),
        device=_text(packet, attr.CALLING_STATION_ID),
        seconds=_number(packet, attr.ACCT_SESSION_TIME) or 0,
        octets=(
            _long(packet, attr.ACCT_INPUT_GIGAWORDS, attr.ACCT_INPUT_OCTETS),
            _long(packet, attr.ACCT_OUTPUT_GIGAWORDS, attr.ACCT_OUTPUT_OCTETS),
        ),
        packets=(_number(packet, attr.ACCT_INPUT_PACKETS), _number(packet, attr.ACCT_OUTPUT_PACKETS)),
        has_class=packet.first(attr.CLASS) is not None,
        has_identity=packet.first(attr.CHARGEABLE_USER_IDENTITY) is not None,
    )


def _number(packet: Packet, kind: int) -> int | None:
    value = packet.first(kind)
    return int.from_bytes(value, "big") if value is not None and len(value) == 4 else None


def _long(packet: Packet, high: int, low: int) -> int:
    return (_number(packet, high) or 0) << 32 | (_number(packet, low) or 0)


def _text(packet: Packet, kind: int) -> str:
    return (packet.first(kind) or b"").decode(errors="replace")


def _audit(by: Actor, now: datetime, nas: Nas, made: GatewayCertificate) -> None:
    record_audit(
        by=by,
        now=now,
        operator_id=nas.operator_id,
        verb="certify_gateway",
        object_kind="nas",
        object_id=nas.id,
        after={"passed": made.passed, "sessions": made.sessions},
    )
