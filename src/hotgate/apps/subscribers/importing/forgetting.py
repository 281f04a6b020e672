"""What an import leaves behind is full of people: it is forgotten in time, and at once with whoever is erased."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import datetime, timedelta

from hotgate import vault
from hotgate.apps.core import keys
from hotgate.apps.subscribers.importing.models import ImportState, UserImport
from hotgate.apps.subscribers.names import name_key

DRAFTS_KEPT = timedelta(days=7)  # a file that nobody confirms
PASSWORDS_KEPT = timedelta(days=30)  # to be printed and handed out


def forget_what_is_over(now: datetime) -> None:
    drafts = UserImport.objects.filter(state__in=(ImportState.DRAFT, ImportState.CHECKED))
    drafts.filter(created_at__lte=now - DRAFTS_KEPT).update(
        state=ImportState.CANCELLED, content=None, problems=[], done_at=now
    )
    UserImport.objects.filter(done_at__lte=now - PASSWORDS_KEPT).update(passwords_sealed=None, problems=[])


def forget_names(operator_id: int, names: Iterable[str]) -> None:
    """Take their lines out of the passwords that were made. A file that waits to be confirmed is not looked into."""
    keys_of = {name_key(name) for name in names}
    kept = UserImport.objects.select_for_update().filter(operator_id=operator_id, passwords_sealed__isnull=False)
    for run in kept.only("id", "uuid", "passwords_sealed").order_by("id"):
        rows = list(csv.reader(io.StringIO(opened(run))))
        left = [row for row in rows if row and name_key(row[0]) not in keys_of]
        if len(left) < len(rows):
            UserImport.objects.filter(id=run.id).update(passwords_sealed=sealed(run, left))


def opened(run: UserImport) -> str:
    """Lines of name and password; '' none were made, or they are forgotten."""
    if run.passwords_sealed is None:
        return ""
    return vault.unseal(keys.current().reprint, bytes(run.passwords_sealed), _place(run)).decode()


def sealed(run: UserImport, rows: Iterable[Iterable[str]]) -> bytes:
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows(rows)
    return vault.seal(keys.current().reprint, out.getvalue().encode(), _place(run))


def _place(run: UserImport) -> bytes:
    return b"user import:" + bytes(run.uuid.bytes)
