"""Surfaces: portal, self-care, console and API. They own no tables and no rules."""
