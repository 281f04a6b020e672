"""How a plan is typed on the command line."""

from __future__ import annotations

import argparse
import re
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from hotgate.commands.errors import CommandError
from hotgate.domain import money, pricing, quantities
from hotgate.domain.catalogue import CycleRule, Measure, Payment, Period, Tariff, Unit, Validity, ValidityKind

if TYPE_CHECKING:
    from hotgate.apps.catalogue.drafts import Limits, PlanDraft

_LENGTH = re.compile(r"(\d{1,4})\s*(minute|hour|day|week|month)s?(?:\s+from\s+(creation|first use))?")
_KINDS = {"always": ValidityKind.ALWAYS, "until the end of the day": ValidityKind.END_OF_DAY}


def add_to(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("name", metavar="NAME")
    add("--payment", required=True, choices=[str(payment) for payment in Payment])
    add("--measure", required=True, choices=[str(measure) for measure in Measure], help="none: a flat plan")
    add("--amount", metavar="AMOUNT", help='such as "90 min" or "10 MB"; of a cyclic plan, in each cycle')
    add("--price", metavar="PRICE", help="of a ticket or of one cycle; of a postpaid plan, for one hour or 10 MB")
    add("--unit-price", metavar="PRICE", help="for one hour or 10 MB, in place of --price")
    add(
        "--validity",
        metavar="TEXT",
        default="always",
        help='"always", "until the end of the day", "7 days from first use" or "7 days from creation"',
    )
    add("--cycle", choices=[str(period) for period in Period], help="the amount comes again each period")
    add("--cycles", type=int, default=1, metavar="N", help="how many; by default 1")
    add("--rate", metavar="DOWN/UP", help='speeds, such as "20M/5M"')
    add("--devices", type=int, default=1, metavar="N", help="online at once; 0: not counted. By default 1")
    add("--code", default="", help="what another system calls it; by default the name")


def draft_of(arguments: argparse.Namespace, currency: str) -> PlanDraft:
    """Raises CommandError and DomainError, each for a wrong word."""
    from hotgate.apps.catalogue.drafts import PlanDraft

    payment, measure = Payment(arguments.payment), Measure(arguments.measure)
    is_metered = payment is Payment.POSTPAID and measure is not Measure.NONE
    price = money.parse(arguments.price, currency) if arguments.price and not is_metered else None
    return PlanDraft(
        name=arguments.name,
        code=arguments.code,
        payment=payment,
        measure=measure,
        amount=_amount(arguments.amount, measure),
        price=price,
        unit_price=_decimal(arguments.unit_price) if arguments.unit_price and not is_metered else None,
        validity=validity_of(arguments.validity),
        cycle=CycleRule(Period(arguments.cycle), arguments.cycles) if arguments.cycle else None,
        tariff=_tariff(arguments, measure) if is_metered else None,
        limits=_limits(arguments),
        quick_ticket=payment is Payment.PREPAID,
    )


def validity_of(text: str) -> Validity:
    """Raises CommandError."""
    typed = " ".join(text.lower().replace("-", " ").split())
    if typed in _KINDS:
        return Validity(_KINDS[typed])
    match = _LENGTH.fullmatch(typed)
    if match is None:
        raise CommandError(f'--validity {text!r}: expected such as "always" or "7 days from first use"')
    kind = ValidityKind.FROM_CREATION if match[3] == "creation" else ValidityKind.FROM_FIRST_USE
    return Validity(kind, int(match[1]), Unit(match[2]))


def _amount(text: str | None, measure: Measure) -> int | None:
    if text is None:
        return None
    if measure is Measure.NONE:
        raise CommandError("--amount: a flat plan counts no amount")
    return quantities.parse_seconds(text) if measure is Measure.TIME else quantities.parse_octets(text)


def _tariff(arguments: argparse.Namespace, measure: Measure) -> Tariff:
    text = arguments.unit_price or arguments.price
    if text is None:
        raise CommandError("--price: a postpaid plan needs its price for one hour or 10 MB")
    return Tariff(_decimal(text), pricing.unit_of(measure)[0])


def _decimal(text: str) -> Decimal:
    try:
        price = Decimal(text.replace(",", "."))
    except InvalidOperation:
        price = Decimal("NaN")
    if not price.is_finite():
        raise CommandError(f"{text!r} is no price, such as 1.50")
    return price


def _limits(arguments: argparse.Namespace) -> Limits:
    from hotgate.apps.catalogue.drafts import Limits

    down, _, up = (arguments.rate or "").partition("/")
    return Limits(
        download_bps=quantities.parse_rate(down) if down else None,
        upload_bps=quantities.parse_rate(up or down) if down else None,
        devices_max=arguments.devices or None,
    )
