from django.apps import AppConfig


class NetworkConfig(AppConfig):
    name = "hotgate.apps.network"
