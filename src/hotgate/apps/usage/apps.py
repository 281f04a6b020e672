from django.apps import AppConfig


class UsageConfig(AppConfig):
    name = "hotgate.apps.usage"
