"""CoovaChilli: the redirect to the portal is signed, and the guest's browser carries a proof of the password back."""

from __future__ import annotations

import hashlib
import hmac
import re
from ipaddress import ip_address, ip_network
from itertools import cycle
from urllib.parse import urlencode

from hotgate.domain import origins
from hotgate.web.portal.visit import (
    ADDRESS_MAX,
    MAC_MAX,
    TEXT_MAX,
    Gateway,
    RefusedVisit,
    Visit,
    plain_link,
    told,
    whole,
)

PORT_DEFAULT = 3990
CHALLENGE_OCTETS = 16
# where the guests of a gateway live: RFC 1918, RFC 6598, RFC 4193
_GUEST_NETWORKS = [
    ip_network(text) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")
]


def visit_of(url: str, gateway: Gateway) -> Visit:
    """The visit in the redirect. `url` is the raw text, since the signature counts undecoded characters."""
    fields = told(url)
    is_signed = bool(gateway.secret) and is_signed_by(url, gateway.secret)
    if not is_signed and "md" in fields:
        raise RefusedVisit("the signature is another's")
    return Visit(
        kind="uam",
        result=fields.get("res", "notyet")[:20],
        origin=_origin(fields.get("uamip", ""), fields.get("uamport", ""), gateway, is_signed),
        path="/logon",
        challenge=_challenge(fields.get("challenge", "")),
        mac=fields.get("mac", "")[:MAC_MAX],
        ip=fields.get("ip", "")[:ADDRESS_MAX],
        name=fields.get("uid", "")[:TEXT_MAX],
        reply=fields.get("reply", "")[:TEXT_MAX],
        seconds_left=whole(fields.get("timeleft", "")),
        wanted=plain_link(fields.get("userurl", "")),
        is_signed=is_signed,
    )


def is_signed_by(url: str, secret: str) -> bool:
    """Does `&md=` hold MD5(everything before it + secret), in upper-case hexadecimal?"""
    signed, mark, digest = url.rpartition("&md=")
    expected = hashlib.md5((signed + secret).encode(), usedforsecurity=False).hexdigest().upper()
    return bool(mark) and hmac.compare_digest(digest.encode(), expected.encode())


def mixed(challenge: bytes, secret: str) -> bytes:
    """What the password is mixed with: MD5(challenge + uamsecret), or the challenge itself without a secret."""
    if not secret:
        return challenge
    return hashlib.md5(challenge + secret.encode(), usedforsecurity=False).digest()


def chap(password: str, challenge: bytes, secret: str) -> str:
    octets = b"\0" + password.encode() + mixed(challenge, secret)
    return hashlib.md5(octets, usedforsecurity=False).hexdigest()


def pap(password: str, challenge: bytes, secret: str) -> str:
    """The password under a pad of 16 octets that only the gateway and we know; it reads it back and asks by PAP."""
    octets = password.encode()
    octets += b"\0" * (-len(octets) % CHALLENGE_OCTETS)
    pad = cycle(mixed(challenge, secret))
    return bytes(octet ^ key for octet, key in zip(octets, pad, strict=False)).hex()


def login_url(visit: Visit, gateway: Gateway, name: str, password: str) -> str:
    """The address that logs the guest in. PAP where the pad is secret: then no password need be kept in clear."""
    if gateway.secret:
        proof = {"password": pap(password, visit.challenge, gateway.secret)}
    else:
        proof = {"response": chap(password, visit.challenge, "")}
    return f"{visit.origin}{visit.path}?{urlencode({'username': name, **proof})}"


def _origin(host: str, port: str, gateway: Gateway, is_signed: bool) -> str:
    """A registered address; or one in the guests' own network, where the gateway signed it."""
    try:
        address = ip_address(host)
    except ValueError:
        raise RefusedVisit("not an address") from None
    number = whole(port or str(PORT_DEFAULT))
    if number is None or not 0 < number < 65536:
        raise RefusedVisit("not a port")
    origin = origins.origin("http", host, number)
    if origin in gateway.logins or (is_signed and any(address in network for network in _GUEST_NETWORKS)):
        return origin
    raise RefusedVisit("not an address of this network")


def _challenge(text: str) -> bytes:
    if not text:
        return b""
    if not re.fullmatch(r"[0-9a-fA-F]{32}", text):
        raise RefusedVisit("not a challenge")
    return bytes.fromhex(text)
