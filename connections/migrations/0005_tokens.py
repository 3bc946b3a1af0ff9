"""Give each connection a token of its own; the orders that exist keep the references that they have."""

from __future__ import annotations

import django.utils.timezone
from django.db import migrations, models

import connections.models


def give_tokens(apps, schema_editor):  # type: ignore[no-untyped-def]
    OrderConnection = apps.get_model("connections", "OrderConnection")
    given = set()
    for connection in OrderConnection.objects.order_by("pk").iterator():
        while (token := connections.models.new_token()) in given:
            pass
        given.add(token)
        OrderConnection.objects.filter(pk=connection.pk).update(token=token)


class Migration(migrations.Migration):
    dependencies = [("connections", "0004_active_since")]

    operations = [
        migrations.AddField(
            "orderconnection", "token", models.CharField(max_length=8, default="", editable=False), preserve_default=False
        ),
        migrations.AddField(
            "orderconnection", "token_since", models.DateTimeField(default=django.utils.timezone.now, editable=False)
        ),
        migrations.RunPython(give_tokens, migrations.RunPython.noop),
        migrations.AlterField(
            "orderconnection",
            "token",
            models.CharField(max_length=8, unique=True, default=connections.models.new_token, editable=False),
        ),
    ]
