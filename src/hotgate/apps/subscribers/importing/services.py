"""Take a file in, look through it, and import it: everybody in it or nobody."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import IntegrityError, transaction
from procrastinate.contrib.django import app

from hotgate.apps.catalogue import queries as catalogue
from hotgate.apps.catalogue.models import Plan
from hotgate.apps.operators.actor import Actor
from hotgate.apps.operators.audit import record_audit
from hotgate.apps.subscribers import realms
from hotgate.apps.subscribers.importing import checking, columns, forgetting, sheet, writing
from hotgate.apps.subscribers.importing.checking import Checked, Known, Person, Verdict
from hotgate.apps.subscribers.importing.models import ImportState, UserImport
from hotgate.apps.subscribers.models import Credential, Realm
from hotgate.domain.errors import DomainError
from hotgate.domain.spreadsheets import safe
from hotgate.domain.wording import _

PROBLEMS_KEPT = 500
VIA = "import"
JOB = "subscribers.import_users"


@transaction.atomic
def take_in(*, by: Actor, now: datetime, realm: Realm, file_name: str, content: bytes) -> UserImport:
    """A draft, with the columns guessed by their headings, and looked through where the guess suffices.

    DomainError `sheet_invalid`; `way_closed`: this realm takes nobody from a file (HN-3).
    """
    realms.refuse_closed_way(realm, VIA)
    read = sheet.read(content)
    draft = UserImport.objects.create(
        operator=realm.operator,
        realm=realm,
        file_name=file_name[:200],
        content=content,
        mapping=columns.guess(read.heading),
        created_by_id=by.staff_id,
        created_at=now,
    )
    if "name" in draft.mapping:
        _look_through(draft)
    return draft


@transaction.atomic
def map_columns(*, by: Actor, now: datetime, draft: UserImport, mapping: Mapping[str, int]) -> UserImport:
    """Say which column holds what, and look through it. DomainError `mapping_invalid`, `import_closed`."""
    locked = _locked(draft, ImportState.DRAFT, ImportState.CHECKED)
    columns.check(mapping, sheet.read(bytes(locked.content or b"")).heading)
    locked.mapping = dict(mapping)
    _look_through(locked)
    return locked


@transaction.atomic
def confirm(*, by: Actor, now: datetime, draft: UserImport) -> UserImport:
    """Let the job run. DomainError `import_closed`: confirmed before, or cancelled; `rows_wrong`."""
    locked = _locked(draft, ImportState.CHECKED)
    if locked.wrong:
        raise DomainError("rows_wrong", _("Some rows are wrong. Mend them in the file and take it in again."))
    locked.state = ImportState.RUNNING
    locked.save(update_fields=["state"])
    job = app.configure_task(JOB)  # on this connection: it exists when the state does
    job.defer(import_id=locked.id, operator_id=locked.operator_id, staff_id=by.staff_id)
    return locked


@transaction.atomic
def cancel(*, by: Actor, now: datetime, draft: UserImport) -> None:
    """Forget the file. DomainError `import_closed`."""
    locked = _locked(draft, ImportState.DRAFT, ImportState.CHECKED)
    locked.state, locked.content, locked.problems, locked.done_at = ImportState.CANCELLED, None, [], now
    locked.save(update_fields=["state", "content", "problems", "done_at"])


def carry_out(*, by: Actor, now: datetime, run: UserImport) -> None:
    """All rows in one transaction. What became wrong since the look-through sends the import back there."""
    try:
        with transaction.atomic():
            _carry_out(by, now, run)
    except IntegrityError as error:
        if "credential_name_unique" not in str(error):
            raise
        with transaction.atomic():  # somebody took a name between our look and our writing
            _look_through(_locked(run, ImportState.RUNNING))


def passwords_of(*, by: Actor, now: datetime, run: UserImport) -> str:
    """The passwords that were made, as CSV; to look at them is put on record."""
    if run.passwords_sealed is None:
        return ""
    text = forgetting.opened(run)
    _audit(by, now, run, "see_made_passwords", {})
    return _lines((name, password) for name, password in csv.reader(io.StringIO(text)))


def _carry_out(by: Actor, now: datetime, run: UserImport) -> None:
    locked = _locked(run, ImportState.RUNNING)
    rows = _look_through(locked)
    if locked.wrong:
        return
    plans = _plans(locked)
    persons = [row.person for row in rows if row.verdict is Verdict.NEW]
    made = writing.write(locked.realm, persons, plans, now, VIA)
    if made:
        locked.passwords_sealed = forgetting.sealed(locked, [("user name", "password"), *made])
    digest = hashlib.sha256(bytes(locked.content or b"")).hexdigest()
    locked.state, locked.content, locked.done_at = ImportState.DONE, None, now
    locked.save()
    _audit(by, now, locked, "import_users", {"new": locked.new, "same": locked.same, "sha256": digest})


def _look_through(draft: UserImport) -> list[Checked]:
    """Judge each row, keep the counts and the first problems, and give the rows back."""
    read = sheet.read(bytes(draft.content or b""))
    persons = [checking.person_of(row, draft.mapping) for row in read.rows]
    rows = list(checking.check(persons, _known(draft, persons), _plans(draft)))
    verdicts = [row.verdict for row in rows]
    draft.new, draft.same, draft.wrong = (verdicts.count(each) for each in (Verdict.NEW, Verdict.SAME, Verdict.WRONG))
    wrong = [row for row in rows if row.verdict is Verdict.WRONG]
    draft.problems = [[row.number, row.person.name[:100], row.problem] for row in wrong[:PROBLEMS_KEPT]]
    draft.state = ImportState.CHECKED
    draft.save()
    return rows


def _known(draft: UserImport, persons: list[Person]) -> dict[str, Known]:
    keys_wanted = list({person.key for person in persons})
    fields = ("created_via", "display_name", "phone", "email", "language", "person")
    rows = Credential.objects.filter(operator_id=draft.operator_id, name_key__in=keys_wanted).values_list(
        "name_key", *(f"subscriber__{field}" for field in fields)
    )
    return {key: Known(*values) for key, *values in rows}


def _plans(draft: UserImport) -> dict[str, Plan]:
    """Those in force, by name and by code, in lower case; a name goes before a code."""
    active = list(catalogue.active_plans(draft.operator))
    return {plan.code.lower(): plan for plan in active} | {plan.name.lower(): plan for plan in active}


def _locked(run: UserImport, *allowed: ImportState) -> UserImport:
    locked = (
        UserImport.objects.select_for_update(of=("self",)).select_related("operator", "realm__operator").get(id=run.id)
    )
    if locked.state not in allowed:
        raise DomainError("import_closed", _("This import was confirmed or cancelled before."))
    return locked


def _lines(rows: Iterable[tuple[str, str]]) -> str:
    """To be opened by a spreadsheet. A password that was made begins with a letter or a digit."""
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows((safe(name), password) for name, password in rows)
    return out.getvalue()


def _audit(by: Actor, now: datetime, run: UserImport, verb: str, after: dict[str, object]) -> None:
    record_audit(
        by=by, now=now, operator_id=run.operator_id, verb=verb, object_kind="user_import", object_id=run.id, after=after
    )
