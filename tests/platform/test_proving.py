"""The walk that proves an adapter against a real shop: what it does, what it notices, and what it writes down."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import requests
from django.core.management import call_command
from django.core.management.base import CommandError

from adapterkit import evidence
from adapterkit.evidence import NEEDED, Evidence, Result, Step
from adapterkit.records import ShopOrder
from adapterkit.simulator import SERVER, Response, Simulator
from ordersync.management.commands.capabilities import matrix
from ordersync.proving import MEANINGS, Walk, Witness, values_from
from shops.magento2.simulator import Magento2Simulator
from shops.registry import proving, shop
from shops.woocommerce.simulator import WooCommerceSimulator
from tests.contract.shop_benches import BENCHES, NOW, ShopBench

pytestmark = [pytest.mark.usefixtures("clock"), pytest.mark.either]
ALL = ["credentials", "products", "count", "create", "find", "verify", "again", "stock", "ship", "tracking", "cancel"]
WALKED = ("magento2", "prestashop", "woocommerce")


def walk_of(bench: ShopBench, code: str, **more: Any) -> Walk:
    bench.simulator.add_product("MUG", price="12.10", stock=10)  # type: ignore[attr-defined]
    settings = {"token": "T0", "now": NOW, "clock": lambda: 0.0, "port": proving(code), **more}
    return Walk(shop=bench.adapter, **settings)


@pytest.mark.parametrize("code", WALKED)
def test_every_step_is_done_and_told_and_only_the_shipped_order_stays(code: str) -> None:
    bench, told = BENCHES[code](), list[str]()
    walk = walk_of(bench, code, report=lambda step: told.append(step.name))

    steps = walk.run()

    assert [(step.name, step.result, step.said) for step in steps] == [(name, Result.OK, "") for name in ALL]
    assert told == ALL
    assert len(walk.left) == 1
    assert bench.stock_of("MUG") == 9


@pytest.mark.parametrize("code", WALKED)
def test_orders_are_marked_as_tests(code: str) -> None:
    bench = BENCHES[code]()
    walk_of(bench, code).run()

    orders = bench.simulator.world.orders.values()  # type: ignore[attr-defined]
    assert len(orders) == 2
    assert all("TEST ORDER" in json.dumps(order, default=str) for order in orders)


@pytest.mark.parametrize("code", WALKED)
def test_without_a_way_to_ship_it_is_asked_for_or_left_out_by_name(code: str) -> None:
    bench = BENCHES[code]()
    left_out = {step.name: step for step in walk_of(bench, code, port=None).run() if step.result is Result.SKIPPED}
    assert list(left_out) == ["ship", "tracking"]
    assert "--by-hand" in left_out["ship"].said

    asked: list[str] = []

    def person(what: str) -> None:
        asked.append(what)
        order_id = max(bench.simulator.world.orders)  # type: ignore[attr-defined]
        bench.ship(str(order_id), carrier="PostNL", tracking_code="3STESTT1", complete=True)

    steps = walk_of(bench, code, port=None, by_hand=person, token="T1").run()

    assert {step.result for step in steps} == {Result.OK}
    assert "tracking code 3STESTT1" in asked[0]


@pytest.mark.parametrize(
    "code", ["magento2_module", "magento1_module", "magento1_module with an API user", "prestashop_module"]
)
def test_a_shop_with_a_module_proves_what_the_module_can_tell(code: str) -> None:
    bench = BENCHES[code]()

    def person(_: str) -> None:
        [order_id] = bench.simulator.world.orders  # type: ignore[attr-defined]
        bench.ship(str(order_id), carrier="PostNL", tracking_code="3STESTT0", complete=True)

    walk = walk_of(bench, bench.code, port=None, by_hand=person)
    steps = {step.name: step.result for step in walk.run()}

    assert [name for name, result in steps.items() if result is Result.SKIPPED] == ["count", "again", "stock", "cancel"]
    assert [name for name, result in steps.items() if result is Result.FAILED] == []
    assert len(walk.left) == 1
    assert "TEST ORDER" in json.dumps(list(bench.simulator.world.orders.values()), default=str)  # type: ignore[attr-defined]


def test_a_product_that_is_not_counted_is_ordered_all_the_same() -> None:
    bench = BENCHES["magento2"]()
    walk = Walk(shop=bench.adapter, port=proving("magento2"))
    bench.simulator.add_product("GUIDE", stock=None)  # type: ignore[attr-defined]

    steps = walk.run()

    assert [step.name for step in steps if step.result is Result.SKIPPED] == ["count", "stock"]
    assert not [step for step in steps if step.result is Result.FAILED]


def test_an_order_that_is_not_shipped_is_cancelled_itself() -> None:
    bench = BENCHES["magento2"]()
    walk = walk_of(bench, "magento2", port=None)
    walk.run()

    assert (walk.left, len(bench.simulator.world.orders), bench.stock_of("MUG")) == ([], 1, 10)  # type: ignore[attr-defined]


def failed(walk: Walk) -> dict[str, str]:
    return {step.name: step.said for step in walk.run() if step.result is Result.FAILED}


def test_nothing_is_tried_once_the_credentials_are_refused() -> None:
    bench = BENCHES["magento2"]()
    bench.revoke()
    walk = walk_of(bench, "magento2")

    assert list(failed(walk)) == ["credentials"]
    assert [step.name for step in walk.steps] == ["credentials"]


def test_a_product_that_is_not_there_or_not_in_stock_is_said_to_be() -> None:
    bench = BENCHES["magento2"]()
    walk = walk_of(bench, "magento2", sku="NOPE")
    bench.simulator.set_stock("MUG", 1)  # type: ignore[attr-defined]

    assert failed(walk) == {"products": "None of the 1 products has the SKU NOPE"}
    assert failed(Walk(shop=bench.adapter)) == {"products": "None of the 1 products has enough stock"}


class Doubling(type(BENCHES["magento2"]().adapter)):  # type: ignore[misc]
    """Makes another order each time, under another number."""

    made = 0

    def create_order(self, order: Any, reference: str, products: Mapping[str, str]) -> ShopOrder:
        type(self).made += 1
        again = f"{reference}-{self.made}" if self.made > 1 else reference
        created: ShopOrder = super().create_order(order, again, products)
        return created


def test_a_shop_that_doubles_an_order_is_found_out() -> None:
    bench = BENCHES["magento2"]()
    walk = walk_of(bench, "magento2")
    walk.shop = Doubling(walk.shop.transport, walk.shop.settings)

    assert "stands there twice" in failed(walk)["again"]
    assert len(walk.left) >= 2


def test_a_difference_and_a_stock_that_does_not_fall_are_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = BENCHES["magento2"]()
    walk = walk_of(bench, "magento2")
    store = bench.simulator.store_order  # type: ignore[attr-defined]

    def dearer(entity: dict[str, Any]) -> Any:
        bench.simulator.set_stock("MUG", 11)  # type: ignore[attr-defined]
        return store({**entity, "grand_total": 99.0})

    monkeypatch.setattr(bench.simulator, "store_order", dearer)

    found = failed(walk)

    assert "ordersync-TEST-T0-1" in found["verify"]
    assert "99.0" in found["verify"]
    assert "12.10" in found["verify"]
    assert found["stock"] == "The stock went from 10 to 10 instead of 9"


# What is written down.

DONE = tuple(Step(name, Result.OK, 0.1) for name in ALL)


def test_a_walk_is_written_read_and_graded(tmp_path: Path) -> None:
    spec = shop("magento2").spec
    proof = Evidence(adapter="magento2", on=date(2026, 11, 24), software={"as stated": "2.4.7"}, steps=DONE)
    assert evidence.grade(spec, tmp_path) == spec.evidence

    evidence.write(proof, tmp_path)

    assert evidence.read("magento2", tmp_path) == proof
    assert evidence.grade(spec, tmp_path) == "real software on 2026-11-24"


def test_what_was_left_out_is_said_and_what_matters_cannot_be(tmp_path: Path) -> None:
    left_out = [Step(s.name, Result.SKIPPED, 0, "no way") if s.name in {"ship", "tracking"} else s for s in DONE]
    proof = Evidence(adapter="magento2", on=date(2026, 11, 24), steps=left_out)
    assert proof.words == "real software on 2026-11-24, without ship, tracking"
    assert proof.proves

    for name in NEEDED:
        lacking = [step for step in DONE if step.name != name]
        with pytest.raises(ValueError, match="proves nothing"):
            evidence.write(Evidence(adapter="magento2", on=date(2026, 11, 24), steps=lacking), tmp_path)
    wrong = (*DONE[:-1], Step("cancel", Result.FAILED, 0))
    assert not Evidence(adapter="magento2", on=date(2026, 11, 24), steps=wrong).proves
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_proves_nothing_lifts_no_grade(tmp_path: Path) -> None:
    row = {"name": "create", "result": "ok", "seconds": 1, "said": ""}
    (tmp_path / "magento2.json").write_text(json.dumps({"on": "2026-11-24", "software": {}, "steps": [row]}))

    assert evidence.grade(shop("magento2").spec, tmp_path) == shop("magento2").spec.evidence


def test_the_matrix_shows_what_is_written_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ordersync.management.commands.capabilities.grade", lambda spec: f"proof of {spec.code}")

    assert "proof of magento2 | proof of" in matrix()


def test_values_come_from_what_was_given_before_the_environment() -> None:
    environ = {"ORDERSYNC_LIVE_MAGENTO2_ACCESS_TOKEN": "a", "ORDERSYNC_LIVE_MAGENTO2_WEBSITE": "b", "OTHER": "c"}

    found = values_from(shop("magento2").spec, {"website": "given", "shop_url": ""}, environ)

    assert found == {
        **{setting.name: setting.default for setting in shop("magento2").spec.settings if setting.default},
        "access_token": "a",
        "website": "given",
    }


# The command, over HTTP.


@pytest.fixture
def served(request: pytest.FixtureRequest) -> Iterator[tuple[str, Simulator]]:
    simulator = request.param()
    simulator.add_product("MUG", price="12.10", stock=10)
    server = simulator.serve("127.0.0.1", 0)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", simulator
    server.shutdown()
    server.server_close()
    thread.join(5)


class RealMagento(Magento2Simulator):
    """Does not say that it is simulated."""

    def _headers(self, response: Response) -> dict[str, str]:
        return {**super()._headers(response), "Server": "nginx"}


class RealWooCommerce(WooCommerceSimulator):
    def _headers(self, response: Response) -> dict[str, str]:
        return {**super()._headers(response), "Server": "Apache"}


SECRETS = {
    "ORDERSYNC_LIVE_MAGENTO2_CONSUMER_KEY": "ck-demo",
    "ORDERSYNC_LIVE_MAGENTO2_CONSUMER_SECRET": "cs-demo",
    "ORDERSYNC_LIVE_MAGENTO2_ACCESS_TOKEN": "at-demo",
    "ORDERSYNC_LIVE_MAGENTO2_ACCESS_TOKEN_SECRET": "as-demo",
    "ORDERSYNC_LIVE_WOOCOMMERCE_CONSUMER_KEY": "ck_demo",
    "ORDERSYNC_LIVE_WOOCOMMERCE_CONSUMER_SECRET": "cs_demo",
}


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)


def run(*arguments: str) -> str:
    out = io.StringIO()
    try:
        call_command("verify_adapter", *arguments, stdout=out)
    except CommandError as error:
        out.write(f"CommandError: {error}")
    return out.getvalue()


@pytest.mark.sockets
@pytest.mark.parametrize(
    ("served", "code"), [(RealMagento, "magento2"), (RealWooCommerce, "woocommerce")], indirect=["served"]
)
def test_the_command_walks_over_http_and_writes_the_evidence(
    served: tuple[str, Simulator], code: str, keys: None, tmp_path: Path
) -> None:
    told = run(code, "--url", served[0], "--evidence", str(tmp_path), "--software", "a test")

    lines = [line.split()[:2] for line in told.splitlines() if line.startswith(("ok", "skipped", "failed"))]
    assert lines == [["ok", name] for name in ALL], told
    assert all(MEANINGS[name] in told for name in ALL)
    assert "real software on" in told
    assert not any(value in told for value in SECRETS.values())
    proof = evidence.read(code, tmp_path)
    assert proof is not None
    assert proof.software["as stated"] == "a test"
    assert (code == "woocommerce") == ("WooCommerce" in proof.software)
    text = (tmp_path / f"{code}.json").read_text()
    assert not any(value in text for value in (*SECRETS.values(), served[0], "127.0.0.1"))


@pytest.mark.sockets
@pytest.mark.parametrize("served", [Magento2Simulator], indirect=True)
def test_our_own_simulator_proves_nothing(served: tuple[str, Simulator], keys: None, tmp_path: Path) -> None:
    told = run("magento2", "--url", served[0], "--evidence", str(tmp_path))

    assert "proves nothing, and nothing was written" in told
    assert list(tmp_path.iterdir()) == []


@pytest.mark.sockets
@pytest.mark.parametrize("served", [RealMagento], indirect=True)
def test_a_walk_that_fails_says_where_and_writes_nothing(
    served: tuple[str, Simulator], keys: None, tmp_path: Path
) -> None:
    served[1].fail_next(status=400, body={"message": "No."}, times=9, method="POST", path="/rest/default/V1/order/")
    told = run("magento2", "--url", served[0], "--evidence", str(tmp_path))

    assert "failed  create" in told
    assert "nothing was written" in told
    assert "Left in the shop" in told
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("url", ["ftp://shop.test", "https://me:pw@shop.test", "https://shop.test?x=1"])
def test_an_address_that_is_none_is_said_to_be_before_anything_is_called(url: str, keys: None) -> None:
    assert f"CommandError: --url {url}: " in run("magento2", "--url", url)


@pytest.mark.sockets
@pytest.mark.parametrize("served", [Magento2Simulator], indirect=True)
def test_https_is_meant_where_nothing_is_said_and_each_trouble_has_its_sentence(
    served: tuple[str, Simulator], keys: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    host, simulator = served[0].removeprefix("http://"), served[1]
    assert "its TLS certificate is not valid" in run("magento2", "--url", host)
    assert "There is no Magento API at this address" in _at_a_web_page(served[0], simulator)
    monkeypatch.setenv("ORDERSYNC_LIVE_MAGENTO2_CONSUMER_SECRET", "another-secret")
    assert "The shop refuses the signature: one of the two secrets" in run("magento2", "--url", served[0])
    assert simulator.world.orders == {}  # type: ignore[attr-defined]


def _at_a_web_page(url: str, simulator: Simulator) -> str:
    simulator.fail_next(status=404, body="<html>Not here</html>")
    return run("magento2", "--url", url)


def test_what_is_missing_or_unknown_is_named_before_anything_is_called() -> None:
    assert "access_token is missing" in run("magento2", "--url", "https://shop.test")
    assert "Magento 2 has no setting colour; it has: shop_url, auth," in run("magento2", "--set", "colour=red")


def test_a_simulator_says_that_it_is_one() -> None:
    bench, witness = BENCHES["magento2"](), Witness()
    assert not witness.simulated
    bench.exchanges = witness  # type: ignore[assignment]
    bench.adapter.verify_credentials()

    assert witness.simulated
    assert bench.simulator.mount().send(requests.Request("GET", bench.url).prepare()).headers["Server"] == SERVER
