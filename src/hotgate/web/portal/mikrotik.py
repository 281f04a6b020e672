"""MikroTik's HotSpot: its login.html passes the visit on, and the guest's browser posts the login to the router."""

from __future__ import annotations

import hashlib
import re

from hotgate.domain import origins
from hotgate.web.portal.visit import ADDRESS_MAX, MAC_MAX, TEXT_MAX, Gateway, RefusedVisit, Visit, plain_link, told

_OCTAL = re.compile(r"\\([0-3][0-7]{2})|(.)", re.DOTALL)


def visit_of(url: str, gateway: Gateway) -> Visit:
    """Nothing is signed: the address of the login page must be registered."""
    fields = told(url)
    login = origins.address(fields.get("link-login-only", ""))
    if login is None or login.origin not in gateway.logins:
        raise RefusedVisit("the login address is not registered")
    return Visit(
        kind="mikrotik",
        result="failed" if fields.get("error") else "notyet",
        origin=login.origin,
        path=login.path,
        challenge=unescape_octal(fields.get("chap-challenge", "")),
        chap_id=unescape_octal(fields.get("chap-id", ""))[:1],
        mac=fields.get("mac", "")[:MAC_MAX],
        ip=fields.get("ip", "")[:ADDRESS_MAX],
        name=fields.get("username", "")[:TEXT_MAX],
        reply=fields.get("error", "")[:TEXT_MAX],
        wanted=plain_link(fields.get("link-orig", "")),
    )


def chap(password: str, chap_id: bytes, challenge: bytes) -> str:
    return hashlib.md5(chap_id + password.encode() + challenge, usedforsecurity=False).hexdigest()


def login_fields(visit: Visit, name: str, password: str) -> dict[str, str]:
    """The fields that the guest's browser posts to the router."""
    proof = chap(password, visit.chap_id, visit.challenge) if visit.challenge else password
    return {"username": name, "password": proof}


def unescape_octal(text: str) -> bytes:
    r"""RouterOS writes CHAP values as `\067\000…`."""
    pieces = (
        bytes([int(octal, 8)]) if octal else plain.encode("latin-1", "replace") for octal, plain in _OCTAL.findall(text)
    )
    return b"".join(pieces)
