"""Tokens by which other programs use the API."""
