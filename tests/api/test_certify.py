"""The certification kit: a good program passes, and each common mistake is found."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
import requests
from django.core.management import CommandError, call_command
from ordersync_client import OrderSync, Refused
from shop import Shop

from api.flows.certify import start
from api.management.commands.certify import Command
from api.models import Certification
from orders.models import Order
from tests.api.calls import client_with, key_for
from tests.api.custom import Platform, platform  # noqa: F401 - a fixture
from tests.api.test_example_shop import HOST, Served

pytestmark = [pytest.mark.django_db, pytest.mark.either]


class Careless(Shop):
    """Makes an order every time it is told of one, and acknowledges it at once."""

    def sync(self) -> None:
        for order in list(self.hub.new_orders()):
            self.db.execute("INSERT INTO orders (buyer, total) VALUES ('', ?)", (order["total"],))
            ((number,),) = self.rows("SELECT max(number) FROM orders")
            with suppress(Refused):
                self.hub.acknowledge_order(order["id"], {"shop_order_id": str(number)})


class Deaf(Shop):
    """Never reads what changed."""

    def _read_on(self) -> None:
        """Nothing."""


class Rounding(Shop):
    """Drops the cents of what it makes."""

    def _acknowledge(self) -> None:
        self.db.execute("UPDATE orders SET total = CAST(total AS INTEGER) WHERE NOT acknowledged")
        super()._acknowledge()


@pytest.fixture
def certify(platform: Platform, settings: Any, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> Any:
    settings.ALLOWED_HOSTS = ["hub.test"]
    session = requests.Session()
    session.mount(HOST, Served())

    def run(kind: type[Shop], *, patient: bool = True) -> str:
        def wait(seconds: float) -> None:
            platform.road.clock.forward(seconds=seconds)

        key = key_for(platform.road.demo.company)[1]
        hub = OrderSync(HOST, key, session=session, sleep=wait if patient else lambda _: None)
        shop = kind(hub, platform.project.pk)
        shop.db.execute("INSERT INTO products VALUES ('p1', 'A mug', '12.10', 10)")

        def work(_: Command) -> None:
            """What happens while the command waits: the hub's own rounds, and the program's."""
            platform.road.deliver()
            shop.sync()
            last = Order.objects.latest("pk").pk
            ready = "SELECT number FROM orders WHERE state = 'open' AND acknowledged AND hub_id != ?"
            for (number,) in shop.rows(ready, last):
                shop.ship(number, "postnl", f"3SCERT{number}")
            wait(5)

        monkeypatch.setattr(Command, "pause", work)
        try:
            call_command("certify", connection=platform.connection.pk, seconds=60)
        except CommandError as error:
            return f"{capsys.readouterr().out}{error}"
        return str(capsys.readouterr().out)

    return run


def test_a_good_program_passes(certify: Any) -> None:
    told = certify(Shop)

    assert "The program passed." in told, told
    assert told.count("PASS") == 7
    assert Certification.objects.get().ended_at is not None
    assert not Order.objects.filter(is_test=False).exists()


@pytest.mark.once
@pytest.mark.parametrize(
    ("kind", "found"),
    [
        (Rounding, "FAIL  The totals are right to the cent"),
        (Deaf, "FAIL  A cancellation is noticed, and nothing is sent (it never reads changed_since)"),
        (Careless, "FAIL  Each order was made once"),
    ],
)
def test_a_mistake_is_found(certify: Any, kind: type[Shop], found: str) -> None:
    told = certify(kind)

    assert found in told, told
    assert "The program passed." not in told


@pytest.mark.once
def test_a_program_that_does_not_wait_is_found(certify: Any) -> None:
    assert "FAIL  It waits when it is asked to" in certify(Shop, patient=False)


def test_only_a_program_s_own_platform_is_tried(platform: Platform) -> None:
    with pytest.raises(CommandError, match="called by us"):
        call_command("certify", connection=platform.road.demo.connection.pk)
    with pytest.raises(CommandError, match="no connection"):
        call_command("certify", connection=987654)
    platform.project.products.all().delete()
    with pytest.raises(CommandError, match="Store a product"):
        call_command("certify", connection=platform.connection.pk)
    assert not Certification.objects.exists()


def test_nobody_else_s_answers_are_spoiled(platform: Platform) -> None:
    start(connection=platform.connection, now=platform.road.clock())
    other = key_for(platform.road.demo.company, project_id=platform.road.demo.shop.project_id)[1]
    assert client_with(other).get("/api/v1/orders").status_code == 200
    assert client_with(key_for(platform.road.demo.company)[1]).get("/api/v1/orders").status_code == 429
