"""Simulated sides on ports of this machine, and the worker's turn, for walks through the pages."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone

from engine.delivery import Delivery
from engine.models import SyncCursor
from engine.reading import read
from marketplaces.bol.simulator import BolSimulator
from shops.woocommerce.simulator import WooCommerceSimulator


@pytest.fixture
def served(settings: Any) -> Iterator[tuple[BolSimulator, WooCommerceSimulator, str, str]]:
    """A simulated bol and shop over HTTP, with their addresses."""
    settings.ORDERSYNC_ALLOWED_PRIVATE_HOSTS = ["127.0.0.1"]
    bol, shop = BolSimulator(), WooCommerceSimulator()
    shop.add_product("MUG-1", price="12.10", stock=40, ean="8710400000013", name="Mug")
    shop.add_product("TEA-1", price="10.90", stock=2, tax_class="reduced-rate", name="Tea")
    bol.add_offer("MUG-1", stock=0)
    servers = [simulator.serve("127.0.0.1", 0) for simulator in (bol, shop)]
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    addresses = [f"http://127.0.0.1:{server.server_port}" for server in servers]
    yield bol, shop, addresses[0], addresses[1]
    for server in servers:
        server.shutdown()


def turn() -> None:
    """What the worker does all the time."""
    SyncCursor.objects.filter(active=True).update(next_run_at=timezone.now())
    read(clock=timezone.now, threads=1)
    Delivery(clock=timezone.now, threads=1).run()
