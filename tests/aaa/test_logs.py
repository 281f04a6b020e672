"""Log lines for people and for machines, neither with what a row held."""

from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Callable

import pytest

from hotgate.aaa import logs


class Refused(Exception):
    sqlstate = "23514"

    def __str__(self) -> str:
        return "a row breaks a rule\nDETAIL:  Failing row contains (secret-word)."


def line(formatter: logging.Formatter) -> str:
    try:
        raise Refused
    except Refused:
        record = logging.LogRecord("hotgate.aaa", logging.ERROR, "x.py", 1, "of NAS %d", (7,), sys.exc_info())
    return formatter.format(record)


def test_a_line_for_machines() -> None:
    told = json.loads(line(logs.JsonFormatter()))
    assert told["at"].endswith("+00:00")
    assert (told["level"], told["logger"], told["text"]) == ("error", "hotgate.aaa", "of NAS 7")
    assert told["error"] == "Refused 23514 a row breaks a rule"
    assert told["trace"][-1].endswith(" line")


@pytest.mark.parametrize("make", [logs.JsonFormatter, lambda: logs.PlainFormatter(logs.PLAIN)])
def test_what_a_row_held_is_not_told(make: Callable[[], logging.Formatter]) -> None:
    told = line(make())
    assert "23514" in told
    assert "secret-word" not in told


@pytest.mark.parametrize(("environ", "is_json"), [({}, True), ({logs.SUPERVISED: "/var/lib/hotgate"}, False)])
def test_people_get_plain_lines(environ: dict[str, str], is_json: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(logging, "basicConfig", lambda **told: told["handlers"][0].handle(record))
    record = logging.LogRecord("hotgate.aaa", logging.INFO, "x.py", 1, "serving", (), None)
    logs.set_up(stream, environ)
    assert stream.getvalue().startswith("{") is is_json
