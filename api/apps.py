from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "api"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        import api.fields
        import api.schema  # noqa: F401 - tells the schema's generator of keys
        from api.idempotency import forget_answers
        from engine.registry import register_chore

        register_chore(forget_answers)
