"""For commands that need the models: Django is set up inside the command, never at import."""

import os
import sys

from hotgate import database, environment
from hotgate.environment import Environment


def set_up(role: database.Role) -> Environment:
    """Django with the rights of `role`. Raises WrongSetting."""
    os.environ["HOTGATE_ROLE"] = role
    os.environ["DJANGO_SETTINGS_MODULE"] = "hotgate.config.settings"
    here = environment.current()
    import django

    django.setup()
    return here


def is_database_error(error: BaseException) -> bool:
    """Django's own OperationalError, without importing Django to ask."""
    module = sys.modules.get("django.db.utils")
    return module is not None and isinstance(error, module.OperationalError)
