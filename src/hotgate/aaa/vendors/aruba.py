"""Aruba controllers and gateways (vendor 14823): everything but times hangs on a role that is set up there by name.

A rate can't be said by RADIUS: the role has a bandwidth contract. So the profile's filter names the role.
"""

from __future__ import annotations

from hotgate.aaa.vendors import standard
from hotgate.aaa.vendors.standard import Maker, Used
from hotgate.domain.limits import Grant
from hotgate.radius.attributes import SESSION_TIMEOUT
from hotgate.radius.packet import text, vendor_attribute

ARUBA = 14823
USER_ROLE = 1


def accept(grant: Grant, _client_view: bool = False) -> bytes:
    """The standard attributes and Aruba-User-Role."""
    return standard.accept(grant) + _role(grant.profile.filter_id)


def change(grant: Grant, used: Used, _client_view: bool = False) -> bytes:
    """Times and the role."""
    return standard.limits(grant, used) + _role(grant.profile.filter_id)


def confine(seconds: int) -> bytes:
    """An Accept in the role `hotgate-confined`, which shows the portal."""
    return standard.number(SESSION_TIMEOUT, seconds) + _role(standard.CONFINED_NAME)


def _role(name: str) -> bytes:
    return vendor_attribute(ARUBA, USER_ROLE, text(name)) if name else b""


MAKER = Maker("aruba", accept, change, confine)
