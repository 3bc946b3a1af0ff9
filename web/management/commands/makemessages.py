"""`makemessages` that also finds texts marked with our short name for `gettext_noop`."""

from __future__ import annotations

from django.core.management.commands import makemessages


class Command(makemessages.Command):
    xgettext_options = [*makemessages.Command.xgettext_options, "--keyword=noop"]  # noqa: RUF012 - Django's own way
