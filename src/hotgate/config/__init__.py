"""Composition: what is installed, which address leads where, who reacts to which event."""
