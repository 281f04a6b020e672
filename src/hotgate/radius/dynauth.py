"""The NAS's side of CoA and Disconnect, for the simulator and for tests (RFC 5176)."""

from __future__ import annotations

from typing import Final

from hotgate.radius import attributes as attr
from hotgate.radius.authenticator import ZEROS, ClientKey
from hotgate.radius.packet import Code, Malformed, Packet, attribute, decode, uint32
from hotgate.radius.server import Drop

EVENT_WINDOW_SECONDS: Final = 300

_ACK: Final = {Code.DISCONNECT_REQUEST: Code.DISCONNECT_ACK, Code.COA_REQUEST: Code.COA_ACK}
_NAK: Final = {Code.DISCONNECT_REQUEST: Code.DISCONNECT_NAK, Code.COA_REQUEST: Code.COA_NAK}


def receive_request(datagram: bytes, key: ClientKey, now: int) -> Packet | Drop:
    """A CoA- or Disconnect-Request that is signed and fresh, or why it is dropped; `now` is Unix time.

    An Event-Timestamp more than 300 s away is a replay (§6.3); one that is absent cannot be judged. The
    caller remembers duplicates.
    """
    try:
        packet = decode(datagram)
    except Malformed as error:
        return Drop(error.rule, error.text)
    if packet.code not in (Code.DISCONNECT_REQUEST, Code.COA_REQUEST):
        return Drop("D6", f"code {packet.code} is neither CoA nor Disconnect")
    if not key.verify_accounting_request(packet):
        return Drop("D11", "wrong Request Authenticator")
    if packet.message_authenticator_at and not key.verify_message_authenticator(packet, ZEROS):
        return Drop("D8", "wrong Message-Authenticator")
    if not _is_fresh(packet, now):
        return Drop("X4", "Event-Timestamp outside the window")
    return packet


def ack(request: Packet, key: ClientKey, attributes: bytes = b"") -> bytes:
    """CoA-ACK or Disconnect-ACK, its Message-Authenticator first."""
    return _answer(_ACK[Code(request.code)], request, key, attributes)


def nak(request: Packet, key: ClientKey, cause: int | None, attributes: bytes = b"") -> bytes:
    """CoA-NAK or Disconnect-NAK with an Error-Cause (§3.5), or without one as some gateways answer."""
    if cause is not None:
        attributes = attribute(attr.ERROR_CAUSE, uint32(cause)) + attributes
    return _answer(_NAK[Code(request.code)], request, key, attributes)


def _answer(code: Code, request: Packet, key: ClientKey, attributes: bytes) -> bytes:
    attributes += b"".join(attribute(attr.PROXY_STATE, state) for state in request.all(attr.PROXY_STATE))
    return key.sign_reply(code, request.identifier, request.authenticator, attributes)


def _is_fresh(packet: Packet, now: int) -> bool:
    stamp = packet.first(attr.EVENT_TIMESTAMP)
    if stamp is None or len(stamp) != 4:
        return True
    return abs(now - int.from_bytes(stamp, "big")) <= EVENT_WINDOW_SECONDS
