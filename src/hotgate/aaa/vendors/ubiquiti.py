"""Ubiquiti UniFi hotspots: the standard times, and WISPr's rates for the versions that know them.

Of limits its documents promise Session-Timeout alone. It takes a Disconnect, and no CoA.
"""

from __future__ import annotations

from hotgate.aaa.vendors import standard, wispr
from hotgate.aaa.vendors.standard import Maker

MAKER = Maker("ubiquiti", wispr.accept, wispr.change, standard.confine, takes_coa=False)
