"""docs/requirements names tests that exist, and leaves no line of RADIUS out."""

from __future__ import annotations

import ast
import functools
import pathlib
import re

import pytest

import tree

TESTS = tree.ROOT / "tests"
PAGES = sorted((tree.ROOT / "docs" / "requirements").glob("*.md"))
NAMED = re.compile(r"`([\w/]+\.py)::(\w+)`")
RADIUS_LINES = {
    *(f"D{n}" for n in range(1, 25)),
    *(f"A{n}" for n in range(1, 29)),
    *(f"M{n}" for n in range(1, 15)),
    *(f"B{n}" for n in range(1, 20)),
    *(f"K{n}" for n in range(1, 9)),
    *(f"X{n}" for n in range(1, 10)),
    *(f"T{n}" for n in range(1, 9)),
}


@functools.cache
def names_in(path: pathlib.Path) -> frozenset[str]:
    module = ast.parse(path.read_text())
    return frozenset(node.name for node in ast.walk(module) if isinstance(node, ast.FunctionDef))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_test_that_a_page_names_exists(page: pathlib.Path) -> None:
    gone = []
    for file, name in NAMED.findall(page.read_text()):
        path = TESTS / file
        if not path.is_file() or name not in names_in(path):
            gone.append(f"{file}::{name}")
    assert gone == []


def test_every_line_of_radius_is_there_once_and_says_who_holds_it() -> None:
    rows = [line.split("|") for line in (PAGES[0].parent / "radius.md").read_text().splitlines()]
    told = [(row[1].strip(), row[3].strip()) for row in rows if len(row) == 5 and re.fullmatch(r" [A-Z]\d+ ", row[1])]
    lines = [line for line, _ in told]
    assert set(lines) >= RADIUS_LINES
    assert len(lines) == len(set(lines))
    assert [line for line, held_by in told if not held_by] == []


def test_every_line_of_plans_and_tickets_is_there_once_with_its_page_and_test_and_none_is_open() -> None:
    rows = [line.split("|") for line in (PAGES[0].parent / "tickets.md").read_text().splitlines()]
    told = [[cell.strip() for cell in row[1:5]] for row in rows if re.fullmatch(r" EN-A?\d+ ", (row[1:2] or [""])[0])]
    readings = [f"EN-A{n}" for n in range(1, 24)]
    assert [line for line, *_ in told] == [f"EN-{n}" for n in range(1, 63)] + readings
    assert [line for line, rule, page, held in told if not (rule and page.strip("–-") and NAMED.search(held))] == []
    assert [line for line, *rest in told if "open" in " ".join(rest).split("`")[0].split()] == []
    assert [line for line, *_, held in told if not any(bears(*each, line) for each in NAMED.findall(held))] == []


def bears(file: str, name: str, line: str) -> bool:
    """Has the test the line's number in its name, or in that of a case of its file?"""
    is_in_name = f"{line.replace('-', '_')}_" in name
    return is_in_name or any(re.search(rf"\b{line}\b", text) for text in texts_in(TESTS / file))


@functools.cache
def texts_in(path: pathlib.Path) -> frozenset[str]:
    """Without docstrings: what is said in one is held by nothing."""
    nodes = list(ast.walk(ast.parse(path.read_text())))
    said = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    texts = (node for node in nodes if isinstance(node, ast.Constant) and id(node) not in said)
    return frozenset(node.value for node in texts if isinstance(node.value, str))


def test_every_line_of_users_is_there_once_with_its_page_and_test() -> None:
    rows = [line.split("|") for line in (PAGES[0].parent / "users.md").read_text().splitlines()]
    told = [[cell.strip() for cell in row[1:5]] for row in rows if re.fullmatch(r" HN-A?\d+ ", (row[1:2] or [""])[0])]
    lines = [*(f"HN-{n}" for n in range(1, 31)), *(f"HN-A{n}" for n in range(1, 14))]
    assert [line for line, *_ in told] == lines
    assert [line for line, rule, page, held in told if not (rule and page.strip("–-") and NAMED.search(held))] == []
    assert [line for line, *rest in told if "open" in re.findall(r"\*(\w+)\*", " ".join(rest))] == ["HN-5"]  # payments


HN_WIDER = (2, 3, 8, 10, 11, 12, 15, 16, 20, 21, 22)


def test_every_wider_line_of_users_is_there_once_and_named_by_a_test_that_bears_it() -> None:
    rows = [line.split("|") for line in (PAGES[0].parent / "users.md").read_text().splitlines()]
    told = [[cell.strip() for cell in row[1:5]] for row in rows if re.fullmatch(r" HN-W\d+ ", (row[1:2] or [""])[0])]
    assert [line for line, *_ in told] == [f"HN-W{n}" for n in HN_WIDER]
    for line, _, page, held in told:
        bearing = [name for _file, name in NAMED.findall(held) if f"{line.replace('-', '_')}_" in name]
        assert page, line
        assert bearing, line
