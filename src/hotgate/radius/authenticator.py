"""Signatures: Request and Response Authenticator, Message-Authenticator (RFC 2865 §3, 2866 §3, 2869 §5.14,
5176 §3.4).
"""

from __future__ import annotations

import struct
from hashlib import md5
from hmac import compare_digest
from typing import TYPE_CHECKING, Final

from hotgate.radius.packet import HEADER_OCTETS, PACKET_OCTETS_MAX, Code, Packet, TooLong

if TYPE_CHECKING:
    from hashlib import _Hash

ZEROS: Final = bytes(16)

_MESSAGE_AUTHENTICATOR_HEADER: Final = bytes((80, 18))
_UNSIGNED: Final = _MESSAGE_AUTHENTICATOR_HEADER + ZEROS
_BLOCK_OCTETS: Final = 64
_INNER: Final = bytes(octet ^ 0x36 for octet in range(256))
_OUTER: Final = bytes(octet ^ 0x5C for octet in range(256))

_ACCOUNTING_RESPONSE: Final = int(Code.ACCOUNTING_RESPONSE)
_HASHED_REQUESTS: Final = frozenset({int(Code.ACCOUNTING_REQUEST), int(Code.DISCONNECT_REQUEST), int(Code.COA_REQUEST)})

_pack_header = struct.Struct("!BBH16s").pack


class ClientKey:
    """A shared secret, ready for use: MD5 and HMAC-MD5 are keyed once, and each packet copies their states.

    Under OpenSSL 3 this halves the time of a one-shot hmac.digest. An empty secret is refused (RFC 2865 §3).
    """

    __slots__ = ("_inner", "_outer", "_prefix", "secret")

    def __init__(self, secret: bytes) -> None:
        if not secret:
            raise ValueError("a shared secret may not be empty")
        self.secret = secret
        key = secret if len(secret) <= _BLOCK_OCTETS else md5(secret, usedforsecurity=False).digest()
        block = key.ljust(_BLOCK_OCTETS, b"\0")
        self._inner = md5(block.translate(_INNER), usedforsecurity=False)
        self._outer = md5(block.translate(_OUTER), usedforsecurity=False)
        self._prefix = md5(secret, usedforsecurity=False)

    def __repr__(self) -> str:
        return "ClientKey(…)"

    def hmac(self, octets: bytes) -> bytes:
        """HMAC-MD5 of `octets` under the secret (RFC 2104): 16 octets."""
        inner: _Hash = self._inner.copy()
        inner.update(octets)
        outer: _Hash = self._outer.copy()
        outer.update(inner.digest())
        return outer.digest()

    def keystream(self, previous: bytes) -> bytes:
        """MD5(secret + previous): the 16 octets that hide one block of a password (RFC 2865 §5.2)."""
        stream: _Hash = self._prefix.copy()
        stream.update(previous)
        return stream.digest()

    def signature(self, octets: bytes) -> bytes:
        """MD5(octets + secret): the Request or Response Authenticator of a whole packet (RFC 2865 §3, 2866
        §3).
        """
        return md5(octets + self.secret, usedforsecurity=False).digest()

    def verify_message_authenticator(self, packet: Packet, authenticator: bytes | None = None) -> bool:
        """Whether the packet's one Message-Authenticator is right; False too when it is absent, twice or
        misshapen.

        `authenticator` is what stood in the header when it was computed: None for the packet's own (Access-
        Request, Status-Server), zeros for requests whose header is itself a hash, the Request Authenticator
        for replies.
        """
        at = packet.message_authenticator_at
        if at <= 0:
            return False
        octets = packet.octets
        end = at + 16
        if authenticator is None:
            signed = octets[:at] + ZEROS + octets[end:]
        else:
            signed = octets[:4] + authenticator + octets[HEADER_OCTETS:at] + ZEROS + octets[end:]
        return compare_digest(self.hmac(signed), octets[at:end])

    def verify_accounting_request(self, packet: Packet) -> bool:
        """Whether the Request Authenticator of an Accounting-, CoA- or Disconnect-Request is right (RFC
        2866 §3).
        """
        octets = packet.octets
        expected = self.signature(octets[:4] + ZEROS + octets[HEADER_OCTETS:])
        return compare_digest(expected, packet.authenticator)

    def sign_reply(self, code: int, identifier: int, request_authenticator: bytes, attributes: bytes) -> bytes:
        """A whole reply, its Message-Authenticator first (CVE-2024-3596); `attributes` holds none.

        Raises TooLong when it would pass 4096 octets.
        """
        unsigned = self._assemble(code, identifier, request_authenticator, _UNSIGNED + attributes)
        body = _MESSAGE_AUTHENTICATOR_HEADER + self.hmac(unsigned) + attributes
        start = unsigned[:4]
        return start + self.signature(start + request_authenticator + body) + body

    def sign_accounting_response(self, identifier: int, request_authenticator: bytes, attributes: bytes) -> bytes:
        """The answer to an Accounting-Request: the Response Authenticator alone signs it.

        No RFC says what a Message-Authenticator covers here, and implementations differ (FreeRADIUS takes
        zeros for the authenticator, others the request's): a NAS that checks it the other way would drop
        every answer and resend for ever. CVE-2024-3596 does not touch accounting, whose requests are signed
        as a whole.
        """
        unsigned = self._assemble(_ACCOUNTING_RESPONSE, identifier, request_authenticator, attributes)
        return unsigned[:4] + self.signature(unsigned) + attributes

    def sign_request(
        self, code: int, identifier: int, attributes: bytes, *, message_authenticator: bool = True
    ) -> bytes:
        """An Accounting-, CoA- or Disconnect-Request: the header holds MD5 over the packet with zeros in
        its place.

        The Message-Authenticator, first, is computed before it and with zeros there too (RFC 5176 §3.4).
        """
        if message_authenticator:
            unsigned = self._assemble(code, identifier, ZEROS, _UNSIGNED + attributes)
            attributes = _MESSAGE_AUTHENTICATOR_HEADER + self.hmac(unsigned) + attributes
        unsigned = self._assemble(code, identifier, ZEROS, attributes)
        return unsigned[:4] + self.signature(unsigned) + attributes

    def sign_access_request(self, code: int, identifier: int, authenticator: bytes, attributes: bytes) -> bytes:
        """An Access-Request or Status-Server: random authenticator in the header, Message-Authenticator
        first.
        """
        unsigned = self._assemble(code, identifier, authenticator, _UNSIGNED + attributes)
        return unsigned[:HEADER_OCTETS] + _MESSAGE_AUTHENTICATOR_HEADER + self.hmac(unsigned) + attributes

    def verify_reply(self, reply: Packet, request_authenticator: bytes) -> bool:
        """Whether a reply belongs to the request: Response Authenticator, and Message-Authenticator where
        present.
        """
        octets = reply.octets
        expected = self.signature(octets[:4] + request_authenticator + octets[HEADER_OCTETS:])
        if not compare_digest(expected, reply.authenticator):
            return False
        if not reply.message_authenticator_at:
            return True
        if self.verify_message_authenticator(reply, request_authenticator):
            return True
        # See sign_accounting_response: both readings are in the field, and either proves the secret.
        return reply.code == _ACCOUNTING_RESPONSE and self.verify_message_authenticator(reply, ZEROS)

    def verify_request(self, packet: Packet) -> bool:
        """Whether every signature that a request carries is right, by its code; an absent Message-
        Authenticator passes.
        """
        if packet.code in _HASHED_REQUESTS:
            if not self.verify_accounting_request(packet):
                return False
            return not packet.message_authenticator_at or self.verify_message_authenticator(packet, ZEROS)
        return not packet.message_authenticator_at or self.verify_message_authenticator(packet)

    def _assemble(self, code: int, identifier: int, authenticator: bytes, attributes: bytes) -> bytes:
        length = HEADER_OCTETS + len(attributes)
        if length > PACKET_OCTETS_MAX:
            raise TooLong(length)
        return _pack_header(code, identifier, length, authenticator) + attributes
