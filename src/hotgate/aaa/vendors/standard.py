"""What every NAS understands: RFC 2865, 2866 and 2869 alone. The other makers add to it.

`accept` renders a fresh session's limits; `change` those of a running one, of which `used` octets are gone already.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from hotgate.domain.catalogue import ServiceProfile
from hotgate.domain.limits import Grant
from hotgate.radius import attributes as attr
from hotgate.radius.packet import attribute, number_attribute, text

CONFINED_NAME = "hotgate-confined"  # of the filter or address list that the operator makes on the NAS
WORD = 1 << 32
# Session-Timeout is signed on some NASes, and 68 years are enough.
SECONDS_MAX = (1 << 31) - 1
INTERIM_SECONDS_MIN = 60  # RFC 2869 §5.16
REMEMBERED = 1024  # what profiles and rates come to, which all logins by a plan share


class Used(NamedTuple):
    """What a running session has used so far."""

    seconds: int = 0
    octets: int = 0


NOTHING = Used()


class Maker(NamedTuple):
    """How one maker's NAS is spoken to. Each renderer takes whether the NAS counts from the client's view."""

    name: str
    accept: Callable[[Grant, bool], bytes]
    change: Callable[[Grant, Used, bool], bytes]
    confine: Callable[[int], bytes]  # for so many seconds
    client_view: bool = False  # its Acct-Input-Octets are what the client received
    volume_by_coa: bool = False  # `change` can top up a volume limit
    enforces_volume: bool = False  # it ends a session by itself at the volume limit
    reject_delay_ms: int = 1000  # 0 where its own timeout may be shorter (D18)
    nak_means_gone: bool = False  # its NAK carries no Error-Cause and says only "not found"
    takes_coa: bool = True  # False: new limits reach a running session only by Disconnect and a new login

    def can_change(self, grant: Grant) -> bool:
        """Whether `change` brings a running session to this grant; if not, only a new login does."""
        if grant.octets is not None and self.enforces_volume and not self.volume_by_coa:
            return False  # the old volume stands on the NAS and would end the session
        return self.takes_coa


def accept(grant: Grant, _client_view: bool = False) -> bytes:
    """Session-Timeout, Idle-Timeout, Acct-Interim-Interval, Filter-Id, Framed-Pool."""
    return limits(grant, NOTHING) + names(grant)


def change(grant: Grant, used: Used, _client_view: bool = False) -> bytes:
    """The timeouts again: Session-Timeout counts from the session's start (RFC 2865 §5.27), so add what is gone."""
    return limits(grant, used)


def confine(seconds: int) -> bytes:
    """An Accept into the walled garden only."""
    return number(attr.SESSION_TIMEOUT, seconds) + attribute(attr.FILTER_ID, text(CONFINED_NAME))


def limits(grant: Grant, used: Used) -> bytes:
    """The times of a session."""
    if grant.session_seconds is None:
        return _habits(grant.profile)
    return number(attr.SESSION_TIMEOUT, max(1, grant.session_seconds) + used.seconds) + _habits(grant.profile)


@lru_cache(maxsize=REMEMBERED)
def _habits(profile: ServiceProfile) -> bytes:
    idle = profile.idle_timeout_seconds
    return (number(attr.IDLE_TIMEOUT, idle) if idle else b"") + _interim(profile)


def interim(grant: Grant) -> bytes:
    """How often it reports."""
    return _interim(grant.profile)


def _interim(profile: ServiceProfile) -> bytes:
    return number(attr.ACCT_INTERIM_INTERVAL, max(INTERIM_SECONDS_MIN, profile.interim_seconds))


def names(grant: Grant) -> bytes:
    """What the NAS looks up by name."""
    profile = grant.profile
    return _named(profile.filter_id, profile.address_pool) if profile.filter_id or profile.address_pool else b""


@lru_cache(maxsize=REMEMBERED)
def _named(filter_id: str, address_pool: str) -> bytes:
    octets = attribute(attr.FILTER_ID, text(filter_id)) if filter_id else b""
    return octets + attribute(attr.FRAMED_POOL, text(address_pool)) if address_pool else octets


def number(kind: int, value: int) -> bytes:
    """A 32-bit attribute, its value held to what every NAS can take."""
    return number_attribute(kind, min(value, SECONDS_MAX))


def rate(bps: int | None, unit: int = 1, most: int = WORD - 1) -> int | None:
    """A rate in whole units, rounded up and never 0, which many NASes read as "no limit".

    None where nothing is to be said: no limit, or one beyond `most`, for less than was sold would be wrong.
    """
    if bps is None:
        return None
    units = max(1, -(-bps // unit))
    return units if units <= most else None


def words(octets: int) -> tuple[int, int]:
    """(low word, gigawords) of a volume limit that is never 0.

    A low word of 0 is "unlimited" to some: such a limit is given one octet short.
    """
    octets = max(octets, 1)
    high, low = divmod(octets if octets % WORD else octets - 1, WORD)
    return low, high


MAKER = Maker("standard", accept, change, confine)
