"""RouterOS 6 and later: the binary API on port 8728 (TLS: 8729), through `routeros_api`.

The socket is ours: it limits how much and how long is read. A router that announces a word of four gigabytes would
else be believed.
"""

from __future__ import annotations

import socket
import ssl
import time
from typing import Any

from routeros_api import api, api_communicator, base_api, exceptions

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

USERS = "/ip/hotspot/user"
RESOURCE = "/system/resource"
PART_MAX = 65_536
NONSENSE = (exceptions.RouterOsApiParsingError, ValueError, AssertionError, LookupError, TypeError)


class LimitedSocket:
    """What `routeros_api` asks of a socket, up to a deadline and a number of octets."""

    def __init__(self, connected: socket.socket) -> None:
        self.connected = connected
        self.ends = time.monotonic() + WHOLE_SECONDS
        self.read = 0

    def send(self, octets: bytes) -> None:
        self.connected.sendall(octets)

    def receive(self, length: int) -> bytes:
        left = self.ends - time.monotonic()
        if left <= 0 or self.read + length > ANSWER_MAX:
            raise RouterFailed(_("The router's answer is too long or too slow."))
        self.connected.settimeout(left)
        octets = self.connected.recv(min(length, PART_MAX))
        if not octets:
            raise exceptions.RouterOsApiConnectionClosedError
        self.read += len(octets)
        return octets

    def close(self) -> None:
        self.connected.close()


def hotspot_users(access: RouterAccess) -> list[HotspotUser]:
    """RouterFailed."""
    return [user for user in map(user_of, _asked(access, USERS)) if user is not None]


def state(access: RouterAccess) -> RouterState:
    """RouterFailed."""
    return next(map(state_of, _asked(access, RESOURCE)), RouterState())


def _asked(access: RouterAccess, what: str) -> list[Any]:
    try:
        with _connected(access) as connected:
            router = api.RouterOsApi(api_communicator.ApiCommunicator(base_api.Connection(LimitedSocket(connected))))
            router.login(access.username, access.password, plaintext_login=True)
            return list(router.get_resource(what).get())
    except exceptions.RouterOsApiCommunicationError as error:
        raise RouterFailed(_("The router refuses this name and password.")) from error
    except NONSENSE as error:
        raise RouterFailed(_("The router's answer is not understood.")) from error
    except (OSError, exceptions.RouterOsApiError) as error:
        raise RouterFailed(_("The router can't be reached, or it broke off its answer.")) from error


def _connected(access: RouterAccess) -> socket.socket:
    plain = socket.create_connection((access.host, access.port), timeout=CONNECT_SECONDS)
    if access.tls is Tls.OFF:
        return plain
    context = ssl.create_default_context()
    if access.tls is Tls.UNVERIFIED:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context.wrap_socket(plain, server_hostname=access.host)
