"""What a rule or a service says when somebody asked for what can't be done."""

from __future__ import annotations

from collections.abc import Mapping


class DomainError(Exception):
    """An expected mistake of the caller: never logged as a fault, always shown beside its cause.

    `code` is stable and machine-readable (`price_invalid`); `fields` maps a field's name to what is wrong with it.
    """

    def __init__(self, code: str, text: str, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(text)
        self.code = code
        self.text = text
        self.fields = dict(fields or {})
