"""`hotgate user import FILE`: users from a spreadsheet (HN-9), everybody in it or nobody. By default it only looks."""

from __future__ import annotations

import argparse
import pathlib
from typing import Any

from hotgate.commands import tenant
from hotgate.commands.errors import CommandError

WORD = "import"
SHOWN = 20


def run(arguments: argparse.Namespace) -> int:
    """1: some rows are wrong, so nobody was imported."""
    path = pathlib.Path(arguments.file)
    content = _read(path)
    with tenant.chosen(arguments) as operator:
        told, passwords = _import(operator, arguments, path.name, content)
        if passwords:
            _keep(pathlib.Path(arguments.passwords), passwords)
    if arguments.json:
        tenant.print_json(told)
    else:
        _tell(told)
    return 1 if told["wrong"] else 0


def _import(operator: Any, arguments: argparse.Namespace, name: str, content: bytes) -> tuple[dict[str, Any], str]:
    """What is told, and the passwords that were made. Without `--confirm` nothing of it is kept."""
    from django.db import transaction

    from hotgate.apps.operators.actor import COMMAND_LINE as BY
    from hotgate.apps.subscribers.importing import services

    now, realm, passwords = tenant.now(), _realm(operator, arguments.realm), ""
    with transaction.atomic():
        draft = services.take_in(by=BY, now=now, realm=realm, file_name=name, content=content)
        if "name" not in draft.mapping:
            raise CommandError("no column is headed `User name`: write that above the names")
        is_kept = arguments.confirm and not draft.wrong
        if is_kept:
            services.confirm(by=BY, now=now, draft=draft)
            services.carry_out(by=BY, now=now, run=draft)
            draft.refresh_from_db()
            passwords = _passwords(BY, now, draft, arguments.passwords)
        transaction.set_rollback(not is_kept)
    counts = {field: getattr(draft, field) for field in ("new", "same", "wrong")}
    return {"imported": draft.state == "done", **counts, "problems": draft.problems}, passwords


def _passwords(by: Any, now: Any, run: Any, path: str | None) -> str:
    from hotgate.apps.subscribers.importing import services

    if run.passwords_sealed is None:
        return ""
    if path is None:
        raise CommandError("some rows have no password: say with --passwords FILE where the made ones go")
    return services.passwords_of(by=by, now=now, run=run)


def _realm(operator: Any, name: str | None) -> Any:
    from hotgate.apps.subscribers import queries, services

    if name is None:
        return services.default_realm(operator)
    found = queries.realms(operator).filter(name__iexact=name.strip()).first()
    if found is None:
        raise CommandError(f"there is no realm {name!r}")
    return found


def _read(path: pathlib.Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CommandError(f"{path} cannot be read ({error.strerror})") from error


def _keep(path: pathlib.Path, passwords: str) -> None:
    """Readable by its owner only, and never in the place of another file. Raised in the import's transaction."""
    try:
        path.touch(0o600, exist_ok=False)
        path.write_text(passwords, encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{path} cannot be written ({error.strerror}); nobody was imported") from error


def _tell(told: dict[str, Any]) -> None:
    print(f"{told['new']} new, {told['same']} there already, {told['wrong']} wrong")
    rows = [[f"row {number}", name, problem] for number, name, problem in told["problems"][:SHOWN]]
    if rows:
        tenant.print_table(["WHERE", "NAME", "WHAT IS WRONG"], rows, "")
    if told["imported"]:
        print("imported")
    elif told["wrong"]:
        print("nobody is imported while a row is wrong")
    else:
        print("nobody was imported yet: add --confirm")
