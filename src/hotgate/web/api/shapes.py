"""What fields are made of, in and out: bounds that the database has too, and forms that never change."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, PlainSerializer

BIGINT_MAX = 2**63 - 1
YEARS = (2000, 2200)


def _plain(text: str) -> str:
    if "\0" in text:
        raise ValueError("no zero octet")
    return text


def _within_reach(at: datetime) -> datetime:
    if not YEARS[0] <= at.year < YEARS[1]:
        raise ValueError("a year from 2000 to 2199")
    return at.astimezone(UTC)


def in_utc(at: datetime) -> str:
    """`2026-03-01T12:00:00Z`."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


NO_ZERO = r"^[^\x00]*$"
Moment = Annotated[datetime, PlainSerializer(in_utc, return_type=str), Field(json_schema_extra={"format": "date-time"})]
TypedMoment = Annotated[AwareDatetime, AfterValidator(_within_reach)]
Word = Annotated[str, AfterValidator(_plain), Field(max_length=100, json_schema_extra={"pattern": NO_ZERO})]
Name = Annotated[str, AfterValidator(_plain), Field(max_length=253, json_schema_extra={"pattern": NO_ZERO})]
Line = Annotated[str, AfterValidator(_plain), Field(max_length=200, json_schema_extra={"pattern": NO_ZERO})]
Text = Annotated[str, AfterValidator(_plain), Field(max_length=1000, json_schema_extra={"pattern": NO_ZERO})]


class Told(BaseModel):
    """What a request says: a field that we do not know is a mistake, not a wish that is passed over."""

    model_config = ConfigDict(extra="forbid")


class Shown(BaseModel):
    """What an answer says."""


class Money(Shown):
    minor: int = Field(description="In the smallest unit of the currency: 250 for 2.50 EUR.")
    currency: str = Field(description="ISO 4217", examples=["EUR"])


class Page(Shown):
    next: str | None = Field(description="The cursor of the next page; null: this was the last.")


def money(minor: int | None, currency: str) -> dict[str, Any] | None:
    return None if minor is None else {"minor": minor, "currency": currency}


def uuid_of(row: Any) -> UUID | None:
    return None if row is None else row.uuid


def listed(rows: Iterable[Any], shape: Any) -> list[Any]:
    return [shape(row) for row in rows]
