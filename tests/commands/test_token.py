"""`hotgate token`: made and shown once, listed without its secret, revoked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.django_db
Run = Callable[..., Any]


def test_a_token_is_made_listed_and_revoked(hotgate: Run) -> None:
    words = [
        "Hotel desk",
        "--role",
        "account_editor",
        "--scope",
        "users:write",
        "--address",
        "192.0.2.7",
        "--days",
        "9",
    ]
    made = hotgate("token", "add", *words, "--json").json
    assert made["token"].startswith("hg_")
    [row] = hotgate("token", "list", "--json").json
    assert (row["name"], row["scopes"], row["works"]) == ("Hotel desk", ["users:write"], True)
    assert row["addresses"] == ["192.0.2.7/32"]
    assert made["token"] not in hotgate("token", "list").out
    assert hotgate("token", "revoke", row["token"]).code == 0
    assert hotgate("token", "list", "--json").json[0]["works"] is False


@pytest.mark.parametrize(
    "words",
    [
        ["add", "x", "--role", "king", "--scope", "users:read"],
        ["add", "x", "--role", "owner", "--scope", "users:eat"],
        ["add", "x", "--role", "owner", "--scope", "users:read", "--days", "0"],
        ["add", "x", "--role", "owner", "--scope", "users:read", "--address", "x"],
        ["revoke", "nothing"],
    ],
)
def test_mistakes_are_one_line(hotgate: Run, words: list[str]) -> None:
    said = hotgate("token", *words)
    assert (said.code, said.out, said.err.count("\n")) == (2, "", 1)
