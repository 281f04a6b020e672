"""From what was typed to what is played. Every wrong value is a ValueError with a line for the person who typed it."""

from __future__ import annotations

import argparse
import hashlib
import ipaddress
import pathlib
import shlex
import socket
import sys
from typing import Final, Literal

from hotgate.radius.passwords import PASSWORD_OCTETS_MAX
from hotgate.simulator import quantities
from hotgate.simulator.grant import MAKERS
from hotgate.simulator.mischief import Habits, Odds
from hotgate.simulator.online import Build
from hotgate.simulator.requests import Guest, Identity
from hotgate.simulator.run import Options
from hotgate.simulator.session import Wish
from hotgate.simulator.wire import Address

DEFAULT_PORT: Final = 1812
NAME_OCTETS_MAX: Final = 253
INTERIM_SECONDS_MAX: Final = 86_400


def from_arguments(typed: argparse.Namespace) -> Options:
    """All that a run needs. Raises ValueError."""
    auth = server_address(typed.server)
    if not typed.secret:
        raise ValueError("--secret may not be empty")
    if not typed.speed > 0:
        raise ValueError("--speed must be more than 0")
    coa = (typed.bind or "0.0.0.0", _port(typed.coa_port)) if typed.coa_port else None
    return Options(
        auth=auth,
        acct=(auth[0], _port(typed.acct_port or auth[1] + 1)),
        secret=typed.secret.encode(),
        guests=guests(typed),
        build=_build(typed),
        wish=_wish(typed),
        again=typed.again,
        speed=typed.speed,
        begin_ago=typed.begin,
        coa=coa,
        local=typed.bind,
        takes_unsigned=typed.accept_unsigned,
        first_retry=max(typed.retry, 0.01),
        patience=typed.patience,
        compare=None if typed.no_compare else typed.compare or own_user_command(),
        odds=Odds(typed.lose, typed.double, typed.late, typed.reorder),
        seed=typed.seed,
    )


def server_address(text: str) -> Address:
    """Address and port of "host", "host:port" or "[::1]:port", looked up once. Raises ValueError."""
    host, port = text, str(DEFAULT_PORT)
    if text.startswith("[") or text.count(":") == 1:
        host, _, port = text.rpartition(":")
        if text.endswith("]"):
            host, port = text, str(DEFAULT_PORT)
    if not port.isdecimal():
        raise ValueError(f"--server {text!r}: expected host or host:port")
    try:
        found = socket.getaddrinfo(host.strip("[]"), None, type=socket.SOCK_DGRAM)
    except OSError as error:
        raise ValueError(f"--server: {host} has no address") from error
    return str(found[0][4][0]), _port(int(port))


def guests(typed: argparse.Namespace) -> tuple[Guest, ...]:
    """The one guest typed, or the lines of a file."""
    if (typed.user is None) == (typed.users is None):
        raise ValueError("who logs in? Give --user NAME, or --users FILE")
    if typed.user is not None:
        return (guest(1, typed.user, typed.password or typed.user, typed.mac),)
    lines = _lines(typed.users)[: typed.guests]
    if not lines:
        raise ValueError(f"{typed.users} names nobody")
    pairs = (line.partition(",") for line in lines)
    return tuple(guest(number, name, rest or name) for number, (name, _, rest) in enumerate(pairs, 1))


def guest(number: int, name: str, password: str, mac: str | None = None) -> Guest:
    """A guest and a device. Raises ValueError for what no packet can carry."""
    if not 0 < len(name.encode()) <= NAME_OCTETS_MAX:
        raise ValueError(f"a name has 1 to {NAME_OCTETS_MAX} octets")
    if len(password.encode()) > PASSWORD_OCTETS_MAX:
        raise ValueError(f"a password has at most {PASSWORD_OCTETS_MAX} octets")
    return Guest(name, password, mac or device_of(name), number)


def device_of(name: str) -> str:
    """A MAC that always belongs to that name: locally administered, so nobody's."""
    octets = b"\x02" + hashlib.sha256(name.encode()).digest()[:5]
    return "-".join(f"{octet:02X}" for octet in octets)


def chance(text: str) -> float:
    """A probability, "0.1" or "10%". Raises ValueError."""
    number = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    if not 0 <= number < 1:
        raise ValueError("a chance is at least 0 and less than 1")
    return number


def own_user_command() -> str:
    """`hotgate user NAME --json` of this very installation."""
    beside = pathlib.Path(sys.executable).with_name("hotgate")
    return f"{shlex.quote(str(beside)) if beside.exists() else 'hotgate'} user {{name}} --json"


def _build(typed: argparse.Namespace) -> Build:
    if typed.interim is not None and not 1 <= typed.interim <= INTERIM_SECONDS_MAX:
        raise ValueError(f"--interim must be from 1 to {INTERIM_SECONDS_MAX} seconds")
    address = str(ipaddress.IPv4Address(typed.nas_address))
    return Build(
        identity=Identity(address, typed.nas_name),
        maker=MAKERS[typed.maker],
        method=typed.auth,
        habits=_habits(typed),
        interim_asked=typed.interim,
        enforces_volume=not typed.ignore_limits,
    )


def _habits(typed: argparse.Namespace) -> Habits:
    reboots: Literal["never", "with On", "silent"] = "with On" if typed.reboot_with_on else "never"
    return Habits(
        has_gigawords=not typed.no_gigawords,
        swaps_octets=typed.swap_octets,
        echoes_class=not typed.no_class,
        starts_in_1970=typed.clock_1970,
        reuses_session_ids=typed.reuse_session_ids,
        reboots="silent" if typed.reboot_silent else reboots,
    )


def _wish(typed: argparse.Namespace) -> Wish:
    if not 0 <= typed.upload <= 100:
        raise ValueError("--upload must be from 0 to 100 percent")
    endless = typed.traffic == "endless"
    return Wish(None if endless else quantities.octets(typed.traffic), typed.duration, typed.rate, typed.upload)


def _lines(path: str) -> list[str]:
    try:
        text = pathlib.Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} cannot be read ({getattr(error, 'strerror', None) or error})") from error
    return [line for line in text.splitlines() if line.strip()]


def _port(number: int) -> int:
    if not 0 < number < 65536:
        raise ValueError(f"{number} is no port")
    return number
