"""Jobs that belong to no capability. Those of a capability stand in its own `jobs.py`."""

from procrastinate import JobContext
from procrastinate.contrib.django import app


@app.periodic(cron="*/5 * * * *")
@app.task(name="config.retry_stalled_jobs", queueing_lock="config.retry_stalled_jobs", pass_context=True)
async def retry_stalled_jobs(context: JobContext, timestamp: int) -> None:
    """Jobs of a worker that was killed. Every handler is idempotent, so doing one twice is safe."""
    for job in await context.app.job_manager.get_stalled_jobs():
        await context.app.job_manager.retry_job(job)
