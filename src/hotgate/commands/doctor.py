"""`hotgate doctor`: what could be wrong on this machine and in the database, and how to mend it."""

import argparse
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict

from hotgate import environment
from hotgate.commands import doctor_database, doctor_machine, registering
from hotgate.commands.doctor_findings import Finding
from hotgate.environment import Environment

INDENT = " " * 17

Examination = Callable[[Environment], Iterator[Finding]]
EXAMINATIONS: tuple[Examination, ...] = (
    doctor_machine.names,
    doctor_machine.key,
    doctor_machine.clock,
    doctor_machine.disk,
    doctor_machine.listening,
    doctor_database.server,
)


def register(subparsers: registering.Subparsers) -> None:
    parser = subparsers.add_parser("doctor", help="look for what could be wrong, and say how to mend it")
    parser.add_argument("--json", action="store_true", help="print one JSON value")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Exit code 1 when something must be mended."""
    here = environment.current()
    findings = [finding for examine in EXAMINATIONS for finding in examine(here)]
    if arguments.json:
        print(json.dumps([asdict(finding) for finding in findings]))
    else:
        for finding in findings:
            _show(finding)
    return int(any(finding.level == "fail" for finding in findings))


def _show(finding: Finding) -> None:
    print(f"{finding.level:4}  {finding.subject:10} {finding.text}")
    if finding.mend:
        print(f"{INDENT}→ {finding.mend}")
