"""The simulated sides that `manage.py simulate` serves: those of all marketplaces and platforms that have one."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from wsgiref.simple_server import WSGIServer

from adapterkit.simulator import served
from adapterkit.spec import MarketplaceSpec, ShopSpec
from adapterkit.trying_out import ControlDoor, Sold
from marketplaces import registry as marketplaces
from shops import registry as shops

HOST = "127.0.0.1"
CATALOGUE = tuple(
    Sold(sku=sku, title=title, price=Decimal(price), ean=f"87104000000{place}{place}", stock=250, reduced=reduced)
    for place, (sku, title, price, reduced) in enumerate(
        (
            ("MUG-BLUE", "Mug, blue", "12.10", False),
            ("MUG-RED", "Mug, red", "12.95", False),
            ("TEA-250", "Green tea, 250 g", "10.90", True),
            ("LAMP-01", "Desk lamp", "49.99", False),
            ("BOOK-NL", "Cookbook", "24.50", True),
        )
    )
)


def simulated_codes() -> list[str]:
    """Return the codes of all sides that can be served, marketplaces first; bol and WooCommerce, the demo's, lead."""
    found = [
        code for registry in (marketplaces.MARKETPLACES, shops.SHOPS) for code, (*_, name) in registry.items() if name
    ]
    demo = [code for code in ("bol", "woocommerce") if code in found]
    return demo + [code for code in found if code not in demo]


def stocked(code: str, **options: Any) -> Any:
    """Return a new simulated side that sells the catalogue; raises KeyError for one that we do not know."""
    registry = marketplaces if code in marketplaces.MARKETPLACES else shops
    kind: Any = registry.simulator_for(code)
    # Numbers go on after a restart, as the real sides' do.
    side = kind(first_id=int(time.time()), **options)
    for product in CATALOGUE:
        side.stock_up(product)
    return side


@dataclass(frozen=True, slots=True)
class Served:
    """A side at an address of this machine. `fields` is what connects it, in the words of its page."""

    name: str
    side: Any
    server: WSGIServer
    url: str
    fields: Callable[[], Mapping[str, str]]


def serve(code: str, side: Any, port: int) -> Served:
    """Serve a side with its control door; port 0 takes any that is free."""
    spec = _spec(code)
    labels = {setting.name: setting.label for setting in spec.settings}

    def fields() -> Mapping[str, str]:
        return {labels[name]: value for name, value in side.connect_with(url).items()}

    server = served(ControlDoor(side, fields), HOST, port)
    url = f"http://{HOST}:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return Served(spec.name, side, server, url, fields)


def _spec(code: str) -> MarketplaceSpec | ShopSpec:
    return marketplaces.marketplace(code).spec if code in marketplaces.MARKETPLACES else shops.shop(code).spec
