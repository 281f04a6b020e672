"""What the NAS knows: how it was built, and who is online."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from enum import Enum

from hotgate.simulator import orders
from hotgate.simulator.grant import Maker
from hotgate.simulator.mischief import Habits
from hotgate.simulator.requests import Guest, Identity, Method
from hotgate.simulator.session import Report, Session
from hotgate.simulator.truth import Told, Truth


class Ending(Enum):
    """How a visit went."""

    REFUSED = "refused"
    UNANSWERED = "unanswered"
    ENDED = "ended"
    REBOOTED = "rebooted"


@dataclass(frozen=True, slots=True)
class Build:
    """The NAS as it was bought and set up."""

    identity: Identity
    maker: Maker
    method: Method = "pap"
    habits: Habits = field(default_factory=Habits)
    interim_asked: int | None = None
    enforces_volume: bool = True


@dataclass(slots=True)
class Online:
    """A guest online; the session is None once it has ended."""

    guest: Guest
    truth: Truth
    told: Told
    session: Session | None
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    held: list[Report] = field(default_factory=list)
    ending: Ending = Ending.ENDED
    classes: tuple[bytes, ...] = ()
    user_name: str = ""
    booted_at: float = 0.0  # when the NAS had started that holds this session
    octets: int = 0

    @property
    def label(self) -> orders.Label:
        """What orders call it."""
        names = frozenset((self.guest.name, self.user_name))
        return orders.Label(self.told.session_id, names, self.guest.mac, self.guest.address)
