"""The published document as the judge of the adapter's requests and of the simulator's answers.

The document is not part of the repository; without it these tests are skipped, visibly. Where a running Magento was
seen to differ from it, the running one counts: null where the document has a value, ids of new documents as strings,
and gaps of error sentences as plain texts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import orjson
import pytest
import yaml

from adapterkit.errors import NotFound, Rejected
from adapterkit.records import Discount, Fulfilment
from adapterkit.simulator import Request, Response
from tests.contract.magento2_bench import Magento2Bench
from tests.contract.shop_benches import NOW
from tests.contract.test_shops import order, stocked

WHERE = Path("shared", "specs", "shops", "magento2", "admin-schema-2.4.9.yaml")
SPEC = next((found for parent in Path(__file__).parents if (found := parent / WHERE).exists()), None)
pytestmark = pytest.mark.skipif(SPEC is None, reason="the published Magento document is not beside the repository")
SNAKE = {"filter_groups": "filterGroups", "condition_type": "conditionType"}


@cache
def document() -> dict[str, Any]:
    assert SPEC is not None
    return dict(yaml.load(SPEC.read_text(), Loader=yaml.CSafeLoader))


@cache
def definitions(*, trimmed: bool) -> dict[str, Any]:
    """The document's definitions, null allowed everywhere; `trimmed` requires nothing, for answers of chosen fields."""
    return {name: _loose(found, trimmed) for name, found in document()["definitions"].items()}


def _loose(node: Any, trimmed: bool) -> Any:
    if isinstance(node, list):
        return [_loose(item, trimmed) for item in node]
    if not isinstance(node, dict):
        return node
    found = {key: _loose(value, trimmed) for key, value in node.items()}
    if trimmed and isinstance(found.get("required"), list):
        del found["required"]
    if isinstance(found.get("type"), str) and found["type"] != "null":
        found["type"] = [found["type"], "null"]
    return found


def operation(request: Request) -> tuple[str, dict[str, Any]]:
    path = request.path.removeprefix("/rest/default")
    for template, operations in document()["paths"].items():
        if re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", template), path) and request.method.lower() in operations:
            return template, operations[request.method.lower()]
    pytest.fail(f"The document has no {request.method} {path}")


def check(instance: Any, schema: dict[str, Any], about: str, *, trimmed: bool = False) -> None:
    rooted = {**_loose(schema, trimmed), "definitions": definitions(trimmed=trimmed)}
    problems = [
        f"{'/'.join(map(str, error.absolute_path))}: {error.message[:150]}"
        for error in jsonschema.Draft4Validator(rooted).iter_errors(instance)
    ]
    assert problems == [], about


def strangers(instance: Any, schema: dict[str, Any], at: str = "") -> list[str]:
    """The names in a body that the document does not have there."""
    schema = document()["definitions"][schema["$ref"].rsplit("/", 1)[1]] if "$ref" in schema else schema
    if isinstance(instance, list):
        return [name for item in instance for name in strangers(item, schema.get("items", {}), at)]
    if not isinstance(instance, dict):
        return []
    known = schema.get("properties", {})
    found = [f"{at}/{name}" for name in instance if name not in known]
    return found + [
        n for name in instance if name in known for n in strangers(instance[name], known[name], f"{at}/{name}")
    ]


@dataclass
class Judge:
    """Holds each request and answer of the simulated shop against the document."""

    bench: Magento2Bench
    spoken: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        handle = self.bench.simulator._handle

        def judged(request: Request) -> Response:
            response = handle(request)
            whole = handle(_without_fields(request)) if "fields" in request.query else response
            self._judge(request, response, whole)
            return response

        self.bench.simulator._handle = judged  # type: ignore[method-assign]

    def _judge(self, request: Request, response: Response, whole: Response) -> None:
        template, found = operation(request)
        about = f"{request.method} {template} {response.status}"
        self.spoken.add(about)
        self._judge_request(request, found, about)
        if response.status >= 400:
            assert set(orjson.loads(response.content)) <= {"message", "parameters"}
            assert str(response.status) in found["responses"] or "default" in found["responses"], about
            return
        schema = found["responses"]["200"]["schema"]
        body = orjson.loads(whole.content)
        check(int(body) if schema == {"type": "integer"} else body, _without_description(schema), about)
        if whole is not response:
            check(orjson.loads(response.content), schema, f"chosen fields of {about}", trimmed=True)

    def _judge_request(self, request: Request, found: dict[str, Any], about: str) -> None:
        described = {row["name"] for row in found.get("parameters", ()) if row["in"] == "query"}
        for name in set(request.query) - {"fields"}:
            assert _published(name) in described | {"searchCriteria"}, f"{about}: {name}"
        bodies = [row["schema"] for row in found.get("parameters", ()) if row["in"] == "body"]
        if request.body:
            body = orjson.loads(request.body)
            assert strangers(body, bodies[0]) == [], about
            if body != {"entity": {}}:  # the one that is sent to be refused
                check(body, bodies[0], f"request {about}")


def _without_fields(request: Request) -> Request:
    return replace(request, query={name: values for name, values in request.query.items() if name != "fields"})


def _without_description(schema: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in schema.items() if name != "description"}


def _published(name: str) -> str:
    """The document names one filter only, in camel case; Magento takes both spellings, and more filters."""
    for snake, camel in SNAKE.items():
        name = name.replace(snake, camel)
    return re.sub(r"\[\d+\]", "[0]", name)


@pytest.fixture
def judge(bench: Magento2Bench) -> Judge:
    return Judge(bench)


def test_every_verb_speaks_as_the_document_says(judge: Judge) -> None:
    bench, adapter = judge.bench, judge.bench.adapter
    shop: Any = adapter
    bench.simulator.add_product("SHIRT", variations=["SHIRT-M"])
    bench.simulator.world.base_currency = "USD"
    bench.extra = {"base_currency": "USD"}
    wanted = replace(
        order("12.10", "3.95", quantity=2),
        shipping_cost=Decimal("4.95"),
        discounts=(Discount(title="Welcome", amount=Decimal("1.05")),),
        total=Decimal("36.00"),
        is_test=True,
    )
    assert wanted.delivery is not None
    wanted = replace(wanted, delivery=replace(wanted.delivery, region="NH"))
    products, shown = stocked(bench, wanted), bench.show_methods()

    bench.adapter.verify_credentials()
    paid = bench.create(wanted, "bol-A1", products).shop_order_id
    done = bench.create(replace(wanted, fulfilment=Fulfilment.MARKETPLACE), "bol-A2", products).shop_order_id
    bench.simulator.ship(int(paid), complete=False)
    shop.hold_order(paid, "bol-A1")
    shop.release_order(paid, "bol-A1")
    shop.add_note(paid, "hello", wanted)
    shop.cancel_order(paid, "bol-A1")
    list(adapter.fetch_updates(NOW))
    list(shop.reread_orders([paid, done]))
    assert adapter.fetch_order(paid).refunds
    list(adapter.fetch_products())
    assert tuple(shop.fetch_shipping_methods()) == shown
    shop.fetch_stock(list(products.values()))
    bench.simulator.world.exports_salable = False
    shop.fetch_stock(list(products.values()))

    assert judge.spoken >= {
        "GET /V1/orders 200",
        "POST /V1/orders 200",
        "GET /V1/orders/{id} 200",
        "POST /V1/orders/{id}/hold 200",
        "POST /V1/orders/{id}/unhold 200",
        "POST /V1/orders/{id}/comments 200",
        "POST /V1/order/{orderId}/invoice 200",
        "POST /V1/order/{orderId}/refund 200",
        "GET /V1/shipments 200",
        "GET /V1/creditmemos 200",
        "GET /V1/products 200",
        "GET /V1/store/storeConfigs 200",
        "GET /V1/taxRules/search 200",
        "GET /V1/taxRates/search 200",
        "GET /V1/directory/countries/{countryId} 200",
        "GET /V1/directory/currency 200",
        "GET /V1/inventory/stock-resolver/{type}/{code} 200",
        "GET /V1/inventory/stock-source-links 200",
        "GET /V1/inventory/sources 200",
        "GET /V1/inventory/source-items 200",
        "GET /V1/inventory/export-stock-salable-qty/{salesChannelType}/{salesChannelCode} 200",
        "GET /V1/inventory/get-product-salable-quantity/{sku}/{stockId} 200",
    }


def test_an_unfinished_order_is_cancelled_and_refusals_are_as_described(judge: Judge) -> None:
    bench = judge.bench
    shop: Any = bench.adapter
    made = bench.simulator.store_order({**_unpaid(), "increment_id": "bol-A1", "store_id": 1})
    taken = order("12.10")

    with pytest.raises(NotFound):
        bench.adapter.fetch_order("987654321")
    with pytest.raises(Rejected, match="another order with the number"):
        bench.create(taken, "bol-A1", stocked(bench, taken))
    shop.cancel_order(str(made["entity_id"]), "bol-A1")

    assert judge.spoken >= {"GET /V1/orders/{id} 404", "POST /V1/orders 400", "POST /V1/orders/{id}/cancel 200"}


def _unpaid() -> dict[str, Any]:
    row = {"sku": "MUG", "name": "Mug", "qty_ordered": 1, "product_id": 1, "product_type": "simple"}
    return {
        "state": "new", "status": "pending", "grand_total": 1, "base_grand_total": 1, "order_currency_code": "EUR",
        "customer_email": "visitor@shop.test", "items": [row],
    }  # fmt: skip
