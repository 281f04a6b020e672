"""RouterOS 7: `GET /rest/ip/hotspot/user` with HTTP Basic, answered by a JSON array of objects of strings.

`/rest/system/resource` is one such object.
"""

from __future__ import annotations

import json
import time
from typing import Any
from urllib.parse import quote

import httpx

from hotgate.apps.network.routeros.values import (
    ANSWER_MAX,
    CONNECT_SECONDS,
    WHOLE_SECONDS,
    HotspotUser,
    RouterAccess,
    RouterFailed,
    RouterState,
    Tls,
    state_of,
    user_of,
)
from hotgate.domain.wording import _

USERS = "/rest/ip/hotspot/user"
RESOURCE = "/rest/system/resource"


def hotspot_users(access: RouterAccess) -> list[HotspotUser]:
    """RouterFailed."""
    rows = _asked(access, USERS)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise RouterFailed(_("The router's answer is not understood."))
    return [user for user in map(user_of, rows) if user is not None]


def state(access: RouterAccess) -> RouterState:
    """RouterFailed."""
    row = _asked(access, RESOURCE)
    if not isinstance(row, dict):
        raise RouterFailed(_("The router's answer is not understood."))
    return state_of(row)


def _asked(access: RouterAccess, path: str) -> Any:
    host = f"[{access.host}]" if ":" in access.host else quote(access.host)
    scheme = "http" if access.tls is Tls.OFF else "https"
    try:
        with httpx.Client(
            auth=(access.username, access.password),
            verify=access.tls is Tls.VERIFIED,
            timeout=CONNECT_SECONDS,
            follow_redirects=False,
            trust_env=False,
        ) as client:
            content = _read(client, f"{scheme}://{host}:{access.port}{path}")
    except httpx.HTTPError as error:
        raise RouterFailed(_("The router can't be reached, or it broke off its answer.")) from error
    try:
        return json.loads(content)
    except ValueError as error:
        raise RouterFailed(_("The router's answer is not understood.")) from error


def _read(client: httpx.Client, address: str) -> bytes:
    ends, content = time.monotonic() + WHOLE_SECONDS, b""
    with client.stream("GET", address) as response:
        if response.status_code == httpx.codes.UNAUTHORIZED:
            raise RouterFailed(_("The router refuses this name and password."))
        if response.status_code != httpx.codes.OK:
            raise RouterFailed(_("The router answers, but has no REST service here: RouterOS 7.1 or later is needed."))
        for part in response.iter_bytes():
            content += part
            if len(content) > ANSWER_MAX or time.monotonic() > ends:
                raise RouterFailed(_("The router's answer is too long or too slow."))
    return content
