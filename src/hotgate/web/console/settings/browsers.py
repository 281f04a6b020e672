"""A browser's long name of itself, in two words."""

from __future__ import annotations

_BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrom", "Chrome"), ("Safari/", "Safari"))
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


def name_of(user_agent: str) -> str:
    """`Firefox, Windows`; of an unknown one, how it begins."""
    known = [name for table in (_BROWSERS, _SYSTEMS) for mark, name in table if mark in user_agent][:1]
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    if known and system and known[0] != system:
        return f"{known[0]}, {system}"
    return known[0] if known else user_agent[:40] or "–"
