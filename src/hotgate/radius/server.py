"""The server's side of the protocol, without I/O: what to do with a datagram, and what to send back.

Rules are numbered as in docs/algorithms/wire.md. A datagram that fails any check leaves the duplicate cache
as it was.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from hotgate.radius import attributes as attr
from hotgate.radius.authenticator import ZEROS, ClientKey
from hotgate.radius.packet import Code, Malformed, Packet, attribute, decode, uint32, vendor_values

Source: TypeAlias = tuple[str, int]
Role: TypeAlias = Literal["auth", "acct"]

IN_FLIGHT_SECONDS_MAX: Final = 30.0
REMEMBERED_MAX: Final = 1_048_576
DUE_MAX: Final = 4  # forgotten with one new request

_ACCESS_REQUEST: Final = int(Code.ACCESS_REQUEST)
_ACCESS_ACCEPT: Final = int(Code.ACCESS_ACCEPT)
_ACCESS_REJECT: Final = int(Code.ACCESS_REJECT)
_ACCOUNTING_REQUEST: Final = int(Code.ACCOUNTING_REQUEST)
_ACCOUNTING_RESPONSE: Final = int(Code.ACCOUNTING_RESPONSE)
_STATUS_SERVER: Final = int(Code.STATUS_SERVER)
_PROXY_STATE: Final = attr.PROXY_STATE
_IN_REJECT: Final = frozenset(
    {attr.REPLY_MESSAGE, attr.PROXY_STATE, attr.EAP_MESSAGE, attr.ERROR_CAUSE, attr.MESSAGE_AUTHENTICATOR}
)


@dataclass(frozen=True, slots=True)
class Peer:
    """What the server knows about the client at an address.

    `auto` asks for Message-Authenticator once `has_sent_message_authenticator` is set; the caller sets and
    persists it on the first Request that says so. `limit_proxy_state` counts only while none is asked for
    (CVE-2024-3596).
    """

    key: ClientKey
    require_message_authenticator: Literal["yes", "no", "auto"] = "yes"
    limit_proxy_state: bool = True
    has_sent_message_authenticator: bool = False

    @property
    def requires_message_authenticator(self) -> bool:
        """Whether an Access-Request without one is dropped."""
        asked = self.require_message_authenticator
        return asked == "yes" or (asked == "auto" and self.has_sent_message_authenticator)


class Request:
    """A request to work on, valid in every signature it carries. Answer it by `reply`, or `forget` it."""

    __slots__ = ("has_message_authenticator", "packet", "peer", "received", "source")

    def __init__(self, packet: Packet, source: Source, peer: Peer, received: float) -> None:
        self.packet = packet
        self.source = source
        self.peer = peer
        self.received = received
        self.has_message_authenticator = packet.message_authenticator_at > 0

    def __repr__(self) -> str:
        return f"Request({self.packet!r}, source={self.source!r})"


@dataclass(frozen=True, slots=True)
class Resend:
    """A duplicate whose answer is known: send these octets again and do nothing else (rule D13)."""

    octets: bytes


@dataclass(frozen=True, slots=True)
class Respond:
    """A Status-Server, answered (rule D22). Keep silent instead while the server cannot serve (RFC 5997
    §4).
    """

    octets: bytes


@dataclass(frozen=True, slots=True)
class Drop:
    """No answer. Count it by `rule`; `text` is for a rate-limited log."""

    rule: str
    text: str


Received: TypeAlias = Request | Resend | Respond | Drop


_Key: TypeAlias = tuple[Source, int]


class _Remembered:
    """The newest request of one (source, Identifier); its reply is None while the work goes on."""

    __slots__ = ("authenticator", "key", "queued", "reply", "since")

    def __init__(self, key: _Key, authenticator: bytes, since: float) -> None:
        self.key = key
        self.authenticator = authenticator
        self.since = since  # it came; once answered, since then
        self.queued = since  # from when on it waits to be forgotten
        self.reply: bytes | None = None

    def renew(self, authenticator: bytes, since: float) -> None:
        """Another request has taken the Identifier. Its place in the queue stays: few objects that live long, and the
        memory of those that don't stays together."""
        self.authenticator = authenticator
        self.since = since
        self.reply = None


class ServerProtocol:
    """One port: checks what arrives and signs what leaves; remembers answers for duplicates (RFC 5080
    §2.2.2).

    An answer is remembered for `remember_seconds` at least, work without an answer for 30 s, and never more
    than `remembered_max` of both: beyond it new requests are dropped as under rule D19. All times are of one
    monotonic clock, in seconds.
    """

    def __init__(self, role: Role, *, remember_seconds: float = 10.0, remembered_max: int = REMEMBERED_MAX) -> None:
        self.role = role
        access = role == "auth"
        self._code = _ACCESS_REQUEST if access else _ACCOUNTING_REQUEST
        self._fault = _access_fault if access else _accounting_fault
        self._status_code = _ACCESS_ACCEPT if access else _ACCOUNTING_RESPONSE
        self._remember_seconds = remember_seconds
        self._remembered_max = remembered_max
        self._remembered: dict[_Key, _Remembered] = {}
        self._recent: deque[_Remembered] = deque()
        self._slow: deque[_Remembered] = deque()

    @property
    def remembered(self) -> int:
        """How many entries the duplicate cache holds, answered or not."""
        return len(self._remembered)

    def receive_datagram(self, datagram: bytes, source: Source, peer: Peer, now: float) -> Received:
        """What to do with a datagram from a known client; `now` in seconds. Never raises."""
        try:
            packet = decode(datagram)
        except Malformed as error:
            return Drop(error.rule, error.text)
        code = packet.code
        if code == self._code:
            return self._fault(packet, peer) or self._admit(packet, source, peer, now)
        if code == _STATUS_SERVER:
            return self._status(packet, peer.key)
        return Drop("D6", f"code {code} is not for the {self.role} port")

    def reply(self, request: Request, code: int, attributes: bytes, now: float) -> bytes:
        """The signed reply: Message-Authenticator first, `attributes`, then the request's Proxy-States in
        order.

        What an Access-Reject may not carry is left out (RFC 2865 §5.44). Raises TooLong above 4096 octets, which
        an Accounting-Response never has: all that is in it came with the request.
        """
        packet = request.packet
        if code == _ACCESS_REJECT:
            attributes = permitted_in_reject(attributes)
        octets = _signed_reply(packet, request.peer.key, code, attributes)
        key = (request.source, packet.identifier)
        remembered = self._remembered.get(key)
        if remembered is not None and remembered.authenticator == packet.authenticator:
            remembered.reply, remembered.since = octets, now
        return octets

    def forget(self, request: Request) -> None:
        """Keep silent about this request (rule D19): its retransmission is a new request."""
        key = (request.source, request.packet.identifier)
        remembered = self._remembered.get(key)
        if remembered is not None and remembered.authenticator == request.packet.authenticator:
            del self._remembered[key]

    def expire(self, now: float) -> None:
        """Forget what is due. Call it about once a second: under load each new request has done most of it."""
        self._forget_due(now, REMEMBERED_MAX)
        slow = self._slow
        while slow and slow[0].since + IN_FLIGHT_SECONDS_MAX <= now:
            self._discard(slow.popleft())

    def _forget_due(self, now: float, most: int) -> None:
        recent = self._recent
        due = now - self._remember_seconds
        while most and recent and recent[0].queued <= due:
            entry = recent.popleft()
            most -= 1
            if entry.since > due:
                entry.queued = entry.since
                recent.append(entry)
            elif entry.reply is None:
                self._slow.append(entry)
            else:
                self._discard(entry)

    def _discard(self, entry: _Remembered) -> None:
        if self._remembered.get(entry.key) is entry:
            del self._remembered[entry.key]

    def _admit(self, packet: Packet, source: Source, peer: Peer, now: float) -> Request | Resend | Drop:
        key = (source, packet.identifier)
        remembered = self._remembered.get(key)
        if remembered is not None and remembered.authenticator == packet.authenticator:
            if remembered.reply is not None:
                return Resend(remembered.reply)
            return Drop("D12", "the same request is still being worked on")
        if remembered is not None:
            remembered.renew(packet.authenticator, now)
        elif len(self._remembered) >= self._remembered_max:
            return Drop("D19", "too many requests remembered")
        else:
            begun = self._remembered[key] = _Remembered(key, packet.authenticator, now)
            self._recent.append(begun)
        # a few with each, or once a second all wait for many
        if self._recent and self._recent[0].queued + self._remember_seconds <= now:
            self._forget_due(now, DUE_MAX)
        return Request(packet, source, peer, now)

    def _status(self, packet: Packet, key: ClientKey) -> Respond | Drop:
        if not key.verify_message_authenticator(packet):
            return Drop("D23", "Status-Server without a valid Message-Authenticator")
        return Respond(_signed_reply(packet, key, self._status_code, b""))


def hint_to_sign(datagram: bytes, peer: Peer) -> bytes | None:
    """A signed Reject with Error-Cause 510 for a request dropped by D9, while its client has never signed one.

    None: it has, so that this one is forged or was stripped on its way. None for proxied requests too: their
    Proxy-States are what an attack on MD5 needs in a reply (CVE-2024-3596).
    """
    packet = decode(datagram)
    if peer.has_sent_message_authenticator or packet.first(_PROXY_STATE) is not None:
        return None
    cause = attribute(attr.ERROR_CAUSE, uint32(attr.ErrorCause.MISSING_MESSAGE_AUTHENTICATOR))
    return _signed_reply(packet, peer.key, _ACCESS_REJECT, cause)


def permitted_in_reject(attributes: bytes) -> bytes:
    """What of these attributes an Access-Reject may carry (RFC 2865 §5.44, 5080 §2.6.1, 2548 §2.1.5)."""
    permitted, at = b"", 0
    while at < len(attributes):
        end = at + attributes[at + 1]
        if attributes[at] in _IN_REJECT or _is_ms_chap_error(attributes[at:end]):
            permitted += attributes[at:end]
        at = end
    return permitted


def _is_ms_chap_error(octets: bytes) -> bool:
    if octets[0] != attr.VENDOR_SPECIFIC:
        return False
    keys = [key for key, _ in vendor_values(octets[2:])]
    return keys == [(attr.MICROSOFT, attr.MS_CHAP_ERROR)]


def _access_fault(packet: Packet, peer: Peer) -> Drop | None:
    # Presence before validity: a client that must sign is not helped by any other check (CVE-2024-3596).
    if not packet.message_authenticator_at:
        if peer.requires_message_authenticator:
            return Drop("D9", "no Message-Authenticator, which this client must send")
        if packet.first(attr.EAP_MESSAGE) is not None:
            return Drop("D7", "EAP-Message without Message-Authenticator")
        if peer.limit_proxy_state and packet.first(_PROXY_STATE) is not None:
            return Drop("D10", "Proxy-State without Message-Authenticator: possible attack")
        return None
    if peer.key.verify_message_authenticator(packet):
        return None
    return Drop("D8", "wrong Message-Authenticator")


def _accounting_fault(packet: Packet, peer: Peer) -> Drop | None:
    key = peer.key
    if not key.verify_accounting_request(packet):
        if packet.authenticator == ZEROS:
            return Drop("D11", "Request Authenticator of zeros: the NAS does not sign its accounting")
        return Drop("D11", "wrong Request Authenticator")
    if packet.message_authenticator_at and not key.verify_message_authenticator(packet, ZEROS):
        return Drop("D8", "wrong Message-Authenticator")
    return None


def _signed_reply(packet: Packet, key: ClientKey, code: int, attributes: bytes) -> bytes:
    if packet.first(_PROXY_STATE) is not None:
        attributes += b"".join(attribute(_PROXY_STATE, state) for state in packet.all(_PROXY_STATE))
    if packet.code == _ACCOUNTING_REQUEST:
        return key.sign_accounting_response(packet.identifier, packet.authenticator, attributes)
    return key.sign_reply(code, packet.identifier, packet.authenticator, attributes)
