"""What never becomes a decision: dropped packets and unknown sources, counted and logged at a limited rate."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

from hotgate.aaa.clients import Client
from hotgate.radius.server import Role
from hotgate.store.attempts import Attempt

COUNTED_MAX = 10_000  # different (NAS, rule) in one second
UNKNOWN_MAX = 100  # unknown sources that have a row of their own in one second: addresses are easily made up


class Attempts:
    """Collects for one process; `take` gives one row for each second, source and rule.

    Of unknown sources the first hundred of a second have one, and all further ones together another, without a source.
    """

    def __init__(self) -> None:
        self._dropped: Counter[tuple[int, int, str, str, Role]] = Counter()
        self._unknown: Counter[tuple[str | None, Role]] = Counter()
        self.totals: Counter[tuple[str, Role]] = Counter()  # since the start, by rule and port
        self.signed_first: dict[int, datetime] = {}  # NASes that sent their first Message-Authenticator
        self.seen: dict[int, Client] = {}

    def dropped(self, client: Client, rule: str, role: Role) -> None:
        """A packet of a known NAS was dropped by `rule` (a D-number)."""
        self.totals[rule, role] += 1
        # A duplicate of what is being worked on (D12) is the protocol at work, not an attempt.
        if rule != "D12":
            key = client.row.operator_id, client.row.id, str(client.network.network_address), rule, role
            if key in self._dropped or len(self._dropped) < COUNTED_MAX:
                self._dropped[key] += 1

    def unknown_source(self, host: str, role: Role) -> None:
        """A packet of no known NAS (D1)."""
        self.totals["D1", role] += 1
        unknown = self._unknown
        is_told = (host, role) in unknown or len(unknown) < UNKNOWN_MAX
        unknown[host if is_told else None, role] += 1

    def signed(self, client: Client) -> None:
        """The first Message-Authenticator of a NAS: from now on *auto* asks for it."""
        self.signed_first.setdefault(client.row.id, datetime.now(UTC))

    def take(self) -> list[Attempt]:
        """What was counted since the last call."""
        dropped, self._dropped = self._dropped, Counter()
        unknown, self._unknown = self._unknown, Counter()
        return [
            *(_row(*key, times) for key, times in dropped.items()),
            *(_row(None, None, host, "D1", role, times) for (host, role), times in unknown.items()),
        ]


def _row(operator_id: int | None, nas_id: int | None, host: str | None, rule: str, role: Role, times: int) -> Attempt:
    return Attempt(operator_id, nas_id, host, None, "", "", "dropped", "", rule, role, times)
