"""Ruckus ZoneDirector and SmartZone (vendor 25053): WISPr's rates in bit/s, and a user group that maps to a role.

ZoneDirector ends a session on a Disconnect and knows no other order.
"""

from __future__ import annotations

from hotgate.aaa.vendors import standard, wispr
from hotgate.aaa.vendors.standard import Maker, Used
from hotgate.domain.limits import Grant
from hotgate.radius.attributes import SESSION_TIMEOUT
from hotgate.radius.packet import text, vendor_attribute

RUCKUS = 25053
USER_GROUPS = 1


def accept(grant: Grant, _client_view: bool = False) -> bytes:
    """The standard attributes, WISPr's rates, and the filter as a user group."""
    return wispr.accept(grant) + _group(grant.profile.filter_id)


def change(grant: Grant, used: Used, _client_view: bool = False) -> bytes:
    """Times and rates, for controllers that take them."""
    return wispr.change(grant, used)


def confine(seconds: int) -> bytes:
    """An Accept in the group `hotgate-confined`."""
    return standard.number(SESSION_TIMEOUT, seconds) + _group(standard.CONFINED_NAME)


def _group(name: str) -> bytes:
    return vendor_attribute(RUCKUS, USER_GROUPS, text(name)) if name else b""


MAKER = Maker("ruckus", accept, change, confine, takes_coa=False)
