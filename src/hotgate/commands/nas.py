"""`hotgate nas add`: register a NAS, or change the one at that address."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from hotgate.commands import registering, tenant
from hotgate.commands.errors import CommandError
from hotgate.domain import makers

if TYPE_CHECKING:
    from hotgate.apps.network.services import Saved
    from hotgate.apps.operators.models import Operator, Site

SIGNED = ("yes", "no", "auto")
YES_NO = ("yes", "no")


def register(subparsers: registering.Subparsers) -> None:
    nas = subparsers.add_parser("nas", help="the boxes that enforce access")
    commands = nas.add_subparsers(title="commands", metavar="COMMAND", required=True)
    add = tenant.add_parser(commands, "add", "register a NAS; again with the same address: change it")
    add.add_argument("address", metavar="ADDRESS", help="an IP address, or a prefix such as 192.0.2.0/24")
    text = (
        "the secret that NAS and server share: 16 characters or more; -: read from standard input, where no ps sees it"
    )
    add.add_argument("--secret", required=True, help=text)
    add.add_argument("--maker", choices=sorted(makers.LABELS), help="whose attributes it understands")
    add.add_argument("--name", help="what staff call it")
    add.add_argument("--site", metavar="NAME", help="needed only when the operator has more than one")
    add.add_argument(
        "--message-authenticator", choices=SIGNED, help="must it sign its requests? By default yes, as it should"
    )
    add.add_argument("--coa-port", type=int, metavar="PORT", help="where it takes Disconnect and CoA; by default 3799")
    add.add_argument("--octets-swapped", choices=YES_NO, help="does it count input and output the other way round?")
    add.add_argument("--lacks-gigawords", choices=YES_NO, help="are its counters only 32 bits wide?")
    add.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Adds or updates; a short secret is warned about on stderr."""
    if arguments.secret == "-":
        arguments.secret = sys.stdin.readline().strip()
    with tenant.chosen(arguments) as operator:
        from hotgate.apps.network import queries

        address = _address(arguments.address)
        known = queries.nas_at(operator, address)
        saved = _update(arguments, operator, known) if known else _add(arguments, operator, address)
    if saved.warning:
        print(f"hotgate: warning: {saved.warning}", file=sys.stderr)
    nas = saved.nas
    if arguments.json:
        tenant.print_json({"name": nas.name, "address": arguments.address, "maker": nas.maker, "added": known is None})
    else:
        print(f"{nas.name}: {'changed' if known else 'registered'} at {arguments.address}, as {nas.maker}")
    return 0


def _add(arguments: argparse.Namespace, operator: Operator, address: str) -> Saved:
    from hotgate.apps.network import services
    from hotgate.apps.operators.actor import COMMAND_LINE

    return services.add_nas(
        by=COMMAND_LINE,
        now=tenant.now(),
        operator=operator,
        site=_site(arguments, operator),
        address=address,
        secret=arguments.secret,
        **_settings(arguments, {"name": arguments.address}),
    )


def _update(arguments: argparse.Namespace, operator: Operator, nas: Any) -> Saved:
    from hotgate.apps.network import services
    from hotgate.apps.operators.actor import COMMAND_LINE

    moved = {"site": _site(arguments, operator)} if arguments.site is not None else {}
    return services.update_nas(
        by=COMMAND_LINE, now=tenant.now(), nas=nas, secret=arguments.secret, **_settings(arguments, moved)
    )


def _settings(arguments: argparse.Namespace, defaults: dict[str, Any]) -> dict[str, Any]:
    given = {
        "name": arguments.name,
        "maker": arguments.maker,
        "require_message_authenticator": arguments.message_authenticator,
        "coa_port": arguments.coa_port,
        "octets_swapped": _is_yes(arguments.octets_swapped),
        "lacks_gigawords": _is_yes(arguments.lacks_gigawords),
    }
    return defaults | {field: value for field, value in given.items() if value is not None}


def _is_yes(text: str | None) -> bool | None:
    return None if text is None else text == "yes"


def _address(text: str) -> str:
    from ipaddress import ip_network

    try:
        return str(ip_network(text.strip()))
    except ValueError:
        raise CommandError(f"{text!r} is no IP address, and no prefix such as 192.0.2.0/24") from None


def _site(arguments: argparse.Namespace, operator: Operator) -> Site:
    from hotgate.apps.operators import queries

    sites = list(queries.sites(operator))
    if arguments.site is not None:
        sites = [site for site in sites if site.name.casefold() == arguments.site.casefold()]
        if not sites:
            raise CommandError(f"there is no site {arguments.site!r}")
    if not sites:
        raise CommandError(f"{operator.name} has no site yet")
    if len(sites) > 1:
        raise CommandError("there is more than one site: say which with --site")
    return sites[0]
