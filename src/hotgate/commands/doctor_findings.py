from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "warn", "fail"]


@dataclass(frozen=True, slots=True)
class Finding:
    level: Level  # fail: guests are kept out, money is counted wrongly, or soon will be
    subject: str
    text: str
    mend: str | None = None  # what to do; None only where all is well
