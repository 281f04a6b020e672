"""The description that is published: complete, kept in docs, and true, which a fuzzer holds against the application."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode, checks

from api.program import problem
from hotgate.web.api.urls import description

DOCS = Path(__file__).parents[2] / "docs" / "api"
TRIES = int(os.environ.get("HOTGATE_API_FUZZ", "4"))  # of each operation; more by hand
SCHEMA = json.loads(description())
OPERATIONS = [(path, method) for path, methods in SCHEMA["paths"].items() for method in methods]


def test_the_description_is_published_to_everybody(client, db):
    answer = client.get("/api/v1/openapi.json")
    assert answer.status_code == 200
    assert answer.json() == SCHEMA
    problem(client.delete("/api/v1/openapi.json"), 405, "method_not_allowed")


def test_the_copy_in_docs_is_the_same():
    """After a change: `python -m hotgate.web.api.publish > docs/api/openapi.json`."""
    assert (DOCS / "openapi.json").read_text() == description()


@pytest.mark.parametrize(("path", "method"), OPERATIONS, ids=lambda value: value)
def test_every_operation_tells_its_scope_and_its_problems(path, method):
    operation = SCHEMA["paths"][path][method]
    assert operation["security"] == [{"ApiToken": []}]
    assert operation["x-scope"].endswith(":read" if method == "get" else ":write")
    assert {"401", "403", "422"} <= set(operation["responses"])
    assert operation["summary"]
    assert ("404" in operation["responses"]) == ("{" in path)


@pytest.fixture
def application(places):
    """It stays in the transaction of the test, as Django's own client does; that one undoes this at each call."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield get_wsgi_application()
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


HONEST = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]


@pytest.mark.parametrize(("path", "method"), OPERATIONS, ids=lambda value: value)
def test_a_fuzzer_finds_no_fault_and_no_answer_that_is_not_described(api, places, application, path, method):
    operation = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)[path][method.upper()]
    seen = []

    @settings(
        max_examples=TRIES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def fuzz(case):
        if len(seen) % 2:  # what is there, in turn with what is not
            case.path_parameters |= {name: places[name] for name in case.path_parameters or {} if name in places}
        answer = case.call(headers=api.headers())
        seen.append(answer.status_code)
        case.validate_response(answer, checks=HONEST)

    for mode in GenerationMode:
        given(case=operation.as_strategy(generation_mode=mode))(fuzz)()
    assert len(seen) >= len(GenerationMode)
