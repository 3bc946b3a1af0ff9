"""`manage.py simulate` over HTTP: every side can be connected with what it tells, and Amazon walks to the shop and back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from django.core.management import CommandError

from accounts.models import Company
from adapterkit.auth import MemoryTokens
from adapterkit.network import NetworkPolicy
from adapterkit.opening import open_adapter
from carriers.models import CarrierPlan
from connections.flows.connect_account import connect_account
from connections.flows.connect_shop import connect_shop
from connections.models import OrderConnection, Project
from connections.starting import start
from engine.delivery import Delivery
from engine.models import SyncCursor
from engine.reading import read
from marketplaces.registry import MARKETPLACES, marketplace
from ordersync.management.commands.simulate import wanted
from ordersync.simulated import CATALOGUE, Served, kept, serve, simulated_codes, stocked
from shops.registry import SHOPS, shop
from tests.clock import Clock
from tests.road import named

pytestmark = [pytest.mark.sockets, pytest.mark.either]
Serve = Callable[..., Served]
README = Path(__file__).resolve().parents[2] / "README.md"


@pytest.fixture
def serve_side() -> Iterator[Serve]:
    """Serves a side for one test."""
    running: list[Served] = []

    def begin(code: str, **options: Any) -> Served:
        running.append(serve(code, stocked(code, **options), 0))
        return running[-1]

    yield begin
    for one in running:
        one.server.shutdown()
        one.server.server_close()


def parts(code: str, served: Served) -> dict[str, dict[str, str]]:
    """What is filled in, told apart as the connect page does."""
    spec = marketplace(code).spec if code in MARKETPLACES else shop(code).spec
    secret = {setting.name for setting in spec.settings if setting.secret}
    values = served.side.connect_with(served.url)
    return {
        "settings": {name: value for name, value in values.items() if name not in secret},
        "credentials": {name: value for name, value in values.items() if name in secret},
    }


def at_door(served: Served, verb: str = "", **arguments: Any) -> requests.Response:
    url = f"{served.url}/_world/{verb}"
    return requests.post(url, json=arguments, timeout=10) if verb else requests.get(url, timeout=10)


def test_every_marketplace_and_platform_with_a_simulator_is_served() -> None:
    with_one = [code for code, (*_, name) in {**MARKETPLACES, **SHOPS}.items() if name]

    assert sorted(simulated_codes()) == sorted(with_one)
    assert simulated_codes()[:2] == ["bol", "woocommerce"]


@pytest.mark.parametrize("code", simulated_codes())
def test_a_side_is_connected_with_what_its_door_tells(code: str, serve_side: Serve) -> None:
    served = serve_side(code)
    kind: Any = marketplace(code) if code in MARKETPLACES else shop(code)
    labels = {setting.label: setting for setting in kind.spec.settings}

    told = at_door(served).json()

    assert told["connect_with"].keys() <= labels.keys()
    for label, setting in labels.items():
        assert told["connect_with"].get(label) or setting.default or not setting.required, label
    adapter = open_adapter(
        kind,
        **parts(code, served),
        tokens=MemoryTokens(),
        policy=NetworkPolicy(allowed_private_hosts=frozenset({served.url.removeprefix("http://")})),
    )
    adapter.verify_credentials()
    if code in SHOPS:
        found = [product.sku for page in adapter.fetch_products() for product in page.items]
        assert sorted(found) == sorted(sold.sku for sold in CATALOGUE)


@pytest.mark.parametrize("code", simulated_codes())
def test_the_readme_tells_the_keys_of_a_side_and_where_it_is(code: str) -> None:
    kind: Any = marketplace(code) if code in MARKETPLACES else shop(code)
    url = f"http://127.0.0.1:{wanted([])[code]}"
    filled_in = stocked(code).connect_with(url)

    [told] = [entry for entry in README.read_text().split("\n- ") if f", `{url}`: " in entry]

    chosen = {setting.name for setting in kind.spec.settings if setting.choices}
    assert [name for name, value in filled_in.items() if f"`{value}`" not in told and name not in chosen] == []


def test_the_door_does_what_people_do_and_nothing_else(serve_side: Serve) -> None:
    amazon = serve_side("amazon")
    order_id = at_door(amazon, "place_order", sku="MUG-RED", quantity=2, price="12.95").json()["result"]

    asked = at_door(amazon, "request_cancellation", order_id=order_id)
    unknown = at_door(amazon, "cancel_order", order_id="999-0000000-0000000")
    wrong = at_door(amazon, "cancel_order", order_id=order_id, colour="red")
    hidden = at_door(amazon, "live_on")
    fetched = requests.get(f"{amazon.url}/_world/settle", timeout=10)
    outside = requests.get(f"{amazon.url}/_worlds", timeout=10)

    assert (asked.status_code, asked.json()) == (200, {"result": None})
    item = amazon.side.world.orders[order_id]["orderItems"][0]
    assert item["quantityOrdered"] == 2
    assert item["cancellation"] == {"cancellationRequest": {"requester": "BUYER", "cancelReason": "Ordered by mistake"}}
    assert [one.status_code for one in (unknown, wrong, hidden, fetched)] == [400, 400, 404, 405]
    assert "colour" in wrong.json()["error"]
    assert (outside.status_code, outside.json()["errors"][0]["code"]) == (404, "NotFound")
    assert list(amazon.side.world.orders) == [order_id]


def test_what_is_written_is_kept_before_it_is_answered(tmp_path: Path) -> None:
    """So a kill leaves nothing that we were told and the side does not know."""
    served = serve("bol", stocked("bol"), 0, directory=tmp_path)
    try:
        order_id = at_door(served, "place_order", sku="MUG-RED").json()["result"]

        assert list(kept(tmp_path, "bol").world.orders) == [order_id]
        grant = {"grant_type": "client_credentials"}
        asked = requests.post(f"{served.url}/token", data=grant, auth=served.side.client, timeout=10)
        token = asked.json()["access_token"]
        assert list(kept(tmp_path, "bol").tokens) == [token]
    finally:
        served.server.shutdown()
        served.server.server_close()


@pytest.mark.django_db
def test_an_order_of_amazon_reaches_the_shop_and_its_tracking_gets_back(
    clock: Clock, serve_side: Serve, settings: Any
) -> None:
    amazon, store = serve_side("amazon"), serve_side("woocommerce")
    settings.ORDERSYNC_ALLOWED_PRIVATE_HOSTS = [one.url.removeprefix("http://") for one in (amazon, store)]
    company = Company.objects.create(name="Mugs & Co")
    plan = CarrierPlan.objects.create(company=company, name="Carriers", default_carrier="postnl")
    project = Project.objects.create(company=company, name="Mugs", carrier_plan=plan)
    common: dict[str, Any] = {"now": clock(), "by": None}
    connect_shop(project=project, platform="woocommerce", name="Shop", **parts("woocommerce", store), **common)
    project.refresh_from_db()
    account = connect_account(company=company, marketplace="amazon", name="Amazon", **parts("amazon", amazon), **common)
    connection = OrderConnection.objects.create(
        company=company, project=project, account=account, name="Amazon", fulfilment="merchant"
    )
    start(connection=connection, activated_from=None, now=clock(), by=None)
    go(clock)
    order_id = at_door(amazon, "place_order", sku="MUG-BLUE", quantity=2).json()["result"]
    go(clock)
    [made] = at_door(store, "orders_with", reference=named(order_id, "amazon")).json()["result"]
    shipped = at_door(store, "ship", order_id=made["id"], carrier="PostNL", tracking_code="3SMUG1")
    go(clock)

    [package] = at_door(amazon, "packages_of", order_id=order_id).json()["result"]

    assert shipped.status_code == 200
    assert (made["total"], made["line_items"][0]["quantity"]) == ("24.20", 2)
    assert (package["carrier"], package["trackingNumber"]) == ("PostNL", "3SMUG1")
    assert at_door(amazon, "status_of", order_id=order_id).json() == {"result": "SHIPPED"}
    assert at_door(amazon, "stock_of", sku="MUG-BLUE").json() == {"result": 248}


def go(clock: Clock, rounds: int = 4) -> None:
    """What the worker does, while minutes pass: Amazon lists nothing of the last two."""
    for _ in range(rounds):
        clock.forward(minutes=3)
        SyncCursor.objects.filter(active=True).update(next_run_at=clock())
        read(clock=clock, threads=1)
        Delivery(clock=clock, threads=1).run()


def test_sides_and_ports_are_named_or_all_of_them_in_a_row() -> None:
    assert wanted(["amazon", "magento2:8300"]) == {"amazon": 8101, "magento2": 8300}
    assert list(wanted([]).items())[:2] == [("bol", 8101), ("woocommerce", 8102)]
    assert len(set(wanted([]).values())) == len(simulated_codes())
    for wrong in ("custom", "nobody", "bol:x"):
        with pytest.raises(CommandError, match="is no simulated side"):
            wanted([wrong])
