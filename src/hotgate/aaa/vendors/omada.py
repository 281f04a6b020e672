"""TP-Link Omada portals: the standard times, and WISPr's rates for the versions that know them.

Its controller has attributes of its own (vendor 11863) whose units no document gives, so none of them is sent.
"""

from __future__ import annotations

from hotgate.aaa.vendors import standard, wispr
from hotgate.aaa.vendors.standard import Maker

MAKER = Maker("omada", wispr.accept, wispr.change, standard.confine, takes_coa=False)
