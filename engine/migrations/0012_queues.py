from django.db import migrations, models
from django.db.models import F, Q


def fill(apps, schema_editor):
    """Until now those of one subject went one after the other; a parcel or a cancellation is a record of its own."""
    messages = apps.get_model("engine", "OutboxMessage").objects
    alone = Q(kind__in=["confirm_shipment", "cancel_at_marketplace"])
    messages.filter(alone).update(queue=F("key"))
    messages.exclude(alone).update(queue=F("subject"))


class Migration(migrations.Migration):
    dependencies = [("engine", "0011_covers_from")]

    operations = [
        migrations.AddField(
            model_name="outboxmessage",
            name="queue",
            field=models.CharField(default="", editable=False, max_length=120),
            preserve_default=False,
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="outboxmessage",
            index=models.Index(
                condition=Q(state__in=["queued", "sending", "unknown", "held", "needs_attention"]),
                fields=["queue", "id"],
                name="outbox_queue",
            ),
        ),
    ]
