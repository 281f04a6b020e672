"""The project's own files, for tests that look at all of them."""

import pathlib

ROOT = pathlib.Path(__file__).parents[1]
FOLDERS = ("src", "tests", "docs", "deploy", "benchmarks", ".ci")
TEXT_OCTETS_MAX = 2_000_000


def files(*suffixes: str) -> list[pathlib.Path]:
    found = [*ROOT.iterdir(), *(path for name in FOLDERS for path in (ROOT / name).rglob("*"))]
    return sorted(path for path in found if _is_ours(path) and path.name.endswith(suffixes or ("",)))


def text(path: pathlib.Path) -> str:
    return path.read_bytes().decode(errors="replace")


def shown(path: pathlib.Path) -> str:
    return str(path.relative_to(ROOT))


def _is_ours(path: pathlib.Path) -> bool:
    return path.is_file() and "__pycache__" not in path.parts and path.stat().st_size < TEXT_OCTETS_MAX
