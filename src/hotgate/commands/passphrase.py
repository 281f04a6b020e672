"""--passphrase and --passphrase-file, the same for `backup` and `restore`."""

import argparse
import getpass
import pathlib

from hotgate.commands.errors import CommandError
from hotgate.runtime.backup_key import PASSPHRASE_CHARACTERS_MIN


def add_to(parser: argparse.ArgumentParser, purpose: str) -> None:
    ways = parser.add_mutually_exclusive_group()
    ways.add_argument("--passphrase", action="store_true", help=f"{purpose}; asked for at the terminal")
    ways.add_argument("--passphrase-file", metavar="FILE", type=pathlib.Path, help="the same, read from a file")


def chosen(arguments: argparse.Namespace) -> str | None:
    """For a new backup: long enough, and typed twice. Raises CommandError."""
    passphrase = given(arguments)
    if passphrase is None:
        return None
    if len(passphrase) < PASSPHRASE_CHARACTERS_MIN:
        raise CommandError(f"a passphrase has {PASSPHRASE_CHARACTERS_MIN} characters or more: five words, say")
    if arguments.passphrase and getpass.getpass("Once more: ") != passphrase:
        raise CommandError("these were two passphrases: nothing was made")
    return passphrase


def given(arguments: argparse.Namespace) -> str | None:
    if arguments.passphrase:
        return getpass.getpass("Passphrase: ")
    if arguments.passphrase_file is None:
        return None
    try:
        return str(arguments.passphrase_file.read_text(encoding="utf-8").rstrip("\r\n"))
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "is not text"
        raise CommandError(f"{arguments.passphrase_file}: {reason}") from error
