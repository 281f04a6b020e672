"""A job whose worker was killed is done by the next one."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from procrastinate.contrib.django import app

from hotgate.config import jobs


def _in_a_thread(run: Callable[[], None]) -> None:
    # A browser test before this one leaves its event loop in the main thread.
    with ThreadPoolExecutor(1) as pool:
        pool.submit(run).result()


@pytest.mark.django_db(transaction=True)
def test_jobs_of_a_dead_worker_are_put_back() -> None:
    from django.db import connection

    job_id = app.configure_task("core.deliver_event", allow_unknown=True).defer(event_id=0)
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH gone AS (INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 hour')"
            " RETURNING id) UPDATE procrastinate_jobs SET status = 'doing', worker_id = gone.id FROM gone"
            " WHERE procrastinate_jobs.id = %s",
            [job_id],
        )
        jobs.retry_stalled_jobs.defer(timestamp=0)
        worker = app.connector.get_worker_connector()  # type: ignore[attr-defined]
        with app.replace_connector(worker) as working:
            _in_a_thread(lambda: working.run_worker(wait=False, install_signal_handlers=False, listen_notify=False))
        cursor.execute("SELECT status, attempts FROM procrastinate_jobs WHERE id = %s", [job_id])
        status, _ = cursor.fetchone()
        cursor.execute("DELETE FROM procrastinate_jobs WHERE id = %s", [job_id])
    assert status != "doing"
