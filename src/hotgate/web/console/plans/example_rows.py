"""A plan's examples as rows: after [5 GB] on day [3] → [refused: used up]."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from hotgate.apps.catalogue.drafts import EXAMPLES_MAX
from hotgate.domain import examples, quantities
from hotgate.domain.catalogue import Measure
from hotgate.domain.errors import DomainError
from hotgate.domain.examples import Example, Expectation, Result
from hotgate.domain.reasons import TEXTS, Reason
from hotgate.web.console.plans.choices import EXPECTATIONS
from hotgate.web.shared.words import amount_of

EMPTY_ROWS = 2
TEXT_MAX = 40


class Row(NamedTuple):
    number: int
    used: str = ""
    day: str = ""
    expected: str = ""
    error: str = ""


class Told(NamedTuple):
    """One example in words, and what became of it."""

    sentence: str
    passed: bool
    found: str


class ExampleRows:
    """Rows typed (`data`), or those of `initial`; some empty ones follow."""

    choices = EXPECTATIONS

    def __init__(self, data: Any, initial: Sequence[Row] = ()) -> None:
        self.rows = _typed(data) if data is not None else list(initial)
        self.examples: list[Example] = []

    @property
    def mistake(self) -> str:
        """The first one, with the number of its row; '' where all are right."""
        for number, row in enumerate(self.rows, 1):
            if row.error:
                return _("Example %(number)s: %(why)s") % {"number": number, "why": row.error}
        return ""

    @property
    def shown(self) -> list[Row]:
        rows = [row._replace(number=n) for n, row in enumerate(self.rows, 1)]
        more = min(EMPTY_ROWS, EXAMPLES_MAX - len(rows))
        return rows + [Row(len(rows) + n) for n in range(1, more + 1)]

    def read(self, measure: Measure) -> None:
        """What is typed becomes `examples`, and each mistake stands in its row."""
        self.examples = []
        for n, row in enumerate(self.rows):
            try:
                self.examples.append(_read(row, measure))
            except DomainError as error:
                self.rows[n] = row._replace(error=_(error.text))


def rows_of(given: Iterable[Example], measure: Measure) -> list[Row]:
    """Examples as somebody would type them."""
    return [Row(n, words_of(each.used, measure), str(each.day), str(each.expected)) for n, each in enumerate(given, 1)]


def told(result: Result, measure: Measure) -> Told:
    used, day = amount_of(result.example.used, measure), result.example.day
    expected = _words(result.example.expected)
    sentence = _("After %(used)s on day %(day)s: %(expected)s") % {"used": used, "day": day, "expected": expected}
    return Told(sentence, result.passed, _words(result.found))


def words_of(amount: int, measure: Measure) -> str:
    """An amount exactly, as it could have been typed: `90 min`, `1500 MB`."""
    seconds = ((86_400, "d"), (3600, "h"), (60, "min"))
    octets = ((quantities.GB, "GB"), (quantities.MB, "MB"), (quantities.KB, "kB"))
    for size, unit in seconds if measure is Measure.TIME else octets:
        if amount and amount % size == 0:
            return f"{amount // size} {unit}"
    return f"{amount} {'s' if measure is Measure.TIME else 'B'}"


def _typed(data: Any) -> list[Row]:
    columns = [data.getlist(f"example_{name}") if hasattr(data, "getlist") else [] for name in Row._fields[1:4]]
    rows = zip(*columns, strict=False)
    filled = [tuple(text.strip()[:TEXT_MAX] for text in row) for row in rows if any(text.strip() for text in row[:2])]
    return [Row(n, *row) for n, row in enumerate(filled[:EXAMPLES_MAX], 1)]


def _read(row: Row, measure: Measure) -> Example:
    used = 0 if row.used in ("", "0") else _amount(row.used, measure)
    if not row.day.isdecimal() or row.expected not in list(Expectation):
        raise DomainError("examples_invalid", _("Please give a day from 1 to 1000; 1 is the day of the sale."))
    example = Example(used, int(row.day[:6]), Expectation(row.expected))
    problem = examples.problem(example, measure)
    if problem:
        raise DomainError("examples_invalid", problem)
    return example


def _amount(text: str, measure: Measure) -> int:
    return quantities.parse_seconds(text) if measure is Measure.TIME else quantities.parse_octets(text)


def _words(found: str) -> str:
    named = dict(EXPECTATIONS)
    if found in named:
        return str(named[found])
    return _("refused: %(why)s") % {"why": _(TEXTS[Reason(found)].staff)}
