"""The interface for other programs, at /api/v1."""
