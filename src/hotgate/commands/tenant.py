"""What commands about one operator share: which operator, mistakes in one line, and the two ways to print."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from hotgate.commands import registering, with_django
from hotgate.commands.errors import CommandError
from hotgate.domain.errors import DomainError

if TYPE_CHECKING:
    from hotgate.apps.operators.models import Operator


def add_parser(subparsers: registering.Subparsers, name: str, summary: str) -> argparse.ArgumentParser:
    parser = subparsers.add_parser(name, help=summary, description=summary)
    parser.add_argument("--json", action="store_true", help="print one JSON value")
    parser.add_argument("--operator", metavar="NAME", help="needed only when there is more than one")
    return parser


@contextmanager
def chosen(arguments: argparse.Namespace, *, with_platform: bool = False) -> Iterator[Operator]:
    """One transaction in the scope of the operator, with the worker's rights. Raises CommandError, one line.

    `with_platform`: rows that belong to no operator are seen too.
    """
    with platform():
        from hotgate.apps.core import scope

        operator = _choose(arguments.operator)
        scope.limit_to([scope.PLATFORM, operator.id] if with_platform else [operator.id])
        yield operator


@contextmanager
def platform() -> Iterator[None]:
    """One transaction that sees every operator, with the worker's rights. Raises CommandError, one line."""
    with_django.set_up("worker")
    from django.db import ProgrammingError
    from psycopg.errors import UndefinedTable

    from hotgate.apps.core import scope

    try:
        with scope.of_everyone():
            yield
    except DomainError as error:
        raise CommandError(one_line(error)) from error
    except ProgrammingError as error:
        if isinstance(error.__cause__, UndefinedTable):
            raise CommandError("the database is not set up yet: `hotgate up` does it") from error
        raise


def one_line(error: DomainError) -> str:
    others = [text for text in error.fields.values() if text != error.text]
    return " ".join([error.text, *others]) if error.code.endswith("_invalid") else error.text


def now() -> datetime:
    return datetime.now(UTC)


def in_utc(instant: datetime | None) -> str | None:
    """RFC 3339 in UTC, to the second: 2026-03-01T12:00:00Z."""
    return None if instant is None else instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def print_json(value: Any) -> None:
    print(json.dumps(value))


def print_table(headings: Sequence[str], rows: Iterable[Sequence[str]], nothing: str) -> None:
    lines = [[_printable(text) for text in row] for row in rows]
    if not lines:
        print(nothing)
        return
    widths = [max(len(line[column]) for line in [list(headings), *lines]) for column in range(len(headings))]
    for line in [list(headings), *lines]:
        print("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip())


def _printable(text: str) -> str:
    """Names and devices are what somebody sent us: a control character could rewrite the terminal."""
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)


def _choose(named: str | None) -> Operator:
    from hotgate.apps.operators import queries

    if named is not None:
        operator = queries.operator_named(named)
        if operator is None:
            raise CommandError(f"there is no operator {named!r}")
        return operator
    found = list(queries.operators()[:2])
    if not found:
        raise CommandError("there is no operator yet: `hotgate up` makes the first one")
    if len(found) > 1:
        raise CommandError("there is more than one operator: say which with --operator")
    return found[0]
