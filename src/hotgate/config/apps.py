from django.apps import AppConfig
from django.conf import settings


class CompositionConfig(AppConfig):
    name = "hotgate.config"
    label = "config"

    def ready(self) -> None:
        from hotgate.apps.core import delivery
        from hotgate.config import checks, django_database, sign_in_log, wiring  # noqa: F401 - importing registers them

        delivery.connect(wiring.HANDLERS)
        sign_in_log.connect()
        django_database.take_role_on_connect(settings.ENVIRONMENT)
