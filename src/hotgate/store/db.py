"""A statement runs on two kinds of connection, Django's and the AAA server's, and gives the same rows on both.

It goes out prepared, with `$1` parameters, and its rows come back in binary through adapters fixed here, whatever
the connection itself has registered. A set of rows goes in as one array per column: `ints`, `texts` and the others
write them in PostgreSQL's binary format, which it reads without parsing; `literals` writes what needs a cast.
"""

from __future__ import annotations

import asyncio
import functools
import ipaddress
import select
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Generic, TypeAlias, TypeVar

import psycopg
from psycopg import adapt, pq
from psycopg.types.json import JsonbBinaryLoader

PAGE = 1000  # rows, where they are streamed

R = TypeVar("R", bound=tuple[Any, ...])

Aconnection: TypeAlias = psycopg.AsyncConnection[Any]

# Statements over arrays have no statistics to plan by; these connections run them only, always by index.
PINNED_PLANS = (
    "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; SET enable_hashjoin = off;"
    " SET enable_mergejoin = off; SET enable_material = off; SET enable_bitmapscan = off; SET jit = off;"
    " SET TimeZone = 'UTC'; SET synchronous_commit = on; SET lock_timeout = '10s'; SET statement_timeout = '20s'"
)


class _InetText(adapt.Loader):
    """inet and cidr as PostgreSQL writes them: the length is left out of a single address."""

    format = pq.Format.BINARY

    def load(self, data: adapt.Buffer) -> str:
        octets = bytes(data)
        address = ipaddress.ip_address(octets[4:])
        is_single = octets[1] == address.max_prefixlen and not octets[2]
        return str(address) if is_single else f"{address}/{octets[1]}"


class Column(bytes):
    """An array in PostgreSQL's binary format."""

    __slots__ = ()


Parameter: TypeAlias = Column | str  # what a set of rows goes in as


class _ColumnDumper(adapt.Dumper):
    """A column as it is. Its type is the one that the statement names."""

    format = pq.Format.BINARY

    def dump(self, obj: Column) -> bytes:
        return obj


def adapt_connection(
    connection: psycopg.Connection[Any] | Aconnection | psycopg.RawCursor[Any] | psycopg.RawServerCursor[Any],
) -> None:
    """Register the fixed adapters, once, on a connection that runs nothing but statements."""
    adapters = connection.adapters
    adapters.register_dumper(Column, _ColumnDumper)
    for name in ("inet", "cidr"):
        adapters.register_loader(name, _InetText)
    adapters.register_loader("jsonb", JsonbBinaryLoader)


class Statement(Generic[R]):
    """One named SQL statement. `row` makes a value of each row; without it the statement returns nothing."""

    __slots__ = ("caption", "is_prepared", "key", "make", "name", "row", "sql")

    def __init__(
        self, name: str, caption: str, sql: str, row: type[R] | None = None, *, is_prepared: bool = False
    ) -> None:
        self.name = name
        self.is_prepared = is_prepared  # on the web's connections too, where its plan is worth keeping
        self.key = name.encode()  # by which it is prepared
        self.caption = caption
        self.sql = sql.strip()
        self.row = row
        # What a named tuple's `_make` does, without a frame of Python for each row.
        self.make: Callable[[Sequence[Any]], Any] = functools.partial(tuple.__new__, row or tuple)

    def __repr__(self) -> str:
        return f"Statement({self.name})"

    def fetch(self, connection: Any, *parameters: Any) -> list[R]:
        """All rows, on a Django or a synchronous psycopg connection, in whatever transaction that is in."""
        if self.is_prepared:
            return at_once(connection, (self, parameters))[0]
        if hasattr(connection, "ensure_connection"):
            connection.ensure_connection()
            with connection.wrap_database_errors:
                return self._fetch(connection.connection, parameters)
        return self._fetch(connection, parameters)

    def stream(self, connection: psycopg.Connection[Any], *parameters: Any) -> Iterator[R]:
        """Its rows, a page at a time, within the transaction that this connection is in."""
        with psycopg.RawServerCursor(connection, self.name, row_factory=lambda _: self.make) as cursor:
            adapt_connection(cursor)
            cursor.itersize = PAGE
            cursor.execute(self.sql, parameters, binary=True)
            yield from cursor

    async def afetch(self, connection: Aconnection, *parameters: Any) -> list[R]:
        """All rows, on an asynchronous connection that `adapt_connection` has seen."""
        (rows,) = await together(connection, (self, parameters))
        return rows

    def _fetch(self, connection: psycopg.Connection[Any], parameters: Sequence[Any]) -> list[R]:
        with psycopg.RawCursor(connection, row_factory=lambda _: self.make) as cursor:
            adapt_connection(cursor)
            cursor.execute(self.sql, parameters, binary=True)
            return cursor.fetchall() if self.row is not None else []


def rows_of(columns: str, *, numbered: bool = False, same: Mapping[str, str] = MappingProxyType({})) -> str:
    """The arrays `$1`, `$2` … as a sub-select with these columns, `id bigint, flags text::text[]`; `position` from 1.

    Not `FROM unnest(…)`: that stores every column whole before it gives a row, and takes twice as long.
    """
    given: list[str] = []
    for number, column in enumerate(columns.split(","), 1):
        name, kind = column.split()
        element, *cast = kind.split("::")
        if numbered and number == 1:
            given.append(f"generate_subscripts($1::{element}[], 1) AS position")
        given.append("::".join([f"unnest(${number}::{element}[])", *cast]) + f" AS {name}")
    given += [f"{value} AS {name}" for name, value in same.items()]
    return f"(SELECT {', '.join(given)})"


def insert_into(table: str, columns: str, **same: str) -> str:
    """An INSERT of such rows as they are; `same`: what stands in each of them."""
    names = ", ".join([*(column.split()[0] for column in columns.split(",")), *same])
    return f"INSERT INTO {table} ({names}) {rows_of(columns, same=same)}"


class Command(Statement[tuple[()]]):
    """A statement that changes rows and returns none."""

    def __init__(self, name: str, caption: str, sql: str, *, is_prepared: bool = False) -> None:
        super().__init__(name, caption, sql, is_prepared=is_prepared)


BEGIN = Command("BEGIN", "a transaction begins", "BEGIN")
COMMIT = Command("COMMIT", "what was done becomes durable", "COMMIT")
ROLLBACK = Command("ROLLBACK", "what was done is undone", "ROLLBACK")
# A commit of its own, with something in the log; the log is written in order, so all that was before is there too.
WAIT_FOR_DISK = Command(
    "WAIT_FOR_DISK",
    "what others committed before is durable when this returns",
    "SELECT pg_logical_emit_message(true, 'hotgate', '')",
)


Call: TypeAlias = tuple[Statement[Any], Sequence[Any]]


async def together(connection: Aconnection, *calls: Call) -> list[list[Any]]:
    """Run statements in one round trip, in order; the rows of each. The first error is raised, the rest is not run.

    This is libpq's pipeline written out once: everything is sent at once and waited for once. psycopg's own pipeline
    waits on the loop for every statement in it, which cost more than the statements.
    """
    async with connection.lock:  # another task's round trip may be under way
        return await _together(connection, calls)


async def _together(connection: Aconnection, calls: Sequence[Call]) -> list[list[Any]]:
    pgconn = connection.pgconn
    socket = pgconn.socket
    try:
        fresh = _send_all(connection, calls)
        results = await _results(pgconn, socket)
    except BaseException:  # libpq may have closed it already
        asyncio.get_running_loop().remove_reader(socket)
        raise
    pgconn.exit_pipeline_mode()
    return _answers(connection, calls, fresh, results)


def let_go(connection: Aconnection) -> None:
    """Before a connection on which `together` ran is closed: the loop still listens to it."""
    if not connection.closed:
        asyncio.get_running_loop().remove_reader(connection.pgconn.socket)


def at_once(connection: Any, *calls: Call) -> list[list[Any]]:
    """The same on a Django or a synchronous psycopg connection. What it runs stays prepared there.

    A transaction that is about to begin goes along: psycopg would wait for its BEGIN alone.
    """
    if hasattr(connection, "ensure_connection"):
        wrapper = connection.ensure_connection.__self__  # once: Django's proxy looks it up for each attribute
        if wrapper.connection is None:
            wrapper.ensure_connection()
        with wrapper.wrap_database_errors:
            return at_once(wrapper.connection, *calls)
    with connection.lock:
        begins = not connection.autocommit and connection.pgconn.transaction_status == pq.TransactionStatus.IDLE
        return _at_once(connection, [(BEGIN, ()), *calls])[1:] if begins else _at_once(connection, calls)


def _at_once(connection: psycopg.Connection[Any], calls: Sequence[Call]) -> list[list[Any]]:
    pgconn = connection.pgconn
    try:
        fresh = _send_all(connection, calls)
        results = _waited_for(pgconn)
        pgconn.exit_pipeline_mode()
    except BaseException:  # somewhere between question and answer: nobody could go on with this connection
        connection.close()
        raise
    return _answers(connection, calls, fresh, results)


def _send_all(connection: Any, calls: Sequence[Call]) -> list[Statement[Any]]:
    """Those that had to be prepared first."""
    pgconn, prepared = connection.pgconn, _prepared_on(connection)
    pgconn.enter_pipeline_mode()
    fresh = list({call[0].name: call[0] for call in calls if call[0].name not in prepared}.values())
    for statement in fresh:
        pgconn.send_prepare(statement.key, statement.sql.encode())
    for statement, parameters in calls:
        _send(pgconn, statement.key, parameters)
    pgconn.pipeline_sync()
    return fresh


def _prepared_on(connection: Any) -> dict[str, Any]:
    found: dict[str, Any] = connection.__dict__.setdefault("_hotgate_prepared", {})
    return found


def _answers(
    connection: Any, calls: Sequence[Call], fresh: list[Statement[Any]], results: list[pq.abc.PGresult]
) -> list[list[Any]]:
    prepared = _prepared_on(connection)
    for statement, result in zip(fresh, results, strict=False):
        if result.status == pq.ExecStatus.COMMAND_OK:  # it outlives the transaction, whatever becomes of that
            prepared[statement.name] = _transformer(connection)
    for result in results:
        if result.status in _FAILED:
            raise psycopg.errors.error_from_result(result)
    answers = results[len(fresh) :]
    return [_rows(prepared[c[0].name], c[0], result) for c, result in zip(calls, answers, strict=True)]


def _transformer(connection: Any) -> Any:
    """With the fixed adapters: on the AAA server's connections they are registered already."""
    if isinstance(connection, psycopg.AsyncConnection):
        return adapt.Transformer(connection)
    cursor = psycopg.RawCursor(connection)
    adapt_connection(cursor)
    return adapt.Transformer(cursor)


def _send(pgconn: pq.abc.PGconn, key: bytes, parameters: Sequence[Any]) -> None:
    """One prepared statement: columns and octets go in binary, all else as text."""
    formats = [_BINARY if isinstance(value, bytes) else _TEXT for value in parameters]
    values = [value if isinstance(value, bytes) else _encoded(value) for value in parameters]
    pgconn.send_query_prepared(key, values, formats, _BINARY)


_BINARY, _TEXT = pq.Format.BINARY, pq.Format.TEXT
_FAILED = (pq.ExecStatus.FATAL_ERROR, pq.ExecStatus.BAD_RESPONSE)


async def _results(pgconn: pq.abc.PGconn, socket: int) -> list[pq.abc.PGresult]:
    """One result for each statement sent, up to the sync."""
    loop = asyncio.get_running_loop()
    results: list[pq.abc.PGresult] = []
    while pgconn.flush():
        await _writable(loop, socket)
    while True:
        while not pgconn.is_busy():
            result = pgconn.get_result()
            if result is None:  # the end of one statement's results
                continue
            if result.status == pq.ExecStatus.PIPELINE_SYNC:
                return results
            results.append(result)
        await _readable(loop, socket)
        pgconn.consume_input()


def _waited_for(pgconn: pq.abc.PGconn) -> list[pq.abc.PGresult]:
    """The same, with a thread that has nothing else to do."""
    results: list[pq.abc.PGresult] = []
    poll = select.poll()
    poll.register(pgconn.socket, select.POLLOUT)
    while pgconn.flush():
        poll.poll()
    poll.modify(pgconn.socket, select.POLLIN)
    while True:
        while not pgconn.is_busy():
            result = pgconn.get_result()
            if result is None:
                continue
            if result.status == pq.ExecStatus.PIPELINE_SYNC:
                return results
            results.append(result)
        poll.poll()
        pgconn.consume_input()


async def _readable(loop: asyncio.AbstractEventLoop, socket: int) -> None:
    """The loop goes on to listen when it is: to stop and begin again costs as much as half a round trip."""
    ready = loop.create_future()
    _watch(loop, loop.add_reader, socket, _heard, loop, socket, ready)
    await ready


def _watch(loop: asyncio.AbstractEventLoop, add: Callable[..., None], socket: int, *told: Any) -> None:
    """Under the number of a connection that was lost uvloop may keep what watched it, which is of no more use."""
    try:
        add(socket, *told)
    except RuntimeError:
        loop.remove_reader(socket)
        loop.remove_writer(socket)
        add(socket, *told)


def _heard(loop: asyncio.AbstractEventLoop, socket: int, ready: asyncio.Future[None]) -> None:
    if ready.done():  # nobody asks: the server has hung up, or says something by itself
        loop.remove_reader(socket)
    else:
        ready.set_result(None)


async def _writable(loop: asyncio.AbstractEventLoop, socket: int) -> None:
    ready = asyncio.Event()
    _watch(loop, loop.add_writer, socket, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_writer(socket)


def _rows(transformer: Any, statement: Statement[Any], result: pq.abc.PGresult) -> list[Any]:
    if statement.row is None:
        return []
    transformer.set_pgresult(result)
    rows: list[Any] = transformer.load_rows(0, result.ntuples, statement.make)
    return rows


def _encoded(value: Any) -> bytes | None:
    if value is None:
        return None
    return str(value.isoformat() if isinstance(value, datetime) else value).encode()


# fixed in every PostgreSQL
_BIGINT, _TEXT_TYPE, _TIMESTAMPTZ, _BYTEA, _BOOLEAN, _UUID, _MACADDR = 20, 25, 1184, 17, 16, 2950, 829
_header = struct.Struct("!iiIii").pack  # dimensions, flags, type of the elements, their number, the first index
_empty = struct.Struct("!iiI").pack
_size = struct.Struct("!i").pack
_number = struct.Struct("!iq").pack
_NULL, _SIX, _SIXTEEN = _size(-1), _size(6), _size(16)
_TIMES_BEGIN = datetime(2000, 1, 1, tzinfo=UTC)
_TRUE, _FALSE = _size(1) + b"\1", _size(1) + b"\0"


def ints(values: Iterable[int | None]) -> Column:
    """bigint[]; an INSERT or UPDATE stores it in smaller columns too."""
    return _column(_BIGINT, [_NULL if value is None else _number(8, value) for value in values])


def bools(values: Iterable[bool]) -> Column:
    """boolean[]."""
    return _column(_BOOLEAN, [_TRUE if value else _FALSE for value in values])


def texts(values: Iterable[str | None]) -> Column:
    """text[]. NUL, which PostgreSQL can't store, becomes U+FFFD."""
    return _column(_TEXT_TYPE, [_NULL if value is None else _text(value) for value in values])


def words(values: Iterable[str]) -> Column:
    """text[] of few different words."""
    return _column(_TEXT_TYPE, [_word(value) for value in values])


def times(values: Iterable[datetime | None]) -> Column:
    """timestamptz[] of aware times: microseconds since 2000."""
    return _column(_TIMESTAMPTZ, [_NULL if value is None else _time(value) for value in values])


def octets(values: Iterable[bytes | None]) -> Column:
    """bytea[]."""
    return _column(_BYTEA, [_NULL if value is None else _size(len(value)) + value for value in values])


def uuids(values: Iterable[bytes]) -> Column:
    """uuid[] of their 16 octets."""
    return _column(_UUID, [_SIXTEEN + value for value in values])


def macs(values: Iterable[bytes | None]) -> Column:
    """macaddr[] of their six octets."""
    return _column(_MACADDR, [_NULL if value is None else _SIX + value for value in values])


def literals(values: Iterable[str | None]) -> str:
    """An array literal: of what is written as text (uuid, inet, macaddr, jsonb), or as an element of `texts`."""
    return "{" + ",".join(["NULL" if value is None else _quoted(value) for value in values]) + "}"


def _column(element: int, items: list[bytes]) -> Column:
    header = _header(1, 0, element, len(items), 1) if items else _empty(0, 0, element)
    return Column(header + b"".join(items))


def _text(value: str) -> bytes:
    encoded = (value.replace("\0", "\ufffd") if "\0" in value else value).encode()
    return _size(len(encoded)) + encoded


_word = functools.lru_cache(maxsize=1024)(_text)


def _time(value: datetime) -> bytes:
    since = value - _TIMES_BEGIN
    return _number(8, (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds)


def _quoted(value: str) -> str:
    if "\\" in value or '"' in value:
        value = value.replace("\\", "\\\\").replace('"', '\\"')
    if "\0" in value:
        value = value.replace("\0", "\ufffd")
    return f'"{value}"'
