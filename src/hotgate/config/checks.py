"""What Django verifies before it serves or migrates."""

from typing import Any

from django.conf import settings
from django.core import checks


@checks.register(checks.Tags.security, deploy=True)
def key_exists(app_configs: Any, **_: Any) -> list[checks.CheckMessage]:
    if settings.HAS_KEY:
        return []
    return [checks.Error(f"no master key at {settings.ENVIRONMENT.key_path}", id="hotgate.E001")]
