"""Long commands that tidy up when they are stopped, by Ctrl-C or by a service manager."""

import contextlib
import signal
from collections.abc import Iterator

from hotgate.commands.errors import CommandError


@contextlib.contextmanager
def tidily(nothing_done: str) -> Iterator[None]:
    """Whatever cleans up inside does so; then one line. Raises CommandError."""
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    except KeyboardInterrupt:
        raise CommandError(f"stopped: {nothing_done}") from None
    finally:
        signal.signal(signal.SIGTERM, before)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt
