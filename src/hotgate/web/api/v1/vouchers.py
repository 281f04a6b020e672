"""Vouchers: make a batch, look, redeem, make void."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router
from pydantic import Field

from hotgate.apps.vouchers import batches, listed, making, queries, redeeming, services, states
from hotgate.domain.codes import LENGTH_MAX, LENGTH_MIN, BatchSettings, CharacterSet
from hotgate.web.api import guesses, shapes
from hotgate.web.api.access import Caller, caller
from hotgate.web.api.operations import act, read
from hotgate.web.api.paging import Order, Paged, Wanted, page
from hotgate.web.api.shapes import Line, Moment, Page, Shown, Told, TypedMoment, Word
from hotgate.web.api.v1 import rows
from hotgate.web.api.v1.entitlement_shapes import Entitlement, new_entitlement
from hotgate.web.api.v1.user_shapes import Reason
from hotgate.web.shared.authorization import Action

router = Router()
VOUCHERS = "vouchers"
AT_ONCE = 1000  # so many codes in one answer
NEWEST = Order("id", newest_first=True)
Mode = Literal["login", "redeem"]
Prefix = Annotated[Word, Field(max_length=16)]


class NewBatch(Told):
    plan: UUID
    size: int = Field(ge=1, le=AT_ONCE)
    mode: Mode = Field("login", description="`login`: the code is name and password; `redeem`: for registered users.")
    characters: CharacterSet = CharacterSet.CLEAR
    length: int = Field(10, ge=LENGTH_MIN, le=LENGTH_MAX, description="Of the random part.")
    prefix: Prefix = ""
    check: bool = Field(True, description="A last character that finds typing errors.")
    avoid_look_alikes: bool = True
    sold: bool = Field(True, description="false: they answer like unknown codes until they are sold.")
    expires_at: TypedMoment | None = Field(None, description="Of codes that nobody has used until then.")
    site: UUID | None = None


class Batch(Shown):
    id: UUID
    plan: UUID
    size: int
    mode: str
    prefix: str
    state: str
    expires_at: Moment | None
    created_at: Moment


class Code(Shown):
    voucher: UUID
    code: str


class MadeBatch(Shown):
    batch: Batch
    codes: list[Code]


class BatchPage(Page):
    items: list[Batch]


class Voucher(Shown):
    id: UUID
    batch: UUID
    plan: UUID
    user: UUID | None
    shown: str = Field(description="The prefix and the last four characters of the code.")
    state: str = Field(description="`available`, `assigned`, `in_use`, `spent`, `expired`, `void`")
    sold_at: Moment | None
    claimed_at: Moment | None
    expires_at: Moment | None
    created_at: Moment


class WantedVouchers(Wanted):
    batch: UUID | None = Field(None, description="Those of this batch.")
    code: Line | None = Field(None, description="The one with this code, however it is typed.")


class VoucherPage(Page):
    items: list[Voucher]


class Redemption(Told):
    user: UUID
    code: Line


@read(router, "/voucher-batches", BatchPage, action=Action.SELL_TICKETS, resource=VOUCHERS)
def list_batches(request: HttpRequest, wanted: Paged) -> Any:
    """Newest first."""
    found = queries.batches(caller(request).operator)
    return page(found, wanted, lambda some: [_batch(row) for row in some], NEWEST)


@act(router, "/voucher-batches", MadeBatch, action=Action.SELL_TICKETS, resource=VOUCHERS, status=201)
def make_batch(request: HttpRequest, told: NewBatch) -> Any:
    """Up to 1,000 codes, all or none, in the answer."""
    who, now = caller(request), timezone.now()
    settings = BatchSettings(told.characters, told.length, told.prefix, told.avoid_look_alikes, told.check)
    draft = batches.draft_batch(
        by=who.by,
        now=now,
        operator=who.operator,
        plan=rows.plan(who, told.plan),
        size=told.size,
        settings=settings,
        mode=listed.mode_of(told.mode),
        site=rows.site(who, told.site),
        expires_at=told.expires_at,
    )
    batches.confirm_batch(by=who.by, now=now, batch=draft.batch, sold=told.sold)
    made = rows.one(queries.batches(who.operator), draft.batch.uuid)
    return {"batch": _batch(made), "codes": listed.codes_of(made)}


@read(router, "/vouchers", VoucherPage, action=Action.SELL_TICKETS, resource=VOUCHERS)
def list_vouchers(request: HttpRequest, wanted: Annotated[WantedVouchers, Query()]) -> Any:
    """Newest first, without their codes."""
    who = caller(request)
    found = queries.vouchers(who.operator)
    if wanted.batch is not None:
        found = found.filter(batch__uuid=wanted.batch)
    if wanted.code is not None:
        found = _with_code(who, found, wanted.code)
    return page(found, wanted, _vouchers, NEWEST)


def _with_code(who: Caller, found: Any, code: str) -> Any:
    """A look at a code that nobody has is a try, as one to redeem it."""
    guesses.admit(who, code)
    found = found.filter(code_index=making.index_of(code))
    if found.exists():
        guesses.was_right(who, code)
    return found


@act(
    router,
    "/vouchers/redeem",
    Entitlement,
    action=Action.EDIT_USERS,
    resource=VOUCHERS,
    status=201,
    tries_code=True,
)
def redeem_voucher(request: HttpRequest, told: Redemption) -> Any:
    """For a registered user: one more plan, and the code is used. Once, whoever else tries it at this moment."""
    who, now = caller(request), timezone.now()
    user = rows.named(rows.people(who), told.user, "user")
    given = redeeming.redeem_voucher(by=who.by, now=now, subscriber=user, code=told.code)
    return new_entitlement(given, now)


@read(router, "/vouchers/{uuid:voucher}", Voucher, action=Action.SELL_TICKETS, resource=VOUCHERS)
def read_voucher(request: HttpRequest, voucher: UUID) -> Any:
    return _vouchers([rows.one(queries.vouchers(caller(request).operator), voucher)])[0]


@act(router, "/vouchers/{uuid:voucher}/void", Voucher, action=Action.SELL_TICKETS, resource=VOUCHERS)
def void_voucher(request: HttpRequest, voucher: UUID, told: Reason) -> Any:
    """Makes an unused code worthless. Of one that was sold a reason is needed."""
    who = caller(request)
    row = rows.one(queries.vouchers(who.operator), voucher)
    services.void_voucher(by=who.by, now=timezone.now(), voucher=row, reason=told.reason)
    return _vouchers([row])[0]


def _batch(row: Any) -> dict[str, Any]:
    plain = ("size", "mode", "prefix", "state", "expires_at", "created_at")
    return {name: getattr(row, name) for name in plain} | {"id": row.uuid, "plan": row.plan.uuid}


def _vouchers(found: list[Any]) -> list[dict[str, Any]]:
    return [_voucher(each.voucher, str(each.state)) for each in states.seen(found, timezone.now())]


def _voucher(row: Any, state: str) -> dict[str, Any]:
    plain = ("shown", "sold_at", "claimed_at", "expires_at", "created_at")
    return {name: getattr(row, name) for name in plain} | {
        "id": row.uuid,
        "batch": row.batch.uuid,
        "plan": row.plan.uuid,
        "user": shapes.uuid_of(row.subscriber),
        "state": state,
    }
