"""Requests sent one after the other by many NASes at once, each asking again until it is answered."""

from __future__ import annotations

import select
import time
from collections.abc import Callable, Iterable, Sequence

from faults.fleet import Chain, Port

DEAF_SECONDS = 30.0


class Teller(Port):
    """A NAS at an address of its own that tells its requests in order."""

    def __init__(self, host: str, address: tuple[str, int], requests: Sequence[Callable[[], bytes]]) -> None:
        super().__init__(host, address)
        self.requests = iter(requests)
        self.told = 0
        self.heard_at = time.monotonic()
        self.is_done = False

    def next(self) -> None:
        request = next(self.requests, None)
        self.is_done = request is None
        if request is not None:
            self.send(request(), Chain("", 0, 0), 1)

    def hear(self) -> None:
        for _ in self.acknowledged():
            self.told += 1
            self.heard_at = time.monotonic()
            self.next()
        self.again()
        assert time.monotonic() - self.heard_at < DEAF_SECONDS, "nobody answers"


def tell_all(tellers: Iterable[Teller]) -> int:
    """Until each is answered; how many answers that were."""
    tellers = list(tellers)
    for teller in tellers:
        teller.next()
    while waiting := [teller for teller in tellers if not teller.is_done]:
        select.select([teller.socket for teller in waiting], [], [], 0.01)
        for teller in waiting:
            teller.hear()
    for teller in tellers:
        teller.socket.close()
    return sum(teller.told for teller in tellers)
