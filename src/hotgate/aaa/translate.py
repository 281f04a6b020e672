"""Between packets and the rules' own words. Pure: addresses, times and keys are arguments.

In: an Access-Request becomes an `Ask`, an Accounting-Request a `Report`. Out: an answer becomes a code and attributes.
"""

from __future__ import annotations

import ipaddress
import socket
import unicodedata
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from hotgate import vault
from hotgate.aaa import sessionids
from hotgate.aaa.clients import Client
from hotgate.aaa.vendors import chillispot
from hotgate.domain.catalogue import ServiceProfile
from hotgate.domain.limits import Grant
from hotgate.domain.reasons import Reason, guest_text
from hotgate.domain.sessions import Record, RecordKind, record_from
from hotgate.radius import attributes as attr
from hotgate.radius import passwords
from hotgate.radius.packet import Packet, attribute, uint32
from hotgate.radius.passwords import Proof, Unproven

LATE_MAX = timedelta(days=7)  # older records go to quarantine (B13)
PACKET_OCTETS_MAX = 0xFFFF  # of one IP packet
PACKETS_KNOWN_OCTETS = 20 << 32  # with more, packets of 20 octets may have passed 2^32, where their counter wraps
OCTETS_MAX = 1 << 56  # in one session: at 100 Gbit/s two months; more is a broken counter, and sums must fit bigint
TERMINATE_CAUSE_MAX = 0x7FFF
CLOCK_OFF = timedelta(minutes=5)  # how far Event-Timestamp may lie from what Acct-Delay-Time says (B4)
CHILLISPOT_CLIENT_VIEW = 2
REPLY_TEXT_OCTETS_MAX = 253
RENDERED = 4096  # limits of plans, by maker
REMEMBERED = 65_536  # devices and Classes met of late; 45 MB when there are as many
SECRET_TYPES = frozenset(
    {
        attr.USER_PASSWORD,
        attr.CHAP_PASSWORD,
        attr.CHAP_CHALLENGE,
        attr.REPLY_MESSAGE,
        attr.STATE,
        attr.EAP_MESSAGE,
        attr.MESSAGE_AUTHENTICATOR,
    }
)

_KINDS: dict[bytes | None, RecordKind] = {
    uint32(attr.AcctStatusType.START): RecordKind.START,
    uint32(attr.AcctStatusType.INTERIM_UPDATE): RecordKind.INTERIM,
    uint32(attr.AcctStatusType.STOP): RecordKind.STOP,
    uint32(attr.AcctStatusType.ACCOUNTING_ON): RecordKind.REBOOT,
    uint32(attr.AcctStatusType.ACCOUNTING_OFF): RecordKind.REBOOT,
}
_REBOOTS = frozenset(value for value, kind in _KINDS.items() if kind is RecordKind.REBOOT)
_UNPROVEN = {"D15": Reason.NO_PROOF, "D17": Reason.EAP_UNSUPPORTED}
_IPV6 = frozenset({attr.FRAMED_IPV6_PREFIX, attr.DELEGATED_IPV6_PREFIX, attr.FRAMED_IPV6_ADDRESS})


class Ask(NamedTuple):
    """An Access-Request."""

    name: str
    name_key: str  # by which a credential is looked up
    device: str  # canonical MAC, or the raw Calling-Station-Id
    proof: Proof | None  # None together with `refused`
    refused: Reason | None  # known without asking the database
    is_mismatched: bool  # names itself otherwise than it is registered (D21)


class Report(NamedTuple):
    """An Accounting-Request. `record.kind` REBOOT stands for the whole NAS: the pipeline tells each open session."""

    record: Record
    operator_id: int
    subscriber_id: int | None  # from our Class
    name_key: str
    fault: str  # why it goes to quarantine; '' when it is sound


def access_ask(packet: Packet, client: Client, source: str) -> Ask:
    """What an Access-Request asks. Never raises."""
    name = string(packet.first(attr.USER_NAME))
    proof = passwords.proof_from(packet, client.peer.key)
    mismatched = is_mismatched(packet, client, source)
    refused = Reason.NAS_MISMATCH if mismatched and client.row.strict else None
    if isinstance(proof, Unproven):
        refused, proof = refused or _UNPROVEN[proof.rule], None
    elif proof is None:
        refused = refused or Reason.NO_PROOF  # a State alone: we issue none (A8)
    device = device_of(packet)
    if device in client.blocked:
        refused = refused or Reason.DEVICE_BLOCKED
    return Ask(name, name_key(name), device, proof, refused, mismatched)


def is_reboot(packet: Packet) -> bool:
    """Is it Accounting-On or -Off, by which a NAS speaks of itself?"""
    return packet.first(attr.ACCT_STATUS_TYPE) in _REBOOTS


def user_key(packet: Packet) -> str:
    """Its User-Name as credentials are looked up by; '' when absent."""
    return name_key(string(packet.first(attr.USER_NAME)))


def accounting_report(packet: Packet, client: Client, source: str, received_at: datetime, class_key: bytes) -> Report:
    """What an Accounting-Request tells. Never raises."""
    first, row = packet.first, client.row
    kind = _KINDS.get(first(attr.ACCT_STATUS_TYPE))
    token = class_token(packet, row.operator_id, class_key)
    event_at, is_timed = event_time(packet, received_at)
    octets_in, octets_out, has_counters = counters(packet, client.client_view)
    name = string(first(attr.USER_NAME))
    is_stop = kind is RecordKind.STOP
    # By position, for each record comes through here: by name it takes twice as long.
    record = record_from(
        (
            kind or RecordKind.INTERIM,
            row.id,
            sessionids.written(first(attr.ACCT_SESSION_ID)),
            event_at,
            received_at,
            _uint(first(attr.ACCT_SESSION_TIME)),
            octets_in,
            octets_out,
            has_counters,
            terminate_cause(packet) if is_stop else None,
            device_of(packet),
            name,
            address(first(attr.FRAMED_IP_ADDRESS)),
            () if packet.lacks(_IPV6) else ipv6_of(packet),
            string(first(attr.CALLED_STATION_ID)),
            string(first(attr.ACCT_MULTI_SESSION_ID)),
            string(first(attr.NAS_PORT_ID)) or str(_uint(first(attr.NAS_PORT)) or ""),
            token.authorization_id if token else None,
            None,
            attr.ACCT_INPUT_GIGAWORDS in packet.firsts or attr.ACCT_OUTPUT_GIGAWORDS in packet.firsts,
            is_timed,
            is_stop and has_odd_packets(packet),  # the totals tell it
            _uint(first(attr.ACCT_DELAY_TIME)) > 0,
        )
    )
    fault = _fault(kind, record)
    if row.strict and is_mismatched(packet, client, source):
        fault = fault or "nas_mismatch"
    return Report(record, row.operator_id, token.subscriber_id if token else None, name_key(name), fault)


def _fault(kind: RecordKind | None, record: Record) -> str:
    if kind is None:
        return "unknown_status_type"
    if not record.acct_session_id and kind is not RecordKind.REBOOT:
        return "no_session_id"
    if record.octets_in > OCTETS_MAX or record.octets_out > OCTETS_MAX:
        return "impossible_counters"
    return "too_old" if record.received_at - record.event_at > LATE_MAX else ""


def accept_attributes(grant: Grant, client: Client, token: bytes) -> bytes:
    """What an Access-Accept carries: Class and the maker's limits."""
    return attribute(attr.CLASS, token) + _limits_of(grant, client)


_rendered: dict[tuple[str, bool, int, int | None, int | None], tuple[ServiceProfile, bytes]] = {}


def _limits_of(grant: Grant, client: Client) -> bytes:
    """In the maker's words; where they are those of the plan alone, worked out once for all its logins."""
    profile, maker, view = grant.profile, client.maker, client.client_view
    if grant.octets is not None or grant.session_seconds != profile.session_timeout_seconds:
        return maker.accept(grant, view)
    key = maker.name, view, profile.id, grant.download_bps, grant.upload_bps
    known = _rendered.get(key)
    if known is None or known[0] is not profile:  # a profile that was edited is another object
        if len(_rendered) >= RENDERED:
            _rendered.clear()
        known = _rendered[key] = profile, maker.accept(grant, view)
    return known[1]


def refusal_text(reason: Reason, until: datetime | None, zone: ZoneInfo | None) -> bytes:
    """The guest's text, short enough for a Reply-Message. It holds nothing that the request said (standards §1.4)."""
    when = f"{until.astimezone(zone):%Y-%m-%d %H:%M}" if until is not None else ""
    return clipped(guest_text(reason, when))


def clipped(text: str) -> bytes:
    """At most 253 octets of UTF-8, never ending in half a character."""
    return text.encode()[:REPLY_TEXT_OCTETS_MAX].decode(errors="ignore").encode()


def name_key(name: str) -> str:
    """The name as credentials are looked up by: NFC, without case."""
    name = name.strip()
    return name.lower() if name.isascii() else unicodedata.normalize("NFC", name).casefold()


def device_of(packet: Packet) -> str:
    """Canonical MAC, or the raw Calling-Station-Id; '' when absent."""
    value = packet.first(attr.CALLING_STATION_ID)
    return "" if value is None else _device(value)


@lru_cache(maxsize=REMEMBERED)
def _device(calling_station: bytes) -> str:
    return canonical_device(string(calling_station))


def canonical_device(text: str) -> str:
    """A MAC address as AA-BB-CC-DD-EE-FF, however it was written; anything else as it is."""
    digits = text.replace("-", "").replace(":", "").replace(".", "")
    if len(digits) != 12:
        return text
    try:
        octets = bytes.fromhex(digits)
    except ValueError:
        return text
    return octets.hex("-").upper() if len(octets) == 6 else text  # `fromhex` lets spaces pass


def is_mac(device: str) -> bool:
    """Whether this is a MAC address in its canonical form."""
    return len(device) == 17 and device[2] == "-" and canonical_device(device) == device


def is_mismatched(packet: Packet, client: Client, source: str) -> bool:
    """NAS-Identifier differs from the registered one; without one, NAS-IP-Address from where the packet came (D21)."""
    identifier = packet.first(attr.NAS_IDENTIFIER)
    if client.row.identifier and identifier is not None:
        return string(identifier) != client.row.identifier
    told = packet.first(attr.NAS_IP_ADDRESS)
    return told is not None and address(told) != source


def event_time(packet: Packet, received_at: datetime) -> tuple[datetime, bool]:
    """When it happened (B4): Event-Timestamp where it agrees with Acct-Delay-Time, else arrival − delay.

    And whether that is by the NAS's own clock; else it is by when the packet came (B10). Without Acct-Delay-Time it may
    lie up to seven days back, for the record may have waited for us that long.
    """
    delay, stamp = number(packet, attr.ACCT_DELAY_TIME), number(packet, attr.EVENT_TIMESTAMP)
    expected = received_at - timedelta(seconds=delay) if delay else received_at
    if stamp is None:
        return expected, False
    told = datetime.fromtimestamp(stamp, UTC)
    earliest = -LATE_MAX if delay is None else -CLOCK_OFF
    return (told, True) if earliest <= told - expected <= CLOCK_OFF else (expected, False)


def counters(packet: Packet, client_view: bool) -> tuple[int, int, bool]:
    """(octets from the client, octets to the client, whether any were told) with gigawords (B6)."""
    first = packet.first
    input_octets, output_octets = first(attr.ACCT_INPUT_OCTETS), first(attr.ACCT_OUTPUT_OCTETS)
    view = packet.vendor(attr.CHILLISPOT, chillispot.ACCT_VIEW_POINT)
    if view is not None:
        client_view = int.from_bytes(view[-1:], "big") == CHILLISPOT_CLIENT_VIEW
    told_in = _uint(first(attr.ACCT_INPUT_GIGAWORDS)) << 32 | _uint(input_octets)
    told_out = _uint(first(attr.ACCT_OUTPUT_GIGAWORDS)) << 32 | _uint(output_octets)
    has_counters = input_octets is not None or output_octets is not None
    return (told_out, told_in, has_counters) if client_view else (told_in, told_out, has_counters)


def has_odd_packets(packet: Packet) -> bool:
    """Octets without a packet, or more octets in a packet than any holds, in either direction (B16)."""
    return _is_odd(packet, attr.ACCT_INPUT_PACKETS, attr.ACCT_INPUT_OCTETS, attr.ACCT_INPUT_GIGAWORDS) or _is_odd(
        packet, attr.ACCT_OUTPUT_PACKETS, attr.ACCT_OUTPUT_OCTETS, attr.ACCT_OUTPUT_GIGAWORDS
    )


def _is_odd(packet: Packet, packets: int, octets: int, gigawords: int) -> bool:
    count = number(packet, packets)
    total = (number(packet, gigawords) or 0) << 32 | (number(packet, octets) or 0)
    return count is not None and count * PACKET_OCTETS_MAX < total < PACKETS_KNOWN_OCTETS


def terminate_cause(packet: Packet) -> int | None:
    """Acct-Terminate-Cause; None also where it is a number that nobody has assigned or ever will."""
    told = number(packet, attr.ACCT_TERMINATE_CAUSE)
    return told if told is not None and told <= TERMINATE_CAUSE_MAX else None


def class_token(packet: Packet, operator_id: int, key: bytes) -> vault.ClassToken | None:
    """Our own Class among those echoed; one of another operator is nobody's (D24)."""
    for value in packet.all(attr.CLASS):
        if len(value) == vault.CLASS_TOKEN_OCTETS:
            token = _read_class_token(key, value)
            if token is not None and token.operator_id == operator_id:
                return token
    return None


# A session's records all bear the same octets, and proving them again takes longer than looking them up.
_read_class_token = lru_cache(maxsize=REMEMBERED)(vault.read_class_token)


def without_secrets(packet: Packet) -> tuple[dict[str, list[str]], bytes]:
    """({type: [hex]}, the attributes' octets) of what may be stored (B14)."""
    kept = [
        (kind, value)
        for kind, value in packet.attributes
        if kind not in SECRET_TYPES and not _is_microsoft(kind, value)
    ]
    shown: dict[str, list[str]] = {}
    for kind, value in kept:
        shown.setdefault(str(kind), []).append(value.hex())
    return shown, b"".join(attribute(kind, value) for kind, value in kept)


def _is_microsoft(type: int, value: bytes) -> bool:
    return type == attr.VENDOR_SPECIFIC and value[:4] == attr.MICROSOFT.to_bytes(4, "big")


def ipv6_of(packet: Packet) -> tuple[str, ...]:
    """Addresses and prefixes of the session (A26): Framed-IPv6-Prefix, Delegated-IPv6-Prefix, Framed-IPv6-Address."""
    found = []
    for kind, value in packet.attributes:
        if kind in (attr.FRAMED_IPV6_PREFIX, attr.DELEGATED_IPV6_PREFIX):
            found.append(_prefix(value))
        elif kind == attr.FRAMED_IPV6_ADDRESS:
            found.append(address(value))
    return tuple(text for text in found if text)


def address(value: bytes | None) -> str | None:
    """An IPv4 or IPv6 address in text; None when these octets are none."""
    if value is None or len(value) not in (4, 16):
        return None
    if len(value) == 4:
        return socket.inet_ntoa(value)
    return str(ipaddress.IPv6Address(value))


def _prefix(value: bytes) -> str | None:
    """Reserved octet, length, and the octets of the prefix (RFC 3162 §2.3)."""
    if not 2 <= len(value) <= 18 or value[1] > 128:
        return None
    return f"{address(value[2:].ljust(16, bytes(1)))}/{value[1]}"


def number(packet: Packet, type: int) -> int | None:
    """A 32-bit attribute; None when absent or misshapen (D5)."""
    value = packet.first(type)
    return int.from_bytes(value, "big") if value is not None and len(value) == 4 else None


def string(value: bytes | None) -> str:
    """Text, whatever the octets are; '' when absent."""
    return "" if value is None else value.decode(errors="replace").replace("\0", "")


def _uint(value: bytes | None) -> int:
    return int.from_bytes(value, "big") if value is not None and len(value) == 4 else 0
