"""Each account gets a cursor of its own for its orders, from where the oldest of its connections' stood.

Those of the connections go on, by another name, until the account was read whole for the first time.
"""

from __future__ import annotations

from typing import Any

from django.db import migrations


def read_by_account(apps: Any, schema_editor: Any) -> None:
    cursors = apps.get_model("engine", "SyncCursor").objects
    connections = apps.get_model("connections", "OrderConnection").objects
    of_connection = {cursor.owner_id: cursor for cursor in cursors.filter(feed="orders")}
    cursors.filter(feed="orders").update(feed="connection_orders", resume={})
    by_account: dict[int, list[Any]] = {}
    for connection in connections.filter(pk__in=list(of_connection)).order_by("pk"):
        cursor = of_connection[connection.pk]
        if cursor.active:
            by_account.setdefault(connection.account_id, []).append(cursor)
        elif connection.state != "archived":  # its reading is paused
            connections.filter(pk=connection.pk).update(unread_since=cursor.position)
    for account_id, mine in by_account.items():
        first = mine[0]
        positions = [cursor.position for cursor in mine]
        cursors.create(
            company_id=first.company_id,
            feed="orders",
            owner_id=account_id,
            lane=first.lane,
            every_seconds=min(cursor.every_seconds for cursor in mine),
            position=None if None in positions else min(positions),
            next_run_at=min(cursor.next_run_at for cursor in mine),
            swept_at=None if None in positions else min((cursor.swept_at for cursor in mine if cursor.swept_at), default=None),
        )


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0023_remote_orders"),
        ("engine", "0010_reach_back"),
        ("connections", "0007_unread_since"),
    ]

    operations = [migrations.RunPython(read_by_account, migrations.RunPython.noop)]
