"""Hotgate: RADIUS AAA, tickets and billing for hotspots and internet providers."""

__version__ = "0.1.0"
