"""The one-time link by which somebody who was invited chooses a password.

Nothing is stored: the token is signed over the password's column, so it ends with the first password, with the next
link, and after `PASSWORD_RESET_TIMEOUT`.
"""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.tokens import PasswordResetTokenGenerator

from hotgate.apps.operators.models import Staff


class _Links(PasswordResetTokenGenerator):
    key_salt = "hotgate.apps.operators.invitations"


_LINKS = _Links()


def token_of(staff: Staff) -> str:
    return f"{staff.uuid.hex}-{_LINKS.make_token(staff)}"


def staff_of(token: str) -> Staff | None:
    """None: no such link, or it is used up or too old."""
    own, _, signed = token.partition("-")
    try:
        staff = Staff.objects.filter(uuid=UUID(own), is_active=True).first()
    except ValueError:
        return None
    if staff is None or staff.has_usable_password() or not _LINKS.check_token(staff, signed):
        return None
    return staff
