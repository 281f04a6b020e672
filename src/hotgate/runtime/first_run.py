"""What a new installation needs before anybody can sign in."""

from dataclasses import dataclass, field

from hotgate.environment import Environment


@dataclass(frozen=True, slots=True)
class FirstRun:
    lines: list[str] = field(default_factory=list)  # what `hotgate up` tells the person, line by line


def prepare(environment: Environment, *, demo: bool) -> FirstRun:
    """Called at every start, after the migrations; does nothing where it was done."""
    return FirstRun()
