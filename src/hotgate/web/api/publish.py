"""Print the description of the interface: `python -m hotgate.web.api.publish > docs/api/openapi.json`."""

from __future__ import annotations

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hotgate.config.settings")
    import django

    django.setup()
    from hotgate.web.api.urls import description

    sys.stdout.write(description())


if __name__ == "__main__":
    main()
