"""Version 1: one file per capability, each with its router."""
