from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('stock', '0008_fill_product_keys'),
    ]

    operations = [
        migrations.AddField(
            model_name='product',
            name='awaited_until',
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
