"""Is the master key there, and is it the one this database was filled with?

With another key nothing sealed could be read, and what is written now could not be read later.
"""

from django.conf import settings

from hotgate import vault
from hotgate.environment import WrongSetting


def claim() -> None:
    """At set-up: the first key to come is this database's key. Raises WrongSetting."""
    from hotgate.config.models import Installation

    ours = _fingerprint()
    found, _ = Installation.objects.get_or_create(id=1, defaults={"key_fingerprint": ours})
    _compare(found.key_fingerprint, ours)


def require() -> None:
    """Before serving. Raises WrongSetting."""
    from hotgate.config.models import Installation

    ours = _fingerprint()
    found = Installation.objects.filter(id=1).first()
    if found is None:
        raise WrongSetting("this database is not set up yet: `hotgate up` does it")
    _compare(found.key_fingerprint, ours)


def _fingerprint() -> str:
    if settings.ENVIRONMENT.key is None:
        raise WrongSetting(f"there is no key at {settings.ENVIRONMENT.key_path} yet: `hotgate up` makes it")
    return vault.fingerprint(settings.ENVIRONMENT.key)


def _compare(found: str, ours: str) -> None:
    if found != ours:
        raise WrongSetting(
            f"this database was made with the key {found}, and this is the key {ours}: give HOTGATE_KEY or the"
            " state folder that belong to it"
        )
