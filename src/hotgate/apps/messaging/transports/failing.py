"""What a transport says when it could not."""

from __future__ import annotations


class NotSent(Exception):
    """Why, for staff. `is_final`: another try would end the same."""

    def __init__(self, why: str, *, is_final: bool = False) -> None:
        super().__init__(why)
        self.is_final = is_final
