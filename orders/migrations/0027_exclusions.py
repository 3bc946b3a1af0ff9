from __future__ import annotations

from typing import Any

import django.db.models.deletion
from django.db import migrations, models


def exclude_what_was_left_out(apps: Any, schema_editor: Any) -> None:
    """The order itself is noted as far as it is known; it is read once more when the marketplace lists it."""
    remote = apps.get_model("orders", "RemoteOrder").objects
    exclusions = apps.get_model("orders", "Exclusion").objects
    for left in apps.get_model("orders", "LeftOut").objects.select_related("connection").iterator():
        order, _ = remote.get_or_create(
            account_id=left.connection.account_id,
            marketplace_order_id=left.marketplace_order_id,
            defaults={"fingerprint": "", "seen_at": left.at, "placed_at": left.at, "is_open": False},
        )
        exclusions.create(connection=left.connection, remote_order=order, at=left.at)


class Migration(migrations.Migration):
    dependencies = [
        ("connections", "0007_unread_since"),
        ("orders", "0026_untaken"),
    ]

    operations = [
        migrations.CreateModel(
            name="Exclusion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                (
                    "connection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="exclusions",
                        to="connections.orderconnection",
                    ),
                ),
                (
                    "remote_order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="exclusions",
                        to="orders.remoteorder",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="exclusion",
            constraint=models.UniqueConstraint(fields=("connection", "remote_order"), name="excluded_once"),
        ),
        migrations.RunPython(exclude_what_was_left_out, migrations.RunPython.noop),
        migrations.DeleteModel(name="LeftOut"),
    ]
