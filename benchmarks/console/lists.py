"""What a page of 50 vouchers and of 50 users costs the web process: octets, and the processor's time of one answer.

    .venv/bin/pytest -q -s -p conftest -p web.conftest benchmarks/console/lists.py

In-process, by Django's test client: no HTTP, no browser. The database is a process of its own, whose time is not in it.
"""

from __future__ import annotations

import statistics
import time
from typing import Any

import pytest

TIMES = 30
PEOPLE = 60


@pytest.fixture(scope="session")
def django_db_setup(database_url: str) -> None:
    """The database of the tests, which is migrated."""


@pytest.fixture
def filled(cafe: Any) -> Any:
    from hotgate.apps.core import scope
    from hotgate.apps.subscribers import services
    from hotgate.apps.vouchers import batches, jobs
    from hotgate.apps.vouchers.models import VoucherBatch
    from web import office

    with scope.of(cafe.operator.id):
        for number in range(PEOPLE):
            services.register_subscriber(
                by=office.BY, now=office.now(), operator=cafe.operator, name=f"person{number}", password="long enough"
            )
        draft = batches.draft_batch(
            by=office.BY, now=office.now(), operator=cafe.operator, plan=cafe.plans["1 hour"], size=PEOPLE
        ).batch
        batches.confirm_batch(by=office.BY, now=office.now(), batch=draft)
        jobs.make_batch(draft.id, cafe.operator.id, sold=True)
        assert VoucherBatch.objects.get(id=draft.id).state == "confirmed"
    return cafe


@pytest.mark.parametrize("address", ["/vouchers/", "/users/"])
def test_a_page_of_fifty(filled: Any, sign_in: Any, address: str) -> None:
    client = sign_in("owner")
    page = client.get(address)
    assert page.content.count(b"<tr>") > 50
    spent = []
    for _ in range(TIMES):
        begun = time.process_time()
        client.get(address)
        spent.append(time.process_time() - begun)
    size, middle = len(page.content) / 1000, statistics.median(spent) * 1000
    print(f"\n{address}: {size:.0f} kB, median {middle:.0f} ms, least {min(spent) * 1000:.0f} ms of the processor")
