"""Proves an adapter against a real shop: walks an order through it, prints every step, and writes the evidence."""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from adapterkit import evidence
from adapterkit.evidence import Evidence, Result, Step
from adapterkit.spec import Setting, ShopSpec
from ordersync.proving import MEANINGS, Walk, Witness, is_sent_orders, opened, values_from
from shops.registry import SHOPS, proving, shop
from web.shared.forms import AddressField


class Command(BaseCommand):
    help = (
        "Walks a test order through a real shop: product, create, find, verify, once more, ship, tracking, cancel. "
        "Credentials come from ORDERSYNC_LIVE_<PLATFORM>_<SETTING>, from --set, or are asked for; none is ever shown."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        codes = [code for code in SHOPS if is_sent_orders(shop(code))]
        parser.add_argument("code", choices=codes, help="a platform that we make orders in")
        parser.add_argument("--url", help="the shop's address")
        parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a setting or credential")
        parser.add_argument("--sku", default="", help="the product to order; by default the first in stock")
        parser.add_argument("--country", default="NL", help="where the test order goes")
        parser.add_argument("--currency", default="EUR", help="the shop's currency")
        parser.add_argument("--by-hand", action="store_true", help="ask for what cannot be done by program")
        parser.add_argument("--software", default="", help='what the shop is, for example "Magento 2.4.7-p7"')
        parser.add_argument(
            "--evidence", default="", metavar="FOLDER", help="where to write it, instead of docs/evidence"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        adapter, witness = shop(options["code"]), Witness()
        values = self._values(adapter.spec, options)
        walk = Walk(
            shop=opened(adapter, values, witness),
            port=proving(options["code"]),
            report=self._show,
            by_hand=self._ask if options["by_hand"] else None,
            sku=options["sku"],
            country=options["country"],
            currency=options["currency"],
        )
        walk.run()
        if walk.left:
            self.stdout.write(f"Left in the shop, to be removed there: {', '.join(walk.left)}")
        if any(step.result is Result.FAILED for step in walk.steps):
            raise CommandError("The walk did not get through; nothing was written")
        self._write(adapter.spec, walk, witness, options)

    def _values(self, spec: ShopSpec, options: Mapping[str, Any]) -> dict[str, str]:
        """Gather settings and credentials; what is missing is asked for where a person sits."""
        pairs = [pair.partition("=") for pair in options["set"]]
        given = {name: value for name, _, value in pairs} | ({"shop_url": options["url"]} if options["url"] else {})
        names = [setting.name for setting in spec.settings]
        if unknown := sorted(set(given) - set(names)):
            raise CommandError(f"{spec.name} has no setting {', '.join(unknown)}; it has: {', '.join(names)}")
        values = values_from(spec, given, os.environ)
        for setting in spec.settings:
            if setting.name not in values and (setting.required or setting.secret):
                values[setting.name] = self._ask_for(setting)
        try:
            values["shop_url"] = AddressField().clean(values["shop_url"])
        except ValidationError as error:
            raise CommandError(f"--url {values['shop_url']}: {error.messages[0]}") from error
        return {name: value for name, value in values.items() if value}

    def _ask_for(self, setting: Setting) -> str:
        """Ask for a setting where a person sits; elsewhere only the optional may be missing."""
        if sys.stdin.isatty():
            ask = getpass.getpass if setting.secret else input
            return ask(f"{setting.label}{'' if setting.required else ' (or nothing)'}: ").strip()
        if setting.required:
            raise CommandError(f"{setting.name} is missing; give it with --set or in the environment")
        return ""

    def _show(self, step: Step) -> None:
        said = MEANINGS[step.name] if step.result is Result.OK else step.said
        self.stdout.write(f"{step.result:8}{step.name:12}{step.seconds:8.2f} s  {said}".rstrip())

    def _ask(self, what: str) -> None:
        input(f"{what}. Then press Enter. ")

    def _write(self, spec: ShopSpec, walk: Walk, witness: Witness, options: Mapping[str, Any]) -> None:
        if witness.simulated:
            self.stdout.write("This was our own simulator: it proves nothing, and nothing was written.")
            return
        stated = {"as stated": options["software"]} if options["software"] else {}
        software = {**walk.versions(), **stated}
        proof = Evidence(adapter=spec.code, on=timezone.now().date(), software=software, steps=tuple(walk.steps))
        folder = {"folder": Path(options["evidence"])} if options["evidence"] else {}
        try:
            path = evidence.write(proof, **folder)
        except ValueError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{spec.name}: {proof.words}. Written: {path}; ./run capabilities shows it in the matrix.")
