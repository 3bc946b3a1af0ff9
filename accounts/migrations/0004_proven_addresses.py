"""The addresses of those who have an account already count as proven: they came by invitation or were made by hand."""

from django.db import migrations


def prove(apps, _schema):
    address = apps.get_model("account", "EmailAddress")
    for user in apps.get_model("accounts", "User").objects.exclude(email="").order_by("pk").iterator():
        email = user.email.lower()
        address.objects.filter(email=email).exclude(user_id=user.pk).delete()
        address.objects.filter(user_id=user.pk).delete()
        address.objects.create(user_id=user.pk, email=email, primary=True, verified=True)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_access"),
        ("account", "0009_emailaddress_unique_primary_email"),
    ]

    operations = [migrations.RunPython(prove, migrations.RunPython.noop)]
