"""Tickets on paper: what people typed is never read as markup, and the picture can be read back."""

from __future__ import annotations

import io

import pytest

from hotgate.domain.catalogue import Measure, Payment, Plan, ServiceProfile
from hotgate.web.console.quick_ticket import printing

CODE = "BKZ5-Y2EY-4VS"
ADDRESS = "https://hotgate.example/portal/aurora/"
NAMES = [
    "Café Aurora",
    "#set page(width: 1mm)",
    "$x$ _b_ \\u{0} @ref <label>",
    "مقهى الفجر",
    "x" * 10_000,
    '"; #panic()',
]


def card_of(site: str) -> printing.Card:
    plan = Plan(1, "1 GB", Payment.PREPAID, Measure.TRAFFIC, ServiceProfile(1), price_minor=500, amount=10**9)
    return printing.card(CODE, site, plan, ADDRESS)


@pytest.mark.parametrize("paper", list(printing.PAPERS.values()), ids=lambda paper: paper.key)
@pytest.mark.parametrize("site", NAMES, ids=range(len(NAMES)))
def test_any_name_prints(paper, site):
    assert printing.pdf([card_of(site)], paper).startswith(b"%PDF-")


def test_the_picture_leads_to_the_portal_with_the_code_where_no_server_sees_it():
    import typst
    import zxingcpp
    from PIL import Image

    page = '#set page(width: auto, height: auto)\n#image(bytes(sys.inputs.qr), format: "svg", width: 40mm)'
    png = typst.compile(page.encode(), sys_inputs={"qr": card_of("Café").qr}, format="png", ppi=144)
    [read] = zxingcpp.read_barcodes(Image.open(io.BytesIO(png)).convert("L"))
    assert read.text == f"{ADDRESS}#{CODE}"
