"""By which keys a typed name is looked up: as a name, as a MAC address, as a voucher's code."""

from __future__ import annotations

from hotgate import vault
from hotgate.aaa.translate import canonical_device, is_mac, name_key
from hotgate.domain import codes

CODE_LENGTH_MIN, CODE_LENGTH_MAX = 4, 64


def keys_to_try(name: str, code_index_key: bytes) -> list[str]:
    """The keys of credentials, the likeliest first."""
    other = other_key(name, code_index_key)
    return [name_key(name)] if other is None else [name_key(name), other]


def other_key(name: str, code_index_key: bytes) -> str | None:
    """What a name that nobody has may be instead: a MAC address, or a code."""
    device = canonical_device(name)
    if is_mac(device):
        return "mac:" + device
    return code_key(name, code_index_key) if CODE_LENGTH_MIN <= len(name) <= CODE_LENGTH_MAX else None


def code_key(name: str, code_index_key: bytes) -> str:
    """The key of a code's credential."""
    return "code:" + vault.code_index(code_index_key, codes.normalise(name)).hex()
