"""Files and functions stay small enough to read in one go."""

import ast
from collections.abc import Iterator

import tree

FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 60


def sources() -> list[tuple[str, str]]:
    return [(tree.shown(p), tree.text(p)) for p in tree.files(".py") if "/migrations/" not in str(p)]


def test_no_file_is_too_long() -> None:
    long = {name: text.count("\n") for name, text in sources() if text.count("\n") > FILE_LINES_MAX}
    assert long == {}


def test_no_function_is_too_long() -> None:
    assert [line for name, text in sources() for line in _long_functions(name, text)] == []


def _long_functions(name: str, text: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > FUNCTION_LINES_MAX:
                yield f"{name}:{node.lineno}: {node.name} has {lines} lines"
