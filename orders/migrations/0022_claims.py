"""Say of each order into which shop what of it goes. Where two bring the same there, the older one does."""

from django.db import migrations, models

AT_ONCE = 2000


def claim_orders(apps, schema_editor):
    """May be stopped and run again: who has a claim keeps it."""
    Order = apps.get_model("orders", "Order")
    columns = ("pk", "connection__project_id", "connection__account_id", "connection__fulfilment")
    last = 0
    real = Order.objects.filter(is_test=False, claim=None).order_by("pk")
    while found := list(real.filter(pk__gt=last).values_list(*columns, "marketplace_order_id")[:AT_ONCE]):
        last = found[-1][0]
        claims = {}
        for pk, *whose in found:
            claims.setdefault(":".join(map(str, whose)), pk)
        for claim in Order.objects.filter(claim__in=claims).values_list("claim", flat=True):
            del claims[claim]
        rows = [Order(pk=pk, claim=claim) for claim, pk in claims.items()]
        Order.objects.bulk_update(rows, ["claim"], batch_size=500)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("orders", "0021_texts_of_any_length"), ("connections", "0005_tokens")]
    operations = [
        migrations.AddField("order", "claim", models.TextField(null=True, unique=True, editable=False)),
        migrations.RunPython(claim_orders, migrations.RunPython.noop),
    ]
