"""Tries out a platform's own program and prints whether it may be trusted with real orders."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from api.flows import certify
from connections.models import OrderConnection

MARKS = {True: "PASS", False: "FAIL", None: "????"}


class Command(BaseCommand):
    help = "Plays awkward orders and mishaps against the program behind a connection, and reports what it made of them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--connection", type=int, required=True, help="its id")
        parser.add_argument("--seconds", type=float, default=900.0, help="how long to wait for the program")

    def handle(self, *args: Any, **options: Any) -> None:
        connection = OrderConnection.objects.select_related("project__shop").filter(pk=options["connection"]).first()
        if connection is None:
            raise CommandError("There is no connection with this id. The page of a connection shows its id.")
        try:
            trial = certify.start(connection=connection, now=timezone.now())
        except certify.NothingToSend as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{len(certify.ORDERS)} test orders wait for the program. Ship each of them there, but one:")
        self.stdout.write("the last one is cancelled as soon as it was acknowledged. Meanwhile answers are spoiled.\n")
        try:
            self._wait(trial, options["seconds"])
        finally:
            certify.end(certification=trial, now=timezone.now())
        checks = certify.report(trial)
        for check in checks:
            self.stdout.write(f"{MARKS[check.passed]}  {check.text}" + (f" ({check.found})" if check.found else ""))
        if not all(check.passed for check in checks):
            raise CommandError("The program is not ready for real orders.")
        self.stdout.write("\nThe program passed.")

    def _wait(self, trial: Any, seconds: float) -> None:
        ends, cancelled = timezone.now() + timedelta(seconds=seconds), False
        while timezone.now() < ends and not certify.finished(trial):
            cancelled = cancelled or certify.cancel_the_last(certification=trial, now=timezone.now())
            self.pause()
        if not certify.finished(trial):
            self.stdout.write(f"After {seconds:.0f} seconds something is still missing.")

    def pause(self) -> None:
        time.sleep(1)
