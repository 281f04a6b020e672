"""How staff sign in: invited by other staff, and with a limit on wrong passwords and codes that all processes share."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal import flows
from allauth.core import context
from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa import app_settings as mfa
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone

from hotgate.apps.core import throttle
from hotgate.apps.core import waiting as waits
from hotgate.apps.core.throttle import Limit
from hotgate.apps.operators import queries
from hotgate.config import sign_in_log
from hotgate.domain.throttling import Rule
from hotgate.web.shared.client import address_of, handle_of

OF_ACCOUNT = Rule(tries=10, window=timedelta(minutes=10), lockout=timedelta(minutes=15))
OF_ADDRESS = Rule(tries=30, window=timedelta(minutes=10), lockout=timedelta(minutes=15))
CODE_SECONDS = mfa.TOTP_PERIOD * (1 + 2 * mfa.TOTP_TOLERANCE)
OF_SECOND_FACTOR = Rule(tries=5, window=timedelta(minutes=10), lockout=timedelta(minutes=15))


class StaffAdapter(DefaultAccountAdapter):
    """Staff are invited by other staff: nobody signs up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """allauth's own limit counts in one process only; `authenticate` has ours."""

    def authenticate(self, request: HttpRequest, **credentials: Any) -> AbstractBaseUser | None:
        """The password of an account, known or not: no answer tells which."""
        account = str(credentials.get("email") or credentials.get("username") or "").strip().lower()
        limits = (
            Limit("staff sign-in by account", account, OF_ACCOUNT),
            Limit("staff sign-in by address", handle_of(request), OF_ADDRESS),
        )
        tried = _counted(limits)
        user: AbstractBaseUser | None = super().authenticate(request, **credentials)
        if user:
            throttle.take_back(limits, tried)
        else:
            sign_in_log.record(request, queries.staff_with_email(account), "sign_in_failed")
        return user

    def get_client_ip(self, request: HttpRequest) -> str:
        return address_of(request) or "0.0.0.0"

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Whoever has just signed in, by whichever means, is not asked again."""
        request = context.request
        records = flows.login.get_authentication_records(request, request.user)
        at = records[-1]["at"] if records else 0.0
        return bool(time.time() - at > settings.ACCOUNT_REAUTHENTICATION_TIMEOUT)


class CountedCode:
    """A code of the app or of the recovery list. What allauth counts, it counts in one process only."""

    user: AbstractBaseUser

    def clean_code(self) -> str:
        limits = (Limit("staff second factor", str(self.user.pk), OF_SECOND_FACTOR),)
        tried = _counted(limits)
        code = str(super().clean_code())  # type: ignore[misc]  # of the form beside this class
        # allauth remembers it for as long as the app shows it, which is not as long as it counts.
        if not cache.add(f"staff-code-{self.user.pk}-{normalize_user_code(code)}", "used", CODE_SECONDS):
            raise get_adapter().validation_error("incorrect_code")
        throttle.take_back(limits, tried)
        return code


class SecondFactorForm(CountedCode, AuthenticateForm):
    """For whoever knows the password already."""


class SecondFactorAgainForm(CountedCode, ReauthenticateForm):
    """For whoever sits at a browser that is signed in, and may have stolen it."""


def _counted(limits: Sequence[Limit]) -> str:
    """Every try counts, also with the same password: a digest of it is nothing to keep. ValidationError."""
    tried = secrets.token_hex(8)
    waiting = throttle.allow(limits, tried, timezone.now())
    if waiting is not None:
        raise ValidationError(waits.words(waiting), code="too_many_login_attempts")
    return tried
