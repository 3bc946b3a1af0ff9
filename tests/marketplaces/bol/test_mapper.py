"""What bol's payloads mean."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from adapterkit.records import (
    Address,
    Discount,
    Fulfilment,
    LineQuantity,
    PickupPoint,
    Return,
    ReturnLine,
    ReturnOutcome,
    Shipment,
    Submission,
    SubmissionState,
)
from marketplaces.bol import mapper
from tests.marketplaces.bol.payloads import MISSING, changed, sample

MERCHANT, MARKETPLACE = Fulfilment.MERCHANT, Fulfilment.MARKETPLACE


class TestOrder:
    def test_its_head(self) -> None:
        order = mapper.order(sample("order"))

        assert (order.order_id, order.number, order.currency) == ("A4K8290LP0", "A4K8290LP0", "EUR")
        assert order.placed_at == datetime(2026, 11, 20, 8, 41, 7, tzinfo=UTC)
        assert order.changed_at == datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
        assert (order.fulfilment, order.business, order.customer_reference) == (MERCHANT, True, "PO 2026/11")
        assert order.total == Decimal("172.40")
        assert (order.shipping_cost, order.pending, order.language) == (Decimal(0), False, "nl")
        assert order.payload == sample("order")

    def test_its_days_end_at_midnight_in_amsterdam_and_the_earliest_counts(self) -> None:
        order = mapper.order(sample("order"))

        assert order.deliver_by == datetime(2026, 11, 23, 22, 59, 59, tzinfo=UTC)
        assert order.expires_at == datetime(2026, 11, 27, 22, 59, 59, tzinfo=UTC)

    def test_its_lines(self) -> None:
        mugs, lamp = mapper.order(sample("order")).lines

        assert (mugs.line_id, mugs.sku, mugs.ean, mugs.offer_id) == (
            "2012345671",
            "MUG-BLUE",
            "8710400000013",
            "6ff736b5-cdd0-4150-8c67-78269ee986f5",
        )
        assert (mugs.quantity, mugs.quantity_shipped, mugs.quantity_cancelled, mugs.quantity_open) == (10, 2, 1, 7)
        # 10 × 12.99 − 6.50: the total is what was paid, the discount is told beside it.
        assert (mugs.unit_price, mugs.total) == (Decimal("12.99"), Decimal("123.40"))
        assert mugs.discounts == (Discount(title="10 halen", amount=Decimal("6.50")),)
        assert (mugs.commission, mugs.tax, mugs.tax_rate) == (Decimal("5.18"), None, None)
        assert mugs.services == ("PLACEMENT_AND_INSTALLATION",)
        assert (lamp.sku, lamp.ean, lamp.unit_price) == ("", "8710400000020", Decimal(49))
        assert (mugs.cancellation_requested, lamp.cancellation_requested) == (False, True)

    def test_its_addresses(self) -> None:
        order = mapper.order(sample("order"))

        assert order.delivery == Address(
            salutation="Ms",
            first_name="Anouk",
            last_name="van 't Hoff-Proefstra",
            street="Proefstraat",
            house_number="18",
            house_number_addition="B-2",
            supplement="Bel bij de buren",
            postcode="1015AA",
            city="Amsterdam",
            country="NL",
            email="relay-1@verkopen.test",
            language="nl",
        )
        assert order.billing is not None
        assert (order.billing.company, order.billing.vat_number, order.billing.chamber_of_commerce_number) == (
            "Proefbedrijf BV",
            "BE0000000097",
            "00000000",
        )
        assert (order.billing.salutation, order.billing.street, order.billing.lines) == ("", "Voorbeeldlaan", ())

    def test_a_pickup_point_of_an_order_that_bol_ships_in_the_hour_that_comes_twice(self) -> None:
        order = mapper.order(sample("order_pickup_fbb"))

        assert order.fulfilment is MARKETPLACE
        assert order.pickup_point == PickupPoint(name="Proefwinkel Hoek")
        assert order.delivery is not None
        assert (order.delivery.name, order.language) == ("Łukasz Örnek", "fr-BE")
        assert order.placed_at == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
        assert order.changed_at == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
        assert (order.billing, order.business, order.deliver_by, order.expires_at) == (None, False, None, None)

    def test_the_older_spelling_of_pickup_point(self) -> None:
        payload = changed(sample("order_pickup_fbb"), "pickupPoint", MISSING)

        assert mapper.order({**payload, "pickUpPoint": True}).pickup_point == PickupPoint(name="Proefwinkel Hoek")

    def test_says_of_each_line_who_ships_it(self) -> None:
        order = mapper.order(changed(sample("order"), "orderItems.1.fulfilment.method", "FBB"))

        assert [(line.line_id, line.fulfilment) for line in order.lines] == [
            ("2012345671", MERCHANT),
            ("2012345672", MARKETPLACE),
        ]
        assert order.fulfilment is MERCHANT

    @pytest.mark.parametrize(
        ("path", "value", "words"),
        [
            ("orderId", MISSING, "orderId is missing"),
            ("orderPlacedDateTime", MISSING, "orderPlacedDateTime is missing"),
            ("orderPlacedDateTime", "yesterday", "orderPlacedDateTime is 'yesterday', which cannot be read"),
            ("orderPlacedDateTime", 1763628067, "orderPlacedDateTime is 1763628067, which cannot be read"),
            ("orderItems", MISSING, "orderItems is missing"),
            ("orderItems", [], "orderItems is empty"),
            ("orderItems", "none", "orderItems is 'none', which cannot be read"),
            ("orderItems.0.orderItemId", None, "orderItemId is missing"),
            ("orderItems.0.quantity", MISSING, "quantity is missing"),
            ("orderItems.0.quantity", "2", "quantity is '2', which cannot be read"),
            ("orderItems.0.quantity", True, "quantity is True, which cannot be read"),
            ("orderItems.0.quantity", -1, "quantity is -1, which cannot be read"),
            ("orderItems.0.quantity", 2, "quantity is 2, with quantityShipped 2 and quantityCancelled 1"),
            ("orderItems.0.quantityShipped", "all", "quantityShipped is 'all', which cannot be read"),
            ("orderItems.0.unitPrice", "twelve", "unitPrice is 'twelve', which cannot be read"),
            ("orderItems.0.unitPrice", 12.99, "unitPrice is 12.99, which cannot be read"),
            ("orderItems.0.unitPrice", "NaN", "unitPrice is 'NaN', which cannot be read"),
            ("orderItems.0.totalPrice", MISSING, "totalPrice is missing"),
            ("orderItems.0.totalPrice", Decimal(-1), "totalPrice is -1, which cannot be read"),
            ("orderItems.0.commission", "some", "commission is 'some', which cannot be read"),
            ("orderItems.0.discounts", {"amount": 1}, "discounts is {'amount': 1}, which cannot be read"),
            ("orderItems.0.discounts.0.amount", MISSING, "amount is missing"),
            ("orderItems.0.cancellationRequest", "no", "cancellationRequest is 'no', which cannot be read"),
            ("orderItems.0.latestChangedDateTime", "now", "latestChangedDateTime is 'now', which cannot be read"),
            ("orderItems.0.fulfilment", MISSING, "fulfilment method is None, which is not known"),
            ("orderItems.0.fulfilment.method", "DRONE", "fulfilment method is 'DRONE', which is not known"),
            (
                "orderItems.0.fulfilment.latestDeliveryDate",
                "soon",
                "latestDeliveryDate is 'soon', which cannot be read",
            ),
            ("orderItems.0.fulfilment.expiryDate", "2026-02-30", "expiryDate is '2026-02-30', which cannot be read"),
            ("orderItems.0", "item", "an object with offer was expected, 'item' was found"),
            ("shipmentDetails", "home", "shipmentDetails is 'home', which cannot be read"),
        ],
    )
    def test_names_the_field_that_cannot_be_read_and_what_was_found(self, path: str, value: Any, words: str) -> None:
        with pytest.raises(mapper.Unmappable) as unmappable:
            mapper.order(changed(sample("order"), path, value))

        assert str(unmappable.value) == words

    @pytest.mark.parametrize("payload", [None, [], "order", 5])
    def test_something_else_than_an_order_is_named(self, payload: Any) -> None:
        with pytest.raises(mapper.Unmappable, match="an object with orderItems was expected"):
            mapper.order(payload)

    @pytest.mark.parametrize(
        ("path", "value"),
        [
            ("shipmentDetails.salutation", "MX"),
            ("shipmentDetails.language", "tlh"),
            ("shipmentDetails.countryCode", "XX"),
            ("orderItems.0.fulfilment.timeFrameType", "MIDNIGHT"),
            ("orderItems.0.fulfilment.distributionParty", "PIGEON"),
            ("orderItems.0.additionalServices.0.serviceType", "GIFT_WRAP"),
            ("orderItems.0.newField", {"a": [1]}),
            ("billingDetails", None),
            ("shipmentDetails", MISSING),
            ("orderItems.0.offer", None),
            ("orderItems.0.product", None),
            ("orderItems.0.discounts", None),
        ],
    )
    def test_an_unknown_code_or_a_missing_extra_does_no_harm(self, path: str, value: Any) -> None:
        assert mapper.order(changed(sample("order"), path, value)).total == Decimal("172.40")

    def test_a_moment_without_a_zone_is_dutch_time(self) -> None:
        order = mapper.order(changed(sample("order"), "orderPlacedDateTime", "2026-07-01T12:00:00"))

        assert order.placed_at == datetime(2026, 7, 1, 10, 0, tzinfo=UTC)


class TestFingerprint:
    def test_of_the_list_is_that_of_the_details(self) -> None:
        [listed] = sample("orders")["orders"]

        assert mapper.order_fingerprint(listed) == mapper.order(sample("order")).fingerprint

    @pytest.mark.parametrize(
        ("path", "value"),
        [
            ("orderItems.0.quantity", 11),
            ("orderItems.0.quantityShipped", 3),
            ("orderItems.0.quantityCancelled", 2),
            ("orderItems.0.cancellationRequest", True),
            ("orderItems.0.latestChangedDateTime", "2026-11-20T10:07:14+01:00"),
            ("orderItems.1.orderItemId", "2012345679"),
        ],
    )
    def test_changes_with_the_order(self, path: str, value: Any) -> None:
        before = mapper.order_fingerprint(sample("orders")["orders"][0])

        assert mapper.order_fingerprint(changed(sample("orders")["orders"][0], path, value)) != before

    def test_is_the_same_however_a_moment_and_the_items_are_written(self) -> None:
        [listed] = sample("orders")["orders"]
        before = mapper.order_fingerprint(listed)
        changed(listed, "orderItems.0.latestChangedDateTime", "2026-11-20T09:07:13Z")
        listed["orderItems"].reverse()

        assert mapper.order_fingerprint(listed) == before


def test_a_shipment_request_holds_what_bol_wants() -> None:
    shipment = Shipment(
        order_id="A1",
        reference="OS-000001-1",
        lines=(LineQuantity(line_id="2012345671", quantity=2), LineQuantity(line_id="2012345672", quantity=1)),
        carrier_code="TNT",
        tracking_code="3SABC1",
    )

    assert mapper.shipment_request(shipment) == {
        "orderItems": [
            {"orderItemId": "2012345671", "quantity": 2},
            {"orderItemId": "2012345672", "quantity": 1},
        ],
        "shipmentReference": "OS-000001-1",
        "transport": {"transporterCode": "TNT", "trackAndTrace": "3SABC1"},
    }


def test_a_shipment_request_leaves_out_what_is_not_there() -> None:
    lines = (LineQuantity(line_id="1", quantity=1),)

    request = mapper.shipment_request(Shipment(order_id="A1", reference="", lines=lines, carrier_code="BRIEFPOST"))

    assert request == {
        "orderItems": [{"orderItemId": "1", "quantity": 1}],
        "transport": {"transporterCode": "BRIEFPOST"},
    }


def test_a_listed_shipment_tells_its_reference_and_lines_without_quantities() -> None:
    [row] = sample("shipments")["shipments"]

    assert mapper.shipment(row, "A4K8290LP0") == Shipment(
        order_id="A4K8290LP0",
        reference="OS-000001-1",
        lines=(LineQuantity(line_id="2012345671", quantity=0),),
        shipped_at=datetime(2026, 11, 20, 14, 30, tzinfo=UTC),
        shipment_id="541757635",
    )


REFUSAL = "Order item with id 2012345671 not found or already handled."


@pytest.mark.parametrize(
    ("status", "state", "message"),
    [
        ("PENDING", SubmissionState.SUBMITTED, ""),
        ("SUCCESS", SubmissionState.DONE, ""),
        ("FAILURE", SubmissionState.REJECTED, "bol answers FAILURE"),
        ("TIMEOUT", SubmissionState.UNKNOWN, "bol answers TIMEOUT"),
    ],
)
def test_a_process_status_is_a_submission(status: str, state: SubmissionState, message: str) -> None:
    payload = changed(changed(sample("process_status"), "status", status), "errorMessage", None)

    assert mapper.submission(payload) == Submission(
        state=state, reference="1001", entity_id="2012345671", message=message
    )


def test_an_unknown_process_status_is_neither_success_nor_refusal() -> None:
    with pytest.raises(mapper.Unmappable, match="status is 'PONDERING', which is not known"):
        mapper.submission(changed(sample("process_status"), "status", "PONDERING"))


def test_a_long_value_is_cut_where_it_is_explained() -> None:
    with pytest.raises(mapper.Unmappable) as unmappable:
        mapper.order(changed(sample("order"), "orderPlacedDateTime", "x" * 5000))

    assert len(str(unmappable.value)) == len("orderPlacedDateTime is , which cannot be read") + 101


def test_a_refused_process_keeps_bols_words() -> None:
    assert mapper.submission(sample("process_status")).message == REFUSAL


def test_a_return() -> None:
    [row] = sample("returns")["returns"]

    found = mapper.registered_return(row)

    line = ReturnLine(
        return_line_id="86129741",
        order_id="A4K8290LP0",
        ean="8710400000013",
        quantity=2,
        reason="Verkeerd besteld",
        comment="Liever rood",
        handled=True,
        result="RETURN_RECEIVED",
        outcome=ReturnOutcome.ACCEPTED,
        accepted=2,
    )
    assert found == Return(
        return_id="15892026",
        registered_at=datetime(2026, 11, 18, 11, 0, tzinfo=UTC),
        fulfilment=MERCHANT,
        lines=(line,),
        fingerprint=found.fingerprint,
        payload=row,
    )


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("fulfilmentMethod", "DRONE", "fulfilmentMethod is 'DRONE'"),
        ("registrationDateTime", "once", "registrationDateTime is 'once'"),
        ("returnItems.0.expectedQuantity", "two", "expectedQuantity is 'two'"),
        ("returnItems.0.rmaId", None, "rmaId is missing"),
        ("returnItems.0.processingResults", "done", "processingResults is 'done'"),
    ],
)
def test_a_return_that_cannot_be_read_names_its_field(path: str, value: Any, words: str) -> None:
    with pytest.raises(mapper.Unmappable, match=words):
        mapper.registered_return(changed(sample("returns")["returns"][0], path, value))
