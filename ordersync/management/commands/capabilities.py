"""Writes the matrix of what each adapter can do, read from the adapters themselves."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from adapterkit import creation, marketplace, shop
from adapterkit.capabilities import capabilities
from adapterkit.evidence import grade
from adapterkit.spec import MarketplaceSpec, ShopSpec
from marketplaces.registry import all_marketplaces
from shops.registry import all_shops

HEAD = """# What each side can do

Written by `./run capabilities`; do not edit. *Evidence* is the strongest proof there is: simulated (only against our own
simulator), published document (requests and simulator answers validated against it), real software, live with a date.
`./run verify_adapter` walks an order through a real shop and writes down what came of it, in `docs/evidence/`. *Requests
for one order* are counted by the contract suite; each adapter's `spec.py` says what its API forces.
"""  # noqa: E501 - the lines are those of the page


class Command(BaseCommand):
    help = "Writes docs/capabilities.md from the adapters; with --check it only says whether the file is up to date."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        path = settings.BASE_DIR / "docs" / "capabilities.md"
        text = matrix()
        if options["check"]:
            if not path.exists() or path.read_text() != text:
                raise CommandError("docs/capabilities.md is not up to date: ./run capabilities")
        else:
            path.write_text(text)
            self.stdout.write(f"Written: {path.relative_to(settings.BASE_DIR)}")


def _requests(spec: MarketplaceSpec | ShopSpec) -> str:
    beforehand = spec.calls_beforehand if isinstance(spec, ShopSpec) else 0
    return f"{spec.calls_per_order}, and {beforehand} a minute" if beforehand else str(spec.calls_per_order)


def matrix() -> str:
    sides = (("Marketplaces", marketplace.CAPABILITIES, all_marketplaces()), ("Shops", shop.CAPABILITIES, all_shops()))
    parts = [HEAD]
    for title, known, adapters in sides:
        names = [adapter.spec.name for adapter in adapters.values()]
        parts += [f"\n## {title}\n\n| | {' | '.join(names)} |\n|---|{'---|' * len(names)}\n"]
        for capability in known:
            has = ["yes" if capability.__name__ in capabilities(adapter) else "–" for adapter in adapters.values()]
            parts.append(f"| {capability.__name__} | {' | '.join(has)} |\n")
        for row, told in (("Requests for one order", _requests), ("Evidence", grade)):
            parts.append(f"| {row} | {' | '.join(told(adapter.spec) for adapter in adapters.values())} |\n")
    for adapter in all_shops().values():
        spec = adapter.spec
        how = f"creates orders by *{spec.creation}*" if creation.holds(adapter) else "creates no orders"
        parts.append(f"\n{spec.name} {how}. What remains: {spec.remaining_window}\n")
    return "".join(parts)
