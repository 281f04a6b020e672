"""What an answer to MS-CHAPv2 carries besides: our own proof and the keys, or why not (RFC 2548 §2.1.5, §2.3.3, §2.4).

Without the proof a client takes an Accept for a forgery and hangs up; so a confining Accept carries it too.
"""

from __future__ import annotations

import secrets

from hotgate.domain import authentication
from hotgate.domain.reasons import Reason
from hotgate.domain.subscriber import Credential
from hotgate.radius import attributes as attr
from hotgate.radius import mppe
from hotgate.radius.authenticator import ClientKey
from hotgate.radius.packet import Packet, uint32, vendor_attribute
from hotgate.radius.passwords import MsChapV2Proof, Proof

ENCRYPTION_ALLOWED = 1  # the NAS decides; 2 would cut off clients without MPPE
ONLY_128_BIT = 0x4
MESSAGE_OCTETS_MAX = 180  # beside the codes, with room to spare in the 247 of an attribute

FAILED = 691
_HOURS, _DISABLED, _NO_DIAL_IN = 646, 647, 649
# 648 says that the password ran out: clients would ask for a new one, and no plan of ours is a password.
_CODES = {
    Reason.NOT_STARTED: _HOURS,
    Reason.CYCLE_USED_UP: _HOURS,
    Reason.CAP_REACHED: _HOURS,
    Reason.HELD_BY_STAFF: _DISABLED,
    Reason.UNPAID: _DISABLED,
    Reason.ENDED: _DISABLED,
    Reason.EXPIRED: _DISABLED,
    Reason.NO_ENTITLEMENT: _NO_DIAL_IN,
    Reason.USED_UP: _NO_DIAL_IN,
    Reason.NO_MONEY: _NO_DIAL_IN,
}


def success(proof: Proof | None, credential: Credential | None, request: Packet, key: ClientKey) -> bytes:
    """MS-CHAP2-Success and the keys for MPPE, or for Wi-Fi behind an EAP server; nothing after another method."""
    secret = authentication.proven_secret(credential, proof) if isinstance(proof, MsChapV2Proof) else None
    if secret is None or not isinstance(proof, MsChapV2Proof):
        return b""
    master = mppe.master_key(proof.password_hash_hash(secret), proof.response)
    return (
        vendor_attribute(attr.MICROSOFT, attr.MS_CHAP2_SUCCESS, proof.success(secret))
        + vendor_attribute(attr.MICROSOFT, attr.MS_MPPE_ENCRYPTION_POLICY, uint32(ENCRYPTION_ALLOWED))
        + vendor_attribute(attr.MICROSOFT, attr.MS_MPPE_ENCRYPTION_TYPES, uint32(ONLY_128_BIT))
        + mppe.mppe_attributes(master, key, request.authenticator, secrets.randbits(15) & 0x7FFE)
    )


def error(proof: Proof | None, reason: Reason, message: bytes, challenge: bytes) -> bytes:
    """MS-CHAP-Error for a Reject; nothing after another method. `challenge` is 16 octets that nobody foresees.

    No retry (R=0): the next try is a request of its own, with the reject delay between them.
    """
    if not isinstance(proof, MsChapV2Proof):
        return b""
    code = _CODES.get(reason, FAILED)
    told = message[:MESSAGE_OCTETS_MAX].decode(errors="ignore")
    text = f"E={code} R=0 C={challenge.hex().upper()} V=3 M={told}"
    return vendor_attribute(attr.MICROSOFT, attr.MS_CHAP_ERROR, bytes((proof.identifier,)) + text.encode())
