"""How a command makes itself known.

`register(subparsers)` adds a parser and sets its default `run`: a function of the parsed arguments that
returns the exit code.
"""

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]
else:
    Subparsers = object
