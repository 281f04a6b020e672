"""The authorization batch: load what all its requests need, decide in arrival order, save, commit, answer.

A decision that changes nothing needs no lock. One that takes a place, lends a slice or assumes a first use is made
again under the subscriber's row lock, on what the database holds then. While most decisions change something, a batch
starts with the lock and spares the first look.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from hotgate import vault
from hotgate.aaa import crowds, mschap, names, translate
from hotgate.aaa import vouchers as first_logins
from hotgate.aaa.held import held
from hotgate.aaa.links import Link, is_collision
from hotgate.aaa.rejects import Rejects
from hotgate.aaa.translate import Ask
from hotgate.domain import access
from hotgate.domain.access import AccessRequest, Answer, Confined, Decision, Refusal
from hotgate.domain.limits import Grant
from hotgate.domain.reasons import Reason
from hotgate.domain.subscriber import AccessState, CredentialKind
from hotgate.radius import attributes as attr
from hotgate.radius.packet import Code, attribute
from hotgate.radius.passwords import MsChapV2Proof, PapProof
from hotgate.store import db, seals, vouchers
from hotgate.store.access import (
    LOAD_ACCESS_STATES,
    LOCK_NAMED,
    StateRow,
    states_of,
)
from hotgate.store.accounting import NAME_SUBSCRIBERS
from hotgate.store.attempts import SAVE_ATTEMPTS, Attempt, attempt_columns
from hotgate.store.changes import Changes
from hotgate.store.ready import LOAD_READY_LOGINS
from hotgate.store.terms import LOAD_PLANS, Terms

if TYPE_CHECKING:
    from hotgate.aaa.udp import Arrived

log = logging.getLogger("hotgate.aaa")

BATCH_SECONDS_MAX = 25.0
LOCK_FIRST_ABOVE = 0.3  # share of recent decisions that changed something
READY_ABOVE = 0.9  # share of recent names about whom nothing was out of the ordinary; any other costs a round trip
READY_AGAIN = 0.002  # with every batch, so that where most are it is noticed again

_ACCEPT = int(Code.ACCESS_ACCEPT)


class Case:
    """One Access-Request on its way to an answer."""

    __slots__ = ("arrived", "ask", "crowd", "decision", "is_answered", "key", "state", "tries", "tries_voucher")

    def __init__(self, arrived: Arrived, ask: Ask) -> None:
        self.arrived = arrived
        self.ask = ask
        self.crowd: crowds.Crowd | None = None  # at its NAS, where that takes only so many
        self.key = ask.name_key  # by which it is looked up
        self.tries = 1
        self.state: AccessState | None = None
        self.decision: Decision | None = None
        self.is_answered = False
        self.tries_voucher = False

    @property
    def operator_id(self) -> int:
        return self.arrived.client.row.operator_id


class Authorizer:
    """Answers Access-Requests. `settle` is what a lane calls; each lane has a link of its own."""

    def __init__(self, keys: vault.Keys, terms: Terms, rejects: Rejects) -> None:
        self._keys = keys
        self._terms = terms
        self._rejects = rejects
        self.answers: Counter[tuple[type[Answer], Reason | None]] = Counter()
        self._changing = 1.0  # moving share of decisions that changed something
        self._ready = 1.0  # moving share of names that stood ready

    def case(self, arrived: Arrived) -> Case:
        """The request in the rules' words."""
        ask = translate.access_ask(arrived.request.packet, arrived.client, arrived.request.source[0])
        return Case(arrived, ask)

    async def settle(self, link: Link, cases: list[Case]) -> None:
        """Answer them all, or, when the database is away, none (D19). One that fails on its data stays alone."""
        try:
            async with asyncio.timeout(BATCH_SECONDS_MAX):
                await self._settle(await link.connection(), cases)
            return
        except Exception as error:
            is_up = await link.recover(error)
            left = [case for case in cases if not case.is_answered]
            if is_up and len(left) > 1:
                for part in await self._parts(link, left, error):
                    await self.settle(link, part)
                return
            if is_up and not is_collision(error):
                log.exception("an Access-Request could not be decided")
        _keep_silent(left)

    async def _parts(self, link: Link, cases: list[Case], error: Exception) -> list[list[Case]]:
        """What to decide instead of a batch that failed: all but whose rows somebody holds, or else its halves."""
        waiting = await self._held(link, cases) if is_collision(error) else set()
        if waiting:
            log.warning("%d Access-Requests stay unanswered for somebody else's transaction", len(waiting))
            _keep_silent(waiting)
            free = [case for case in cases if case not in waiting]
            return [free] if free else []
        middle = len(cases) // 2
        return [cases[:middle], cases[middle:]]

    async def _held(self, link: Link, cases: Sequence[Case]) -> set[Case]:
        try:
            async with asyncio.timeout(BATCH_SECONDS_MAX):
                connection = await link.connection()
                columns = _columns([(case.operator_id, case.key) for case in cases])
                named = await NAME_SUBSCRIBERS.afetch(connection, *columns)
                held_ids = await held(connection, [row.subscriber_id for row in named])
        except Exception as error:  # noqa: BLE001 - then each half is tried, and finds out by itself
            await link.recover(error)
            return set()
        return {cases[row.position - 1] for row in named if row.subscriber_id in held_ids}

    async def _settle(self, connection: db.Aconnection, cases: list[Case]) -> None:
        rest = await self._round(connection, cases)
        while rest:
            waiting = rest
            rest = []
            for group in _alike(waiting):
                rest += await self._round(connection, group)

    async def _round(self, connection: db.Aconnection, cases: list[Case]) -> list[Case]:
        """Look each case up by its first key and answer it. Those to be looked up once more come back."""
        if cases[0].tries_voucher:
            await first_logins.claim_for(connection, self._keys, cases, datetime.now(UTC))
        if self._changing > LOCK_FIRST_ABOVE:
            return await self._round_locked(connection, cases)
        now = await self._load(connection, cases)
        answered, rest = self._found(cases)
        current = self._decide(answered, now)
        changing = [case for case in answered if case.state is not None and case.state.subscriber_id in current]
        self._note(len(changing), len(answered))
        settled = [case for case in answered if case.state is None or case.state.subscriber_id not in current]
        await self._log(connection, settled, now)
        self._answer(settled, now)
        return rest + (await self._round_locked(connection, changing) if changing else [])

    async def _round_locked(self, connection: db.Aconnection, cases: list[Case]) -> list[Case]:
        """The same under the row locks of all its subscribers, in one transaction."""
        now = await self._load(connection, cases, locked=True)
        answered, rest = self._found(cases)
        current = self._decide(answered, now)
        self._note(sum(_changed(case) for case in answered), len(answered))
        await self._save(connection, answered, current, now)
        self._answer(answered, now)
        return rest

    def _found(self, cases: Sequence[Case]) -> tuple[list[Case], list[Case]]:
        """Those to be decided, and those that nobody has by this key while another is left to try."""
        answered: list[Case] = []
        rest: list[Case] = []
        for case in cases:
            again = case.state is None and case.ask.refused is None and self._look_again(case)
            (rest if again else answered).append(case)
        return answered, rest

    def _look_again(self, case: Case) -> bool:
        """By another key; a code that nobody has used yet, once as a voucher."""
        case.tries += 1
        if case.tries == 2:
            other = names.other_key(case.ask.name, self._keys.code_index)
            case.key = other or case.key
            return other is not None
        case.tries_voucher = case.tries == 3 and case.key.startswith(first_logins.CODE_PREFIX)
        return case.tries_voucher

    async def _load(self, connection: db.Aconnection, cases: Sequence[Case], *, locked: bool = False) -> datetime:
        """When it was read: not before anything in it began, as would be said of a first login by another lane."""
        positions: dict[tuple[int, str], int] = {}
        for case in cases:
            positions.setdefault((case.operator_id, case.key), len(positions) + 1)
        named = list(positions)
        if locked:
            rows = await self._rows_locked(connection, cases, named)
        else:
            _, rows = await self._rows(connection, cases, named)
        await self.load_terms(connection, rows)
        states = states_of(rows, self._terms, self._unsealer(cases, positions))
        for case in cases:
            case.state = states.get(positions[case.operator_id, case.key])
        await crowds.look(connection, cases, locked=locked)
        return datetime.now(UTC)

    async def _rows_locked(
        self, connection: db.Aconnection, cases: Sequence[Case], named: list[tuple[int, str]]
    ) -> list[StateRow]:
        """Of these names, in a new transaction and under their locks.

        Who appears behind the locks, as by the first login of a voucher, is not locked: then all is begun again (G6).
        """
        while True:
            lock = (db.BEGIN, ()), (LOCK_NAMED, _columns(named))
            (_, locked), rows = await self._rows(connection, cases, named, *lock)
            if {row.subscriber_id for row in rows} <= {row.id for row in locked}:
                return rows
            await connection.rollback()

    async def _rows(
        self, connection: db.Aconnection, cases: Sequence[Case], named: list[tuple[int, str]], *first: db.Call
    ) -> tuple[list[list[Any]], list[StateRow]]:
        """Of these names, by position: from what stands ready, and else, or where most are not ordinary, from all.

        What goes along `first` has its rows in front.
        """
        self._ready = min(self._ready + READY_AGAIN, 1.0)
        is_worth_it = self._ready >= READY_ABOVE and all(c.arrived.client.row.users_max is None for c in cases)
        columns = _columns(named)
        loading = LOAD_READY_LOGINS if is_worth_it else LOAD_ACCESS_STATES
        *before, rows = await db.together(connection, *first, (loading, columns))
        if not is_worth_it:
            return before, rows
        self._ready += (len(rows) / len(named) - self._ready) * 0.1
        found = {row.position for row in rows}
        rest = [at for at in range(1, len(named) + 1) if at not in found]
        if rest:
            more = await LOAD_ACCESS_STATES.afetch(connection, *_columns([named[at - 1] for at in rest]))
            rows += [row._replace(position=rest[row.position - 1]) for row in more]
        return before, rows

    async def load_terms(self, connection: db.Aconnection, rows: list[StateRow]) -> None:
        """Plans that this process has not met yet."""
        missing = self._terms.missing(rows)
        if missing:
            self._terms.add(await LOAD_PLANS.afetch(connection, db.ints(missing)), rows)

    def _unsealer(
        self, cases: Sequence[Case], positions: dict[tuple[int, str], int]
    ) -> Callable[[StateRow], bytes | None]:
        """Opens a password only where a proof needs it in clear."""
        wanting = {positions[c.operator_id, c.key] for c in cases if not isinstance(c.ask.proof, PapProof)}

        def unseal(row: StateRow) -> bytes | None:
            if row.sealed is None or (row.position not in wanting and row.pap_digest is not None):
                return None
            try:
                place = seals.credential_place(row.credential_id or 0)
                return vault.unseal(self._keys.network, bytes(row.sealed), place)
            except vault.VaultError:
                return None

        return unseal

    def _decide(self, cases: Iterable[Case], now: datetime) -> dict[int, tuple[AccessState, AccessState]]:
        """Decide in turn, each on the state the one before left. Gives (before, after) of the subscribers changed."""
        current: dict[int, tuple[AccessState, AccessState]] = {}
        for case in cases:
            if case.ask.refused is not None:
                case.decision = Decision(Refusal(case.ask.refused), case.state)
                continue
            state = case.state
            if state is not None and state.subscriber_id in current:
                state = current[state.subscriber_id][1]._replace(credential=state.credential)
            decision = access.decide_access(state, self._request(case), now)
            case.decision = decision
            if case.crowd is not None:
                crowds.note(case)
            if decision.state is not None and decision.state is not state:
                before = current.get(decision.state.subscriber_id, (case.state, None))[0]
                assert before is not None
                current[decision.state.subscriber_id] = (before, decision.state)
        return current

    def _request(self, case: Case) -> AccessRequest:
        ask, state = case.ask, case.state
        name, digest = ask.name, None
        if state is not None and state.credential is not None:
            if state.credential.kind is CredentialKind.MAC:
                name = translate.canonical_device(name)
            digest = functools.partial(vault.wire_digest, self._keys.wire, seals.subscriber_ref(state.subscriber_id))
        traits = case.arrived.client.traits
        others = 0 if case.crowd is None else crowds.others(case)
        return AccessRequest(name, ask.proof, ask.device, traits, digest, others)

    async def _save(
        self,
        connection: db.Aconnection,
        cases: Sequence[Case],
        current: dict[int, tuple[AccessState, AccessState]],
        now: datetime,
    ) -> None:
        changes = Changes()
        for before, after in current.values():
            changes.add_state(before, after)
        calls: list[db.Call] = [*changes.commands(now)]
        if cases:
            calls.append((SAVE_ATTEMPTS, attempt_columns([_attempt(case) for case in cases], now)))
        await db.together(connection, *calls, (db.COMMIT, ()))

    async def _log(self, connection: db.Aconnection, cases: Sequence[Case], now: datetime) -> None:
        if cases:
            await SAVE_ATTEMPTS.afetch(connection, *attempt_columns([_attempt(case) for case in cases], now))

    def _note(self, changing: int, decided: int) -> None:
        if decided:
            self._changing += (changing / decided - self._changing) * 0.1

    def _answer(self, cases: Iterable[Case], now: datetime) -> None:
        for case in cases:
            decision = case.decision
            assert decision is not None
            answer = decision.answer
            if isinstance(answer, Grant):
                self._accept(case, self._limits(case, answer))
                self.answers[Grant, None] += 1
            else:
                self._decline(case, answer)
            case.is_answered = True  # not before: what raises above is then found to be the bad one (`settle`)

    def _decline(self, case: Case, answer: Confined | Refusal) -> None:
        if isinstance(answer, Confined):
            self._accept(case, case.arrived.client.maker.confine(answer.session_seconds))
        else:
            self._rejects.send(case.arrived, _refusal(case, answer), case.ask)
        self.answers[type(answer), answer.reason] += 1

    def _limits(self, case: Case, grant: Grant) -> bytes:
        state = case.state
        assert state is not None
        token = vault.class_token(self._keys.class_token, state.operator_id, state.subscriber_id, grant.entitlement_id)
        return translate.accept_attributes(grant, case.arrived.client, token)

    def _accept(self, case: Case, attributes: bytes) -> None:
        arrived = case.arrived
        if isinstance(case.ask.proof, MsChapV2Proof):
            attributes += _mschap_success(case)
        arrived.door.reply(arrived.request, _ACCEPT, attributes + self._user_identity(case))

    def _user_identity(self, case: Case) -> bytes:
        """Chargeable-User-Identity, only where the NAS says that it knows it (RFC 4372 §2.1)."""
        state = case.state
        if state is None or case.arrived.request.packet.first(attr.CHARGEABLE_USER_IDENTITY) is None:
            return b""
        identity = vault.user_identity(self._keys.user_identity, state.operator_id, state.subscriber_id)
        return attribute(attr.CHARGEABLE_USER_IDENTITY, identity)


def _keep_silent(cases: Iterable[Case]) -> None:
    for case in cases:
        case.arrived.door.keep_silent(case.arrived.request)


def _columns(named: Sequence[tuple[int, str]]) -> tuple[db.Column, db.Column]:
    return db.ints(operator for operator, _ in named), db.texts(key for _, key in named)


def _mschap_success(case: Case) -> bytes:
    credential = case.state.credential if case.state is not None else None
    return mschap.success(case.ask.proof, credential, case.arrived.request.packet, case.arrived.client.peer.key)


def _refusal(case: Case, refusal: Refusal) -> bytes:
    """Reply-Message, and after MS-CHAPv2 its own error."""
    message = translate.refusal_text(refusal.reason, refusal.until, case.state.zone if case.state is not None else None)
    error = mschap.error(case.ask.proof, refusal.reason, message, secrets.token_bytes(16))
    return attribute(attr.REPLY_MESSAGE, message) + error


def _alike(cases: Sequence[Case]) -> list[list[Case]]:
    """Cases that are looked up as vouchers apart from the others."""
    groups = [[c for c in cases if not c.tries_voucher], [c for c in cases if c.tries_voucher]]
    return [group for group in groups if group]


def _changed(case: Case) -> bool:
    return case.decision is not None and case.decision.state is not case.state


def _attempt(case: Case) -> Attempt:
    decision, arrived, state = case.decision, case.arrived, case.state
    assert decision is not None
    answer = decision.answer
    if isinstance(answer, Grant):
        outcome, reason = "accepted", ""
    else:
        outcome, reason = "confined" if isinstance(answer, Confined) else "refused", str(answer.reason)
    is_code = state is not None and state.credential is not None and state.credential.kind is CredentialKind.CODE
    return Attempt(
        arrived.client.row.operator_id,
        arrived.client.row.id,
        arrived.request.source[0],
        None if state is None else state.subscriber_id,
        vouchers.masked(case.ask.name) if is_code else case.ask.name,
        case.ask.device,
        outcome,
        reason,
        _RULES.get(reason, "D21" if case.ask.is_mismatched else ""),
        "auth",
    )


_RULES: dict[str, str] = {
    Reason.NO_PROOF: "D15",
    Reason.NOT_PROVABLE: "D16",
    Reason.EAP_UNSUPPORTED: "D17",
    Reason.UNKNOWN_NAME: "D18",
    Reason.WRONG_PASSWORD: "D18",
    Reason.NAS_MISMATCH: "D21",
}
