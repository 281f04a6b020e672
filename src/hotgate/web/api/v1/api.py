"""The interface as a whole: its routers, and what becomes of what goes wrong."""

from __future__ import annotations

import json
import logging
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.parser import Parser

from hotgate.domain.errors import DomainError
from hotgate.web.api import openapi, problems
from hotgate.web.api.access import Refused
from hotgate.web.api.v1 import (
    associations,
    cards,
    devices,
    entitlements,
    network,
    plans,
    sales,
    sessions,
    users,
    vouchers,
)

log = logging.getLogger("hotgate.api")


class StrictParser(Parser):
    def parse_body(self, request: HttpRequest) -> Any:
        """ValueError where it is no JSON as RFC 8259 has it; a tower of brackets is none either."""
        try:
            told = json.loads(request.body, parse_constant=_no_number)
            json.dumps(told, ensure_ascii=False).encode()  # half a character is in no database
        except RecursionError:
            raise ValueError("nested too deep") from None
        return told


class Api(NinjaAPI):
    def get_openapi_operation_id(self, operation: Any) -> str:
        return str(operation.view_func.__name__)

    def get_openapi_schema(self, **options: Any) -> Any:
        return openapi.complete(super().get_openapi_schema(**options))


api = Api(
    title="Hotgate",
    version="1",
    description=openapi.DESCRIPTION,
    docs_url=None,
    openapi_url=None,
    parser=StrictParser(),
    urls_namespace="api-v1",
    servers=[{"url": "/"}],
)
for module in (users, entitlements, devices, sessions, plans, vouchers, cards, sales, network, associations):
    api.add_router("", module.router)


@api.exception_handler(Refused)
def refused(request: HttpRequest, error: Refused) -> HttpResponse:
    return error.response


@api.exception_handler(DomainError)
def domain_error(request: HttpRequest, error: DomainError) -> HttpResponse:
    return problems.of_domain(error)


@api.exception_handler(ValidationError)
def validation_error(request: HttpRequest, error: ValidationError) -> HttpResponse:
    return problems.of_validation(error.errors)


@api.exception_handler(Http404)
def missing(request: HttpRequest, error: Http404) -> HttpResponse:
    return problems.not_found(request)


@api.exception_handler(HttpError)
def http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    """The framework's own: it could not read the body."""
    return problems.problem(400, "json_invalid", _("This is not JSON."))


def _no_number(text: str) -> Any:
    raise ValueError(f"{text} is no number of JSON")
