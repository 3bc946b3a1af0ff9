from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("stock", "0010_shared_ids")]

    operations = [
        migrations.AddField(
            model_name="product",
            name="stock_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
