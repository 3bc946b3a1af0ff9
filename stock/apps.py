from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class StockConfig(AppConfig):
    name = "stock"
    verbose_name = _("Products and stock")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from stock.registration import register

        register()
