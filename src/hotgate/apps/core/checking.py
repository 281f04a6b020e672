"""What was typed, looked at field by field, so that a form can show every mistake at once."""

from __future__ import annotations

from hotgate.domain.errors import DomainError


class Checking:
    """Collects what is wrong; `finish` raises it as one DomainError."""

    def __init__(self, code: str) -> None:
        self.code = code
        self.wrong: dict[str, str] = {}

    def require(self, is_right: bool, field: str, text: str) -> None:
        if not is_right:
            self.wrong.setdefault(field, text)

    def finish(self) -> None:
        """Raises DomainError where something is wrong; its text is the first complaint."""
        if self.wrong:
            raise DomainError(self.code, next(iter(self.wrong.values())), self.wrong)
