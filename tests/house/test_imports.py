"""What starts must start fast: Django is loaded only by commands that need it."""

import subprocess
import sys

import pytest

from hotgate import cli

PROBE = """
import sys
from hotgate import cli
try:
    cli.main(sys.argv[1:])
except SystemExit:
    pass
print(sorted({name.partition(".")[0] for name in sys.modules} & {"django", "procrastinate"}), file=sys.stderr)
"""
COMMANDS = [command.__name__.rpartition(".")[2] for command in cli.COMMANDS]


@pytest.mark.parametrize("words", [["--help"], ["up", "--help"], ["doctor", "--help"], ["simulate", "--help"]])
def test_help_loads_no_django(words: list[str]) -> None:
    if not words[0].startswith("-") and words[0] not in COMMANDS:
        return  # not a command yet
    command = [sys.executable, "-c", PROBE, *words]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "usage: " in done.stdout
    assert done.stderr.strip() == "[]"
