"""Which plan somebody gets, and whether a printer or another program made them. Nothing is read or written here."""

from __future__ import annotations

import fnmatch
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from hotgate.apps.network.routeros.values import HotspotUser
from hotgate.apps.subscribers import names
from hotgate.domain.wording import _

PASSWORD_OCTETS_MAX = 128
PRINTER, APP = "printer", "external"  # what `created_via` says


class Rule(NamedTuple):
    field: str  # profile, comment or name
    pattern: str  # of a file name: 1h*, ticket-??
    plan_id: int


class Settled(NamedTuple):
    user: HotspotUser
    plan_id: int | None
    created_via: str


class Sorted(NamedTuple):
    new: list[Settled]
    known: int
    conflicts: list[tuple[str, str]]  # (name, why)


def rule_of(row: Mapping[str, Any]) -> Rule:
    return Rule(row["field"], row["pattern"], row["plan"])


def sort(
    users: Sequence[HotspotUser],
    rules: Sequence[Rule],
    default_plan_id: int | None,
    printer: tuple[str, str],
    met: Collection[str],
    taken: Collection[str],
) -> Sorted:
    """`met`: names found on this NAS before; `taken`: name keys of others; `printer`: (field, pattern)."""
    new: list[Settled] = []
    conflicts: list[tuple[str, str]] = []
    known, seen = 0, set(taken)
    for user in users:
        key = names.key_of(user.name, user.password)
        why = "" if user.name in met else _obstacle(user, key in seen)
        if user.name in met:
            known += 1
        elif why:
            conflicts.append((user.name, why))
        elif not user.disabled:
            seen.add(key)
            via = PRINTER if fits(user, *printer) else APP
            new.append(Settled(user, _plan(user, rules, default_plan_id), via))
    return Sorted(new, known, conflicts)


def fits(user: HotspotUser, field: str, pattern: str) -> bool:
    """Whatever the case. No pattern fits nobody."""
    return bool(pattern) and fnmatch.fnmatchcase(getattr(user, field).lower(), pattern.lower())


def _plan(user: HotspotUser, rules: Sequence[Rule], otherwise: int | None) -> int | None:
    return next((rule.plan_id for rule in rules if fits(user, rule.field, rule.pattern)), otherwise)


def _obstacle(user: HotspotUser, is_taken: bool) -> str:
    if user.disabled:
        return ""
    if is_taken:
        return _("Somebody has this name already; nobody is overwritten.")
    if names.device_of(user.name, user.password):
        return ""
    if not user.password:
        return _("The router holds no password for this user.")
    if len(user.password.encode()) > PASSWORD_OCTETS_MAX or "\0" in user.password:
        return _("A password has 8 characters or more, and up to 128 octets.")
    return names.obstacle(user.name) or ""
