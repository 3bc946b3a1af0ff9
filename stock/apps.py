from django.apps import AppConfig


class StockConfig(AppConfig):
    name = "stock"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from stock.registration import register

        register()
