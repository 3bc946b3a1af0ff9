"""bol's published document as the judge: of the samples, of every request the adapter makes, of every answer it gets.

The document is not part of the repository; without it these tests are skipped, visibly.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import jsonschema
import pytest

from adapterkit import errors
from adapterkit.records import (
    Cancellation,
    CancellationReason,
    Fulfilment,
    LineQuantity,
    ReturnAnswer,
    ReturnDecision,
    StockLevel,
)
from adapterkit.simulator import Request, Response
from marketplaces.registry import marketplace
from tests.clock import Clock
from tests.contract.benches import BolBench
from tests.contract.test_bol_document import SPECS, check, document, operation
from tests.marketplaces.bol.payloads import SAMPLES

pytestmark = pytest.mark.skipif(not SPECS.exists(), reason="the published bol document is not beside the repository")

SAMPLE_SCHEMAS = {
    "order": "Order",
    "order_pickup_fbb": "Order",
    "orders": "ReducedOrders",
    "returns": "ReturnsResponse",
    "shipments": "ShipmentsResponse",
    "process_status": "ProcessStatus",
}


@dataclass
class Judge:
    """Holds each request and answer of a simulated bol against the document."""

    bench: BolBench
    spoken: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        handle = self.bench.bol._handle

        def judged(request: Request) -> Response:
            response = handle(request)
            if request.path != "/token":
                self._judge(request, response)
            return response

        self.bench.bol._handle = judged  # type: ignore[method-assign]

    def _judge(self, request: Request, response: Response) -> None:
        version = "v11" if "/offers" in request.path else "v10"
        found = operation(request.method, request.path, version)
        about = f"{request.method} {found['operationId']} {response.status}"
        self.spoken.add(about)
        self._judge_query(request, found, version, about)
        if request.body:
            [media_type] = found["requestBody"]["content"]
            assert request.headers["Content-Type"] == media_type
            check(json.loads(request.body), found["requestBody"]["content"], version, f"request {about}")
        described = found["responses"].get(str(response.status), {}).get("content")
        if described:
            assert response.media_type in described
        # An empty list is an empty object in bol's answers, whatever the document says of required fields.
        if described and response.content not in {b"", b"{}"}:
            check(json.loads(response.content), described, version, f"answer {about}")

    def _judge_query(self, request: Request, found: dict[str, Any], version: str, about: str) -> None:
        described = {row["name"]: row for row in found.get("parameters", []) if row["in"] == "query"}
        assert set(request.query) - set(described) == set(), about
        assert {name for name, row in described.items() if row.get("required")} - set(request.query) == set(), about
        for name, values in request.query.items():
            schema = described[name]["schema"]
            kind = schema.get("type")
            value: Any = {"integer": int, "boolean": json.loads}.get(str(kind), str)(values[0])
            jsonschema.validate(value, schema)


@pytest.fixture
def bench(clock: Clock) -> BolBench:
    return BolBench(clock)


@pytest.mark.parametrize("name", sorted(path.stem for path in SAMPLES.glob("*.json")))
def test_a_sample_is_as_the_document_describes(name: str) -> None:
    schema = {"$ref": f"#/components/schemas/{SAMPLE_SCHEMAS[name]}"}

    check(json.loads((SAMPLES / f"{name}.json").read_text()), {"any": {"schema": schema}}, "v10", name)


def test_every_verb_speaks_as_the_document_says(bench: BolBench) -> None:
    judge = Judge(bench)
    adapter: Any = bench.open()
    offer_id = bench.add_offer("TST-001", 1)
    shipped, cancelled = bench.place(lines=2), bench.place()
    lines = (LineQuantity(line_id=bench.line_ids(cancelled)[0], quantity=1),)
    discounted = [{"sku": "D", "price": "5.00", "quantity": 2, "discount": "1.50"}]
    bench.bol.place_order(items=discounted, fulfilment="FBB", pickupPoint=True)
    bench.register_return(shipped)

    adapter.verify_credentials()
    for fulfilment in Fulfilment:
        for back in (timedelta(minutes=15), timedelta(days=2)):
            list(adapter.fetch_orders(bench.clock() - back, fulfilment))
    submission = adapter.confirm_shipment(bench.shipment(shipped))
    adapter.find_shipments(shipped, bench.line_ids(shipped))
    assert adapter.check_submission(submission.reference).state == "done"
    refused = adapter.confirm_shipment(bench.shipment(shipped, reference="OS-1-2"))
    assert adapter.check_submission(refused.reference).state == "rejected"
    adapter.find_shipments(shipped, bench.line_ids(shipped))
    adapter.cancel_lines(Cancellation(order_id=cancelled, lines=lines, reason=CancellationReason.BAD_CONDITION))
    bench.settle()
    [page, *_] = adapter.fetch_returns(bench.clock(), Fulfilment.MERCHANT)
    rma_id = page.items[0].lines[0].return_line_id
    adapter.answer_return(ReturnAnswer(return_line_id=rma_id, decision=ReturnDecision.KEEPS, quantity=1))
    bench.settle()
    list(adapter.fetch_returns(bench.clock(), Fulfilment.MERCHANT))
    for level in (StockLevel(sku="TST-001", quantity=3), StockLevel(sku="TST-001", offer_id=offer_id, quantity=4)):
        adapter.update_stock([level])

    assert judge.spoken == {
        "GET get-orders 200",
        "GET get-order 200",
        "POST create-shipment 202",
        "GET get-shipments 200",
        "GET get-process-status 200",
        "GET get-process-status-entity-id 200",
        "PUT cancel-order-item 202",
        "GET get-returns 200",
        "PUT handle-return 202",
        "GET get-offers 200",
        "PATCH update-offer 204",
    }


def test_refusals_are_problems_as_the_document_describes(bench: BolBench) -> None:
    judge = Judge(bench)
    adapter: Any = bench.open()
    unaddressed = replace(bench.shipment(bench.place()), carrier_code="")

    with pytest.raises(errors.NotFound):
        adapter.fetch_order("NONE")
    with pytest.raises(errors.NotFound):
        adapter.check_submission("99")
    with pytest.raises(errors.Rejected, match="transporterCode"):
        adapter.confirm_shipment(unaddressed)

    assert judge.spoken == {"GET get-order 404", "GET get-process-status 404", "POST create-shipment 400"}


def test_every_carrier_code_was_published() -> None:
    published = json.loads((SPECS / "transporter_codes_v10_early.json").read_text())
    codes = set(re.findall(r'"([A-Z][A-Z_-]+)"', json.dumps(published)))

    assert {carrier.code for carrier in marketplace("bol").spec.carriers} - codes == set()


def test_the_document_says_that_the_total_is_what_was_paid_for_the_whole_item() -> None:
    described = document("v10")["components"]["schemas"]["OrderOrderItem"]["properties"]

    assert "customer paid" in described["totalPrice"]["description"]
    assert "including VAT" in described["totalPrice"]["description"]
