"""The worker process: python -m hotgate.config.worker"""

import os
import sys

import django

from hotgate.environment import WrongSetting

CONCURRENT_JOBS = 4


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hotgate.config.settings")
    django.setup()
    from procrastinate.contrib.django import app
    from procrastinate.contrib.django.django_connector import DjangoConnector

    from hotgate.config import key

    key.require()
    connector = app.connector
    assert isinstance(connector, DjangoConnector)
    with app.replace_connector(connector.get_worker_connector()) as worker_app:
        worker_app.run_worker(concurrency=CONCURRENT_JOBS)


if __name__ == "__main__":
    try:
        main()
    except WrongSetting as refused:
        sys.exit(str(refused))
