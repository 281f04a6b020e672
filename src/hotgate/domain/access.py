"""The question of the product: may this subscriber go online now, and with which limits?

`decide_access` asks its guards in order and stops at the first that refuses; `explain_access` asks the same guards
and reports each, which is the console's *Why* panel. Neither reads a clock nor a table.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from hotgate.domain import authentication, limits, ordinary, places, spending, validity
from hotgate.domain.authentication import Proof, Verdict
from hotgate.domain.limits import Grant
from hotgate.domain.reasons import TEXTS, Reason
from hotgate.domain.spending import Obstacle
from hotgate.domain.subscriber import (
    AccessState,
    CredentialKind,
    Entitlement,
    HoldKind,
    Slot,
    with_entitlement,
)
from hotgate.domain.wording import _

CONFINED_SECONDS = 300


class NasTraits(NamedTuple):
    """What the NAS can do, as far as a decision depends on it."""

    id: int = 0
    maker: str = "standard"
    can_confine: bool = False  # has a walled garden for accepted sessions
    can_disconnect: bool = True
    can_reauthorize: bool = False  # volume can be topped up by CoA
    sends_accounting: bool = True
    mac_login: bool = False
    lacks_gigawords: bool = False
    site_id: int | None = None  # None: nobody asks from anywhere
    users_max: int | None = None  # at once; None: not limited


class AccessRequest(NamedTuple):
    name: str  # as typed
    proof: Proof | None  # None: somebody who need not prove it asks (console, portal after its own check)
    device: str  # canonical MAC, else whatever names the device; '' when unknown
    nas: NasTraits
    digest: Callable[[bytes], bytes] | None = None  # keyed digest of a clear-text password, for PAP
    others_here: int = 0  # users that the NAS serves, without this one on this device; counted where it has a maximum


class Confined(NamedTuple):
    """Accepted into the walled garden only; nothing is charged."""

    reason: Reason
    until: datetime | None
    session_seconds: int = CONFINED_SECONDS


class Refusal(NamedTuple):
    reason: Reason
    until: datetime | None = None


Answer = Grant | Confined | Refusal


class Decision(NamedTuple):
    answer: Answer
    state: AccessState | None  # after the decision; the same object where nothing changed

    @property
    def accepted(self) -> bool:
        return isinstance(self.answer, Grant)


class Guard(NamedTuple):
    """One line of the *Why* panel."""

    name: str
    passed: bool
    text: str


class Situation:
    """One request with what its guards work out on the way, as plain attributes, for all logins pass here."""

    __slots__ = ("known", "now", "payers", "request", "state")

    payers: list[
        Entitlement
    ]  # what can pay, with the first use assumed now, in spending order; from `something_pays` on

    def __init__(self, state: AccessState | None, request: AccessRequest, now: datetime) -> None:
        self.known = state
        self.state: AccessState = state  # type: ignore[assignment]  # guards behind `known_name` see a subscriber
        self.request = request
        self.now = now

    @property
    def payer(self) -> Entitlement:
        return self.payers[0]


def known_name(s: Situation) -> Obstacle | None:
    """The name or code belongs to a subscriber of this operator."""
    return Obstacle(Reason.UNKNOWN_NAME) if s.known is None else None


_VERDICTS = {
    Verdict.WRONG: Reason.WRONG_PASSWORD,
    Verdict.MISSING: Reason.NO_PROOF,
    Verdict.NOT_PROVABLE: Reason.NOT_PROVABLE,
}


def proven(s: Situation) -> Obstacle | None:
    """The password is right (or nobody needs to prove it here)."""
    credential, proof = s.state.credential, s.request.proof
    if proof is None or (credential is not None and credential.kind is CredentialKind.MAC):
        return None
    verdict = authentication.check_credential(credential, proof, s.request.digest)
    return Obstacle(_VERDICTS[verdict]) if verdict in _VERDICTS else None


def device_allowed(s: Situation) -> Obstacle | None:
    """A device that logs in by its MAC address is allowed to, here and on this plan."""
    # A MAC address proves nothing: it counts only where NAS and plan say so, and only as the caller's own address.
    credential = s.state.credential
    if credential is None or credential.kind is not CredentialKind.MAC:
        return None
    same = s.request.proof is None or s.request.name == s.request.device
    allowed = s.request.nas.mac_login and same and any(e.plan.for_devices for e in s.state.entitlements)
    return None if allowed else Obstacle(Reason.DEVICE_LOGIN_NOT_ALLOWED)


def realm_works_here(s: Situation) -> Obstacle | None:
    """The user's realm works at the site of the NAS."""
    site = s.request.nas.site_id
    is_elsewhere = bool(s.state.sites) and site is not None and site not in s.state.sites
    return Obstacle(Reason.REALM_NOT_HERE) if is_elsewhere else None


def not_held_by_staff(s: Situation) -> Obstacle | None:
    """Staff put no hold on the user."""
    return spending.subscriber_hold(s.state, s.now, (HoldKind.STAFF,))


def not_unpaid(s: Situation) -> Obstacle | None:
    """No invoice is overdue."""
    return spending.subscriber_hold(s.state, s.now, (HoldKind.UNPAID,))


def something_pays(s: Situation) -> Obstacle | None:
    """A plan is there that has begun, has not ended, and has something left."""
    usable = spending.in_spending_order(s.state, s.now)
    s.payers = [validity.activate(e, s.now, s.state.zone) for e in usable]
    return None if usable else spending.why_none(s.state, s.now)


def place_is_free(s: Situation) -> Obstacle | None:
    """Fewer devices are online than the plan allows."""
    return places.place_obstacle(s.state, s.payer.plan.profile, s.request.device, s.now)


def not_lent_out(s: Situation) -> Obstacle | None:
    """What is left is not all lent to the user's other devices."""
    return places.share_obstacle(s.state, s.payer, s.request.device, s.now)


def nas_has_room(s: Situation) -> Obstacle | None:
    """The NAS serves fewer users than it may (HN-W16). It is asked last: who is refused anyway is told why."""
    most = s.request.nas.users_max
    return Obstacle(Reason.GATEWAY_FULL) if most is not None and s.request.others_here >= most else None


GUARDS: tuple[Callable[[Situation], Obstacle | None], ...] = (
    known_name,
    proven,
    device_allowed,
    realm_works_here,
    not_held_by_staff,
    not_unpaid,
    something_pays,
    place_is_free,
    not_lent_out,
    nas_has_room,
)

# What the *Why* panel says of a guard that let pass.
PASSED: dict[Callable[[Situation], Obstacle | None], str] = {
    known_name: _("The name or code belongs to a subscriber of this operator."),
    proven: _("The password is right (or nobody needs to prove it here)."),
    device_allowed: _("A device that logs in by its MAC address is allowed to, here and on this plan."),
    realm_works_here: _("The user's realm works at the site of the gateway."),
    not_held_by_staff: _("Staff put no hold on the user."),
    not_unpaid: _("No invoice is overdue."),
    something_pays: _("A plan is there that has begun, has not ended, and has something left."),
    place_is_free: _("Fewer devices are online than the plan allows."),
    not_lent_out: _("What is left is not all lent to the user's other devices."),
    nas_has_room: _("The gateway serves fewer users than it may."),
}

# A page can help with these, so a NAS with a walled garden lets the guest see one.
_CONFINABLE = frozenset(
    {
        Reason.UNPAID,
        Reason.CAP_REACHED,
        Reason.NO_ENTITLEMENT,
        Reason.USED_UP,
        Reason.CYCLE_USED_UP,
        Reason.EXPIRED,
    }
    | {Reason.NO_MONEY, Reason.NOT_STARTED}
)


def decide_access(state: AccessState | None, request: AccessRequest, now: datetime) -> Decision:
    """Grant, Confined or Refusal, with the state that follows: a slot taken, a slice lent, a first use assumed.

    `state` None: the name is unknown. One subscriber's requests are decided in turn, each on the state of the last.
    """
    if state is not None and request.nas.users_max is None:
        grant = ordinary.grant_at_once(state, request.proof, request.digest, now)
        if grant is not None:
            return Decision(grant, state)
    return decide_by_guards(state, request, now)


def decide_by_guards(state: AccessState | None, request: AccessRequest, now: datetime) -> Decision:
    """The same, guard by guard."""
    situation = Situation(state, request, now)
    for guard in GUARDS:
        obstacle = guard(situation)
        if obstacle is not None:
            return Decision(_turn_away(obstacle, request.nas), state)
    return _let_in(situation)


def _turn_away(obstacle: Obstacle, nas: NasTraits) -> Confined | Refusal:
    if nas.can_confine and obstacle.reason in _CONFINABLE:
        return Confined(obstacle.reason, obstacle.until)
    return Refusal(obstacle.reason, obstacle.until)


def _let_in(s: Situation) -> Decision:
    state, nas, device = s.state, s.request.nas, s.request.device
    grant = limits.grant_for(state, s.payers, device, s.now)
    if not grant.needs_place and nas.users_max is None:  # a full house is told by its slots
        return Decision(grant, state)
    slot = _slot_for(grant, device, nas, s.now)
    state = state._replace(slots=places.with_slot(places.still_matter(state.slots, s.now), slot))
    if not nas.sends_accounting:
        state = with_entitlement(state, s.payer)
    return Decision(grant, state)


def _slot_for(grant: Grant, device: str, nas: NasTraits, now: datetime) -> Slot:
    """The slot that goes with an Accept: it lapses unless accounting begins."""
    ends_at = None if grant.session_seconds is None else now + timedelta(seconds=grant.session_seconds)
    return Slot(
        device,
        now + places.SLOT_KEPT,
        None,  # no session yet
        grant.entitlement_id,
        grant.slice_amount,
        0,
        now if grant.activates else None,
        ends_at,
        None if nas.users_max is None else nas.id,
    )


def explain_access(state: AccessState | None, request: AccessRequest, now: datetime) -> list[Guard]:
    """Each guard with its answer, up to and including the first that refuses."""
    situation = Situation(state, request, now)
    lines = []
    for guard in GUARDS:
        obstacle = guard(situation)
        text = PASSED[guard] if obstacle is None else TEXTS[obstacle.reason].staff
        lines.append(Guard(guard.__name__, obstacle is None, text))
        if obstacle is not None:
            break
    return lines
