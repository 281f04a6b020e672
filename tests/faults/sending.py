"""Requests sent one after the other by many NASes at once, each asking again until it is answered."""

from __future__ import annotations

import select
import time
from collections.abc import Callable, Iterable, Sequence

from faults.fleet import Chain, Port

DEAF_SECONDS = 30.0
LOOK_MILLISECONDS = 100


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
    waiting = {teller.socket.fileno(): teller for teller in tellers if not teller.is_done}
    poll = select.poll()  # select() takes no more than 1,024 sockets
    for number in waiting:
        poll.register(number, select.POLLIN)
    looked_at = time.monotonic()
    while waiting:
        heard = [number for number, _ in poll.poll(LOOK_MILLISECONDS)]
        if time.monotonic() - looked_at > LOOK_MILLISECONDS / 1000:  # who has to ask again?
            heard, looked_at = list(waiting), time.monotonic()
        for number in heard:
            waiting[number].hear()
            if waiting[number].is_done:
                poll.unregister(number)
                del waiting[number]
    for teller in tellers:
        teller.socket.close()
    return sum(teller.told for teller in tellers)
