"""The client's side of the protocol, without I/O: requests, retransmission times and checked answers.

Used to send CoA and Disconnect to a NAS, and by the simulator, which plays the NAS.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final

from hotgate.radius import attributes as attr
from hotgate.radius.authenticator import ClientKey
from hotgate.radius.packet import Code, Malformed, Packet, attribute, decode, uint32
from hotgate.radius.server import Drop

RANDOM_SHARE: Final = 0.1
REPLAY_WINDOW_SECONDS: Final = 300.0

_ANSWERS: Final = {
    Code.ACCESS_REQUEST: frozenset({Code.ACCESS_ACCEPT, Code.ACCESS_REJECT, Code.ACCESS_CHALLENGE}),
    Code.ACCOUNTING_REQUEST: frozenset({Code.ACCOUNTING_RESPONSE}),
    Code.STATUS_SERVER: frozenset({Code.ACCESS_ACCEPT, Code.ACCOUNTING_RESPONSE}),
    Code.DISCONNECT_REQUEST: frozenset({Code.DISCONNECT_ACK, Code.DISCONNECT_NAK}),
    Code.COA_REQUEST: frozenset({Code.COA_ACK, Code.COA_NAK}),
}
_SIGNED_ANSWERS: Final = frozenset({Code.ACCESS_ACCEPT, Code.ACCESS_REJECT, Code.ACCESS_CHALLENGE})


@dataclass(frozen=True, slots=True)
class Timers:
    """When to send again and when to give up, in seconds (RFC 5080 §2.2.1); None is for ever."""

    initial: float = 2.0
    maximum: float = 16.0
    tries: int | None = 5
    seconds: float | None = 30.0


ACCESS_TIMERS: Final = Timers()
ACCOUNTING_TIMERS: Final = Timers(tries=None, seconds=None)
# The same Status-Server is never sent twice: each has an Identifier of its own (RFC 5997 §4.2).
STATUS_TIMERS: Final = Timers(tries=1)


def next_wait(timers: Timers, previous: float | None, random: float) -> float:
    """Seconds until the next try: doubling to the maximum, ±10 % by `random` in 0 … 1 (RFC 5080 §2.2.1)."""
    jitter = RANDOM_SHARE * (2 * random - 1)
    if previous is None:
        return timers.initial * (1 + jitter)
    wait = previous * (2 + jitter)
    return wait if wait <= timers.maximum else timers.maximum * (1 + jitter)


class Identifiers:
    """The 256 identifiers of one source port towards one server, the longest unused first.

    One that is given back rests for `rest_seconds`, so that a receiver that remembers it takes the next
    request that bears it for no replay (RFC 5176 §6.3).
    """

    def __init__(self, rest_seconds: float = 0.0) -> None:
        self._rest_seconds = rest_seconds
        self._free = deque((float("-inf"), identifier) for identifier in range(256))

    def take(self, now: float) -> int | None:
        """An identifier, or None when all are out or resting: use another source port."""
        if not self._free or self._free[0][0] > now:
            return None
        return self._free.popleft()[1]

    def give_back(self, identifier: int, now: float) -> None:
        """Let it rest, then be used again."""
        self._free.append((now + self._rest_seconds, identifier))


class Sent:
    """A request under way: `octets` go out as they are, now and at each retransmission."""

    __slots__ = (
        "authenticator",
        "code",
        "due",
        "first_sent",
        "identifier",
        "octets",
        "timers",
        "tries",
        "wait",
    )

    def __init__(self, octets: bytes, timers: Timers, now: float) -> None:
        self.octets = octets
        self.code = Code(octets[0])
        self.identifier = octets[1]
        self.authenticator = octets[4:20]
        self.timers = timers
        self.first_sent = now
        self.tries = 1
        self.wait = 0.0
        self.due = now


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply whose signatures are right, and the request that it answers."""

    sent: Sent
    packet: Packet


class NoIdentifier(Exception):
    """All 256 identifiers of this source port are in use or resting (RFC 5176 §6.3): use another port."""


class ClientProtocol:
    """One source port towards one server. Replies from other addresses never come here.

    Replies to Access-Requests must carry Message-Authenticator unless the caller lets that be
    (CVE-2024-3596). `random` is uniform in 0 … 1 and spreads retransmissions; 0.5 is none.
    """

    def __init__(
        self,
        key: ClientKey,
        *,
        require_message_authenticator: bool = True,
        rest_seconds: float = 0.0,
    ) -> None:
        self.key = key
        self._require = require_message_authenticator
        self._identifiers = Identifiers(rest_seconds)
        self._waiting: dict[int, Sent] = {}

    @property
    def waiting(self) -> int:
        """How many requests wait for an answer."""
        return len(self._waiting)

    def access_request(self, attributes: bytes, authenticator: bytes, now: float, *, random: float = 0.5) -> Sent:
        """An Access-Request; `authenticator` is the 16 random octets that already hide its User-Password."""
        return self._start(Code.ACCESS_REQUEST, attributes, ACCESS_TIMERS, now, random, authenticator)

    def accounting_request(self, attributes: bytes, now: float, *, random: float = 0.5) -> Sent:
        """An Accounting-Request, tried without end (RFC 5080 §2.2.1)."""
        return self._start(Code.ACCOUNTING_REQUEST, attributes, ACCOUNTING_TIMERS, now, random)

    def disconnect_request(self, attributes: bytes, timestamp: int, now: float, *, random: float = 0.5) -> Sent:
        """A Disconnect-Request; `timestamp` is Unix time and stays as it is when sent again (RFC 5176
        §6.3).
        """
        return self._dynamic(Code.DISCONNECT_REQUEST, attributes, timestamp, now, random)

    def coa_request(self, attributes: bytes, timestamp: int, now: float, *, random: float = 0.5) -> Sent:
        """A CoA-Request; `timestamp` as for Disconnect."""
        return self._dynamic(Code.COA_REQUEST, attributes, timestamp, now, random)

    def status_server(self, authenticator: bytes, now: float, *, random: float = 0.5) -> Sent:
        """A Status-Server with 16 random octets; it is never sent again, only given up (RFC 5997 §4.2)."""
        return self._start(Code.STATUS_SERVER, b"", STATUS_TIMERS, now, random, authenticator)

    def receive_datagram(self, datagram: bytes, now: float) -> Answer | Drop:
        """The answer in a datagram, or why it is none. Never raises; what is dropped leaves the request
        waiting.
        """
        try:
            packet = decode(datagram)
        except Malformed as error:
            return Drop(error.rule, error.text)
        sent = self._waiting.get(packet.identifier)
        if sent is None:
            return Drop("A15", "no request waits under this identifier")
        fault = self._fault(packet, sent)
        if fault is not None:
            return fault
        self._end(sent, now)
        return Answer(sent, packet)

    def retransmit(self, now: float, random: float) -> tuple[list[Sent], list[Sent]]:
        """(requests to send again, requests given up), both as of `now`; what is given up waits no longer."""
        again: list[Sent] = []
        given_up: list[Sent] = []
        for sent in [each for each in self._waiting.values() if each.due <= now]:
            if _is_exhausted(sent, now):
                self._end(sent, now)
                given_up.append(sent)
            else:
                sent.tries += 1
                _schedule(sent, now, next_wait(sent.timers, sent.wait, random))
                again.append(sent)
        return again, given_up

    def next_due(self) -> float | None:
        """When `retransmit` has something to do; None while nothing waits."""
        return min((sent.due for sent in self._waiting.values()), default=None)

    def abandon(self, sent: Sent, now: float) -> None:
        """Wait for this answer no longer."""
        if self._waiting.get(sent.identifier) is sent:
            self._end(sent, now)

    def _dynamic(self, code: Code, attributes: bytes, timestamp: int, now: float, random: float) -> Sent:
        attributes += attribute(attr.EVENT_TIMESTAMP, uint32(timestamp))
        return self._start(code, attributes, ACCESS_TIMERS, now, random)

    def _start(
        self,
        code: Code,
        attributes: bytes,
        timers: Timers,
        now: float,
        random: float,
        authenticator: bytes | None = None,
    ) -> Sent:
        identifier = self._identifiers.take(now)
        if identifier is None:
            raise NoIdentifier
        try:
            octets = self._signed(code, identifier, attributes, authenticator)
        except ValueError:
            self._identifiers.give_back(identifier, now)
            raise
        sent = self._waiting[identifier] = Sent(octets, timers, now)
        _schedule(sent, now, next_wait(timers, None, random))
        return sent

    def _signed(self, code: Code, identifier: int, attributes: bytes, authenticator: bytes | None) -> bytes:
        if authenticator is not None:
            return self.key.sign_access_request(code, identifier, authenticator, attributes)
        accounting = code == Code.ACCOUNTING_REQUEST
        return self.key.sign_request(code, identifier, attributes, message_authenticator=not accounting)

    def _fault(self, packet: Packet, sent: Sent) -> Drop | None:
        if packet.code not in _ANSWERS[sent.code]:
            return Drop("D6", f"code {packet.code} answers no {sent.code.name}")
        if not self.key.verify_reply(packet, sent.authenticator):
            return Drop("A3", "wrong Response Authenticator or Message-Authenticator")
        must_sign = sent.code == Code.ACCESS_REQUEST and packet.code in _SIGNED_ANSWERS
        if self._require and must_sign and not packet.message_authenticator_at:
            return Drop("D9", "no Message-Authenticator in the reply")
        # A Proxy-State that was never sent is the mark of a forged reply (CVE-2024-3596).
        if packet.all(attr.PROXY_STATE) != decode(sent.octets).all(attr.PROXY_STATE):
            return Drop("A7", "Proxy-State differs from the one sent")
        return None

    def _end(self, sent: Sent, now: float) -> None:
        del self._waiting[sent.identifier]
        self._identifiers.give_back(sent.identifier, now)


def _schedule(sent: Sent, now: float, wait: float) -> None:
    sent.wait = wait
    limit = sent.timers.seconds
    sent.due = now + wait if limit is None else min(now + wait, sent.first_sent + limit)


def _is_exhausted(sent: Sent, now: float) -> bool:
    tries, seconds = sent.timers.tries, sent.timers.seconds
    if tries is not None and sent.tries >= tries:
        return True
    return seconds is not None and now >= sent.first_sent + seconds
