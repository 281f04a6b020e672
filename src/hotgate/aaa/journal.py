"""What is written down of each accounting request, in the transaction that books it, and how it is read again.

An entry is a RADIUS packet that any decoder reads. Left out are the secrets, and the signatures, by which a stolen
journal would let one try out shared secrets at home: the header's authenticator is zeros. Two numbers that RFC 2865 §5
leaves to each implementation hold what only we know: whose record it was, and endings that no NAS sent.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from hotgate.aaa import sessionids
from hotgate.aaa.translate import clipped
from hotgate.domain.sessions import RecordKind
from hotgate.radius import attributes as attr
from hotgate.radius.authenticator import ZEROS
from hotgate.radius.packet import HEADER_OCTETS, Code, Packet, attribute, text
from hotgate.store import db, vouchers
from hotgate.store.journal import WRITE_JOURNAL, Written, journal_columns

if TYPE_CHECKING:
    from hotgate.aaa.booking import Told
    from hotgate.aaa.pipeline import Entry

# what a transaction is to do besides: told the records with their subscribers, and who of these logs in by a code
Also: TypeAlias = Callable[[Sequence["Told"], Container[int]], Sequence[db.Call]]

SUBSCRIBER: Final = 224  # eight octets
ENDING: Final = 225  # kind and start of the session, in text
OURSELVES: Final = "0.0.0.0"  # the source of endings
_TUNNEL_PASSWORD, _ARAP_PASSWORD, _ARAP_RESPONSE = 69, 70, 84
_MICROSOFT: Final = attr.MICROSOFT.to_bytes(4, "big")
_MIKROTIK: Final = (14988).to_bytes(4, "big")
_MIKROTIK_SECRETS: Final = frozenset({16, 20})  # Wireless-PSK, MPKey
_LEFT_OUT: Final = frozenset(
    {
        attr.USER_PASSWORD,
        attr.CHAP_PASSWORD,
        attr.CHAP_CHALLENGE,
        attr.REPLY_MESSAGE,
        attr.STATE,
        attr.EAP_MESSAGE,
        attr.MESSAGE_AUTHENTICATOR,
        _TUNNEL_PASSWORD,
        _ARAP_PASSWORD,
        _ARAP_RESPONSE,
        SUBSCRIBER,
        ENDING,
    }
)


class Ending(NamedTuple):
    """A session that we closed ourselves: staff did, or silence, or a NAS that no longer knew it."""

    kind: RecordKind
    acct_session_id: str
    started_at: datetime


class Journal:
    """Makes the entries of a batch. Off: none."""

    def __init__(self, *, is_on: bool = True) -> None:
        self.is_on = is_on

    def of_requests(self, entries: Sequence[Entry]) -> Also | None:
        """One for each request, in the batch's order."""
        if not self.is_on:
            return None

        def also(told: Sequence[Told], coded: Container[int]) -> Sequence[db.Call]:
            owners = {each.position: each.subscriber_id for each in told}
            rows = [_written(entry, owners.get(at), coded) for at, entry in enumerate(entries)]
            return [(WRITE_JOURNAL, journal_columns(rows))]

        return also

    def of_endings(self, starts: Sequence[datetime]) -> Also | None:
        """One for each of our own endings; `starts` are those of their sessions."""
        if not self.is_on:
            return None

        def also(told: Sequence[Told], _coded: Container[int]) -> Sequence[db.Call]:
            rows = [_written_ending(each, start) for each, start in zip(told, starts, strict=True)]
            return [(WRITE_JOURNAL, journal_columns(rows))]

        return also


def kept(packet: Packet, *, name: str | None = None, subscriber_id: int | None = None) -> bytes:
    """The packet as it is kept: `name` in place of its User-Name, and whose record it was."""
    octets = packet.octets
    attributes = octets[HEADER_OCTETS:]
    if name is not None or not _is_harmless(packet):
        attributes = b"".join(attribute(*each) for each in _harmless(packet, name))
    if subscriber_id is not None:
        attributes += attribute(SUBSCRIBER, subscriber_id.to_bytes(8, "big"))
    return octets[:2] + (HEADER_OCTETS + len(attributes)).to_bytes(2, "big") + ZEROS + attributes


def subscriber_of(packet: Packet) -> int | None:
    """Whose record it was, where its Class does not say so."""
    value = packet.first(SUBSCRIBER)
    return None if value is None else int.from_bytes(value, "big")


def ending_of(packet: Packet) -> Ending | None:
    """What we closed ourselves; None for a packet of a NAS."""
    value = packet.first(ENDING)
    if value is None:
        return None
    kind, _, started_at = value.decode().partition(" ")
    session_id = sessionids.written(packet.first(attr.ACCT_SESSION_ID))
    return Ending(RecordKind(kind), session_id, datetime.fromisoformat(started_at))


def _written(entry: Entry, owner: int | None, coded: Container[int]) -> Written:
    record, arrived = entry.report.record, entry.arrived
    if record.kind is RecordKind.REBOOT:  # it is about a whole NAS
        owner = entry.report.subscriber_id
    name = vouchers.masked(record.user_name) if owner in coded else None
    told = None if owner == entry.report.subscriber_id else owner
    octets = kept(arrived.request.packet, name=name, subscriber_id=told)
    return Written(record.received_at, entry.report.operator_id, record.nas_id, arrived.request.source[0], octets)


def _written_ending(told: Told, started_at: datetime) -> Written:
    record = told.record
    octets = sessionids.octets_of(record.acct_session_id)
    attributes = attribute(attr.ACCT_SESSION_ID, clipped(record.acct_session_id) if octets is None else octets)
    attributes += attribute(ENDING, text(f"{record.kind} {started_at.isoformat()}"))
    octets = bytes((Code.ACCOUNTING_REQUEST, 0)) + (HEADER_OCTETS + len(attributes)).to_bytes(2, "big") + ZEROS
    return Written(record.received_at, told.operator_id, record.nas_id, OURSELVES, octets + attributes)


def _is_harmless(packet: Packet) -> bool:
    if not packet.lacks(_LEFT_OUT):
        return False
    vendors = packet.all(attr.VENDOR_SPECIFIC)
    return not vendors or not any(_is_secret(attr.VENDOR_SPECIFIC, value) for value in vendors)


def _harmless(packet: Packet, name: str | None) -> Iterator[tuple[int, bytes]]:
    for kind, value in packet.attributes:
        if name is not None and kind == attr.USER_NAME:
            yield kind, clipped(name)
        elif not _is_secret(kind, value):
            yield kind, value


def _is_secret(kind: int, value: bytes) -> bool:
    if kind != attr.VENDOR_SPECIFIC:
        return kind in _LEFT_OUT
    vendor = value[:4]  # all of Microsoft's are MS-CHAP or MPPE
    return vendor == _MICROSOFT or (vendor == _MIKROTIK and value[4:5] != b"" and value[4] in _MIKROTIK_SECRETS)
