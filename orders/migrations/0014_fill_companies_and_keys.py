from django.db import migrations, transaction
from django.db.models import OuterRef, Subquery

from orders.search import words_of

AT_ONCE = 500


def fill_companies(apps, schema_editor):
    Order, Shipment = apps.get_model("orders", "Order"), apps.get_model("orders", "Shipment")
    mine = Order.objects.filter(pk=OuterRef("order")).values("company")
    Shipment.objects.filter(company=None).update(company_id=Subquery(mine))


def fill_keys(apps, schema_editor):
    """Give the orders that are there their keys, some at a time; may be stopped and run again."""
    Order, SearchKey = apps.get_model("orders", "Order"), apps.get_model("orders", "SearchKey")
    parts = ("lines__return_lines__registered_return", "addresses", "shipments")
    last = 0
    while found := list(Order.objects.filter(pk__gt=last).order_by("pk").prefetch_related(*parts)[:AT_ONCE]):
        last = found[-1].pk
        keys = [
            SearchKey(order_id=order.pk, key=word, company_id=order.company_id)
            for order in found
            for word in words_of(
                order,
                order.lines.all(),
                order.addresses.all(),
                order.shipments.all(),
                [back for line in order.lines.all() for back in line.return_lines.all()],
            )
        ]
        with transaction.atomic():
            SearchKey.objects.bulk_create(keys, batch_size=5000, ignore_conflicts=True)


class Migration(migrations.Migration):

    atomic = False

    dependencies = [("orders", "0013_list_indexes")]

    operations = [
        migrations.RunPython(fill_companies, migrations.RunPython.noop, elidable=True),
        migrations.RunPython(fill_keys, migrations.RunPython.noop, elidable=True),
    ]
