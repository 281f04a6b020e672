"""The master key of a backup: inside the file under a passphrase, or kept elsewhere by its owner."""

from __future__ import annotations

import os
from typing import Any

from argon2.low_level import Type, hash_secret_raw

from hotgate import vault
from hotgate.environment import KEY_OCTETS, Environment
from hotgate.runtime.backup_file import Header, Refused

PASSPHRASE_CHARACTERS_MIN = 12
SALT_OCTETS = 16
# RFC 9106 §4, the second recommended choice: 64 MiB
PASSES, MEMORY_KIBIBYTES, LANES = 3, 65536, 4
PURPOSE = b"master key in a backup"


def seal(master: bytes, passphrase: str) -> dict[str, Any]:
    salt = os.urandom(SALT_OCTETS)
    return {"salt": salt.hex(), "sealed": vault.seal(_wrapping(passphrase, salt), master, PURPOSE).hex()}


def of(header: Header, here: Environment, passphrase: str | None) -> bytes:
    """The key that opens this backup. Raises Refused with what would help."""
    if passphrase is not None:
        master = _unsealed(header, passphrase)
        if here.key is not None and here.key != master:
            raise Refused(
                f"{_whose(here)} is another key than this backup's ({header.key_fingerprint}): remove it first"
            )
    else:
        master = _given(header, here)
    if vault.fingerprint(master) != header.key_fingerprint:
        raise Refused(
            f"this backup belongs to the key {header.key_fingerprint}, and {_whose(here)} is"
            f" {vault.fingerprint(master)}: give its own by HOTGATE_KEY_FILE"
        )
    return master


def _given(header: Header, here: Environment) -> bytes:
    if here.key is not None:
        return here.key
    if header.sealed_key is None:
        raise Refused(f"this backup needs its key ({header.key_fingerprint}): give it by HOTGATE_KEY_FILE")
    raise Refused("this backup holds its key under a passphrase: give --passphrase or --passphrase-file")


def _unsealed(header: Header, passphrase: str) -> bytes:
    if header.sealed_key is None:
        raise Refused("this backup does not hold its key, so there is no passphrase: give the key by HOTGATE_KEY_FILE")
    try:
        salt, sealed = (bytes.fromhex(header.sealed_key[name]) for name in ("salt", "sealed"))
        master = vault.unseal(_wrapping(passphrase, salt), sealed, PURPOSE)
    except (vault.VaultError, KeyError, ValueError, TypeError):
        raise Refused("the passphrase is not the one this backup was made with") from None
    if len(master) != KEY_OCTETS:
        raise Refused("this backup is damaged: its key cannot be used")
    return master


def _wrapping(passphrase: str, salt: bytes) -> vault.SealingKey:
    secret = hash_secret_raw(passphrase.encode(), salt, PASSES, MEMORY_KIBIBYTES, LANES, KEY_OCTETS, Type.ID)
    return vault.SealingKey(0, secret)


def _whose(here: Environment) -> str:
    return f"the key at {here.key_path}" if here.key_path.exists() else "the key of HOTGATE_KEY"
