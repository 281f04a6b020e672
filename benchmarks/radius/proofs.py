"""Ready proofs for the load generator: CHAP and MS-CHAPv2 attributes, made once, sent as often as it likes.

The challenge is the NAS's own to choose, so the same one may come again; the server's work is the same each time.
"""

from __future__ import annotations

import os
import pathlib
from collections.abc import Callable
from typing import Final

from hotgate.radius import attributes as attr
from hotgate.radius import passwords
from hotgate.radius.packet import attribute, vendor_attribute


def write(users: pathlib.Path, method: str, out: pathlib.Path, count: int) -> None:
    """Lines `user,hex:attributes` for the first users of a file of `user,password`."""
    make = METHODS[method]
    with users.open() as lines, out.open("w") as written:
        for _, line in zip(range(count), lines, strict=False):
            name, _, password = line.strip().partition(",")
            written.write(f"{name},hex:{make(name, password).hex()}\n")


def _chap(name: str, password: str) -> bytes:
    challenge = os.urandom(16)
    response = passwords.chap_response(1, password.encode(), challenge)
    return attribute(attr.CHAP_PASSWORD, response) + attribute(attr.CHAP_CHALLENGE, challenge)


def _mschapv2(name: str, password: str) -> bytes:
    ours, theirs = os.urandom(16), os.urandom(16)
    response = passwords.mschapv2_response(1, password, name.encode(), ours, theirs)
    return vendor_attribute(attr.MICROSOFT, attr.MS_CHAP_CHALLENGE, ours) + vendor_attribute(
        attr.MICROSOFT, attr.MS_CHAP2_RESPONSE, response
    )


METHODS: Final[dict[str, Callable[[str, str], bytes]]] = {"chap": _chap, "mschapv2": _mschapv2}
