"""Where packages come from is the installer's own matter: no file names an index or a path of one machine."""

import re

import tree

# in pieces, so that this file does not name them either
INDEX_HOSTS = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("files", "pythonhosted", "org"),
        ("registry", "npmjs", "org"),
        ("deb", "debian", "org"),
    )
]
ADDRESS = re.compile(r"\bhttps?://|\bfile://|^\s*(-i|--(extra-)?index-url|--find-links)\b", re.MULTILINE)
MACHINE_PATH = re.compile(r"(?<![\w/])/(root|home/\w+|Users/\w+|work)/")


def test_no_file_names_a_package_index() -> None:
    named = [(tree.shown(p), host) for p in tree.files() for host in INDEX_HOSTS if host in tree.text(p)]
    assert named == []


def test_locks_hold_versions_and_hashes_only() -> None:
    for lock in tree.files(".lock"):
        text = tree.text(lock)
        assert not ADDRESS.search(text), tree.shown(lock)
        assert not MACHINE_PATH.search(text), tree.shown(lock)
        pins = re.findall(r"^\S+==\S+", text, re.MULTILINE)
        assert pins
        assert text.count("--hash=sha256:") >= len(pins)
