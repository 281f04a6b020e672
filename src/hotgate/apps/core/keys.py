"""The working keys of this process."""

from __future__ import annotations

from django.conf import settings

from hotgate.vault import Keys


def current() -> Keys:
    keys: Keys = settings.KEYS
    return keys
