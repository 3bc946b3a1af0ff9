from django.apps import AppConfig


class OrderSyncConfig(AppConfig):
    name = "ordersync"
    verbose_name = "OrderSync"

    def ready(self) -> None:
        from ordersync import checks  # noqa: F401 - registers the start-up checks
