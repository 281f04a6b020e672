"""`hotgate simulate`: a NAS and its guests over real UDP, against any RADIUS server. No Django here."""

import argparse
import asyncio
import json
import sys
from collections.abc import Callable
from typing import Any

from hotgate.commands import registering
from hotgate.commands.errors import CommandError
from hotgate.simulator import options, quantities, report, run
from hotgate.simulator.grant import MAKERS


def register(subparsers: registering.Subparsers) -> None:
    parser = subparsers.add_parser("simulate", help="play a NAS and its guests against a RADIUS server")
    parser.set_defaults(run=simulate)
    _add_server(parser.add_argument_group("the server"))
    _add_guests(parser.add_argument_group("the guests"))
    _add_nas(parser.add_argument_group("the NAS"))
    _add_faults(parser.add_argument_group("what goes wrong"))
    _add_end(parser.add_argument_group("the end"))


def simulate(arguments: argparse.Namespace) -> int:
    """0 when the server's totals are the NAS's, 1 when they differ or the server did not answer."""
    try:
        script = options.from_arguments(arguments)
    except ValueError as error:
        raise CommandError(str(error)) from error
    story = sys.stderr if arguments.json else sys.stdout
    try:
        result = asyncio.run(run.run(script, lambda line: print(line, file=story, flush=True)))
    except run.CannotListen as error:
        raise CommandError(f"no CoA can arrive at {error}: another --coa-port, or 0 for none") from error
    except OSError as error:
        raise CommandError(f"no way to {script.auth[0]}: {error.strerror or error}") from error
    except KeyboardInterrupt:
        return 1
    for line in report.in_words(result, compared=script.compare is not None):
        print(line, file=story)
    if arguments.json:
        print(json.dumps(report.as_json(result)))
    return 0 if result.is_good else 1


def _add_server(group: "argparse._ArgumentGroup") -> None:
    add = group.add_argument
    add("--server", default="127.0.0.1:1812", metavar="HOST[:PORT]", help="default: %(default)s")
    add("--acct-port", type=int, metavar="PORT", help="default: the other port and one")
    add("--secret", required=True, help="the secret that NAS and server share")
    add("--accept-unsigned", action="store_true", help="take answers without a Message-Authenticator")
    add("--retry", default=1.0, type=_of(quantities.seconds), metavar="TIME", help="first wait; then it doubles")
    add("--patience", default=30.0, type=_of(quantities.seconds), metavar="TIME", help="give a request up after")


def _add_guests(group: "argparse._ArgumentGroup") -> None:
    add = group.add_argument
    add("--user", metavar="NAME", help="who logs in")
    add("--password", help="default: the name, as with a ticket that is only a code")
    add("--mac", help="the device; default: one made from the name")
    add("--users", metavar="FILE", help="many guests: lines of name,password")
    add("--guests", type=int, metavar="N", help="only the first N of FILE")
    add("--auth", choices=("pap", "chap"), default="pap", help="default: %(default)s")
    traffic_help = "what each wants to move, such as '25 MB'; default: %(default)s; 'endless' has no end"
    add("--traffic", default="10 MB", metavar="SIZE", help=traffic_help)
    add("--upload", type=int, default=20, metavar="PERCENT", help="of that from the guest; default: %(default)s")
    duration_help = "stays so long; default: until the traffic is through"
    add("--duration", type=_of(quantities.seconds), metavar="TIME", help=duration_help)
    add("--again", action="store_true", help="log in once more after the end")


def _add_nas(group: "argparse._ArgumentGroup") -> None:
    add = group.add_argument
    maker_help = "whose volume limits it knows; default: %(default)s"
    add("--maker", choices=sorted(MAKERS), default="mikrotik", help=maker_help)
    add(
        "--rate",
        default=20_000_000,
        type=_of(quantities.bits_per_second),
        metavar="BITS",
        help="line speed; default: 20M",
    )
    add("--interim", type=int, metavar="SECONDS", help="between reports; default: as the server advises, else 60")
    add(
        "--coa-port",
        type=int,
        default=3799,
        metavar="PORT",
        help="for CoA and Disconnect; default: %(default)s; 0: none",
    )
    add("--nas-address", default="127.0.0.1", metavar="IP", help="NAS-IP-Address; default: %(default)s")
    add("--nas-name", default="simulated-nas", metavar="NAME", help="NAS-Identifier; default: %(default)s")
    add("--bind", metavar="IP", help="send from this address")
    add("--ignore-limits", action="store_true", help="do not enforce volume: only the server's Disconnect cuts")
    add("--speed", type=float, default=1.0, metavar="N", help="time runs N times faster; default: 1")
    add("--begin", type=_of(quantities.seconds), default=0.0, metavar="TIME", help="the story begins so long ago")


def _add_faults(group: "argparse._ArgumentGroup") -> None:
    add = group.add_argument
    for name, what in (
        ("lose", "a datagram is lost, either way"),
        ("double", "a datagram arrives twice, either way"),
        ("late", "a report is sent up to 2.5 intervals late"),
        ("reorder", "a report changes places with the next"),
    ):
        add(f"--{name}", type=_of(options.chance), default=0.0, metavar="P", help=f"chance that {what}: 0.1 or 10%%")
    reboot = group.add_mutually_exclusive_group()
    reboot.add_argument("--reboot-with-on", action="store_true", help="reboots once and sends Accounting-On")
    reboot.add_argument("--reboot-silent", action="store_true", help="reboots once and says nothing")
    add("--reuse-session-ids", action="store_true", help="each session of a guest has the same id")
    add("--no-gigawords", action="store_true", help="counters are 32 bits wide")
    add("--swap-octets", action="store_true", help="input and output change places")
    add("--no-class", action="store_true", help="Class is not sent back")
    add("--clock-1970", action="store_true", help="event times count from the NAS's boot")
    add("--seed", type=int, default=1, metavar="N", help="the same dice again; default: %(default)s")


def _add_end(group: "argparse._ArgumentGroup") -> None:
    compare = group.add_mutually_exclusive_group()
    compare_help = "prints the server's totals as JSON; default: hotgate user {name} --json"
    compare.add_argument("--compare", metavar="COMMAND", help=compare_help)
    compare.add_argument("--no-compare", action="store_true", help="a foreign server: only tell the story")
    group.add_argument("--json", action="store_true", help="one value on stdout; the story goes to stderr")


def _of(parse: Callable[[str], Any]) -> Callable[[str], Any]:
    """argparse shows a ValueError's own words only when they come as its own error."""

    def parsed(text: str) -> Any:
        try:
            return parse(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from error

    return parsed
