from django.apps import AppConfig
from django.conf import settings


class CompositionConfig(AppConfig):
    name = "hotgate.config"
    label = "config"

    def ready(self) -> None:
        from hotgate.config import checks, django_database  # noqa: F401 - importing registers them

        django_database.take_role_on_connect(settings.ENVIRONMENT)
