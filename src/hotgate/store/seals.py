"""For which place each secret is sealed, and under which name a password is digested: the same for web and AAA."""

from __future__ import annotations


def nas_secret_place(nas_id: int) -> bytes:
    return b"nas:%d:secret" % nas_id


def credential_place(credential_id: int) -> bytes:
    return b"credential:%d:secret" % credential_id


def subscriber_ref(subscriber_id: int) -> str:
    """What a PAP password is digested with, so that equal passwords of two subscribers differ."""
    return f"subscriber:{subscriber_id}"
