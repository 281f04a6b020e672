"""What a gateway told us about a guest, and how the guest goes back to it with a proof of the password.

Pure: no request, no table. Whatever comes by the browser can be forged, above all the address that the password is
sent to: `RefusedVisit` is raised unless the gateway signed it or the address is registered.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from ipaddress import ip_address, ip_network
from itertools import cycle
from typing import NamedTuple
from urllib.parse import parse_qs, urlencode, urlsplit

PORT_DEFAULT = 3990
CHALLENGE_OCTETS = 16
TEXT_MAX = 253
_OCTAL = re.compile(r"\\([0-3][0-7]{2})|(.)", re.DOTALL)
# where the guests of a gateway live: RFC 1918, RFC 6598, RFC 4193
_GUEST_NETWORKS = [
    ip_network(text) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")
]
_ENDINGS = {"http": 80, "https": 443}


class RefusedVisit(Exception):
    """The page was not opened by the registered gateway, or the address was changed on the way."""


class Gateway(NamedTuple):
    """What is registered about the NAS."""

    secret: str  # shared with CoovaChilli as its uamsecret; '' where it has none
    hosts: frozenset[str]  # addresses that a guest may be sent to with a password


class Visit(NamedTuple):
    """One guest at one gateway. `kind` says how to go back."""

    kind: str  # uam, mikrotik
    result: str  # notyet, failed, success, already, logoff, timeout …; '' for MikroTik
    origin: str  # scheme, host and port of the gateway, verified
    path: str  # where the login goes
    challenge: bytes  # b'' where the gateway gave none
    chap_id: bytes = b"\0"
    mac: str = ""
    ip: str = ""
    name: str = ""  # who is logged in, or tried to
    reply: str = ""  # what RADIUS or the gateway said; never more than text
    seconds_left: int | None = None
    wanted: str = ""  # the page that the guest asked for; never followed by itself
    is_signed: bool = False  # all of this by the gateway itself


# ── CoovaChilli ──


def uam_visit(url: str, gateway: Gateway) -> Visit:
    """The visit in CoovaChilli's redirect. `url` is the raw text, since the signature counts undecoded characters."""
    told = _told(url)
    is_signed = bool(gateway.secret) and is_signed_by(url, gateway.secret)
    host = told.get("uamip", "")
    if not is_signed and ("md" in told or host not in gateway.hosts):
        raise RefusedVisit("unsigned, and the address is not registered")
    return Visit(
        kind="uam",
        result=told.get("res", "notyet")[:20],
        origin=f"http://{_host(host, gateway.hosts)}:{_port(told.get('uamport', ''))}",
        path="/logon",
        challenge=_challenge(told.get("challenge", "")),
        mac=told.get("mac", "")[:17],
        ip=told.get("ip", "")[:45],
        name=told.get("uid", "")[:TEXT_MAX],
        reply=told.get("reply", "")[:TEXT_MAX],
        seconds_left=_whole(told.get("timeleft", "")),
        wanted=plain_link(told.get("userurl", "")),
        is_signed=is_signed,
    )


def is_signed_by(url: str, secret: str) -> bool:
    """Does `&md=` hold MD5(everything before it + secret), in upper-case hexadecimal?"""
    signed, mark, digest = url.rpartition("&md=")
    expected = hashlib.md5((signed + secret).encode(), usedforsecurity=False).hexdigest().upper()
    return bool(mark) and hmac.compare_digest(digest.encode(), expected.encode())


def uam_challenge(challenge: bytes, secret: str) -> bytes:
    """What the password is mixed with: MD5(challenge + uamsecret), or the challenge itself without a secret."""
    if not secret:
        return challenge
    return hashlib.md5(challenge + secret.encode(), usedforsecurity=False).digest()


def uam_chap(password: str, challenge: bytes, secret: str) -> str:
    mixed = b"\0" + password.encode() + uam_challenge(challenge, secret)
    return hashlib.md5(mixed, usedforsecurity=False).hexdigest()


def uam_pap(password: str, challenge: bytes, secret: str) -> str:
    """The password under a pad of 16 octets that only the gateway and we know; it reads it back and asks by PAP."""
    octets = password.encode()
    octets += b"\0" * (-len(octets) % CHALLENGE_OCTETS)
    pad = cycle(uam_challenge(challenge, secret))
    return bytes(octet ^ key for octet, key in zip(octets, pad, strict=False)).hex()


def uam_login(visit: Visit, gateway: Gateway, name: str, password: str) -> str:
    """The address that logs the guest in. PAP where the pad is secret: then no password need be kept in clear."""
    if gateway.secret:
        proof = {"password": uam_pap(password, visit.challenge, gateway.secret)}
    else:
        proof = {"response": uam_chap(password, visit.challenge, "")}
    return f"{visit.origin}{visit.path}?{urlencode({'username': name, **proof})}"


# ── MikroTik ──


def mikrotik_visit(url: str, gateway: Gateway) -> Visit:
    """The visit that the router's login.html passes on. Nothing is signed: the address must be registered."""
    told = _told(url)
    origin, path = _login_address(told.get("link-login-only", ""), gateway.hosts)
    return Visit(
        kind="mikrotik",
        result="failed" if told.get("error") else "notyet",
        origin=origin,
        path=path,
        challenge=unescape_octal(told.get("chap-challenge", "")),
        chap_id=unescape_octal(told.get("chap-id", ""))[:1],
        mac=told.get("mac", "")[:17],
        ip=told.get("ip", "")[:45],
        name=told.get("username", "")[:TEXT_MAX],
        reply=told.get("error", "")[:TEXT_MAX],
        wanted=plain_link(told.get("link-orig", "")),
    )


def mikrotik_chap(password: str, chap_id: bytes, challenge: bytes) -> str:
    return hashlib.md5(chap_id + password.encode() + challenge, usedforsecurity=False).hexdigest()


def mikrotik_login(visit: Visit, name: str, password: str) -> dict[str, str]:
    """The fields that the guest's browser posts to the router."""
    proof = mikrotik_chap(password, visit.chap_id, visit.challenge) if visit.challenge else password
    return {"username": name, "password": proof}


def unescape_octal(text: str) -> bytes:
    r"""RouterOS writes CHAP values as `\067\000…`."""
    pieces = (
        bytes([int(octal, 8)]) if octal else plain.encode("latin-1", "replace") for octal, plain in _OCTAL.findall(text)
    )
    return b"".join(pieces)


# ── both ──


def plain_link(text: str) -> str:
    """A page on the web that may be offered as a link; '' for anything else."""
    parts = _split(text)
    if parts is None or parts[0] not in _ENDINGS:
        return ""
    return text


def _told(url: str) -> dict[str, str]:
    try:
        fields: Mapping[str, list[str]] = parse_qs(urlsplit(url).query, keep_blank_values=True, max_num_fields=60)
    except ValueError:
        raise RefusedVisit("too many fields") from None
    if any(len(values) > 1 for values in fields.values()):
        raise RefusedVisit("a field is given twice")
    return {name: values[0] for name, values in fields.items()}


def _host(text: str, registered: frozenset[str]) -> str:
    """An address of the gateway in its own network, or a registered one."""
    try:
        address = ip_address(text)
    except ValueError:
        raise RefusedVisit("not an address") from None
    if text not in registered and not any(address in network for network in _GUEST_NETWORKS):
        raise RefusedVisit("not an address of this network")
    return f"[{text}]" if address.version == 6 else text


def _port(text: str) -> int:
    port = _whole(text or str(PORT_DEFAULT))
    if port is None or not 0 < port < 65536:
        raise RefusedVisit("not a port")
    return port


def _challenge(text: str) -> bytes:
    if not text:
        return b""
    if not re.fullmatch(r"[0-9a-fA-F]{32}", text):
        raise RefusedVisit("not a challenge")
    return bytes.fromhex(text)


def _login_address(text: str, hosts: frozenset[str]) -> tuple[str, str]:
    """Origin and path of a login page, where its host is registered."""
    parts = _split(text)
    if parts is None or parts[0] not in _ENDINGS or parts[1] not in hosts:
        raise RefusedVisit("the login address is not registered")
    scheme, host, port, path = parts
    shown = f"[{host}]" if ":" in host else host
    return f"{scheme}://{shown}" + ("" if port == _ENDINGS[scheme] else f":{port}"), path


def _split(text: str) -> tuple[str, str, int, str] | None:
    """Scheme, host, port and path of an address that is written without tricks."""
    if not text or len(text) > 2000 or re.search(r"[\x00-\x20\x7f\\]", text):
        return None
    try:
        parts = urlsplit(text)
        port = parts.port or _ENDINGS.get(parts.scheme, 0)
    except ValueError:
        return None
    if not parts.hostname or "@" in parts.netloc or not text.startswith(f"{parts.scheme}://"):
        return None
    return parts.scheme, parts.hostname, port, parts.path or "/"


def _whole(text: str) -> int | None:
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else None
