"""The spreadsheet to fill in."""

from __future__ import annotations

import io

import xlsxwriter

from hotgate.apps.subscribers.importing import columns

EXAMPLES = (
    {
        "name": "anna.neri", "display_name": "Anna Neri", "phone": "+39 333 1234567", "email": "anna@example.org",
        "language": "it", "room": "12",
    },
    {"name": "02-00-5E-10-00-01", "display_name": "Printer at the desk"},  # a device
)  # fmt: skip


def workbook() -> bytes:
    """One row of headings that are understood without mapping, and rows to overwrite."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        bold, text = book.add_format({"bold": True}), book.add_format({"num_format": "@"})
        page = book.add_worksheet("Users")
        page.set_column(0, len(columns.FIELDS) - 1, 20, text)  # text, so that a phone number keeps its zeros
        page.write_row(0, 0, [columns.HEADINGS[field][0] for field in columns.FIELDS], bold)
        for number, example in enumerate(EXAMPLES, start=1):
            page.write_row(number, 0, [example.get(field, "") for field in columns.FIELDS], text)
    return out.getvalue()
