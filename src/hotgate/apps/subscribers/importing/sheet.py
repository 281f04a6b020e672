"""A spreadsheet as rows of text: XLSX or CSV, whatever its file name says. Formulas are never worked out."""

from __future__ import annotations

import codecs
import csv
import io
import zipfile
from datetime import datetime, time
from typing import NamedTuple

from python_calamine import CalamineError, CalamineWorkbook

from hotgate.domain.errors import DomainError
from hotgate.domain.wording import _

OCTETS_MAX = 10_000_000
UNPACKED_MAX = 100_000_000
ROWS_MAX = 100_000
COLUMNS_MAX = 50
CELL_MAX = 1_000  # characters
ZIP_MARK = b"PK\x03\x04"
DELIMITERS = ",;\t"


class Sheet(NamedTuple):
    heading: list[str]
    rows: list[list[str]]  # each as long as the heading


def read(content: bytes) -> Sheet:
    """DomainError `sheet_invalid`: too large, not a table, or not readable."""
    if len(content) > OCTETS_MAX:
        raise _invalid(_("The file is larger than 10 MB."))
    table = _from_xlsx(content) if content.startswith(ZIP_MARK) else _from_csv(content)
    table = [row for row in table if any(row)]
    if len(table) < 2:
        raise _invalid(_("There is no row below the heading."))
    if len(table) > ROWS_MAX + 1:
        raise _invalid(_("There are more than 100,000 rows. Divide the file."))
    heading = table[0][:COLUMNS_MAX]
    if any(len(cell) > CELL_MAX for row in table for cell in row):
        raise _invalid(_("A cell holds more than 1,000 characters."))
    width = len(heading)
    return Sheet(heading, [(row + [""] * width)[:width] for row in table[1:]])


def _from_xlsx(content: bytes) -> list[list[str]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            unpacked = sum(part.file_size for part in packed.infolist())
        if unpacked > UNPACKED_MAX:
            raise _invalid(_("Unpacked, the file is larger than 100 MB."))
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        cells = workbook.get_sheet_by_index(0).to_python(skip_empty_area=False, nrows=ROWS_MAX + 2)
    except (zipfile.BadZipFile, CalamineError, IndexError, OSError, ValueError) as error:
        raise _invalid(_("This is not a spreadsheet that can be read.")) from error
    return [[_text(cell) for cell in row] for row in cells]


def _from_csv(content: bytes) -> list[list[str]]:
    try:
        text = content.removeprefix(codecs.BOM_UTF8).decode()
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")  # what spreadsheets of old Windows write
    if "\0" in text:
        raise _invalid(_("This is not a spreadsheet that can be read."))
    first = text.split("\n", 1)[0]
    delimiter = max(DELIMITERS, key=first.count)
    try:
        return [
            [cell.strip() for cell in row] for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        ]
    except csv.Error as error:
        raise _invalid(_("This is not a spreadsheet that can be read.")) from error


def _text(cell: object) -> str:
    """A phone number typed as a number stays one: 391234567, not 391234567.0. A day is a day, without midnight."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime) and cell.time() == time.min:
        return cell.date().isoformat()
    return str(cell).strip()


def _invalid(text: str) -> DomainError:
    return DomainError("sheet_invalid", text, {"file": text})
