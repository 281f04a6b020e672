from django.conf import settings

from hotgate.environment import WrongSetting


def require() -> None:
    """Serving with a passing key would sign cookies and seal secrets that nobody can read tomorrow."""
    if not settings.HAS_KEY:
        raise WrongSetting(f"there is no key at {settings.ENVIRONMENT.key_path} yet: `hotgate up` makes it")
