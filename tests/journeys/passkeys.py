"""A security key that Chromium plays itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page


def plug_in_a_key(page: Page) -> None:
    """It says yes to everything, as a person would."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    traits = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    traits |= {"isUserVerified": True, "automaticPresenceSimulation": True}
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": traits})
