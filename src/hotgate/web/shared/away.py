"""While the database is away: a page that needs none, and one line in the log instead of a traceback."""

from __future__ import annotations

import logging
import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.views.defaults import server_error as usual_page

RETRY_SECONDS = 10

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>One moment, please</title></head>
<body><h1>One moment, please</h1>
<p>The service is being restarted. Please try again in a minute. Whoever is online stays online.</p></body></html>
"""


def server_error(request: HttpRequest) -> HttpResponse:
    """The page for an unhandled error: 503 while the database is away, else the usual one."""
    if not is_away(sys.exc_info()[1]):
        return usual_page(request)
    return HttpResponse(PAGE, status=503, headers={"Retry-After": str(RETRY_SECONDS), "Cache-Control": "no-store"})


def is_away(error: BaseException | None) -> bool:
    """Did the request fail for want of a connection to the database?"""
    return isinstance(error, OperationalError | InterfaceError)


class OneLine(logging.Filter):
    """Takes the traceback from a request that found the database away: the reason says it all."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if isinstance(record.exc_info, tuple) else None
        if is_away(error):
            record.msg, record.args = "the database is away: %s", (str(error).partition("\n")[0],)
            record.exc_info, record.exc_text = None, None
        return True
