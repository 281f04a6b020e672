"""Who reacts to which event: the only place where a capability hears of what a lower one did."""

from hotgate.apps.core.delivery import Handler

HANDLERS: dict[str, tuple[Handler, ...]] = {}
