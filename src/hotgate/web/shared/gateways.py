"""What the portal trusts a gateway by: the same for the page that tells it and for the page that checks it."""

from __future__ import annotations

from hotgate import vault
from hotgate.apps.core import keys
from hotgate.web.shared.rows import Nas

SECRET_LENGTH = 32


def portal_secret(nas: Nas) -> str:
    """What CoovaChilli signs its redirects with (`uamsecret`): made from our key, so nothing needs to be stored."""
    label = f"portal of gateway {nas.uuid} {nas.portal_generation}"
    return vault.derive(keys.current().cookies, label).hex()[:SECRET_LENGTH]
