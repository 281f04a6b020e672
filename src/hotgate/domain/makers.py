"""The makers of NASes whose attributes we speak, by the name that settings use. `aaa.vendors` renders for each."""

from __future__ import annotations

LABELS: dict[str, str] = {
    "standard": "Standard (RFC 2865)",
    "mikrotik": "MikroTik",
    "chillispot": "CoovaChilli, ChilliSpot",
    "wispr": "WISPr",
    "accel_ppp": "accel-ppp",
    "aruba": "Aruba",
    "cisco": "Cisco (ISG router)",
    "cisco_wlc": "Cisco (wireless controller)",
    "huawei": "Huawei",
    "juniper": "Juniper",
    "omada": "TP-Link Omada",
    "ruckus": "Ruckus",
    "ubiquiti": "Ubiquiti",
}
