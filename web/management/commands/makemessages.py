"""`makemessages` that also finds what adapters say: they know no Django, and mark their texts in their own way."""

from __future__ import annotations

from django.core.management.commands import makemessages

from adapterkit import errors

ERRORS = [name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, Exception)]
MARKS = ["noop", "say", *ERRORS]


class Command(makemessages.Command):
    xgettext_options = [  # noqa: RUF012 - Django's own way
        *makemessages.Command.xgettext_options,
        *(f"--keyword={mark}:1" for mark in MARKS),
    ]
