"""docs/api/problems.md tells every code that a program may meet, with the status that it really has."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hotgate.domain.errors import DomainError
from hotgate.web.api import problems

ROOT = Path(__file__).parents[2]
ROWS = re.findall(r"^\| (\d{3}) \| (`[^|]+`) \|", (ROOT / "docs/api/problems.md").read_text(), re.MULTILINE)
TOLD = {code: int(status) for status, codes in ROWS for code in re.findall(r"`([a-z_0-9]+)`", codes)}
OWN = re.compile(r'problem\(\s*(\d{3}),\s*"([a-z_0-9]+)"')
SAID = re.compile(r'(?:DomainError|Checking)\(\s*"([a-z_0-9]+)"')


def sources(folder):
    return "\n".join(path.read_text() for path in sorted((ROOT / folder).rglob("*.py")))


def test_what_the_interface_itself_says_is_told_with_its_status():
    said = {code: int(status) for status, code in OWN.findall(sources("src/hotgate/web/api"))}
    assert len(said) > 15
    assert {code: TOLD.get(code) for code in said} == said


def test_every_problem_that_a_test_of_the_interface_meets_is_told():
    met = re.findall(r'problem\([^\n]*, (\d{3}), "([a-z_0-9]+)"\)', sources("tests/api"))
    assert len(met) > 20
    assert {(status, code) for status, code in met if TOLD.get(code) != int(status)} == set()


def test_nothing_is_told_that_nobody_says():
    every = sources("src/hotgate")
    assert set(TOLD) - set(SAID.findall(every)) - {code for _status, code in OWN.findall(every)} == set()


@pytest.mark.parametrize("code", sorted(set(TOLD) & set(SAID.findall(sources("src/hotgate/apps")))))
def test_a_refusal_of_a_service_has_the_status_that_is_told(code):
    assert problems.of_domain(DomainError(code, "No.")).status_code == TOLD[code]


def test_another_language_changes_the_words_and_not_the_code(client, db):
    told = {
        language: client.get("/api/v1/users", headers={"Accept-Language": language}).json() for language in ("en", "de")
    }
    assert {each["code"] for each in told.values()} == {"token_missing"}
    assert told["en"]["detail"] != told["de"]["detail"]
