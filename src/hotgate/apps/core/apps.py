from django.apps import AppConfig
from django.db.models.signals import post_migrate


class CoreConfig(AppConfig):
    name = "hotgate.apps.core"

    def ready(self) -> None:
        from hotgate.apps.core import rights

        # after all migrations of a run, once: tables that come with Django and its apps are not ours to migrate
        post_migrate.connect(rights.grant_framework_tables, sender=self)
