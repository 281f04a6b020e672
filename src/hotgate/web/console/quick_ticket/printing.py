"""Tickets on paper: what stands on one, and a PDF of any number of them by Typst."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple

from hotgate.domain.catalogue import Plan
from hotgate.web.shared import plan_words

FOLDER = Path(__file__).resolve().parent
TEMPLATE = FOLDER / "ticket.typ"
FONTS = FOLDER.parents[1] / "shared" / "print" / "fonts"


class Paper(NamedTuple):
    key: str
    label: str
    width_mm: int
    columns: int


PAPERS = {
    paper.key: paper
    for paper in (Paper("a4", "A4", 210, 2), Paper("80mm", "80 mm", 80, 1), Paper("58mm", "58 mm", 58, 1))
}


@dataclass(frozen=True)
class Card:
    """One ticket in print. `qr` is an SVG picture."""

    site: str
    code: str
    plan: str
    sentence: str
    price: str
    address: str
    qr: str

    @property
    def qr_data(self) -> str:
        return "data:image/svg+xml;base64," + base64.b64encode(self.qr.encode()).decode()


def card(code: str, site: str, plan: Plan, address: str) -> Card:
    """The picture leads to the portal with the code behind `#`: that part of an address is never sent to a server."""
    return Card(
        site, code, plan.name, plan_words.sentence(plan), plan_words.price(plan), address, qr_svg(f"{address}#{code}")
    )


def qr_svg(text: str) -> str:
    import zxingcpp  # an extra: the console runs without it until somebody prints

    made = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    return str(made.to_svg(add_quiet_zones=True))


def pdf(cards: Sequence[Card], paper: Paper) -> bytes:
    """Everything that people typed goes in as data and is never read as Typst's markup."""
    import typst

    content = {"cards": [asdict(each) for each in cards], "width": paper.width_mm, "columns": paper.columns}
    made = typst.compile(
        TEMPLATE,
        sys_inputs={"data": json.dumps(content)},
        font_paths=[FONTS],
        ignore_system_fonts=True,
        format="pdf",
    )
    return bytes(made)
