"""Is an address free? Asked before anything starts, since a child could only say it too late."""

import errno
import socket
from dataclasses import dataclass

from hotgate.environment import Address, Environment


@dataclass(frozen=True, slots=True)
class Port:
    setting: str
    address: Address
    kind: socket.SocketKind


def of(environment: Environment) -> list[Port]:
    return [
        Port("HOTGATE_HTTP", environment.http, socket.SOCK_STREAM),
        Port("HOTGATE_RADIUS_AUTH", environment.radius_auth, socket.SOCK_DGRAM),
        Port("HOTGATE_RADIUS_ACCT", environment.radius_acct, socket.SOCK_DGRAM),
    ]


def obstacle(port: Port) -> str | None:
    """Why we cannot listen there, as one line; None when we can."""
    family = socket.AF_INET6 if ":" in port.address.host else socket.AF_INET
    with socket.socket(family, port.kind) as probe:
        if port.kind == socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the web server does
        try:
            probe.bind((port.address.host, port.address.port))
        except OSError as error:
            return f"{port.setting} {port.address}: {_in_words(error)}"
    return None


def is_answering(address: Address) -> bool:
    """Whether somebody accepts TCP connections there."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(address.host, address.host)
    try:
        socket.create_connection((host, address.port), timeout=1).close()
    except OSError:
        return False
    return True


def _in_words(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return "in use by another program: stop that or choose another port"
    if error.errno == errno.EADDRNOTAVAIL:
        return "not an address of this machine"
    if error.errno == errno.EACCES:
        return "ports below 1024 need root"
    return error.strerror or str(error)
