"""Shows what a carrier plan makes of tracking codes."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from carriers.models import CarrierPlan
from carriers.plans import try_codes


class Command(BaseCommand):
    help = "Shows which carrier a plan finds for tracking codes, and why. Changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--plan", type=int, required=True, help="id of the carrier plan")
        parser.add_argument("codes", nargs="+")

    def handle(self, *args: Any, **options: Any) -> None:
        plan = CarrierPlan.objects.filter(pk=options["plan"]).first()
        if plan is None:
            raise CommandError(f"There is no carrier plan {options['plan']}.")
        for trial in try_codes(plan, options["codes"]):
            found = trial.resolution
            rule = f" {found.position}" if found.position is not None else ""
            self.stdout.write(f"{trial.code}: {found.carrier or 'held'} {found.tracking_code} ({found.why}{rule})")
