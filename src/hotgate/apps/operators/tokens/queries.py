"""Tokens of an operator, and the one that a request carries."""

from __future__ import annotations

from datetime import datetime
from ipaddress import ip_address, ip_network

from django.db import connection
from django.db.models import QuerySet

from hotgate.apps.core import quick
from hotgate.apps.operators.models import Operator
from hotgate.apps.operators.tokens import secrets
from hotgate.apps.operators.tokens.models import ApiToken
from hotgate.store import db
from hotgate.store.db import Command

SHOW_TOKEN = Command(
    "SHOW_TOKEN",
    "row-level security shows the transaction the token with this public part",
    "SELECT set_config('hotgate.token', $1, true)",
)
# Of the secret the digest is compared, and nobody can choose what that begins with: how long it takes tells nothing.
IS_IT = "public = $1 AND digest = $2"
ENTER = Command(
    "ENTER",
    "the transaction sees the rows of the operator whose token this is",
    f"SELECT set_config('hotgate.operators', '{{' || operator_id || '}}', true) FROM api_token WHERE {IS_IT}",
)


def tokens(operator: Operator) -> QuerySet[ApiToken]:
    """Revoked ones too, newest first."""
    return ApiToken.objects.filter(operator=operator).select_related("created_by").order_by("-id")


def token_of(text: str) -> ApiToken | None:
    """The token that this secret belongs to, whoever's it is and whether or not it still works.

    From here on the transaction sees its operator, which is read along with it, in one round trip.
    """
    parts = secrets.read(text)
    if parts is None:
        return None
    own = parts.public, parts.digest()
    _shown, _entered, found, operators = db.at_once(
        connection,
        (SHOW_TOKEN, [parts.public]),
        (ENTER, own),
        quick.call(ApiToken, IS_IT, *own),
        quick.call(Operator, "id = (SELECT operator_id FROM api_token WHERE public = $1 AND digest = $2)", *own),
    )
    for token in found:
        (token.operator,) = operators
    return found[0] if found else None


def works(token: ApiToken, now: datetime) -> bool:
    return token.revoked_at is None and (token.expires_at is None or now < token.expires_at)


def is_from_allowed(token: ApiToken, address: str) -> bool:
    if not token.addresses:
        return True
    try:
        source = ip_address(address)
    except ValueError:
        return False
    return any(source in ip_network(each) for each in token.addresses)


def covers(token: ApiToken, resource: str, write: bool) -> bool:
    """Is the token for this? Its role has to allow it besides."""
    return f"{resource}:write" in token.scopes or (not write and f"{resource}:read" in token.scopes)
