from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("orders", "0029_level_by_level")]

    operations = [migrations.RemoveField(model_name="order", name="address_corrected")]
