"""A process of its own books what this one acknowledged: Python runs on one core, and a busy server wants two.

It starts in the first busy moment, knows only what it is told over a pair of sockets (the NASes, and batches as they
were written down), and ends when that is closed. Whatever becomes of it, each batch is in its row and is booked once.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import pickle
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from hotgate import vault
from hotgate.aaa import clients as clients_module
from hotgate.aaa import logs, loop
from hotgate.aaa.backlog import Backlog, Deferred
from hotgate.aaa.books import Books
from hotgate.aaa.clients import Clients
from hotgate.aaa.held import ACCOUNTING_SETTINGS
from hotgate.aaa.journal import Journal
from hotgate.aaa.links import Health, Link
from hotgate.aaa.pipeline import Pipeline
from hotgate.store.terms import Terms

log = logging.getLogger("hotgate.aaa")

AGAIN_SECONDS: Final = 1.0  # after it ended
HUNG_SECONDS: Final = 120.0  # for one booking; longer than its tries can take
END_SECONDS: Final = 1.0  # then it is killed, which loses nothing

_size = struct.Struct("!I")


class Told(NamedTuple):
    """What such a process is told at its start."""

    conninfo: dict[str, Any]
    become: str | None
    keys: vault.Keys
    journal: bool


class Apart:
    """That process, as seen from the one that answers."""

    def __init__(self, told: Told, clients: Clients, backlog: Backlog) -> None:
        self._told = told
        self._clients = clients
        self._backlog = backlog
        self._process: subprocess.Popen[bytes] | None = None
        self._writer: asyncio.StreamWriter | None = None  # once it is ready
        self._asked: dict[int, asyncio.Future[bool | None]] = {}
        self._last = 0

    @property
    def pid(self) -> int | None:
        """None: there is none, or not yet."""
        return self._process.pid if self._process is not None and self._there() is not None else None

    async def run(self) -> None:
        """Have one from the first busy moment on, until cancelled."""
        await self._backlog.busy.wait()
        while True:
            try:
                await self._serve()
            except Exception as error:  # noqa: BLE001 - whatever it is, this process goes on to book
                log.error("the process that books ended, and another begins: %s", error or type(error).__name__)
            finally:
                await self._end()
            await asyncio.sleep(AGAIN_SECONDS)

    async def settle(self, taken: Sequence[Deferred]) -> bool | None:
        """As `Books.settle`; None when no such process is there, or it ended: then book it here."""
        process = self._process
        self._last += 1
        if not self._tell((self._last, [(each.id, each.packed) for each in taken])):
            return None
        answer = self._asked[self._last] = asyncio.get_running_loop().create_future()
        try:
            return await asyncio.wait_for(answer, HUNG_SECONDS)
        except TimeoutError:
            log.error("the process that books does not answer")
            if process is not None:
                process.kill()
            return None

    def tell_nas(self) -> None:
        """The list of NASes is another one."""
        self._tell(self._clients.rows())

    def _there(self) -> asyncio.StreamWriter | None:
        """By which it is told; its end shows there first."""
        return None if self._writer is None or self._writer.is_closing() else self._writer

    def _tell(self, what: Any) -> bool:
        """False: nobody is there to hear it."""
        writer = self._there()
        if writer is None:
            return False
        try:
            _say(writer, what)
        except (RuntimeError, OSError):  # uvloop: the handle is closed
            return False
        return True

    async def _serve(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            words = [sys.executable, "-m", "hotgate.aaa.apart", str(theirs.fileno())]
            self._process = subprocess.Popen(words, pass_fds=[theirs.fileno()])
        reader, writer = await asyncio.open_connection(sock=ours)
        try:
            _say(writer, self._told)
            await _heard(reader)
            self._writer = writer
            self.tell_nas()
            while True:
                number, is_booked = await _heard(reader)
                self._answer(number, is_booked)
        finally:
            self._writer = None
            writer.close()
            for number in list(self._asked):
                self._answer(number, None)

    def _answer(self, number: int, is_booked: bool | None) -> None:
        answer = self._asked.pop(number, None)
        if answer is not None and not answer.done():
            answer.set_result(is_booked)

    async def _end(self) -> None:
        """Its socket is closed: it ends by itself, or else at once."""
        if self._process is not None:
            try:
                await asyncio.to_thread(self._process.wait, END_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                await asyncio.to_thread(self._process.wait)
            self._process = None


def _say(writer: asyncio.StreamWriter, what: Any) -> None:
    octets = pickle.dumps(what)
    writer.write(_size.pack(len(octets)) + octets)


async def _heard(reader: asyncio.StreamReader) -> Any:
    """What the other end said. Raises EOFError when it is gone."""
    (size,) = _size.unpack(await reader.readexactly(_size.size))
    return pickle.loads(await reader.readexactly(size))


# -- the other end -----------------------------------------------------------------------------------------------------


class Bookkeeper:
    """That process from within: books what it is told to, each booking on a link that no other uses meanwhile."""

    def __init__(self, told: Told, writer: asyncio.StreamWriter) -> None:
        self._told = told
        self._writer = writer
        self._health = Health()
        self._clients = Clients(clients_module.unsealer(told.keys))
        self._pipeline = Pipeline(told.keys, Terms(), self._clients, Journal(is_on=told.journal), Backlog())
        self._idle: list[Books] = []
        self._under_way: set[asyncio.Task[None]] = set()

    def hear(self, said: Any) -> None:
        """A list of NASes, or what to book."""
        if isinstance(said, list):
            self._clients.replace(said)
            return
        task = asyncio.create_task(self._book(*said))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def finish(self) -> None:
        """What is under way."""
        await asyncio.gather(*self._under_way, return_exceptions=True)

    async def _book(self, number: int, rows: Sequence[tuple[int, bytes]]) -> None:
        books = self._idle.pop() if self._idle else self._another()
        is_booked: bool | None = None
        try:
            is_booked = await books.settle_packed(rows)
        except Exception:
            log.exception("acknowledged accounting is left to the process that answers")
        self._idle.append(books)
        _say(self._writer, (number, is_booked))

    def _another(self) -> Books:
        link = Link(self._told.conninfo, self._told.become, self._health, ACCOUNTING_SETTINGS)
        return Books(self._pipeline, self._clients, link, self._told.keys)


async def serve(sock: socket.socket) -> None:
    """Book until the other end closes."""
    reader, writer = await asyncio.open_connection(sock=sock)
    with contextlib.suppress(EOFError, ConnectionError):
        bookkeeper = Bookkeeper(await _heard(reader), writer)
        loop.collect_rarely()
        _say(writer, True)
        while True:
            bookkeeper.hear(await _heard(reader))
    await bookkeeper.finish()


def main() -> None:
    """It is ended by the process that began it, which first has what is under way booked."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    logs.set_up(sys.stderr, os.environ)
    loop.run(serve(socket.socket(fileno=int(sys.argv[1]))))


if __name__ == "__main__":
    main()
