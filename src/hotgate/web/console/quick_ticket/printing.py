"""Tickets on paper: what stands on one, a PDF of any number of them by Typst, and the same for a ticket printer.

Every word is in the language that is active when the card is made: the guest's.
"""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

from django.utils.translation import get_language_bidi
from django.utils.translation import gettext as _

from hotgate.domain.catalogue import Plan
from hotgate.web.shared import plan_words

FOLDER = Path(__file__).resolve().parent
TEMPLATE = FOLDER / "ticket.typ"
FONTS = FOLDER.parents[1] / "shared" / "print" / "fonts"
DOTS_A_MM = 8  # of a ticket printer: 203 dpi
ROLL_DOTS = {"58mm": 384, "80mm": 576}  # what such paper can be printed on


class Paper(NamedTuple):
    key: str
    label: str
    width_mm: int
    columns: int
    height_mm: int | None = None  # None: as long as it has to be


PAPERS = {
    paper.key: paper
    for paper in (
        Paper("a4", "A4", 210, 2, 297),
        Paper("card", "85 × 54 mm", 85, 1, 54),
        Paper("80mm", "80 mm", 80, 1),
        Paper("58mm", "58 mm", 58, 1),
    )
}


class Print(NamedTuple):
    """A way to put something on paper, for the dialog that asks which."""

    label: str
    href: str
    is_file: bool = False  # for a ticket printer: sent to it as it is


@dataclass(frozen=True)
class Card:
    """One ticket in print. `qr` is an SVG picture; the code stands alone, or beside it a password of its own."""

    site: str
    code: str
    plan: str
    sentence: str
    price: str
    address: str
    qr: str
    password: str = ""
    support: str = ""
    words: str = ""
    name_word: str = ""
    password_word: str = ""

    @property
    def qr_data(self) -> str:
        return "data:image/svg+xml;base64," + base64.b64encode(self.qr.encode()).decode()


def card(code: str, site: str, plan: Plan, address: str, support: str = "", password: str = "") -> Card:
    """The picture leads to the portal with the code behind `#`: that part of an address is never sent to a server."""
    words = _("Connect to the Wi-Fi, open any page and type the code. What is left, and how to come back:")
    if password:
        words = _("Connect to the Wi-Fi, open any page and type name and password. How to come back:")
    return Card(
        site,
        code,
        plan.name,
        plan_words.gives(plan),
        plan_words.price(plan),
        address,
        qr_svg(f"{address}#{code}"),
        password,
        support,
        words,
        _("Name"),
        _("Password"),
    )


def cards(codes: Sequence[str], site: str, plan: Plan, address: str, support: str = "") -> list[Card]:
    """Many of one plan."""
    if not codes:
        return []
    first = asdict(card(codes[0], site, plan, address, support))
    return [Card(**first | {"code": code, "qr": qr_svg(f"{address}#{code}")}) for code in codes]


def qr_svg(text: str) -> str:
    import zxingcpp  # an extra: the console runs without it until somebody prints

    made = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    return str(made.to_svg(add_quiet_zones=True))


def pdf(cards: Sequence[Card], paper: Paper) -> bytes:
    """Everything that people typed goes in as data and is never read as Typst's markup."""
    return _compiled(cards, paper, format="pdf")


def roll(card: Card, paper: Paper) -> bytes:
    """ESC/POS: the ticket as a picture, since printers know few letters and no Arabic, and a cut."""
    from escpos.printer import Dummy
    from PIL import Image

    dots = ROLL_DOTS[paper.key]
    narrow = paper._replace(width_mm=dots // DOTS_A_MM)
    with Image.open(io.BytesIO(_compiled([card], narrow, format="png", ppi=DOTS_A_MM * 25.4))) as picture:
        black_and_white = picture.convert("L").point(lambda shade: 255 if shade > 160 else 0)
        printer = Dummy()
        printer.hw("INIT")
        printer.image(black_and_white.crop((0, 0, dots, picture.height)), impl="bitImageRaster", center=False)
        printer.cut()
    return bytes(printer.output)


def _compiled(cards: Sequence[Card], paper: Paper, **how: Any) -> bytes:
    import typst

    content = {
        "cards": [asdict(each) for each in cards],
        "width": paper.width_mm,
        "height": paper.height_mm,
        "columns": paper.columns,
        "rtl": get_language_bidi(),
    }
    made = typst.compile(
        TEMPLATE,
        sys_inputs={"data": json.dumps(content)},
        font_paths=[FONTS],
        ignore_system_fonts=True,
        **how,
    )
    return bytes(made[0] if isinstance(made, list) else made)
