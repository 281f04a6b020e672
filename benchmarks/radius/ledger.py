"""What the server has booked against what it has acknowledged. A fast server that counts wrong has not won."""

from __future__ import annotations

import pathlib
from typing import NamedTuple

Totals = tuple[int, int, int, int]  # sessions, seconds, octets in, octets out


class Checked(NamedTuple):
    """Users compared, those that differ, and the octets booked too much or too little in all."""

    users: int
    wrong: int
    uncertain: int  # something of theirs was sent and never answered: booked or not, both are right
    octets_off: int
    example: str

    def in_words(self) -> str:
        """For the report."""
        if not self.users:
            return "nothing to compare"
        verdict = "exact" if not self.wrong else f"**{self.wrong:,} wrong**, {self.octets_off:+,} octets"
        return f"{verdict} ({self.users:,} users)"


def check(acked: pathlib.Path, booked: dict[str, Totals]) -> Checked:
    """Compare the file that `load --acked` wrote with a server's sums by user."""
    users = wrong = uncertain = octets_off = 0
    example = ""
    for line in acked.read_text().splitlines():
        name, *numbers, doubt = line.split(",")
        expected = tuple(map(int, numbers))
        if doubt == "1":
            uncertain += 1
            continue
        users += 1
        found = booked.get(name, (0, 0, 0, 0))
        if found != expected:
            wrong += 1
            octets_off += sum(found[2:]) - sum(expected[2:])
            example = example or f"{name}: acknowledged {expected}, booked {found}"
    return Checked(users, wrong, uncertain, octets_off, example)
