"""Who sits at the console, for which operator, with which roles; and the transaction that sees this operator only."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from hotgate.apps.core import scope
from hotgate.apps.operators import actor, queries, tree
from hotgate.apps.operators.roles import CHIEFS, Held
from hotgate.apps.operators.tree import Roles
from hotgate.web.shared.authorization import Action, may
from hotgate.web.shared.client import address_of
from hotgate.web.shared.rows import Operator, Staff

if TYPE_CHECKING:
    from django_htmx.middleware import HtmxDetails


CHOSEN = "operator"  # key in the session: the uuid of the operator somebody works for
NOWHERE: Roles = MappingProxyType({})
Row = TypeVar("Row", bound=Model)


class Seat(NamedTuple):
    operator: Operator
    roles: frozenset[str]  # held here, at the operator or at one above it
    choices: tuple[Operator, ...]  # all the operators this person works for
    is_platform: bool = False
    held: frozenset[Held] = frozenset()  # the same roles, each with its site
    standing: Roles = NOWHERE  # what is held at each of the choices
    lacks_second_factor: bool = False  # and should have one
    must_set_up: bool = False  # before anything else

    def may(self, action: Action) -> bool:
        return may(self.roles, action)

    def sites(self, action: Action) -> frozenset[int] | None:
        """Where this person may do it: ids of sites; None: at all of them."""
        allowing = [each.site_id for each in self.held if may([each.role], action)]
        if None in allowing or not allowing:  # nobody gets this far without a role that allows it
            return None
        return frozenset(site_id for site_id in allowing if site_id is not None)

    def within(self, action: Action, rows: QuerySet[Row], site: str = "site") -> QuerySet[Row]:
        """Those of the rows that stand at a site where this person may do it; `site`: the way there."""
        sites = self.sites(action)
        return rows if sites is None else rows.filter(**{f"{site}__in": sites})


class StaffRequest(HttpRequest):
    """A request behind the sign-in. For type checkers only; Django makes plain requests."""

    seat: Seat
    htmx: HtmxDetails
    user: Staff


class SeatMiddleware:
    """Open one transaction, and limit it to the operator that the signed-in person works for.

    Without a seat no tenant row can be read, whatever a view does.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith(settings.STATIC_URL):
            return self.get_response(request)
        with transaction.atomic():
            request.seat = take_seat(request)  # type: ignore[attr-defined]
            try:
                response = self.get_response(request)
            finally:
                timezone.deactivate()
            if response.status_code >= 500:  # the exception was answered further in, so nothing would undo it
                transaction.set_rollback(True)
            return response


def take_seat(request: HttpRequest) -> Seat | None:
    """The seat of whoever is signed in; None for guests and for staff without a role."""
    if not request.user.is_authenticated:
        return None
    staff: Staff = request.user
    choices, standing = tree.operators_of(staff)
    if not choices:
        return None
    wanted = request.session.get(CHOSEN)
    operator = next((each for each in choices if str(each.uuid) == wanted), choices[0])
    held = standing[operator.id]
    is_platform = bool(staff.is_superuser)
    # the platform also sees rows of no operator, such as packets from unknown sources
    sees_all = is_platform or (Held("owner") in held and len(choices) == 1 and _is_alone(operator))
    scope.limit_to([scope.PLATFORM, operator.id] if sees_all else [operator.id])
    timezone.activate(ZoneInfo(operator.time_zone))
    _speak(request, operator)
    lacks = _lacks_second_factor(staff, standing)
    return Seat(
        operator,
        frozenset(each.role for each in held),
        tuple(choices),
        is_platform,
        held,
        standing,
        lacks_second_factor=lacks,
        must_set_up=lacks and settings.SECOND_FACTOR_IS_REQUIRED,
    )


def _speak(request: HttpRequest, operator: Operator) -> None:
    """The operator's language, unless this person chose one in this browser."""
    if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
        translation.activate(operator.language)


def by(request: HttpRequest) -> actor.Actor:
    """The person behind the request, as services ask for it."""
    staff_id = request.user.pk
    assert staff_id is not None, "a route lets signed-in staff through only"
    return actor.staff(staff_id, ip=address_of(request) or None)


def _lacks_second_factor(staff: Staff, standing: Roles) -> bool:
    """Owners and managers, wherever they are it, need a passkey or an app."""
    if CHIEFS.isdisjoint(each.role for held in standing.values() for each in held):
        return False
    return not is_mfa_enabled(staff, [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN])


def _is_alone(operator: Operator) -> bool:
    """No other operator works here: what belongs to nobody can only be this one's."""
    scope.limit_to([scope.PLATFORM])
    return not queries.operators().exclude(id=operator.id).exists()
