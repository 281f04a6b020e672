"""Imports that were confirmed; and nightly: leave out and forget what is long over."""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import transaction
from procrastinate.contrib.django import app

from hotgate.apps.core import scope
from hotgate.apps.operators import actor
from hotgate.apps.subscribers import recharge
from hotgate.apps.subscribers.importing import forgetting
from hotgate.apps.subscribers.importing import services as importing
from hotgate.apps.subscribers.importing.models import ImportState, UserImport
from hotgate.apps.subscribers.registering import services as registering
from hotgate.apps.subscribers.routers import reading


@app.periodic(cron="41 3 * * *")
@app.task(name="subscribers.leave_out_what_is_over", queueing_lock="subscribers.leave_out_what_is_over")
def leave_out_what_is_over(timestamp: int) -> None:
    with transaction.atomic(), scope.of_everyone():
        recharge.leave_out_what_is_over(now=datetime.fromtimestamp(timestamp, UTC))
        forgetting.forget_what_is_over(datetime.fromtimestamp(timestamp, UTC))


@app.periodic(cron="*/15 * * * *")
@app.task(name="subscribers.forget_registrations", queueing_lock="subscribers.forget_registrations")
def forget_registrations(timestamp: int) -> None:
    with transaction.atomic(), scope.of_everyone():
        registering.forget_what_is_over(datetime.fromtimestamp(timestamp, UTC))


@app.task(name="subscribers.import_users")
def import_users(import_id: int, operator_id: int, staff_id: int | None) -> None:
    """What was confirmed. Done twice, the second finds it done."""
    with scope.of(operator_id):
        run = UserImport.objects.filter(id=import_id, state=ImportState.RUNNING).first()
        if run is not None:
            by = actor.staff(staff_id) if staff_id else actor.SYSTEM
            importing.carry_out(by=by, now=datetime.now(UTC), run=run)


@app.periodic(cron="*/5 * * * *")
@app.task(name="subscribers.read_routers", queueing_lock="subscribers.read_routers")
def read_routers(timestamp: int) -> None:
    """A job for each, so that a slow one holds up no other."""
    for nas_id, operator_id in reading.due():
        read_router.configure(lock=f"router {nas_id}").defer(nas_id=nas_id, operator_id=operator_id)


@app.task(name="subscribers.read_router")
def read_router(nas_id: int, operator_id: int) -> None:
    reading.read(nas_id, operator_id, datetime.now(UTC))
