"""What a run does inside an installed Hotgate, one step a process: found an operator, make a batch, print a pile."""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from datetime import UTC, datetime
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hotgate.config.settings")


def main() -> None:
    import django

    django.setup()
    step, *words = sys.argv[1:]
    print(json.dumps(STEPS[step](*words)))


def found() -> dict[str, Any]:
    """An operator with a plan, and the cookie of an owner who is signed in."""
    from hotgate.apps.catalogue import services as catalogue
    from hotgate.apps.catalogue.drafts import PlanDraft
    from hotgate.apps.core import scope
    from hotgate.apps.network import services as network
    from hotgate.apps.operators import services as operators
    from hotgate.apps.operators.actor import COMMAND_LINE as BY
    from hotgate.apps.subscribers.services import default_realm
    from hotgate.domain.catalogue import Measure, Payment
    from hotgate.domain.money import Money

    now = datetime.now(UTC)
    with scope.of(scope.PLATFORM):
        operator = operators.create_operator(by=BY, now=now, name="Benchmark", currency="EUR", time_zone="Europe/Rome")
        staff = operators.create_staff(
            by=BY,
            now=now,
            email="cashier@example.com",
            password="correct horse battery",
            operator=operator,
            role="owner",
        )
        draft = PlanDraft(
            name="1 hour",
            payment=Payment.PREPAID,
            measure=Measure.TIME,
            amount=3600,
            price=Money(250, "EUR"),
            quick_ticket=True,
        )
        plan = catalogue.publish_plan(by=BY, now=now, operator=operator, draft=draft)
        realm = default_realm(operator)
        site = operators.create_site(by=BY, now=now, operator=operator, name="Main hall")
        secret = "gateway-secret-of-32-characters-x"
        made = network.add_nas(
            by=BY, now=now, operator=operator, site=site, address="192.0.2.7", secret=secret, name="Gateway"
        )
        cookie = _signed_in(staff)
    ids = {"operator": operator.id, "plan": plan.id, "realm": realm.id, "nas": made.nas.id}
    return {**ids, "cookie": cookie}


def make(operator_id: str, size: str) -> dict[str, Any]:
    """Draft, confirm and store so many vouchers, as the worker does; seconds and MB."""
    from hotgate.apps.catalogue import queries as catalogue
    from hotgate.apps.core import scope
    from hotgate.apps.operators.actor import COMMAND_LINE as BY
    from hotgate.apps.operators.models import Operator
    from hotgate.apps.vouchers import batches, jobs

    now, begins, worked = datetime.now(UTC), time.monotonic(), time.process_time()
    with scope.of(int(operator_id)):
        operator = Operator.objects.get(id=operator_id)
        plan = catalogue.active_plans(operator)[0]
        draft = batches.draft_batch(by=BY, now=now, operator=operator, plan=plan, size=int(size))
        batches.confirm_batch(by=BY, now=now, batch=draft.batch)
    jobs.make_batch(draft.batch.id, int(operator_id), True)
    times = {"seconds": time.monotonic() - begins, "processor": time.process_time() - worked}
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"batch": str(draft.batch.uuid), "code": draft.samples[0], "megabytes": megabytes, **times}


def note() -> dict[str, float]:
    """What is over, noted by the worker's job, all of it."""
    from hotgate.apps.vouchers import jobs

    begins, worked = time.monotonic(), time.process_time()
    jobs.note_over(int(datetime.now(UTC).timestamp()))
    return {"seconds": time.monotonic() - begins, "processor": time.process_time() - worked}


def _signed_in(staff: Any) -> str:
    """The console asks chiefs for a second factor; here one is registered, and the session says that it was given."""
    from allauth.mfa.totp.internal import auth as totp
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.utils.module_loading import import_string

    totp.TOTP.activate(staff, totp.generate_totp_secret())
    session = import_string(f"{settings.SESSION_ENGINE}.SessionStore")()
    session[SESSION_KEY] = str(staff.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = staff.get_session_auth_hash()
    session.save()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"


STEPS = {"found": found, "make": make, "note": note}

if __name__ == "__main__":
    main()
