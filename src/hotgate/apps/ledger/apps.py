from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "hotgate.apps.ledger"
