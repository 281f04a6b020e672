from django.apps import AppConfig


class CatalogueConfig(AppConfig):
    name = "hotgate.apps.catalogue"
