"""Our numbers and types against another project's dictionaries, where Debian's freeradius-common has put them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hotgate.radius import dictionary

FOLDER = Path("/usr/share/freeradius")
FILES = ["aruba", "airespace", "chillispot", "cisco", "erx", "huawei", "microsoft", "mikrotik", "ruckus", "wispr"]
LINE = re.compile(r"ATTRIBUTE\s+(\S+)\s+(\d+)\s+(\w+)")
VENDOR = re.compile(r"VENDOR\s+\S+\s+(\d+)")
TYPES = {
    "string": {"text", "octets", "secret"},
    "octets": {"text", "octets", "secret"},
    "integer": {"uint32", "enum"},
    "ipaddr": {"ipv4"},
}
# theirs is named otherwise than its maker does
OTHER_NAMES = {"ERX-Cos-Parameter-Type": "ERX-CoS-Shaping-Pmt-Type"}

if not FOLDER.is_dir():
    pytest.skip("needs freeradius-common; as root: apt-get install freeradius-common", allow_module_level=True)


def theirs(name: str) -> dict[tuple[int, int], set[tuple[str, str]]]:
    text = (FOLDER / f"dictionary.{name}").read_text(errors="replace")
    vendor = VENDOR.search(text)
    assert vendor is not None
    found: dict[tuple[int, int], set[tuple[str, str]]] = {}
    for line in LINE.finditer(text):
        found.setdefault((int(vendor[1]), int(line[2])), set()).add((line[1].casefold(), line[3]))
    return found


@pytest.mark.parametrize("name", FILES)
def test_numbers_names_and_types_agree(name: str) -> None:
    others = theirs(name)
    vendor = next(iter(others))[0]
    ours = [each for each in dictionary.standard().by_number.values() if each.vendor == vendor]
    assert ours
    for each in ours:
        told = others.get((vendor, each.number))
        if told is None:
            continue  # their edition does not know it
        named = OTHER_NAMES.get(each.name, each.name).casefold()
        kinds = [kind for other, kind in told if other == named]
        assert kinds, f"{each.name} ({vendor}, {each.number}) is {told} there"
        assert any(each.type in TYPES.get(kind, {each.type}) for kind in kinds)
