"""One file per maker: a grant becomes the attributes that its NAS understands. To add one, add a line to `MAKERS`."""

from __future__ import annotations

from hotgate.aaa.vendors import (
    accel_ppp,
    aruba,
    chillispot,
    cisco,
    cisco_wlc,
    huawei,
    juniper,
    mikrotik,
    omada,
    ruckus,
    standard,
    ubiquiti,
    wispr,
)
from hotgate.aaa.vendors.standard import Maker

MAKERS: dict[str, Maker] = {
    "standard": standard.MAKER,
    "mikrotik": mikrotik.MAKER,
    "chillispot": chillispot.MAKER,
    "wispr": wispr.MAKER,
    "cisco": cisco.MAKER,
    "cisco_wlc": cisco_wlc.MAKER,
    "aruba": aruba.MAKER,
    "ruckus": ruckus.MAKER,
    "huawei": huawei.MAKER,
    "juniper": juniper.MAKER,
    "ubiquiti": ubiquiti.MAKER,
    "omada": omada.MAKER,
    "accel_ppp": accel_ppp.MAKER,
}


def maker(name: str) -> Maker:
    """The maker of that name; what the RFCs say where nobody knows better."""
    return MAKERS.get(name, standard.MAKER)
