import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

OPEN = Q(status__in=["pending", "open", "partially_shipped"])


class Migration(migrations.Migration):

    dependencies = [
        ("accounts", "0005_api_changes"),
        ("connections", "0003_left_out"),
        ("orders", "0011_sales_channel"),
    ]

    operations = [
        # By hand: the fields of a composite key have to be there when the table is made.
        migrations.CreateModel(
            name="SearchKey",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "order", "key", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="search_keys",
                        to="orders.order",
                    ),
                ),
                ("key", models.BinaryField(max_length=64)),
                (
                    "company",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.company",
                    ),
                ),
            ],
            options={"indexes": [models.Index(fields=["company", "key", "order"], name="key_of_company")]},
        ),
    ]
