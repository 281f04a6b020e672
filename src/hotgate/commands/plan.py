"""`hotgate plan list` and `hotgate plan add`."""

from __future__ import annotations

import argparse
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from hotgate.commands import plan_options, registering, tenant

if TYPE_CHECKING:
    from hotgate.apps.catalogue.models import Plan


def register(subparsers: registering.Subparsers) -> None:
    plan = subparsers.add_parser("plan", help="what is sold or given")
    commands = plan.add_subparsers(title="commands", metavar="COMMAND", required=True)
    tenant.add_parser(commands, "list", "the plans on offer").set_defaults(run=run_list)
    add = tenant.add_parser(commands, "add", "publish a plan; its terms never change afterwards")
    plan_options.add_to(add)
    add.set_defaults(run=run_add)


def run_list(arguments: argparse.Namespace) -> int:
    with tenant.chosen(arguments) as operator:
        from hotgate.apps.catalogue import queries

        plans = [as_json(plan) for plan in queries.active_plans(operator)]
    if arguments.json:
        tenant.print_json(plans)
    else:
        rows = [[*(plan[key] for key in ("name", "payment", "measure")), _price(plan)] for plan in plans]
        tenant.print_table(["NAME", "PAYMENT", "MEASURE", "PRICE"], rows, "There is no plan yet.")
    return 0


def run_add(arguments: argparse.Namespace) -> int:
    with tenant.chosen(arguments) as operator:
        from hotgate.apps.catalogue import services
        from hotgate.apps.operators.actor import COMMAND_LINE

        draft = plan_options.draft_of(arguments, operator.currency)
        plan = services.publish_plan(by=COMMAND_LINE, now=tenant.now(), operator=operator, draft=draft)
        shown = as_json(plan)
    if arguments.json:
        tenant.print_json(shown)
    else:
        print(f"{plan.name}: published for {_price(shown)}")
    return 0


def as_json(plan: Plan) -> dict[str, Any]:
    """`price` is that of a ticket or of one cycle; of a postpaid plan, for one hour or 10 MB."""
    from hotgate.domain import money
    from hotgate.domain.money import Money

    price = money.plain(Money(plan.price_minor, plan.currency))
    if plan.tariff_unit_price is not None:
        price = _per_unit(plan.tariff_unit_price, money.decimals(plan.currency))
    return {
        "name": plan.name,
        "payment": str(plan.payment),
        "measure": str(plan.measure),
        "cyclic": plan.cycle_period is not None,
        "price": price,
        "currency": plan.currency,
    }


def _per_unit(price: Decimal, decimals: int) -> str:
    """At least the decimals of the currency, and as many more as say something."""
    exact = price.normalize()
    places = max(decimals, -int(exact.as_tuple().exponent))
    return f"{exact:.{places}f}"


def _price(plan: dict[str, Any]) -> str:
    if plan["payment"] == "free":
        return "free"
    units = {"time": " per hour", "traffic": " per 10 MB"}
    per = units.get(plan["measure"], "") if plan["payment"] == "postpaid" else " per cycle" if plan["cyclic"] else ""
    return f"{plan['price']} {plan['currency']}{per}"
