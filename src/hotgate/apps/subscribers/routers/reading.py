"""Ask a router and settle what it says: the asking outside of any transaction, for a router may take its time."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from hotgate.apps.core import scope
from hotgate.apps.network import services as network
from hotgate.apps.network.routeros import client
from hotgate.apps.network.routeros.values import HotspotUser, RouterAccess, RouterFailed, RouterState
from hotgate.apps.subscribers.routers import services
from hotgate.apps.subscribers.routers.models import RouterSource

log = logging.getLogger("hotgate.routers")
Ask = Callable[[RouterAccess], list[HotspotUser]]


def read(nas_id: int, operator_id: int, now: datetime, ask: Ask = client.hotspot_users) -> None:
    """What fails is told on the router's page and in the log, and tried again at the next turn."""
    with scope.of(operator_id):
        source = RouterSource.objects.select_related("nas").filter(nas_id=nas_id, enabled=True).first()
        access = services.access_of(source) if source else None
    if source is None or access is None:
        return
    try:
        users = ask(access)
    except RouterFailed as failed:
        log.warning("router of NAS %s: %s", nas_id, failed)
        with scope.of(operator_id):
            services.note_failure(now=now, source=source, problem=str(failed))
        return
    state = _state(access)
    with scope.of(operator_id):
        services.settle(now=now, source=source, users=users)
        network.note_state(now=now, nas=source.nas, state=state)


def _state(access: RouterAccess) -> RouterState:
    try:
        return client.state(access)
    except RouterFailed as failed:  # nobody misses it: a router that answered a moment ago is well
        log.info("%s says nothing of itself: %s", access.host, failed)
        return RouterState()


def due() -> list[tuple[int, int]]:
    """(NAS, operator) of all that are to be read."""
    with scope.of_everyone():
        return list(RouterSource.objects.filter(enabled=True).values_list("nas_id", "operator_id"))
