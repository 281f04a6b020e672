"""The spreadsheet to fill in."""

from __future__ import annotations

import io

import xlsxwriter

from hotgate.apps.subscribers.importing import columns

EXAMPLE = ("anna.neri", "", "Anna Neri", "+39 333 1234567", "anna@example.org", "it", "")


def workbook() -> bytes:
    """One row of headings that are understood without mapping, and one row to overwrite."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        bold, text = book.add_format({"bold": True}), book.add_format({"num_format": "@"})
        page = book.add_worksheet("Users")
        page.set_column(0, len(EXAMPLE) - 1, 20, text)  # text, so that a phone number keeps its zeros
        page.write_row(0, 0, [columns.HEADINGS[field][0] for field in columns.FIELDS], bold)
        page.write_row(1, 0, EXAMPLE, text)
    return out.getvalue()
