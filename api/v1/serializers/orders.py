"""Orders as programs read them. Amounts are strings in the order's currency and include VAT; moments have a zone."""

from __future__ import annotations

from typing import Any

from django.utils.functional import cached_property
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from adapterkit.addresses import written
from adapterkit.records import CancellationReason, Fulfilment
from api.fields import Amount, Text
from api.told import Told, ToldRecord
from orders.models import Cancellation, Order, OrderAddress, OrderEvent, OrderLine, ReturnLine, Shipment, ShipmentLine
from orders.records import ADDRESS_FIELDS, canonical_address
from orders.status import LABELS, label_of
from orders.words.events import event_text
from orders.words.problems import explain

MOST_PIECES = 1_000_000
MOST_LINES = 500


class ProblemSerializer(Told):
    """What keeps an order or a parcel, and how to mend it, in the caller's language. `code` is stable."""

    code = serializers.CharField()
    title = serializers.CharField()
    what = serializers.CharField()
    mend = serializers.CharField()


class AddressSerializer(ToldRecord):
    """A buyer's address: always as `lines`, and in parts where street and number can be told apart for certain."""

    lines = serializers.SerializerMethodField()

    class Meta:
        model = OrderAddress
        fields = ADDRESS_FIELDS

    def get_lines(self, address: OrderAddress) -> list[str]:
        return list(written(canonical_address(address)))


class DiscountSerializer(Told):
    title = serializers.CharField()
    amount = serializers.DecimalField(max_digits=14, decimal_places=4)


class PickupPointSerializer(Told):
    code = serializers.CharField(allow_blank=True)
    name = serializers.CharField(allow_blank=True)


class LineSerializer(ToldRecord):
    """One line. `total` is what the customer pays for all pieces; `product` is the shop's product id, once known."""

    product = serializers.SerializerMethodField()
    quantity_open = serializers.IntegerField(read_only=True)
    discounts = DiscountSerializer(many=True)
    services = serializers.ListField(child=serializers.CharField())

    class Meta:
        model = OrderLine
        fields = (
            "id",
            "marketplace_line_id",
            "sku",
            "ean",
            "title",
            "product",
            "quantity",
            "quantity_open",
            "quantity_shipped",
            "quantity_cancelled",
            "quantity_returned",
            "unit_price",
            "total",
            "tax_rate",
            "tax",
            "commission",
            "discounts",
            "services",
            "cancellation_requested",
            "cancellation_reason",
        )

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_product(self, line: OrderLine) -> str | None:
        return line.product.shop_product_id if line.product else None


class PiecesSerializer(ToldRecord):
    line = serializers.IntegerField(source="order_line_id")

    class Meta:
        model = ShipmentLine
        fields = ("line", "quantity")


class ShipmentSerializer(ToldRecord):
    """One parcel, and how far its report to the marketplace is."""

    reference = serializers.CharField(source="shop_shipment_id")
    lines = PiecesSerializer(many=True)
    problem = serializers.SerializerMethodField()

    class Meta:
        model = Shipment
        fields = (
            "id",
            "reference",
            "state",
            "carrier",
            "carrier_name",
            "carrier_code",
            "tracking_code",
            "tracking_url",
            "shipped_at",
            "confirmed_at",
            "marketplace_shipment_id",
            "lines",
            "problem",
        )

    @extend_schema_field(ProblemSerializer(allow_null=True))
    def get_problem(self, shipment: Shipment) -> dict[str, str] | None:
        return problem_of(shipment)


class CancellationSerializer(ToldRecord):
    line = serializers.IntegerField(source="order_line_id")

    class Meta:
        model = Cancellation
        fields = ("id", "line", "origin", "state", "quantity", "reason", "created_at", "settled_at")


class ShopOrderSerializer(ToldRecord):
    """The order in the shop; its id is empty until it stands there."""

    order_id = serializers.CharField(source="shop_order_id")
    number = serializers.CharField(source="shop_order_number")
    state = serializers.CharField(source="shop_order_state")
    total = serializers.DecimalField(source="shop_order_total", max_digits=14, decimal_places=4, allow_null=True)
    url = serializers.CharField(source="shop_order_url")

    class Meta:
        model = Order
        fields = ("order_id", "number", "state", "total", "url")


class OrderSerializer(ToldRecord):
    """An order of a marketplace, its way into the shop, and what became of it."""

    state = serializers.SerializerMethodField()
    marketplace = serializers.CharField(source="connection.account.marketplace")
    project = serializers.IntegerField(source="connection.project_id")
    fulfilment = serializers.SerializerMethodField()
    shop_order = ShopOrderSerializer(source="*")
    pickup_point = serializers.SerializerMethodField()
    discounts = DiscountSerializer(many=True)
    delivery = serializers.SerializerMethodField()
    billing = serializers.SerializerMethodField()
    lines = LineSerializer(many=True)
    shipments = ShipmentSerializer(many=True)
    cancellations = serializers.SerializerMethodField()
    problem = serializers.SerializerMethodField()

    class Meta:
        model = Order
        fields = (
            "id",
            "reference",
            "number",
            "marketplace_order_id",
            "marketplace",
            "connection",
            "project",
            "fulfilment",
            "state",
            "status",
            "place",
            "hold",
            "problem",
            "is_test",
            "handled_manually",
            "placed_at",
            "imported_at",
            "changed_at",
            "ship_by",
            "deliver_by",
            "currency",
            "total",
            "shipping_cost",
            "shipping_method",
            "discounts",
            "business",
            "customer_reference",
            "remark",
            "language",
            "pickup_point",
            "delivery",
            "billing",
            "lines",
            "shipments",
            "cancellations",
            "shop_order",
        )

    @extend_schema_field(serializers.ChoiceField(choices=LABELS))
    def get_state(self, order: Order) -> str:
        return label_of(order)

    @extend_schema_field(serializers.ChoiceField(choices=[(one.value, one.value) for one in Fulfilment]))
    def get_fulfilment(self, order: Order) -> str:
        return order.test_fulfilment or order.connection.fulfilment

    @extend_schema_field(PickupPointSerializer(allow_null=True))
    def get_pickup_point(self, order: Order) -> dict[str, str] | None:
        return order.pickup_point or None

    @extend_schema_field(AddressSerializer(allow_null=True))
    def get_delivery(self, order: Order) -> Any:
        return self._address(order, OrderAddress.Role.DELIVERY)

    @extend_schema_field(AddressSerializer(allow_null=True))
    def get_billing(self, order: Order) -> Any:
        return self._address(order, OrderAddress.Role.BILLING)

    @extend_schema_field(CancellationSerializer(many=True))
    def get_cancellations(self, order: Order) -> Any:
        told = [cancellation for line in order.lines.all() for cancellation in line.cancellations.all()]
        return [self._cancellations.to_representation(cancellation) for cancellation in told]

    @extend_schema_field(ProblemSerializer(allow_null=True))
    def get_problem(self, order: Order) -> dict[str, str] | None:
        return problem_of(order)

    def _address(self, order: Order, role: OrderAddress.Role) -> Any:
        found = next((address for address in order.addresses.all() if address.role == role), None)
        return self._addresses.to_representation(found) if found else None

    # One for all orders of a list: working out the fields of a record takes longer than telling it.

    @cached_property
    def _addresses(self) -> AddressSerializer:
        return AddressSerializer()

    @cached_property
    def _cancellations(self) -> CancellationSerializer:
        return CancellationSerializer()


class EventSerializer(ToldRecord):
    """One thing that happened, with `text` as a sentence in the caller's language. `code` is stable."""

    text = serializers.SerializerMethodField()

    class Meta:
        model = OrderEvent
        fields = ("id", "at", "code", "level", "text")

    def get_text(self, event: OrderEvent) -> str:
        return event_text(event)


class AcknowledgementSerializer(serializers.Serializer[Any]):
    """The platform's own order. A `total` that differs from the marketplace's is kept and shown to the merchant."""

    shop_order_id = Text(max_length=64)
    number = Text(max_length=64, required=False, help_text="As the merchant knows it; the id if left out")
    url = serializers.URLField(max_length=500, required=False, default="", allow_blank=True)
    total = Amount(max_digits=14, decimal_places=4, required=False)


class WantedPiecesSerializer(serializers.Serializer[Any]):
    line = serializers.IntegerField(min_value=1, help_text="The line's id")
    quantity = serializers.IntegerField(min_value=1, max_value=MOST_PIECES)


class NewShipmentSerializer(serializers.Serializer[Any]):
    """One parcel. `reference` is yours, and unique within the order; the same one again corrects carrier and code."""

    reference = Text(max_length=120)
    carrier = serializers.CharField(max_length=120, allow_blank=True, help_text="Our code for it, or its name")
    tracking_code = serializers.CharField(max_length=120, allow_blank=True)
    tracking_url = serializers.URLField(max_length=500, required=False, default="", allow_blank=True)
    shipped_at = serializers.DateTimeField(required=False)
    lines = serializers.ListField(
        child=WantedPiecesSerializer(),
        required=False,
        min_length=1,
        max_length=MOST_LINES,
        help_text="All that is still open if left out",
    )


class CorrectionSerializer(serializers.Serializer[Any]):
    """What is corrected of a parcel."""

    carrier = serializers.CharField(max_length=120, allow_blank=True)
    tracking_code = serializers.CharField(max_length=120, allow_blank=True)
    tracking_url = serializers.URLField(max_length=500, required=False, default="", allow_blank=True)


class CancelSerializer(serializers.Serializer[Any]):
    """Cancels every piece that is still open, at the marketplace and in the shop.

    With `lines`, their ids, those pieces alone: the marketplace is told, and somebody takes them out in the shop.
    """

    reason = serializers.ChoiceField(choices=[(reason.value, reason.value) for reason in CancellationReason])
    lines = serializers.ListField(child=serializers.IntegerField(), required=False, max_length=500)


def problem_of(thing: Order | Shipment | ReturnLine) -> dict[str, str] | None:
    """Return what keeps an order, a parcel or a return, in words; None when nothing does."""
    if not thing.problem_code:
        return None
    words = explain(thing.problem_code, thing.problem)
    return {"code": thing.problem_code, "title": words.title, "what": words.what, "mend": words.mend}
