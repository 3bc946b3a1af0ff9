from django.db import migrations, transaction

from stock.search import words_of

AT_ONCE = 500


def fill_keys(apps, schema_editor):
    """Give the products that are there their keys, some at a time; may be stopped and run again."""
    Product, ProductKey = apps.get_model("stock", "Product"), apps.get_model("stock", "ProductKey")
    last = 0
    while found := list(Product.objects.filter(pk__gt=last).order_by("pk")[:AT_ONCE]):
        last = found[-1].pk
        keys = [
            ProductKey(product_id=product.pk, key=word, project_id=product.project_id)
            for product in found
            for word in words_of(product)
        ]
        with transaction.atomic():
            ProductKey.objects.bulk_create(keys, batch_size=5000, ignore_conflicts=True)


class Migration(migrations.Migration):

    atomic = False

    dependencies = [("stock", "0007_product_keys")]

    operations = [migrations.RunPython(fill_keys, migrations.RunPython.noop, elidable=True)]
