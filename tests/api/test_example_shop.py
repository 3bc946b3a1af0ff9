"""The example shop and the client: an order comes in, is acknowledged, shipped, and its tracking is at the marketplace."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from django.test import Client
from ordersync_client import OrderSync, Refused, Unavailable
from requests.adapters import BaseAdapter
from shop import Shop

from orders.models import Order, Shipment
from stock.models import Offer, Product
from tests.api.calls import key_for
from tests.api.custom import Platform, platform  # noqa: F401 - a fixture

pytestmark = [pytest.mark.django_db, pytest.mark.either]
HOST = "https://hub.test"


class Served(BaseAdapter):
    """Answers `requests` from this process. `faults` are what the next requests meet, in order: a status, or "lost"."""

    def __init__(self) -> None:
        super().__init__()
        self.faults: list[Any] = []
        self.asked: list[str] = []

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        self.asked.append(f"{request.method} {request.path_url}")
        fault = self.faults.pop(0) if self.faults else None
        answer = requests.Response()
        answer.request, answer.url = request, str(request.url)
        if isinstance(fault, int):
            answer.status_code, answer._content = fault, b"{}"
            answer.headers["Retry-After"] = "2"
            return answer
        headers = {name: value for name, value in request.headers.items() if name != "Content-Length"}
        got = Client().generic(
            str(request.method), request.path_url, request.body or b"",
            content_type=headers.pop("Content-Type", "application/json"), headers=headers, SERVER_NAME="hub.test", secure=True,
        )  # fmt: skip
        if fault == "lost":
            raise requests.ConnectionError("the answer was lost")
        answer.status_code, answer._content = got.status_code, got.content
        answer.headers.update(got.headers)
        return answer

    def close(self) -> None:
        """Nothing is open."""


@pytest.fixture
def served() -> Served:
    return Served()


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def hub(platform: Platform, served: Served, waits: list[float], settings: Any) -> OrderSync:
    settings.ALLOWED_HOSTS = ["hub.test"]
    session = requests.Session()
    session.mount(HOST, served)
    return OrderSync(HOST, key_for(platform.road.demo.company)[1], session=session, sleep=waits.append)


@pytest.fixture
def shop_(platform: Platform, hub: OrderSync) -> Shop:
    Product.objects.filter(project=platform.project).delete()
    made = Shop(hub, platform.project.pk)
    made.db.execute("INSERT INTO products VALUES ('TST-001', 'A mug', '12.10', 10)")
    made.sync()
    return made


def press_ship(shop: Shop, number: int, code: str) -> str:
    """Ship on the shop's own page, as a merchant does."""
    import io

    body = f"number={number}&carrier=postnl&code={code}".encode()
    environ = {"REQUEST_METHOD": "POST", "CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body)}
    told: list[str] = []
    list(shop(environ, lambda status, headers: told.append(status)))
    return told[0]


def page_of(shop: Shop) -> str:
    return b"".join(shop({"REQUEST_METHOD": "GET"}, lambda *_: None)).decode()


def test_from_the_order_to_its_tracking_at_the_marketplace(platform: Platform, shop_: Shop) -> None:
    road = platform.road
    road.bol.add_offer("TST-001", stock=0)
    sold = road.bol.place_order(sku="TST-001", quantity=2)
    road.go(rounds=2)

    shop_.sync()
    shop_.sync()

    order = Order.objects.get()
    assert (order.place, order.shop_order_id) == (Order.Place.IN_SHOP, "1")
    assert shop_.rows("SELECT count(*) FROM orders") == [(1,)]
    assert shop_.rows("SELECT stock FROM products") == [(8,)]
    assert "<td>open</td>" in page_of(shop_)
    assert press_ship(shop_, 1, "3SABC1") == "303 See Other"
    shop_.sync()
    road.go(rounds=8)
    assert Shipment.objects.get().state == Shipment.State.CONFIRMED
    (told,) = road.bol.shipments_of(str(sold))
    assert "3SABC1" in str(told)
    assert Offer.objects.get(reference="TST-001").acknowledged_quantity == 8


@pytest.mark.parametrize("fault", ["lost", 503, 429])
def test_whatever_is_lost_on_the_way_one_order_is_made_and_acknowledged_once(
    platform: Platform, shop_: Shop, served: Served, waits: list[float], fault: Any
) -> None:
    platform.road.bol.place_order(sku="TST-001")
    platform.road.go(rounds=2)
    for when in range(6):
        served.faults = [None] * when + [fault]
        shop_.sync()

    assert shop_.rows("SELECT count(*), min(acknowledged) FROM orders") == [(1, 1)]
    assert Order.objects.get().shop_order_id == "1"
    assert waits
    assert fault == "lost" or set(waits) == {2.0}


def test_a_buyer_who_cancels_in_time_is_not_sent_anything(platform: Platform, shop_: Shop) -> None:
    sold = platform.road.bol.place_order(sku="TST-001", quantity=3)
    platform.road.go(rounds=2)
    shop_.sync()
    platform.road.bol.cancel_order(str(sold))
    platform.road.go(rounds=2)

    shop_.sync()

    assert shop_.rows("SELECT state FROM orders") == [("cancelled",)]
    assert shop_.rows("SELECT stock FROM products") == [(10,)]


def test_the_key_is_sent_nowhere_else(hub: OrderSync, served: Served) -> None:
    with pytest.raises(Unavailable, match="is not below"):
        hub._call("GET", "https://elsewhere.test/api/v1/orders")
    assert served.asked == []


def test_a_refusal_tells_what_to_do_and_is_not_repeated(hub: OrderSync, served: Served) -> None:
    with pytest.raises(Refused) as caught:
        hub.read_order(987654)

    assert (caught.value.status, caught.value.code) == (404, "not_found")
    assert caught.value.mend
    assert len(served.asked) == 1


def test_no_answer_at_all_is_told_after_five_tries(hub: OrderSync, served: Served) -> None:
    served.faults = [503] * 9

    with pytest.raises(Unavailable):
        hub.read_order(1)
    assert len(served.asked) == 5


def test_the_example_stays_short() -> None:
    import inspect

    import shop

    assert len(inspect.getsource(shop).splitlines()) < 150
