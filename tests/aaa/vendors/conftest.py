"""Renderers are quick, but a busy machine is not: an example may take its time."""

from hypothesis import settings

settings.register_profile("vendors", deadline=None)
settings.load_profile("vendors")
