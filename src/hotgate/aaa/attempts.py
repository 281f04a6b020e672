"""What never becomes a decision: dropped packets and unknown sources, counted and logged at a limited rate."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

from hotgate.aaa.clients import Client
from hotgate.radius.server import Role
from hotgate.store.attempts import Attempt

COUNTED_MAX = 10_000  # different (source, rule) in one second; beyond it only the last one counts on


class Attempts:
    """Collects for one process; `take` gives one row for each second, source and rule."""

    def __init__(self) -> None:
        self._dropped: dict[tuple[int | None, int | None, str, str, Role], int] = {}
        self.totals: Counter[tuple[str, Role]] = Counter()  # since the start, by rule and port
        self.unknown_sources: set[str] = set()  # since the NAS list was last read
        self.signed_first: dict[int, datetime] = {}  # NASes that sent their first Message-Authenticator
        self.seen: dict[int, Client] = {}

    def dropped(self, client: Client, rule: str, role: Role) -> None:
        """A packet of a known NAS was dropped by `rule` (a D-number)."""
        self.totals[rule, role] += 1
        # A duplicate of what is being worked on (D12) is the protocol at work, not an attempt.
        if rule != "D12":
            self._count((client.row.operator_id, client.row.id, str(client.network.network_address), rule, role))

    def unknown_source(self, host: str, role: Role) -> None:
        """A packet of no known NAS (D1)."""
        self.totals["D1", role] += 1
        if len(self.unknown_sources) < COUNTED_MAX:
            self.unknown_sources.add(host)
        self._count((None, None, host, "D1", role))

    def signed(self, client: Client) -> None:
        """The first Message-Authenticator of a NAS: from now on *auto* asks for it."""
        self.signed_first.setdefault(client.row.id, datetime.now(UTC))

    def take(self) -> list[Attempt]:
        """What was counted since the last call."""
        counted, self._dropped = self._dropped, {}
        return [
            Attempt(operator_id, nas_id, host, None, "", "", "dropped", "", rule, role, times)
            for (operator_id, nas_id, host, rule, role), times in counted.items()
        ]

    def _count(self, key: tuple[int | None, int | None, str, str, Role]) -> None:
        if key in self._dropped or len(self._dropped) < COUNTED_MAX:
            self._dropped[key] = self._dropped.get(key, 0) + 1
