from django.apps import AppConfig


class SubscribersConfig(AppConfig):
    name = "hotgate.apps.subscribers"
