"""Start, drain and stop of one AAA process, and what it does once a second.

Any number of these, on any number of hosts, are equal: they share nothing but the database. On one host they share the
ports by SO_REUSEPORT, and the kernel keeps a NAS's source port with one of them, so that duplicates meet their answer.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

import psycopg

from hotgate import environment, vault
from hotgate.aaa import apart, radsec
from hotgate.aaa import clients as clients_module
from hotgate.aaa.apart import Apart
from hotgate.aaa.attempts import Attempts
from hotgate.aaa.authorize import Authorizer, Case
from hotgate.aaa.backlog import Backlog, Deferred
from hotgate.aaa.booker import Booker
from hotgate.aaa.books import Books
from hotgate.aaa.clients import Clients
from hotgate.aaa.dynauth import Dispatcher
from hotgate.aaa.health import Listener
from hotgate.aaa.held import ACCOUNTING_SETTINGS, LOGIN_SETTINGS, ORDER_SETTINGS
from hotgate.aaa.journal import Journal
from hotgate.aaa.lanes import Gathering, Lane
from hotgate.aaa.leftovers import Leftovers
from hotgate.aaa.links import Health, Link
from hotgate.aaa.pipeline import Entry, Pipeline
from hotgate.aaa.rejects import Rejects
from hotgate.aaa.shares import Shares
from hotgate.aaa.stale import Closer
from hotgate.aaa.udp import Arrived, Door, Submit, listening_socket
from hotgate.domain.access import Confined, Refusal
from hotgate.domain.limits import Grant
from hotgate.radius.server import Role
from hotgate.store import db
from hotgate.store.attempts import SAVE_ATTEMPTS, attempt_columns
from hotgate.store.network import LOAD_NAS, NAS_VERSION, SEE_NAS, NasVersion
from hotgate.store.terms import Terms

log = logging.getLogger("hotgate.aaa")

T = TypeVar("T")

LANES = 2
# A transaction has a cost of its own, worth some eight records. So while much comes in the second lane helps out only
# where this many wait in the first: two halves of a small batch would cost more than one whole. Logins spill sooner:
# they mostly wait for the database to read, and two lanes wait at once.
SPILL_ABOVE = 64
AUTH_SPILL_ABOVE = 16
# Where a login takes so long in its batch, the database reads its disk, one row after the other: then it is asked by
# many at once. These have no connection before.
SLOW_SECONDS = 0.0005
SLOW_LANES, SLOW_BOOKERS = 8, 2
AUTH_BATCH_MAX, ACCT_BATCH_MAX = 128, 256
# While it is crowded, a batch of fewer waits so many seconds for more.
AUTH_GATHERED, ACCT_GATHERED = (8, 0.003), (8, 0.0005)
QUEUE_MAX = 8_192  # per lane: some seconds of work, less than a NAS's patience, and at most 20 MB
QUEUE_SHARED = QUEUE_MAX // 2  # from here on whoever sends most of what comes gets no more in
BOOKS_SECONDS = 2.0  # that a login waits for what was acknowledged for its name: less than a NAS's patience
BOOKS_LATE_SECONDS = 10.0  # after one waited in vain, that none waits
TICK_SECONDS = 1.0
SEEN_SECONDS = 60.0
HOUSEKEEPING_SECONDS = 10.0
STOP_SECONDS = 4.0  # for what is queued; a supervisor waits hardly longer


@dataclass(frozen=True, slots=True)
class Configuration:
    """What one process is told at its start."""

    conninfo: dict[str, Any]
    become: str | None
    keys: vault.Keys
    auth: tuple[str, int]
    acct: tuple[str, int]
    is_shared: bool = False  # several processes bind the same ports
    name: str = "aaa"  # of this process, in leases
    journal: bool = True
    books_apart: bool = False  # a busy server has a second process for that; it needs a second core
    http: tuple[str, int] | None = None  # of metrics and health
    radsec_address: tuple[str, int] | None = None
    radsec_files: radsec.Files | None = None


class Server:
    """One AAA process. `start`, then `stop`; in between everything runs on the loop."""

    def __init__(self, configuration: Configuration) -> None:
        self.configuration = configuration
        self.health = Health()
        self.clients = Clients(clients_module.unsealer(configuration.keys))
        self.attempts = Attempts()
        self.rejects = Rejects()
        self.doors: list[Door] = []
        self.shares: dict[Role, Shares] = {"auth": Shares(), "acct": Shares()}
        self.is_draining = False
        terms = Terms()
        self._authorizer = Authorizer(configuration.keys, terms, self.rejects)
        journal = Journal(is_on=configuration.journal)
        self.backlog = Backlog()
        self._books_late_until = 0.0
        self._pipeline = Pipeline(configuration.keys, terms, self.clients, journal, self.backlog)
        self._links: list[Link] = []
        told = apart.Told(configuration.conninfo, configuration.become, configuration.keys, configuration.journal)
        self.apart = Apart(told, self.clients, self.backlog) if configuration.books_apart else None
        second, more = self._booker(lambda: self.backlog.is_much), lambda: self.backlog.is_slow
        self._bookers = [self._booker(), second, *(self._booker(more) for _ in range(SLOW_BOOKERS))]
        self._auth_lanes = [self._auth_lane() for _ in range(SLOW_LANES)]
        self._acct_lanes = [self._acct_lane() for _ in range(LANES)]
        self._lanes: list[Lane[Any]] = [*self._auth_lanes, *self._acct_lanes]
        self._keeper, self._keeping = self._link(), asyncio.Lock()
        name, host = configuration.name, configuration.auth[0]
        self._dispatcher = Dispatcher(self.clients, terms, self._link(ORDER_SETTINGS), journal, name, host)
        self._closer = Closer(self.clients, terms, self._link(), journal)
        self._tasks: list[asyncio.Task[None]] = []
        self._version: NasVersion | None = None
        self._seen_at = 0.0
        self.listener = Listener(self)
        submit: dict[Role, Submit] = {"auth": self._submit_access, "acct": self._submit_record}
        services = radsec.Services(self.clients, self.attempts, submit, lambda: self.health.is_up)
        self.radsec = radsec.Listener(services)

    # -- life ------------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Open the ports and serve; the database may come later."""
        loop = asyncio.get_running_loop()
        with contextlib.suppress(psycopg.Error, OSError, TimeoutError):
            await self._reload_clients()
        for role, address in (("auth", self.configuration.auth), ("acct", self.configuration.acct)):
            await self._open_door(loop, role, address)  # type: ignore[arg-type]
        await self._open_radsec()
        runs: list[Coroutine[Any, Any, None]] = [lane.run() for lane in self._lanes]
        runs += [self._keep(), *(booker.run() for booker in self._bookers), self._dispatcher.run(), self._closer.run()]
        runs += [self.apart.run()] if self.apart is not None else []
        self._tasks = [asyncio.create_task(run) for run in runs]
        if self.configuration.http is not None:
            await self.listener.start(*self.configuration.http)

    async def stop(self) -> None:
        """Take no more packets in, answer what is queued, and end."""
        self.is_draining = True
        for door in self.doors:
            door.is_draining = True
        self.radsec.drain()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STOP_SECONDS):
                for lane in self._lanes:
                    await lane.drain()
                await self.backlog.settled()
                await self.rejects.drain()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        with contextlib.suppress(psycopg.Error, OSError):
            await self._write_attempts()
        for door in self.doors:
            door.close()
        self.radsec.close()
        self.listener.close()
        self._dispatcher.close()
        for link in self._links:
            await link.close()

    async def reload(self) -> None:
        """Read NASes and certificates again; no packet and no connection is lost."""
        self._version = None
        try:
            await self._open_radsec()
        except environment.WrongSetting as error:
            log.error("%s: the old files stay in use", error)
        await self._guarded(self._reload_clients)
        log.info("read again: %d NASes", len(self.clients))

    async def _open_radsec(self) -> None:
        told = self.configuration
        if told.radsec_address is None or told.radsec_files is None:
            return
        try:
            await self.radsec.start(*told.radsec_address, told.radsec_files)
        except OSError as error:
            raise environment.WrongSetting(f"RADIUS over TLS on {told.radsec_address}: {error}") from error

    def address(self, role: Role) -> tuple[str, int]:
        """Where that port listens: the one the system chose when 0 was asked for."""
        door = next(door for door in self.doors if door.role == role)
        host, port, *_ = door.sockname()
        return host, port

    def lanes_by_name(self) -> list[tuple[str, Lane[Any]]]:
        """What is counted of each: auth-1, auth-2, acct-1 …"""
        named = [(f"auth-{n}", lane) for n, lane in enumerate(self._auth_lanes, 1)]
        return [*named, *((f"acct-{n}", lane) for n, lane in enumerate(self._acct_lanes, 1))]

    @property
    def answers(self) -> dict[tuple[str, str], int]:
        """Access-Requests answered, by outcome and reason."""
        words = {Grant: "accepted", Confined: "confined", Refusal: "refused"}
        return {(words[kind], str(reason or "")): n for (kind, reason), n in self._authorizer.answers.items()}

    @property
    def order_outcomes(self) -> dict[str, int]:
        """Orders to NASes, by how they ended."""
        return self._dispatcher.outcomes

    @property
    def lost(self) -> int:
        """Sessions closed because their NAS fell silent."""
        return self._closer.closed

    async def _open_door(self, loop: asyncio.AbstractEventLoop, role: Role, address: tuple[str, int]) -> None:
        submit = self._submit_access if role == "auth" else self._submit_record
        door = Door(
            role,
            self.clients,
            self.attempts,
            submit,
            is_serving=lambda: self.health.is_up,
            wall_clock=time.time,
        )
        sock: socket.socket = listening_socket(*address, shared=self.configuration.is_shared)
        await loop.create_datagram_endpoint(lambda: door, sock=sock)
        self.doors.append(door)

    # -- requests --------------------------------------------------------------------------------------------------

    def _submit_access(self, arrived: Arrived) -> bool:
        case = self._authorizer.case(arrived)
        self.attempts.seen[arrived.client.row.id] = arrived.client
        if self.rejects.is_full(arrived.client.row.id, case.ask):
            self.attempts.dropped(arrived.client, "D18", "auth")
            return False
        return self._put(self._lane_for((case.operator_id, case.key)), case, arrived, "auth")

    def _lane_for(self, name: tuple[int, str]) -> Lane[Case]:
        """Only a hint: two names of one subscriber may fall into two lanes, and the row lock keeps them in turn."""
        lanes = self._auth_lanes
        first = lanes[0]
        if first.is_held_up:
            return next((lane for lane in lanes if not lane.is_held_up), first)
        is_slow = first.seconds_each > SLOW_SECONDS
        if not is_slow and len(first) < AUTH_SPILL_ABOVE:
            return first
        lane = lanes[hash(name) % (SLOW_LANES if is_slow else LANES)]
        return first if lane.is_held_up else lane

    def _submit_record(self, arrived: Arrived) -> bool:
        entry = self._pipeline.entry(arrived)
        self.attempts.seen[arrived.client.row.id] = arrived.client
        return self._put(self._acct_lane_for(entry.name), entry, arrived, "acct")

    def _acct_lane_for(self, name: tuple[int, str]) -> Lane[Entry]:
        first, second = self._acct_lanes
        if first.is_held_up or second.is_held_up:
            return second if first.is_held_up else first
        if len(first) >= SPILL_ABOVE:
            return self._acct_lanes[hash(name) % LANES]
        is_second_sooner = first.is_under_way and not second.is_under_way
        return second if is_second_sooner and not self.backlog.comes_fast else first

    def _put(self, lane: Lane[T], item: T, arrived: Arrived, role: Role) -> bool:
        """Into the lane, unless it is full, or half full and most of what comes is this NAS's (D19)."""
        shares, nas_id = self.shares[role], arrived.client.row.id
        shares.add(nas_id)
        is_taken = not (len(lane) >= QUEUE_SHARED and shares.is_greedy(nas_id)) and lane.put(item)
        if not is_taken:
            self.attempts.totals["D19", role] += 1
        return is_taken

    def _auth_lane(self) -> Lane[Case]:
        link = self._link(LOGIN_SETTINGS)
        gathering = Gathering(self.backlog.is_crowded, *AUTH_GATHERED)
        return Lane(
            lambda cases: self._authorize(link, cases),
            batch_max=AUTH_BATCH_MAX,
            queue_max=QUEUE_MAX,
            gathering=gathering,
        )

    async def _authorize(self, link: Link, cases: list[Case]) -> None:
        if len(self.backlog):
            await self._books([(case.operator_id, case.key) for case in cases])
        await self._authorizer.settle(link, cases)

    async def _books(self, names: Sequence[tuple[int, str]]) -> None:
        """Whoever logs in anew has what the last session left. Where somebody holds the books up, one login waits."""
        if not self.backlog.concerning(names) or time.monotonic() < self._books_late_until:
            return
        try:
            async with asyncio.timeout(BOOKS_SECONDS):
                await self.backlog.settled(names)
        except TimeoutError:
            self._books_late_until = time.monotonic() + BOOKS_LATE_SECONDS

    def _acct_lane(self) -> Lane[Entry]:
        link = self._link(ACCOUNTING_SETTINGS)
        gathering = Gathering(self.backlog.is_crowded, *ACCT_GATHERED)
        return Lane(
            lambda batch: self._pipeline.settle(link, batch),
            batch_max=ACCT_BATCH_MAX,
            queue_max=QUEUE_MAX,
            gathering=gathering,
        )

    def _booker(self, is_wanted: Callable[[], bool] | None = None) -> Booker:
        keys = self.configuration.keys
        link = self._link(ACCOUNTING_SETTINGS)
        here = Books(self._pipeline, self.clients, link, keys)
        backlog = self.backlog
        leftovers = Leftovers(backlog, here, self.clients, link, keys) if is_wanted is None else None
        return Booker(backlog, lambda taken: self._settle(here, taken), leftovers, is_wanted=is_wanted)

    async def _settle(self, here: Books, taken: Sequence[Deferred]) -> bool:
        """Booked by the process that only books; where there is none, by this one."""
        is_booked = await self.apart.settle(taken) if self.apart is not None else None
        return await here.settle(taken) if is_booked is None else is_booked

    def _link(self, settings: str = "") -> Link:
        link = Link(self.configuration.conninfo, self.configuration.become, self.health, settings)
        self._links.append(link)
        return link

    # -- once a second ---------------------------------------------------------------------------------------------

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(TICK_SECONDS)
            for door in self.doors:
                door.expire()
            for shares in self.shares.values():
                shares.tick()
            self.radsec.expire()
            await self._guarded(self._reload_clients)
            await self._guarded(self._write_attempts)
            await self._guarded(self._write_seen)

    async def _guarded(self, work: Callable[[], Awaitable[None]]) -> None:
        try:
            async with asyncio.timeout(HOUSEKEEPING_SECONDS):
                await work()
        except Exception as error:
            if await self._keeper.recover(error):
                log.exception("housekeeping failed")

    async def _reload_clients(self) -> None:
        """Read the NAS list again when it changed."""
        async with self._keeping:
            await self._reload(await self._keeper.connection())

    async def _reload(self, connection: db.Aconnection) -> None:
        (version,) = await NAS_VERSION.afetch(connection)
        self.health.answered_at = time.monotonic()
        if version == self._version and self._version is not None:
            return
        self.clients.replace(await LOAD_NAS.afetch(connection))
        if self.apart is not None:
            self.apart.tell_nas()
        self._version = version
        for nas_id in self.clients.unreadable:
            log.error("the secret of NAS %d does not open with this master key: its packets are dropped", nas_id)

    async def _write_attempts(self) -> None:
        attempts = self.attempts.take()
        if attempts:
            async with self._keeping:
                await SAVE_ATTEMPTS.afetch(
                    await self._keeper.connection(), *attempt_columns(attempts, datetime.now(UTC))
                )

    async def _write_seen(self) -> None:
        """Who spoke, once a minute; at once for a NAS's first Message-Authenticator."""
        signed = self.attempts.signed_first
        if not signed and time.monotonic() - self._seen_at < SEEN_SECONDS:
            return
        self._seen_at = time.monotonic()
        seen, self.attempts.seen = self.attempts.seen, {}
        nas_ids = sorted({*seen, *signed})
        if not nas_ids:
            return
        now = datetime.now(UTC)
        columns = db.ints(nas_ids), db.times(now for _ in nas_ids), db.bools(i in signed for i in nas_ids)
        async with self._keeping:
            await SEE_NAS.afetch(await self._keeper.connection(), *columns)
        self.attempts.signed_first = {}


def process_name() -> str:
    """Which process this is, for leases: host and pid."""
    return f"{socket.gethostname()}:{os.getpid()}"
