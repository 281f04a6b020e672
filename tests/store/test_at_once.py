"""Several statements in one round trip on the web's connections, with the BEGIN that goes along."""

from __future__ import annotations

from typing import Any, NamedTuple

import psycopg
import pytest
from psycopg import pq

from aaa.seeded import Connect
from hotgate.store import db
from hotgate.store.db import Command, Statement, ints
from trips import trips


class Told(NamedTuple):
    value: Any


SET = Command("SET_WORD", "for the transaction", "SELECT set_config('hotgate.word', $1, true)")
GET = Statement("GET_WORD", "what was set before", "SELECT current_setting('hotgate.word')", Told)
HALF = Statement("HALF", "fails for zero", "SELECT 10 / $1::int", Told)
ECHO_OCTETS = Statement("ECHO_OCTETS", "what went in", "SELECT $1::bytea", Told)
MANY = Statement("MANY", "numbers", "SELECT * FROM unnest($1::bigint[])", Told)


def test_a_statement_sees_what_those_before_it_did(connect: Connect) -> None:
    assert db.at_once(connect("web"), (SET, ["a"]), (GET, []), (SET, ["b"]), (GET, [])) == [[], [("a",)], [], [("b",)]]


def test_the_transaction_that_begins_goes_along_in_the_one_round_trip(connect: Connect) -> None:
    web = connect("web")
    assert trips(web, lambda: db.at_once(web, (SET, ["a"]), (GET, []))) == 1
    assert web.pgconn.transaction_status == pq.TransactionStatus.INTRANS
    assert trips(web, lambda: db.at_once(web, (GET, []))) == 1  # of the same transaction


def test_what_fails_stops_what_follows_and_the_connection_goes_on(connect: Connect) -> None:
    web = connect("web")
    with pytest.raises(psycopg.errors.DivisionByZero):
        db.at_once(web, (SET, ["a"]), (HALF, [0]), (SET, ["b"]))
    assert web.pgconn.transaction_status == pq.TransactionStatus.INERROR
    web.rollback()
    assert db.at_once(web, (HALF, [5])) == [[(2,)]]


def test_octets_go_as_they_are(connect: Connect) -> None:
    every = bytes(range(256))
    assert db.at_once(connect("web"), (ECHO_OCTETS, [every])) == [[(every,)]]


def test_more_than_a_socket_holds_goes_through(connect: Connect) -> None:
    numbers = list(range(200_000))
    (rows,) = db.at_once(connect("web"), (MANY, [ints(numbers)]))
    assert [row.value for row in rows] == numbers


def test_a_server_that_went_away_is_told_and_closes_the_connection(connect: Connect) -> None:
    web, owner = connect("web"), connect("owner")
    owner.execute("SELECT pg_terminate_backend(%s)", [web.info.backend_pid])
    with pytest.raises(psycopg.OperationalError):
        db.at_once(web, (GET, []))
    assert web.closed
