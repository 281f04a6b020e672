from django.apps import AppConfig


class VouchersConfig(AppConfig):
    name = "hotgate.apps.vouchers"
