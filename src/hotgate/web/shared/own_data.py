"""What is kept about one person, as a file to take along."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder

from hotgate.domain.spreadsheets import safe


def zipped(data: dict[str, list[dict[str, Any]]]) -> bytes:
    """One JSON file with everything, and a CSV file per kind, in UTF-8."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data.json", json.dumps(data, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1))
        for kind, rows in data.items():
            if rows:
                archive.writestr(f"{kind}.csv", as_csv(rows))
    return packed.getvalue()


def as_csv(rows: list[dict[str, Any]]) -> str:
    """What begins like a formula gets a ' in front: a spreadsheet would run it."""
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerow(rows[0])
    writer.writerows([_cell(value) for value in row.values()] for row in rows)
    return "\ufeff" + text.getvalue()


def _cell(value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return safe("" if value is None else str(value))
