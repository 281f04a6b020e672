"""A database that is away is answered with a page that needs none."""

from __future__ import annotations

import logging
from unittest import mock

import pytest
from django.db import OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import Client


@pytest.fixture
def no_database() -> object:
    """Every new connection is refused, as by a server that is down."""
    refused = OperationalError("connection refused\nIs the server running?")
    with mock.patch.object(BaseDatabaseWrapper, "ensure_connection", side_effect=refused):
        yield


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/portal/somebody/", "/accounts/login/"])
def test_a_page_says_to_come_back_in_a_moment(no_database: object, path: str, caplog: pytest.LogCaptureFixture) -> None:
    client = Client(raise_request_exception=False)
    client.cookies["sessionid"] = "of-somebody"
    response = client.get(path)
    assert (response.status_code, response["Retry-After"]) == (503, "10")
    assert "One moment" in response.content.decode()


def test_the_log_has_one_line_and_no_traceback() -> None:
    from hotgate.web.shared.away import OneLine

    error = OperationalError("connection refused\nIs the server running?")
    record = logging.LogRecord(
        "django.request", logging.ERROR, "", 0, "Internal %s", ("x",), (type(error), error, None)
    )
    assert OneLine().filter(record)
    assert (record.getMessage(), record.exc_info) == ("the database is away: connection refused", None)
