"""Addresses in the log without the tokens that open something: of a link for credentials, or of an invitation."""

from __future__ import annotations

import logging
import re
from typing import Any

TOKEN_IN_PATH = re.compile(r"(/(?:credentials|join|key)/)[^/\s?]+")


class NoLinks(logging.Filter):
    """Django names the address of each request that it answers with an error."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(_masked(each) for each in record.args)
        return True


def _masked(told: Any) -> Any:
    return TOKEN_IN_PATH.sub(r"\1…", told) if isinstance(told, str) else told
