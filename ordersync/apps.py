from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate


class OrderSyncConfig(AppConfig):
    name = "ordersync"
    verbose_name = "OrderSync"

    def ready(self) -> None:
        from ordersync import checks  # noqa: F401 - registers the start-up checks
        from ordersync.desk_group import make_group
        from ordersync.desk_words import name_records

        name_records()
        # After the permissions of every part were made: they are made part by part, in this order.
        last = [config for config in apps.get_app_configs() if config.models_module is not None][-1]
        post_migrate.connect(make_group, sender=last)
