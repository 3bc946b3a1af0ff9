"""Encrypts all stored credentials with the newest key."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from django.apps import apps
from django.core.management.base import BaseCommand
from django.db import models, transaction

from accounts.credentials import EncryptedJSONField, reveal, veil

BATCH = 200
SECRETS_OF_AUTHENTICATORS = ("secret", "seed")  # of an app, and of recovery codes


class Command(BaseCommand):
    help = "Encrypts all stored credentials with the first of ORDERSYNC_ENCRYPTION_KEYS. May be stopped and repeated."

    def handle(self, *args: Any, **options: Any) -> None:
        for model in apps.get_models():
            fields = [field.name for field in model._meta.local_fields if isinstance(field, EncryptedJSONField)]
            if fields:
                self.stdout.write(f"{model._meta.label}: {rotate(model, fields)} rows encrypted anew")
        self.stdout.write(f"{Authenticator._meta.label}: {rotate_authenticators()} rows encrypted anew")
        self.stdout.write("Done. Older keys may be removed from ORDERSYNC_ENCRYPTION_KEYS.")


def rotate(model: type[models.Model], fields: list[str]) -> int:
    """Read and write every row of a model, some at a time; return how many."""
    last, count = 0, 0
    while True:
        with transaction.atomic():
            rows = list(model._default_manager.filter(pk__gt=last).order_by("pk").select_for_update()[:BATCH])
            if not rows:
                return count
            model._default_manager.bulk_update(rows, fields)
        last, count = rows[-1].pk, count + len(rows)


def rotate_authenticators() -> int:
    """Encrypt the secrets of second factors anew; return how many have any."""
    count = 0
    for pk in Authenticator.objects.values_list("pk", flat=True).order_by("pk"):
        with transaction.atomic():
            row = Authenticator.objects.select_for_update().filter(pk=pk).first()
            if row is None:
                continue
            row.data |= {name: veil(reveal(row.data[name])) for name in SECRETS_OF_AUTHENTICATORS if name in row.data}
            row.save(update_fields=["data"])
            count += 1
    return count
