"""Who reacts to which event: the only place where a capability hears of what a lower one did."""

from collections.abc import Callable
from typing import Any

Handler = Callable[..., Any]

HANDLERS: dict[str, tuple[Handler, ...]] = {}
