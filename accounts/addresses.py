"""The address of an account, in django-allauth's own table.

allauth takes an address without a proven row for one that is still to come, and would let a change of address drop it.
An account's own address is therefore always proven there, except after a public sign-up, until its link was followed.
"""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from django.db import transaction
from django.db.models.signals import post_save
from django.dispatch import receiver

from accounts.models import User


@receiver(post_save, sender=User)
def on_save(instance: User, raw: bool, update_fields: frozenset[str] | None, **_: Any) -> None:
    if raw or not instance.address_is_proven or (update_fields is not None and "email" not in update_fields):
        return
    if instance.email and not EmailAddress.objects.filter(user=instance, email=instance.email.lower()).exists():
        take_address(instance, instance.email.lower())


def take_address(user: User, email: str) -> None:
    """Make this the account's only address, and a proven one."""
    with transaction.atomic():
        # Nobody else's wish for this address may come true any more, and nothing is left of an earlier one.
        EmailAddress.objects.filter(email=email).exclude(user=user).delete()
        EmailAddress.objects.filter(user=user).delete()
        EmailAddress.objects.create(user=user, email=email, primary=True, verified=True)
