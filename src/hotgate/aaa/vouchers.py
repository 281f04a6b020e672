"""First logins by a code that nobody has used yet: proven, then claimed, then decided like any other login."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from hotgate import vault
from hotgate.domain import authentication, codes
from hotgate.domain.authentication import Verdict
from hotgate.domain.reasons import Reason
from hotgate.domain.subscriber import Credential, CredentialKind
from hotgate.store import db
from hotgate.store.access import zone_of
from hotgate.store.terms import LOAD_PLANS, plan_of
from hotgate.store.vouchers import (
    CLAIM_VOUCHERS,
    LOAD_VOUCHERS,
    RESERVE_CLAIM_IDS,
    VoucherRow,
    claim,
    claim_columns,
    refusal,
)

if TYPE_CHECKING:
    from hotgate.aaa.authorize import Case

CODE_PREFIX = "code:"


async def claim_for(connection: db.Aconnection, keys: vault.Keys, cases: Sequence[Case], now: datetime) -> None:
    """Claim what these cases prove to hold; a case that may not gets its refusal. A loser finds the winner's claim."""
    indexes = [bytes.fromhex(case.key.removeprefix(CODE_PREFIX)) for case in cases]
    rows = await LOAD_VOUCHERS.afetch(connection, db.ints(c.operator_id for c in cases), db.octets(indexes))
    claimable: dict[int, tuple[Case, VoucherRow]] = {}
    for row in rows:
        case = cases[row.position - 1]
        reason = refusal(row, now) or _unproven(case)
        if row.state == "used" or reason is None:
            claimable[row.id] = (case, row)
        else:
            case.ask = case.ask._replace(refused=reason)
    fresh = {voucher_id: held for voucher_id, held in claimable.items() if held[1].state == "available"}
    if fresh:
        await _claim(connection, keys, list(fresh.values()), now)


async def _claim(
    connection: db.Aconnection, keys: vault.Keys, held: Sequence[tuple[Case, VoucherRow]], now: datetime
) -> None:
    plan_ids = db.ints({row.plan_id for _, row in held})
    ids, plan_rows = await db.together(connection, (RESERVE_CLAIM_IDS, [len(held)]), (LOAD_PLANS, [plan_ids]))
    plans = {row.id: plan_of(row) for row in plan_rows}
    claims = [
        claim(row, each, case.ask.name.strip(), case.key, plans[row.plan_id], zone_of(row.zone), keys, now)
        for (case, row), each in zip(held, ids, strict=True)
    ]
    await CLAIM_VOUCHERS.afetch(connection, *claim_columns(claims))


def _unproven(case: Case) -> Reason | None:
    """A voucher's password is its code."""
    code = case.ask.name.strip()
    credential = Credential(0, CredentialKind.CODE, codes.normalise(code).encode(), code.encode())
    verdict = authentication.check_credential(credential, case.ask.proof, lambda password: password)
    return None if verdict is Verdict.OK else Reason.WRONG_PASSWORD
