import connections.models
from django.db import migrations, models


def give_each_its_own(apps, schema_editor):
    accounts = apps.get_model("connections", "MarketplaceAccount").objects
    for pk in accounts.filter(notification_token=None).values_list("pk", flat=True).iterator():
        accounts.filter(pk=pk).update(notification_token=connections.models.new_address())


class Migration(migrations.Migration):
    dependencies = [("connections", "0007_unread_since")]

    operations = [
        migrations.AddField(
            model_name="marketplaceaccount",
            name="notification_token",
            field=models.CharField(max_length=64, null=True),
        ),
        migrations.RunPython(give_each_its_own, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="marketplaceaccount",
            name="notification_token",
            field=models.CharField(default=connections.models.new_address, max_length=64, unique=True),
        ),
        migrations.AlterField(
            model_name="shop",
            name="notification_token",
            field=models.CharField(default=connections.models.new_address, max_length=64, unique=True),
        ),
    ]
