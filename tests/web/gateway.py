"""A CoovaChilli that sends its guests to the portal."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from web.office import Office

CHALLENGE = "000102030405060708090a0b0c0d0e0f"


def arrival(cafe: Office, **fields: str) -> str:
    """The address to which it sends a guest, signed over the public address of the portal."""
    from django.conf import settings

    from hotgate.web.shared.gateways import portal_secret

    told = {"res": "notyet", "uamip": "10.1.0.1", "uamport": "3990", "challenge": CHALLENGE} | fields
    path = f"/portal/{cafe.operator.slug}/{cafe.nas.uuid}/"
    url = path + "?" + "&".join(f"{name}={value}" for name, value in told.items())
    digest = (
        hashlib.md5(f"{settings.ENVIRONMENT.public_url}{url}{portal_secret(cafe.nas)}".encode()).hexdigest().upper()
    )
    return f"{url}&md={digest}"
