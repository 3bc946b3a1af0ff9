"""Amazon's published models as the judge: of every request the adapter makes, of every answer it gets, and of the cases
that Amazon's own static sandbox answers.

The models are not part of the repository; without them these tests are skipped, visibly.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from adapterkit import errors
from adapterkit.records import Cancellation, CancellationReason, Fulfilment, LineQuantity, Shipment, StockLevel
from adapterkit.simulator import Request, Response
from adapterkit.spec import Endpoint
from adapterkit.transport import Answer
from marketplaces.amazon import mapper, spec
from orders.obstacles import sum_of
from tests.clock import Clock
from tests.contract.amazon_bench import AmazonBench

SPECS = Path(__file__).resolve().parents[4] / "shared" / "specs" / "marketplaces" / "amazon"
pytestmark = pytest.mark.skipif(not SPECS.exists(), reason="Amazon's published models are not beside the repository")
MODELS = {
    "/orders/2026-01-01/": "orders_2026-01-01.json",
    "/orders/v0/": "ordersV0.json",
    "/feeds/": "feeds_2021-06-30.json",
    "/listings/": "listingsItems_2021-08-01.json",
    "/fba/inventory/": "fbaInventory.json",
}
OTHERS = ("/auth/", "/files/")  # Login with Amazon and the host of the files have no model


@cache
def model(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((SPECS / name).read_text())
    return loaded


def model_of(path: str) -> dict[str, Any]:
    return model(next(name for prefix, name in MODELS.items() if path.startswith(prefix)))


def operation(request: Request) -> dict[str, Any]:
    for template, operations in model_of(request.path)["paths"].items():
        if re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", template), request.path) and request.method.lower() in operations:
            return dict(operations[request.method.lower()])
    pytest.fail(f"The models have no {request.method} {request.path}")


def check(instance: Any, schema: dict[str, Any], path: str, about: str) -> None:
    rooted = {**schema, "definitions": model_of(path)["definitions"]}
    problems = [f"{list(e.path)}: {e.message[:200]}" for e in jsonschema.Draft4Validator(rooted).iter_errors(instance)]
    assert problems == [], about


@dataclass
class Judge:
    """Holds each request and answer of a simulated Amazon against the models."""

    bench: AmazonBench
    spoken: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        handle = self.bench.amazon._handle

        def judged(request: Request) -> Response:
            response = handle(request)
            if not request.path.startswith(OTHERS):
                self._judge(request, response)
            return response

        self.bench.amazon._handle = judged  # type: ignore[method-assign]

    def _judge(self, request: Request, response: Response) -> None:
        found = operation(request)
        about = f"{found['operationId']} {response.status}"
        self.spoken.add(about)
        self._judge_query(request, found, about)
        body = next((row for row in found["parameters"] if row["in"] == "body"), None)
        assert bool(request.body) == (body is not None), about
        if body is not None:
            check(json.loads(request.body), body["schema"], request.path, f"request {about}")
        described = found["responses"].get(str(response.status))
        # A token that ran out is answered 403 everywhere.
        assert described, about
        assert ("schema" in described) == bool(response.content), about
        if "schema" in described:
            check(json.loads(response.content), described["schema"], request.path, f"answer {about}")

    @staticmethod
    def _judge_query(request: Request, found: dict[str, Any], about: str) -> None:
        described = {row["name"]: row for row in found["parameters"] if row["in"] == "query"}
        assert set(request.query) - set(described) == set(), about
        assert {name for name, row in described.items() if row.get("required")} - set(request.query) == set(), about
        for name, values in request.query.items():
            row = described[name]
            if row["type"] == "array":
                items = values[0].split(",")
                assert len(items) <= row.get("maxItems", 99)
                jsonschema.validate(items, {"items": row["items"]})
            elif row["type"] == "integer":
                int(values[0])
            elif row["type"] == "boolean":
                assert values[0] in {"true", "false"}, about
            assert values[0] in row.get("enum", values), about
            if row.get("format") == "date-time":
                assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", values[0]), about


@pytest.fixture
def bench(clock: Clock) -> AmazonBench:
    return AmazonBench(clock)


def test_every_verb_speaks_as_the_models_say(bench: AmazonBench) -> None:
    judge = Judge(bench)
    adapter: Any = bench.open()
    bench.add_offer("TST/001", 1)
    shipped, cancelled = bench.place(lines=2), bench.place()
    rich = [{"sku": "D", "price": "5.00", "quantity": 2, "discount": "1.50", "shipping": "3.95", "gift_wrap": "2.00"}]
    bench.amazon.place_order(items=rich, fulfilled_by="AMAZON", programs=["PRIME"])
    bench.amazon.place_order(status="PENDING")
    bench.amazon.request_cancellation(bench.place())
    bench.clock.forward(days=3)

    adapter.verify_credentials()
    for fulfilment in Fulfilment:
        list(adapter.fetch_orders(bench.clock() - timedelta(days=4), fulfilment))
    adapter.confirm_shipment(bench.shipment(shipped))
    other = replace(bench.shipment(cancelled, reference="OS-1-9"), carrier_code="Other", carrier_name="Fietskoerier")
    assert adapter.find_shipments(shipped, bench.line_ids(shipped))
    lines = (LineQuantity(line_id=bench.line_ids(cancelled)[0], quantity=1),)
    cancellation = Cancellation(order_id=cancelled, lines=lines, reason=CancellationReason.OUT_OF_STOCK)
    [sent] = adapter.cancel_lines(cancellation)
    assert adapter.check_submission(sent.reference).state == "submitted"
    bench.settle()
    assert adapter.check_submission(sent.reference).state == "done"
    with pytest.raises(errors.Rejected):
        adapter.confirm_shipment(other)
    with pytest.raises(errors.NotFound):
        adapter.fetch_order(bench.unknown_order)
    [submission] = adapter.update_stock([StockLevel(sku="TST/001", quantity=3)])
    bench.settle()
    assert adapter.check_submission(submission.reference).state == "done"
    with pytest.raises(errors.NotFound):
        adapter.update_stock([StockLevel(sku="NONE", quantity=3)])
    for number in range(51):
        bench.amazon.hold_stock(f"FBA-{number}", available=number, reserved=1, coming=2)
    bench.limit(9, 1)
    assert sum(len(page.items) for page in adapter.fetch_held_stock()) == 51
    bench.expire()
    adapter.fetch_order(shipped)

    assert judge.spoken == {
        "searchOrders 200",
        "getOrder 200",
        "getOrder 403",
        "getOrder 404",
        "confirmShipment 204",
        "confirmShipment 400",
        "createFeedDocument 201",
        "createFeed 202",
        "getFeed 200",
        "getListingsItem 200",
        "getListingsItem 404",
        "patchListingsItem 200",
        "getInventorySummaries 200",
    }


def test_a_refused_feed_and_its_report_are_as_the_models_say(bench: AmazonBench) -> None:
    judge = Judge(bench)
    adapter: Any = bench.open()
    order_id = bench.place()
    lines = (LineQuantity(line_id=bench.line_ids(order_id)[0], quantity=1),)
    [sent] = adapter.cancel_lines(Cancellation(order_id=order_id, lines=lines, reason=CancellationReason.OTHER))
    [feed] = bench.amazon.world.feeds.values()
    document = bench.amazon.world.documents[feed.document_id]
    document.content = (document.content or b"").replace(order_id.encode(), b"100-0000000-0000000")
    bench.settle()

    refused = adapter.check_submission(sent.reference)

    assert (refused.state, refused.message) == ("rejected", "18028: There is no order 100-0000000-0000000.")
    assert "getFeedDocument 200" in judge.spoken


def sandbox_cases(operation_id: str, name: str, status: int) -> list[dict[str, Any]]:
    if not SPECS.exists():
        return []
    cases = json.loads((SPECS / "static_sandbox_cases.extracted.json").read_text())["cases"]
    return [
        case for case in cases if (case["operationId"], case["model"], case["status"]) == (operation_id, name, status)
    ]


ORDERS = "orders_2026-01-01.json"
SANDBOX_ORDERS = [
    order
    for case in (*sandbox_cases("searchOrders", ORDERS, 200), *sandbox_cases("getOrder", ORDERS, 200))
    for order in case["response"].get("orders", [case["response"].get("order")])
]


@pytest.mark.parametrize("payload", SANDBOX_ORDERS, ids=[payload["orderId"] for payload in SANDBOX_ORDERS])
def test_every_order_of_the_sandbox_can_be_read(payload: dict[str, Any]) -> None:
    order = mapper.order(payload)

    assert order.order_id == payload["orderId"]
    assert str(order.total) == payload["proceeds"]["grandTotal"]["amount"]
    assert order.currency == payload["proceeds"]["grandTotal"]["currencyCode"]
    assert [line.sku for line in order.lines] == [item["product"]["sellerSku"] for item in payload["orderItems"]]
    assert all(line.quantity_open >= 0 for line in order.lines)
    # An order whose items do not tell what they brought is stopped by the hub, never guessed.
    told = all("breakdowns" in item.get("proceeds", {}) for item in payload["orderItems"])
    assert not told or sum_of(order) == order.total


@pytest.mark.parametrize("path", ["/orders/2026-01-01/orders", "/orders/2026-01-01/orders/{orderId}"])
def test_the_examples_of_the_model_add_up(path: str) -> None:
    [example] = model(ORDERS)["paths"][path]["get"]["responses"]["200"]["examples"].values()

    for payload in example.get("orders") or [example["order"]]:
        order = mapper.order(payload)
        assert sum_of(order) == order.total == Decimal(payload["proceeds"]["grandTotal"]["amount"])


def test_what_the_sandbox_is_asked_to_see_whether_it_answers_is_a_case_of_its_own(clock: Clock) -> None:
    asked = [
        {
            name: ",".join(found["value"]) if isinstance(found["value"], list) else found["value"]
            for name, found in case["request"].items()
        }
        for case in sandbox_cases("searchOrders", ORDERS, 200)
    ]
    bench = AmazonBench(clock)
    adapter: Any = bench.open()
    adapter.settings = {**adapter.settings, "environment": "sandbox"}

    adapter.verify_credentials()

    assert {name: values[0] for name, values in bench.amazon.requests[-1].query.items()} in asked


@pytest.mark.parametrize("status", [204, 400])
def test_a_shipment_of_the_sandbox_is_reported_as_it_stands_there(status: int) -> None:
    [case] = sandbox_cases("confirmShipment", "ordersV0.json", status)
    body = case["request"]["body"]["value"]
    detail = body["packageDetail"]
    shipment = Shipment(
        order_id=case["request"]["orderId"]["value"],
        reference="OS-1",
        number=1,
        lines=tuple(LineQuantity(line_id=i["orderItemId"], quantity=i["quantity"]) for i in detail["orderItems"]),
        carrier_code=detail["carrierCode"],
        tracking_code=detail["trackingNumber"],
    )

    ours = mapper.shipment_request(shipment, body["marketplaceId"], datetime(2022, 2, 11, 1, tzinfo=UTC))

    left = {"shippingMethod", "shipFromSupplySourceId", "carrierName", "shipDate"}
    expected = {name: value for name, value in detail.items() if name not in left}
    expected["orderItems"] = [{k: i[k] for k in ("orderItemId", "quantity")} for i in detail["orderItems"]]
    assert {name: value for name, value in ours["packageDetail"].items() if name != "shipDate"} == expected
    assert ours["packageDetail"]["shipDate"] == "2022-02-11T01:00:00Z"


@pytest.mark.parametrize(
    ("operation_id", "name", "endpoint"),
    [
        ("searchOrders", ORDERS, spec.SEARCH_ORDERS),
        ("getOrder", ORDERS, spec.READ_ORDER),
        ("confirmShipment", "ordersV0.json", spec.CONFIRM_SHIPMENT),
        ("createFeed", "feeds_2021-06-30.json", spec.CREATE_FEED),
        ("getFeed", "feeds_2021-06-30.json", spec.READ_FEED),
        ("getListingsItem", "listingsItems_2021-08-01.json", spec.READ_LISTING),
        ("patchListingsItem", "listingsItems_2021-08-01.json", spec.PATCH_LISTING),
    ],
)
def test_every_refusal_of_the_sandbox_is_understood(operation_id: str, name: str, endpoint: Any) -> None:
    for case in sandbox_cases(operation_id, name, 400):
        answer = Answer(status=400, headers={"x-amzn-RequestId": "r-1"}, body=case["response"], at=None)
        error = spec.SPEC.dialect.judge(answer, endpoint)

        assert isinstance(error, errors.Rejected)
        assert error.code == case["response"]["errors"][0]["code"]
        assert case["response"]["errors"][0]["message"] in error.remote
        assert error.remote.endswith("(request r-1)")


def test_the_rates_are_those_of_the_usage_plans() -> None:
    plans = json.loads((SPECS / "usage_plans.extracted.json").read_text())
    published = {(plan["method"], re.sub(r"\{\w+\}", "{}", plan["path"])): plan for plan in plans}
    for endpoint in vars(spec).values():
        if isinstance(endpoint, Endpoint) and not endpoint.elsewhere:
            plan = published[endpoint.method, re.sub(r"\{\w+\}", "{}", endpoint.path)]
            limit = spec.SPEC.rate_limits[endpoint.bucket]
            assert (limit.rate, limit.burst) == (plan["rate_per_s"], plan["burst"]), endpoint
            assert not plan["deprecated"]
