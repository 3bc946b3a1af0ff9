import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('connections', '0004_active_since'),
        ('stock', '0006_held_stock'),
    ]

    operations = [
        migrations.CreateModel(
            name='ProductKey',
            fields=[
                ('pk', models.CompositePrimaryKey('product', 'key', blank=True, editable=False, primary_key=True, serialize=False)),
                ('key', models.BinaryField(max_length=64)),
                ('product', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='keys', to='stock.product')),
                ('project', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='connections.project')),
            ],
            options={
                'indexes': [models.Index(fields=['project', 'key', 'product'], name='key_of_project')],
            },
        ),
    ]
