import os
import pathlib
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

import postgres_for_tests
from hotgate import database, environment

IS_CI = os.environ.get("CI") == "true"
TESTS = pathlib.Path(__file__).parent
SLOW_ROOMS = {"faults", "journeys", "operate", "runtime", "simulator"}
TOOLS = {"chromium": "chromium", "radclient": "freeradius-utils"}

CONTROLLER = pytest.StashKey[postgres_for_tests.Controller]()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "needs(program): skipped, or in CI failed, where the program is missing")
    worker = getattr(config, "workerinput", {}).get("workerid", "main")
    is_controller = postgres_for_tests.prepare_environment(worker)
    if is_controller:
        config.stash[CONTROLLER] = postgres_for_tests.Controller()
    if config.pluginmanager.hasplugin("django"):
        _set_up_django()


def pytest_unconfigure(config: pytest.Config) -> None:
    controller = config.stash.get(CONTROLLER, None)
    if controller is not None:
        controller.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Rooms whose files take minutes go first, so that no worker is left alone with one of them at the end."""
    items.sort(key=lambda item: item.path.parent.name not in SLOW_ROOMS)


def pytest_runtest_setup(item: pytest.Item) -> None:
    for mark in item.iter_markers("needs"):
        program = mark.args[0]
        if shutil.which(program) is None:
            pytest.skip(f"needs {program}; as root: apt-get install --no-install-recommends {TOOLS[program]}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    report: Any = yield
    if IS_CI and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, which counts as failed in CI: {report.longrepr}"
    return report


def _set_up_django() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "hotgate.config.settings"
    import django
    from django.conf import settings

    # no collected files and no slow hashes in tests
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    django.setup()
    # a worker that inherits this would read its settings before it knows its own database
    del os.environ["DJANGO_SETTINGS_MODULE"]


@pytest.fixture(scope="session")
def database_url() -> str:
    """This worker's database, migrated; its user may take any role."""
    worker = os.environ["HOTGATE_TEST_WORKER"]
    postgres_for_tests.ask(worker)
    return postgres_for_tests.url_of(worker)


@pytest.fixture(scope="session")
def django_db_setup(database_url: str) -> None:
    """In place of pytest-django's: the database is there and migrated."""


@pytest.fixture(scope="module")
def leaves_nothing(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Empties all tables after the tests of a file that commit by connections of their own."""
    yield
    from django.core.management import call_command

    with django_db_blocker.unblock():
        call_command("flush", verbosity=0, interactive=False, reset_sequences=False)


@pytest.fixture
def connect(database_url: str, leaves_nothing: None) -> Iterator[Callable[..., psycopg.Connection[Any]]]:
    """connect("aaa"): a psycopg connection with the rights of that role."""
    opened: list[psycopg.Connection[Any]] = []

    def open_as(role: str, **options: Any) -> psycopg.Connection[Any]:
        here = environment.current()
        connection = psycopg.connect(**(database.conninfo(here, role) | options), autocommit=True)
        opened.append(connection)
        statement = database.become(here, role)
        if statement:
            connection.execute(statement)
        connection.autocommit = options.get("autocommit", False)
        return connection

    yield open_as
    for connection in opened:
        connection.close()


@pytest.fixture
def as_web(db: None) -> Iterator[None]:
    """Django's own connection works as hotgate_web until the end of the test."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SET ROLE hotgate_web")
    yield
    if connection.connection is not None and not connection.connection.closed:
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE")
