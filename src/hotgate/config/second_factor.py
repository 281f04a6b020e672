"""Passkeys, codes of an app, recovery codes: sealed in the database, so that a stolen copy of it signs nobody in."""

from __future__ import annotations

from allauth.mfa.adapter import DefaultMFAAdapter

from hotgate import vault
from hotgate.apps.core import keys

PLACE = b"staff second factor"


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types
    def encrypt(self, text: str) -> str:
        return vault.seal(keys.current().reprint, text.encode(), PLACE).hex()

    def decrypt(self, encrypted_text: str) -> str:
        return vault.unseal(keys.current().reprint, bytes.fromhex(encrypted_text), PLACE).decode()
