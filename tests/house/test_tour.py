"""The tour leads to files and functions that are there."""

import re

import tree

TOUR = tree.ROOT / "docs" / "tour.md"
STEP = re.compile(r"\]\((\.\./src/[^)]+)\)(?:\s+`(?:\w+\.)?(\w+)`)?")


def test_every_step_of_the_tour_is_there() -> None:
    steps = STEP.findall(TOUR.read_text())
    assert len(steps) > 20
    missing = [(path, name) for path, name in steps if not _is_there(path, name)]
    assert missing == []


def _is_there(path: str, name: str) -> bool:
    place = (TOUR.parent / path).resolve()
    return place.is_dir() or (place.is_file() and (not name or f"def {name}(" in place.read_text()))
