"""`hotgate user import FILE` (HN-9): looks first, imports all or nobody, and keeps made passwords in a file."""

from __future__ import annotations

import pathlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from world import World

pytestmark = pytest.mark.django_db
Run = Callable[..., Any]
HEADING = "User name,Password,Full name,Plan\n"


@pytest.fixture
def file(tmp_path: pathlib.Path) -> Callable[[str], str]:
    def write(rows: str) -> str:
        path = tmp_path / "users.csv"
        path.write_text(HEADING + rows)
        return str(path)

    return write


def count(world: World) -> int:
    from hotgate.apps.core import scope
    from hotgate.apps.subscribers.models import Subscriber

    with scope.of(world.operator.id):
        return Subscriber.objects.filter(operator=world.operator, created_via="import").count()


def imports(world: World) -> int:
    from hotgate.apps.core import scope
    from hotgate.apps.subscribers.importing.models import UserImport

    with scope.of(world.operator.id):
        return UserImport.objects.filter(operator=world.operator).count()


def test_HN_9_a_file_is_only_looked_through_until_it_is_confirmed(hotgate: Run, world: World, file: Any) -> None:
    path = file("anna,correct horse,Anna Neri,\nben,correct horse,,\n")
    looked = hotgate("user", "import", path)
    assert (looked.code, looked.out) == (0, "2 new, 0 there already, 0 wrong\nnobody was imported yet: add --confirm\n")
    assert (count(world), imports(world)) == (0, 0), "nothing of it is kept"
    assert hotgate("user", "import", path, "--confirm").out.endswith("imported\n")
    assert count(world) == 2
    again = hotgate("user", "import", path, "--confirm", "--json").json
    assert (again["new"], again["same"], count(world)) == (0, 2, 2)
    assert hotgate("user", "anna", "--json").json["username"] == "anna"


def test_HN_9_one_wrong_row_and_nobody_is_imported(hotgate: Run, world: World, file: Any) -> None:
    said = hotgate("user", "import", file("anna,correct horse,,\ncode:1,correct horse,,\n"), "--confirm")
    assert said.code == 1
    assert "1 new, 0 there already, 1 wrong" in said.out
    assert "row 3" in said.out
    assert count(world) == 0


def test_HN_9_made_passwords_go_into_a_file_of_their_own(
    hotgate: Run, world: World, file: Any, tmp_path: pathlib.Path
) -> None:
    path, made = file("anna,,,\n"), tmp_path / "made.csv"
    refused = hotgate("user", "import", path, "--confirm")
    assert (refused.code, refused.err.count("\n"), count(world)) == (2, 1, 0)
    assert hotgate("user", "import", path, "--confirm", "--passwords", str(made)).code == 0
    assert made.read_text().splitlines()[1].startswith('"anna","')
    assert made.stat().st_mode & 0o077 == 0


def test_HN_9_a_file_that_is_there_is_not_written_over(
    hotgate: Run, world: World, file: Any, tmp_path: pathlib.Path
) -> None:
    (tmp_path / "made.csv").write_text("mine")
    said = hotgate("user", "import", file("anna,,,\n"), "--confirm", "--passwords", str(tmp_path / "made.csv"))
    assert (said.code, count(world), (tmp_path / "made.csv").read_text()) == (2, 0, "mine")


@pytest.mark.parametrize(
    "words", [["import", "/nowhere/users.csv"], ["anna", "users.csv"], ["import", __file__, "--realm", "none"]]
)
def test_mistakes_are_one_line(hotgate: Run, words: list[str]) -> None:
    said = hotgate("user", *words)
    assert (said.code, said.out, said.err.count("\n")) == (2, "", 1)
