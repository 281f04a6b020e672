"""What a list shows, as a file: all rows that match, in its order, with its columns.

Numbers stay numbers. A text that a spreadsheet would take for a formula gets an apostrophe in front in CSV (OWASP,
CSV injection), and is written as text in XLSX.
"""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import xlsxwriter
from django.utils import timezone

from hotgate.domain.spreadsheets import safe

BYTE_ORDER_MARK = "\ufeff"  # without it spreadsheets read UTF-8 as something else
SHEET_ROWS_MAX = 1_048_576
CELL_MAX = 32_767
NUMBER_MAX = 2**53  # a spreadsheet keeps whole numbers up to here
FILE_CHUNK = 64 * 1024
WIDTH = 22  # of a column, in characters

Cell = str | int | float | Decimal | bool | datetime | date | None


def csv_of(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """RFC 4180, every text quoted, UTF-8 with a byte order mark; times by ISO 8601 with their offset."""
    writer = csv.writer(_Echo(), quoting=csv.QUOTE_NONNUMERIC)
    yield (BYTE_ORDER_MARK + writer.writerow([safe(label) for label in header])).encode()
    for row in rows:
        yield str(writer.writerow([_csv_cell(value) for value in row])).encode("utf-8", "replace")


def csv_cell_of(text: str) -> str:
    """One text as `csv_of` writes it, for those who put a million lines together themselves."""
    return '"' + safe(text).replace('"', '""') + '"'


def xlsx_of(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """One row at a time into a file that is gone afterwards: the memory it takes does not grow with the rows."""
    with tempfile.TemporaryDirectory(prefix="hotgate-export-") as folder:
        path = f"{folder}/export.xlsx"
        with xlsxwriter.Workbook(path, {"constant_memory": True, "tmpdir": folder}) as book:
            _write_sheets(book, header, rows)
        with open(path, "rb") as file:
            while chunk := file.read(FILE_CHUNK):
                yield chunk


def _csv_cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, int | float | Decimal):
        return _Number(value)
    return safe(_text(value))


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return timezone.localtime(value).isoformat(timespec="seconds")
    return value.isoformat() if isinstance(value, date) else str(value)


class _Number(float):
    """A number that the csv module leaves unquoted and writes as it is: `12.50` stays `12.50`."""

    def __new__(cls, value: int | float | Decimal) -> _Number:
        number = super().__new__(cls, float(value))
        number.shown = format(value, "f") if isinstance(value, Decimal) else str(value)  # type: ignore[attr-defined]
        return number

    def __repr__(self) -> str:
        return str(self.shown)  # type: ignore[attr-defined]

    __str__ = __repr__


class _Echo:
    def write(self, text: str) -> str:
        return text


def _write_sheets(book: Any, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    formats = {"when": book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}), "bold": book.add_format({"bold": True})}
    formats["day"] = book.add_format({"num_format": "yyyy-mm-dd"})
    sheet: Any = None
    line: int = SHEET_ROWS_MAX
    for row in rows:
        if line >= SHEET_ROWS_MAX:
            sheet = _new_sheet(book, header, formats)
            line = 1
        for column, value in enumerate(row):
            _write_cell(sheet, line, column, value, formats)
        line += 1
    if sheet is None:
        _new_sheet(book, header, formats)


def _new_sheet(book: Any, header: Sequence[str], formats: dict[str, Any]) -> Any:
    sheet = book.add_worksheet()
    sheet.set_column(0, max(len(header) - 1, 0), WIDTH)
    sheet.freeze_panes(1, 0)
    for column, label in enumerate(header):
        sheet.write_string(0, column, label, formats["bold"])
    return sheet


def _write_cell(sheet: Any, line: int, column: int, value: Any, formats: dict[str, Any]) -> None:
    if isinstance(value, bool):
        sheet.write_boolean(line, column, value)
    elif isinstance(value, int | float | Decimal) and abs(float(value)) <= NUMBER_MAX:
        sheet.write_number(line, column, value)
    elif isinstance(value, datetime):
        sheet.write_datetime(line, column, timezone.localtime(value).replace(tzinfo=None), formats["when"])
    elif isinstance(value, date):
        sheet.write_datetime(line, column, value, formats["day"])
    elif value is not None:
        sheet.write_string(line, column, _text(value)[:CELL_MAX].replace("\0", ""))
