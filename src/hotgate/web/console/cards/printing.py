"""Cards on paper: name, password, where to go; a sheet of them, or one of the size of a bank card."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

FOLDER = Path(__file__).resolve().parent
TEMPLATE = FOLDER / "card.typ"
FONTS = FOLDER.parents[1] / "shared" / "print" / "fonts"


class Paper(NamedTuple):
    key: str
    label: Any
    is_sheet: bool


PAPERS = {
    paper.key: paper
    for paper in (Paper("a4", gettext_lazy("A4 sheet"), True), Paper("card", gettext_lazy("Card"), False))
}


@dataclass(frozen=True)
class Card:
    """One card in print."""

    site: str
    name: str
    password: str
    person: str
    plan: str
    address: str
    hint: str
    name_label: str
    password_label: str


def card(operator: Any, subscriber: Any, password: str, plan: str = "") -> Card:
    return Card(
        site=subscriber.site.name if subscriber.site else operator.name,
        name=subscriber.name,
        password=password,
        person=subscriber.display_name,
        plan=plan,
        address=settings.ENVIRONMENT.public_url + reverse("ticket_portal", args=[operator.slug]),
        hint=_("Connect to the Wi-Fi, open any page, and type name and password."),
        name_label=_("Name"),
        password_label=_("Password"),
    )


def pdf(cards: Sequence[Card], paper: Paper) -> bytes:
    """Everything that people typed goes in as data and is never read as Typst's markup."""
    import typst

    content = {"cards": [asdict(each) for each in cards], "sheet": paper.is_sheet}
    made = typst.compile(
        TEMPLATE,
        sys_inputs={"data": json.dumps(content)},
        font_paths=[FONTS],
        ignore_system_fonts=True,
        format="pdf",
    )
    return bytes(made)


def answer(cards: Sequence[Card], paper: str) -> HttpResponse:
    chosen = PAPERS.get(paper, PAPERS["a4"])
    response = HttpResponse(pdf(cards, chosen), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="cards-{chosen.key}.pdf"'
    response["Cache-Control"] = "no-store"
    return response
