from django.apps import AppConfig


class MessagingConfig(AppConfig):
    name = "hotgate.apps.messaging"
