"""Amazon's orders as canonical records: nobody's name, cent or wish is lost, nothing is invented."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapterkit.payload import Unmappable
from adapterkit.records import Discount, Fulfilment, LineQuantity, PickupPoint, Shipment
from marketplaces.amazon import mapper
from orders.obstacles import sum_of
from orders.status import status_of
from tests.marketplaces.amazon.orders import Json, changed, item, money, order, part, without

AMOUNTS = st.decimals("0.00", "500.00", places=2)


class TestMoney:
    @given(
        goods=st.lists(AMOUNTS, min_size=1, max_size=4),
        beside=st.tuples(AMOUNTS, AMOUNTS, AMOUNTS, AMOUNTS),
        store=st.sampled_from(["A1PA6795UKMFR9", "ATVPDKIKX0DER", "UNKNOWN"]),
        counted=st.tuples(st.booleans(), st.booleans()),
    )
    def test_adds_up_however_tax_and_tip_are_counted(
        self, goods: list[Decimal], beside: tuple[Decimal, ...], store: str, counted: tuple[bool, bool]
    ) -> None:
        shipping, discount, tax, tip = beside
        items = [item(part("ITEM", str(amount)), number=n) for n, amount in enumerate(goods)]
        items[0]["proceeds"]["breakdowns"] += [
            part("SHIPPING", str(shipping)),
            part("DISCOUNT", str(discount), item=str(discount)),
            part("TAX", str(tax), item=str(tax)),
        ]
        with_tax, with_tip = counted
        total = sum(goods) + shipping - discount + (tax if with_tax else 0) + (tip if with_tip else 0)
        proceeds = {"grandTotal": money(str(total)), "breakdowns": [part("DELIVERY_TIP", str(tip))]}
        if total < 0:
            return
        payload = order(*items, proceeds=proceeds, salesChannel={"marketplaceId": store})

        found = mapper.order(payload)

        assert found.total == total
        assert sum_of(found) == total

    def test_of_europe_holds_the_tax(self) -> None:
        payload = order(item(part("ITEM", "24.20"), part("TAX", "4.20", item="4.20")), total="24.20")

        found = mapper.order(payload)

        [line] = found.lines
        assert (line.unit_price, line.total, line.tax, line.tax_rate) == (
            Decimal("10.00"),
            Decimal("24.20"),
            Decimal("4.20"),
            None,
        )
        assert (found.total, found.shipping_cost, found.currency) == (Decimal("24.20"), 0, "EUR")

    def test_of_america_gets_the_tax_on_top_of_goods_and_shipping(self) -> None:
        dollars = item(
            part("ITEM", "20.00", "USD"),
            part("SHIPPING", "5.00", "USD"),
            part("TAX", "2.05", "USD", item="1.65", shipping="0.40"),
            currency="USD",
        )
        channel = {"marketplaceId": "ATVPDKIKX0DER"}

        found = mapper.order(order(dollars, total="27.05", currency="USD", salesChannel=channel))

        assert (found.lines[0].total, found.lines[0].tax) == (Decimal("21.65"), Decimal("1.65"))
        assert (found.shipping_cost, found.total, found.currency) == (Decimal("5.40"), Decimal("27.05"), "USD")

    def test_that_amazon_keeps_for_the_state_is_left_out_of_the_total(self) -> None:
        dollars = item(part("ITEM", "20.00", "USD"), part("TAX", "1.65", "USD", item="1.65"), currency="USD")
        dollars["tax"] = {"taxCollections": [{"model": "MARKETPLACE_FACILITATOR"}]}
        channel = {"marketplaceId": "ATVPDKIKX0DER"}

        found = mapper.order(order(dollars, total="20.00", currency="USD", salesChannel=channel))

        assert (found.lines[0].total, sum_of(found)) == (Decimal("20.00"), Decimal("20.00"))
        assert found.remark == "Amazon collects the tax of this order and pays it (marketplace facilitator)"

    def test_of_gift_wrap_fees_and_discounts_goes_where_it_belongs(self) -> None:
        rich = item(
            part("ITEM", "20.00"),
            part("SHIPPING", "4.00"),
            part("GIFT_WRAP", "2.50"),
            part("COD_FEE", "1.00"),
            part("DISCOUNT", "-5.00", item="-3.00", shipping="-2.00"),
        )

        found = mapper.order(order(rich, total="22.50"))

        [line] = found.lines
        assert (line.total, line.discounts) == (
            Decimal("17.00"),
            (Discount(title="Promotion", amount=Decimal("3.00")),),
        )
        assert line.services == ("GIFT_WRAP",)
        assert (found.shipping_cost, sum_of(found)) == (Decimal("5.50"), Decimal("22.50"))

    def test_that_does_not_add_up_is_given_as_it_is(self) -> None:
        found = mapper.order(order(total="20.01"))

        assert (found.total, sum_of(found)) == (Decimal("20.01"), Decimal("20.00"))

    def test_of_one_sku_on_two_lines_stays_on_two_lines(self) -> None:
        twice = [item(part("ITEM", "10.00"), number=1, quantity=1), item(part("ITEM", "9.00"), number=1, quantity=1)]
        twice[1]["orderItemId"] = "47110009"

        found = mapper.order(order(*twice, total="19.00"))

        assert [(line.line_id, line.sku, line.total) for line in found.lines] == [
            ("47110001", "KETTLE-1", Decimal("10.00")),
            ("47110009", "KETTLE-1", Decimal("9.00")),
        ]


class TestPeople:
    def test_are_read_with_their_lines_as_received(self) -> None:
        found = mapper.order(order())

        assert found.delivery is not None
        assert (found.delivery.first_name, found.delivery.last_name) == ("Petra", "van der Vogel")
        assert found.delivery.lines == ("Lindenallee 12", "Hinterhaus")
        assert (found.delivery.street, found.delivery.house_number) == ("", "")
        assert (found.delivery.postcode, found.delivery.city, found.delivery.region) == ("50968", "Köln", "NRW")
        assert (found.delivery.country, found.delivery.phone) == ("DE", "+49 221 5550")
        assert found.delivery.email == "x1@marketplace.amazon.test"
        assert (found.billing, found.business) == (None, False)

    def test_that_amazon_hides_are_no_address(self) -> None:
        hidden = changed(order(), "recipient", {"deliveryAddress": {"city": "Köln", "countryCode": "DE"}})

        assert mapper.order(hidden).delivery is None
        assert mapper.order(without(order(), "recipient")).delivery is None
        assert mapper.order(without(order(), "buyer")).customer_reference == ""

    def test_of_a_business_bring_company_vat_number_and_order_number(self) -> None:
        buyer = {
            "buyerName": "Petra Vogel",
            "buyerEmail": "x1@marketplace.amazon.test",
            "buyerCompanyName": "Vogel GmbH",
            "buyerPurchaseOrderNumber": "PO-77",
        }
        registered = {
            "entityType": "BUYER",
            "legalName": "Vogel Handels GmbH",
            "taxRegistrationType": "VAT",
            "taxRegistrationNumber": "DE123456789",
            "taxRegistrationAddress": {
                "name": "Vogel GmbH",
                "addressLine1": "Am Ring 1",
                "city": "Bonn",
                "countryCode": "DE",
            },
        }
        ours = {"entityType": "MERCHANT", "taxRegistrationType": "VAT", "taxRegistrationNumber": "NL1"}

        found = mapper.order(
            order(buyer=buyer, programs=["AMAZON_BUSINESS"], tax={"taxRegistrations": [ours, registered]})
        )

        assert found.billing is not None
        assert found.delivery is not None
        assert (found.business, found.customer_reference) == (True, "PO-77")
        assert (found.billing.company, found.billing.vat_number) == ("Vogel GmbH", "DE123456789")
        assert (found.billing.lines, found.billing.city) == (("Am Ring 1",), "Bonn")
        assert found.billing.email == "x1@marketplace.amazon.test"
        assert (found.delivery.company, found.delivery.vat_number) == ("", "")

    def test_of_a_business_without_an_address_of_its_own_are_billed_where_they_live(self) -> None:
        buyer = {"buyerName": "Petra Vogel", "buyerCompanyName": "Vogel GmbH"}

        found = mapper.order(order(buyer=buyer))

        assert found.billing is not None
        assert (found.billing.company, found.billing.lines) == ("Vogel GmbH", ("Lindenallee 12", "Hinterhaus"))
        assert found.business

    @pytest.mark.parametrize(
        ("path", "value", "name"),
        [
            ("recipient.deliveryAddress.addressType", "PICKUP_POINT", "Lindenallee 12"),
            ("programs", ["IN_STORE_PICK_UP"], "Lindenallee 12"),
        ],
    )
    def test_who_collect_their_parcel_name_the_point(self, path: str, value: object, name: str) -> None:
        assert mapper.order(order()).pickup_point is None
        assert mapper.order(changed(order(), path, value)).pickup_point == PickupPoint(name=name)

    def test_that_are_companies_have_no_first_name(self) -> None:
        found = mapper.order(changed(order(), "recipient.deliveryAddress.name", "Vogel GmbH")).delivery

        assert found is not None
        assert (found.first_name, found.last_name, found.company) == ("", "", "Vogel GmbH")


class TestState:
    @pytest.mark.parametrize("status", ["PENDING", "PENDING_AVAILABILITY"])
    def test_of_a_pending_order_needs_no_amounts_and_no_people(self, status: str) -> None:
        waiting = without(without(without(order(), "proceeds"), "recipient"), "buyer")
        waiting = without(changed(waiting, "fulfillment.fulfillmentStatus", status), "orderItems.0.proceeds")
        waiting = changed(waiting, "orderItems.0.fulfillment", {"quantityFulfilled": 0, "quantityUnfulfilled": 0})

        found = mapper.order(without(waiting, "orderItems.0.product.price"))

        assert (found.pending, found.delivery, found.total, found.currency) == (True, None, 0, "EUR")
        assert [(line.sku, line.quantity, line.quantity_open, line.total) for line in found.lines] == [
            ("KETTLE-1", 2, 2, 0)
        ]

    @pytest.mark.parametrize(
        ("status", "counts", "expected"),
        [
            ("UNSHIPPED", {"quantityFulfilled": 0, "quantityUnfulfilled": 2}, (2, 0, 0, "open")),
            ("PARTIALLY_SHIPPED", {"quantityFulfilled": 1, "quantityUnfulfilled": 1}, (2, 1, 0, "partially_shipped")),
            ("SHIPPED", {"quantityFulfilled": 2, "quantityUnfulfilled": 0}, (2, 2, 0, "shipped")),
            ("SHIPPED", {"quantityFulfilled": 1, "quantityUnfulfilled": 0}, (2, 1, 1, "shipped")),
            ("UNSHIPPED", {"quantityFulfilled": 0, "quantityUnfulfilled": 1}, (2, 0, 1, "open")),
            ("CANCELLED", {"quantityFulfilled": 0, "quantityUnfulfilled": 0}, (2, 0, 2, "cancelled")),
            ("CANCELLED", {}, (2, 0, 2, "cancelled")),
            ("UNFULFILLABLE", {}, (2, 0, 2, "cancelled")),
            ("UNSHIPPED", {}, (2, 0, 0, "open")),
        ],
    )
    def test_of_the_pieces_is_counted(self, status: str, counts: Json, expected: tuple[int, int, int, str]) -> None:
        payload = changed(order(), "fulfillment.fulfillmentStatus", status)

        found = mapper.order(changed(payload, "orderItems.0.fulfillment", counts))

        [line] = found.lines
        ordered, shipped, cancelled, label = expected
        assert (line.quantity, line.quantity_shipped, line.quantity_cancelled) == (ordered, shipped, cancelled)
        assert status_of(found.lines, pending=found.pending) == label

    def test_of_an_item_of_which_nothing_is_left_is_cancelled(self) -> None:
        gone = changed(changed(order(), "orderItems.0.quantityOrdered", 0), "orderItems.0.fulfillment", {})
        gone = changed(gone, "orderItems.0.cancellation", {"cancellationExecution": {"cancelledBy": "BUYER"}})

        [line] = mapper.order(changed(gone, "fulfillment.fulfillmentStatus", "CANCELLED")).lines

        assert (line.quantity, line.quantity_cancelled, line.quantity_open) == (1, 1, 0)

    def test_of_a_wish_to_cancel_is_told_until_it_is_done(self) -> None:
        request = {"cancellationRequest": {"requester": "BUYER", "cancelReason": "Too late"}}
        asked = changed(order(), "orderItems.0.cancellation", request)

        [line] = mapper.order(asked).lines
        [shipped] = mapper.order(
            changed(asked, "orderItems.0.fulfillment", {"quantityFulfilled": 2, "quantityUnfulfilled": 0})
        ).lines

        assert (line.cancellation_requested, line.cancellation_reason) == (True, "Too late")
        assert shipped.cancellation_requested is False

    def test_of_the_order_is_told_with_its_windows_and_its_store(self) -> None:
        found = mapper.order(order(programs=["PRIME"]))

        assert found.sales_channel == "A1PA6795UKMFR9"
        assert found.shipping_method == "PRIME STANDARD"
        assert found.fulfilment is Fulfilment.MERCHANT
        assert found.placed_at == datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
        assert found.ship_by == datetime(2026, 11, 21, 22, 59, 59, tzinfo=UTC)
        assert found.deliver_by == datetime(2026, 11, 24, 22, 59, 59, tzinfo=UTC)

    def test_changes_its_mark_only_with_what_matters(self) -> None:
        mark = mapper.order(order()).fingerprint
        passing: dict[str, Any] = {"lastUpdatedTime": "2026-11-20T09:45:00Z", "packages": [{"packageReferenceId": "1"}]}

        assert mapper.order(order(**passing)).fingerprint == mark
        assert mapper.order(changed(order(), "recipient.deliveryAddress.city", "Bonn")).fingerprint != mark
        assert mapper.order(changed(order(), "fulfillment.fulfillmentStatus", "SHIPPED")).fingerprint != mark


def test_what_whoever_packs_must_know_is_one_remark() -> None:
    gift = item(part("ITEM", "20.00"))
    gift["product"]["customization"] = {"customizedUrl": "https://amazon.test/custom/1"}
    gift["fulfillment"] |= {
        "packing": {"giftOption": {"giftMessage": "Alles Gute!", "giftWrapLevel": "BLUE"}},
        "shipping": {
            "shippingConstraints": {"recipientAgeVerification": "MANDATORY", "signatureConfirmation": "MANDATORY"},
            "internationalShipping": {"iossNumber": "IM2760000001"},
        },
    }
    recipient = {
        **order()["recipient"],
        "deliveryPreference": {"dropOffLocation": "Porch", "addressInstruction": "Ring"},
    }

    found = mapper.order(order(gift, recipient=recipient))

    assert found.remark.split("\n") == [
        "Porch",
        "Ring",
        "Gift message for KETTLE-1: Alles Gute!",
        "Customisation of KETTLE-1: https://amazon.test/custom/1",
        "Required: recipientAgeVerification, signatureConfirmation",
        "IOSS IM2760000001",
    ]


@pytest.mark.parametrize(
    ("path", "value", "reason"),
    [
        ("createdTime", "yesterday", "createdTime is 'yesterday'"),
        ("orderItems", [], "orderItems is empty"),
        ("orderItems.0.quantityOrdered", -1, "quantityOrdered is -1"),
        ("orderItems.0.proceeds.breakdowns.0.subtotal.amount", "NaN", "amount is 'NaN'"),
        ("orderItems.0.proceeds.breakdowns.0.subtotal", "20.00", "subtotal is '20.00'"),
        ("proceeds.grandTotal.amount", "free", "amount is 'free'"),
        ("fulfillment.fulfilledBy", "DRONE", "fulfilledBy is 'DRONE'"),
        ("fulfillment.fulfillmentStatus", "Unshipped", "fulfillmentStatus is 'Unshipped'"),
        ("fulfillment", None, "fulfillment is missing"),
        ("orderItems.0.orderItemId", None, "orderItemId is missing"),
        ("recipient.deliveryAddress", "Köln", "deliveryAddress is 'Köln'"),
    ],
)
def test_what_cannot_be_read_is_named(path: str, value: object, reason: str) -> None:
    with pytest.raises(Unmappable) as unmappable:
        mapper.order(changed(order(), path, value))

    assert reason in str(unmappable.value)


def test_additional_fields_and_kinds_are_no_harm() -> None:
    odd = order(item(part("ITEM", "20.00"), part("REGIONAL_FEE", "1.00")), total="21.00", newField={"x": 1})

    found = mapper.order(changed(odd, "programs", ["SOMETHING_NEW"]))

    assert (found.lines[0].total, sum_of(found), found.total) == (Decimal("21.00"), Decimal("21.00"), Decimal("21.00"))


def test_a_parcel_of_another_carrier_bears_its_name_and_a_numeric_text_as_reference() -> None:
    shipment = Shipment(
        order_id="405-1112223-4445556",
        reference="amazon-405-1112223-4445556-42",
        number=42,
        lines=(LineQuantity(line_id="47110001", quantity=2),),
        carrier_code="Other",
        carrier_name="Fietskoerier",
        tracking_code="FK1",
    )

    body = mapper.shipment_request(shipment, "A1PA6795UKMFR9", datetime(2026, 11, 20, 10, 0, 0, 500, tzinfo=UTC))

    assert body == {
        "marketplaceId": "A1PA6795UKMFR9",
        "packageDetail": {
            "packageReferenceId": "42",
            "carrierCode": "Other",
            "carrierName": "Fietskoerier",
            "trackingNumber": "FK1",
            "shipDate": "2026-11-20T10:00:00Z",
            "orderItems": [{"orderItemId": "47110001", "quantity": 2}],
        },
    }


def test_a_package_made_by_hand_is_nobodys_report() -> None:
    ours, theirs = (
        mapper.package({"packageReferenceId": reference, "packageItems": []}, "405-1112223-4445556")
        for reference in ("42", "SC-1")
    )
    sent = Shipment(order_id="405-1112223-4445556", reference="amazon-1-42", number=42, lines=())

    assert (ours.is_report_of(sent), theirs.is_report_of(sent)) == (True, False)
    assert theirs.shipment_id == "SC-1"
