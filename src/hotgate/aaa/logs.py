"""Log lines: plain at a terminal and under `hotgate up`, JSON for a collector; never what a refused row held."""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, TextIO, TypeAlias

PLAIN = "%(levelname)s %(name)s %(message)s"
SUPERVISED = "SUPERVISED_BY_HOTGATE"  # set where a person reads along

_Fault: TypeAlias = tuple[type[BaseException] | None, BaseException | None, TracebackType | None]


class PlainFormatter(logging.Formatter):
    def formatException(self, ei: Any) -> str:  # noqa: N802
        return "\n".join([fault_of(ei), *(f"  {line}" for line in trace_of(ei))])


class JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        told: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "text": record.getMessage(),
        }
        if record.exc_info and record.exc_info[1] is not None:
            told |= {"error": fault_of(record.exc_info), "trace": trace_of(record.exc_info)}
        return json.dumps(told)


def fault_of(fault: _Fault) -> str:
    """The kind of an error and its first line: PostgreSQL tells a row's values on the next ones, after DETAIL."""
    kind, error, _ = fault
    lines = str(error).strip().splitlines()
    state = getattr(error, "sqlstate", None)
    name = kind.__name__ if kind is not None else "error"
    return " ".join(part for part in (name, state, lines[0] if lines else "") if part)


def trace_of(fault: _Fault) -> list[str]:
    """Where it happened, the innermost last."""
    return [f"{f.filename.rpartition('/')[2]}:{f.lineno} {f.name}" for f in traceback.extract_tb(fault[2])]


def set_up(stream: TextIO, environ: Mapping[str, str]) -> None:
    """All log lines of this process go to `stream`."""
    is_read_along = stream.isatty() or SUPERVISED in environ
    handler = logging.StreamHandler(stream)
    handler.setFormatter(PlainFormatter(PLAIN) if is_read_along else JsonFormatter())
    logging.basicConfig(level=logging.INFO, handlers=[handler])
