"""Whatever an entry of the audit may say has words: its deed, its fields, and the values of those that have few."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from enum import StrEnum

import pytest

import tree
from hotgate.apps.ledger.models import TransferKind
from hotgate.apps.network.routeros.values import Protocol, Tls
from hotgate.apps.operators.models import CommercialMode, Role
from hotgate.apps.vouchers.models import BatchMode, VoucherState
from hotgate.domain.accounting import OrderKind
from hotgate.domain.people import Ask, Delivery, PersonField, Verification, Way
from hotgate.domain.subscriber import HoldKind
from hotgate.web.console.audit import fields, words

VERB = re.compile(r"[a-z]+(_[a-z]+)+")
WRITERS = {"record_audit", "_audit", "_audit_batch", "_change", "_end"}
CHOICES: list[tuple[str, type[StrEnum]]] = [
    ("asked", Ask),
    ("channels", Delivery),
    ("commercial_mode", CommercialMode),
    ("delivery", Delivery),
    ("kind", HoldKind),
    ("kind", OrderKind),
    ("kind", TransferKind),
    ("mode", BatchMode),
    ("protocol", Protocol),
    ("role", Role),
    ("state", VoucherState),
    ("tls", Tls),
    ("verification", Verification),
    ("via", Way),
    ("ways", Way),
]


def entries() -> Iterator[ast.Call]:
    for path in sorted((tree.ROOT / "src" / "hotgate").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in WRITERS:
                yield node


def keys(call: ast.Call) -> set[str]:
    literals = [node for node in ast.walk(call) if isinstance(node, ast.Dict)]
    return {str(key.value) for each in literals for key in each.keys if isinstance(key, ast.Constant)}


def deeds(call: ast.Call) -> set[str]:
    given = [*call.args, *(each.value for each in call.keywords if each.arg == "verb")]
    chosen = [part for each in given for part in ([each.body, each.orelse] if isinstance(each, ast.IfExp) else [each])]
    said = {each.value for each in chosen if isinstance(each, ast.Constant) and isinstance(each.value, str)}
    return {text for text in said if VERB.fullmatch(text)} - THINGS


THINGS = {"access_session"}


def test_every_field_has_words() -> None:
    assert set().union(*map(keys, entries())) - set(fields.NAMES) == set()


def test_every_deed_has_words() -> None:
    assert {each for each in set().union(*map(deeds, entries())) if not words.is_known(each)} == set()


@pytest.mark.parametrize(("field", "choice"), CHOICES)
def test_every_value_has_words(field: str, choice: type[StrEnum]) -> None:
    assert {str(each) for each in choice} - set(fields.VALUES[field]) == set()


def test_every_detail_of_a_person_has_a_name() -> None:
    assert {str(each) for each in PersonField} - set(fields.NAMES) == set()
