"""Who sits at the console, for which operator, with which roles; and the transaction that sees this operator only."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from hotgate.apps.core import scope
from hotgate.apps.operators import actor, queries
from hotgate.web.shared.authorization import Action, may
from hotgate.web.shared.client import address_of
from hotgate.web.shared.rows import Operator, Staff

if TYPE_CHECKING:
    from django_htmx.middleware import HtmxDetails


CHOSEN = "operator"  # key in the session: the uuid of the operator somebody works for
PLATFORM_ROLES = frozenset({"owner"})  # of a superuser, at every operator


class Seat(NamedTuple):
    operator: Operator
    roles: frozenset[str]
    choices: tuple[Operator, ...]  # all the operators this person works for
    is_platform: bool = False

    def may(self, action: Action) -> bool:
        return may(self.roles, action)


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
    roles = _roles(request.user)
    choices = _choices(request.user, roles)
    if not choices:
        return None
    wanted = request.session.get(CHOSEN)
    operator = next((each for each in choices if str(each.uuid) == wanted), choices[0])
    is_platform = bool(request.user.is_superuser)
    held = roles.get(operator.id, frozenset())
    # the platform also sees rows of no operator, such as packets from unknown sources
    sees_all = is_platform or ("owner" in held and _is_alone(operator))
    scope.limit_to([scope.PLATFORM, operator.id] if sees_all else [operator.id])
    timezone.activate(ZoneInfo(operator.time_zone))
    return Seat(operator, held | PLATFORM_ROLES if is_platform else held, tuple(choices), is_platform)


def by(request: HttpRequest) -> actor.Actor:
    """The person behind the request, as services ask for it."""
    staff_id = request.user.pk
    assert staff_id is not None, "a route lets signed-in staff through only"
    return actor.staff(staff_id, ip=address_of(request) or None)


def _roles(staff: Staff) -> dict[int, frozenset[str]]:
    """Operator id → the roles held there. Row security shows one's own roles to `hotgate.staff`."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('hotgate.staff', %s, true)", [str(staff.pk)])
    held: dict[int, frozenset[str]] = {}
    for operator_id, role in staff.roles.values_list("operator_id", "role"):
        held[operator_id] = held.get(operator_id, frozenset()) | {role}
    return held


def _is_alone(operator: Operator) -> bool:
    """No other operator works here: what belongs to nobody can only be this one's."""
    scope.limit_to([scope.PLATFORM])
    return not queries.operators().exclude(id=operator.id).exists()


def _choices(staff: Staff, roles: dict[int, frozenset[str]]) -> list[Operator]:
    scope.limit_to([scope.PLATFORM] if staff.is_superuser else sorted(roles))
    operators = queries.operators()
    return list(operators if staff.is_superuser else operators.filter(id__in=roles))
