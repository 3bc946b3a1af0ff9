"""What the API takes and gives. Made from its schema by `datamodel-codegen` (see the README), then kept.

Amounts are text, so that no cent is lost; moments are ISO 8601 with a zone.
"""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypeAlias, TypedDict


class Acknowledgement(TypedDict):
    shop_order_id: str
    number: NotRequired[str]
    url: NotRequired[str]
    total: NotRequired[str]


class Address(TypedDict):
    salutation: str
    first_name: str
    last_name: str
    company: str
    lines: list[str]
    street: str
    house_number: str
    house_number_addition: str
    supplement: str
    postcode: str
    city: str
    region: str
    country: str
    email: str
    phone: str
    vat_number: str
    chamber_of_commerce_number: str
    language: str


BlankEnum: TypeAlias = Literal[""]


class Buyer(TypedDict):
    first_name: NotRequired[str]
    last_name: NotRequired[str]
    company: NotRequired[str]
    street: NotRequired[str]
    house_number: NotRequired[str]
    house_number_addition: NotRequired[str]
    postcode: NotRequired[str]
    city: NotRequired[str]
    region: NotRequired[str]
    email: NotRequired[str]
    phone: NotRequired[str]
    vat_number: NotRequired[str]


CancellationStateEnum: TypeAlias = Literal["reporting", "settled", "needs_attention"]


class Carrier(TypedDict):
    code: str
    name: str
    aliases: list[str]
    tracking_url: str


ConnectionStateEnum: TypeAlias = Literal["inactive", "active", "paused", "archived"]


class Correction(TypedDict):
    carrier: str
    tracking_code: str
    tracking_url: NotRequired[str]


CountryEnum: TypeAlias = Literal[
    "AE",
    "AT",
    "AU",
    "BE",
    "BG",
    "BR",
    "CA",
    "CH",
    "CZ",
    "DE",
    "DK",
    "EE",
    "EG",
    "ES",
    "FI",
    "FR",
    "GB",
    "GR",
    "HR",
    "HU",
    "IE",
    "IN",
    "IT",
    "JP",
    "LT",
    "LU",
    "LV",
    "MX",
    "NL",
    "NO",
    "PL",
    "PT",
    "RO",
    "SA",
    "SE",
    "SG",
    "SI",
    "SK",
    "TR",
    "US",
    "ZA",
]


class Day(TypedDict):
    day: str
    connection: int
    orders: int
    in_shop: int
    shipped: int
    cancelled: int
    needs_attention: int


DecisionDecisionEnum: TypeAlias = Literal["accepted", "rejected", "repaired", "exchanged", "keeps"]


class Discount(TypedDict):
    title: str
    amount: str


FulfilmentEnum: TypeAlias = Literal["merchant", "marketplace"]


HoldEnum: TypeAlias = Literal["cancellation_requested"]


class Level(TypedDict):
    product_id: str
    stock: int


LevelEnum: TypeAlias = Literal["note", "good", "warning", "problem"]


class Line(TypedDict):
    id: int
    marketplace_line_id: str
    sku: str
    ean: str
    title: str
    product: str | None
    quantity: int
    quantity_open: int
    quantity_shipped: int
    quantity_cancelled: int
    quantity_returned: int
    unit_price: str
    total: str
    tax_rate: str | None
    tax: str | None
    commission: str | None
    discounts: list[Discount]
    services: list[str]
    cancellation_requested: bool
    cancellation_reason: str


class MarketplaceCarrier(TypedDict):
    code: str
    carrier: str
    name: str


class NewProduct(TypedDict):
    product_id: str
    sku: NotRequired[str]
    ean: NotRequired[str]
    title: NotRequired[str]
    price: NotRequired[str | None]
    stock: NotRequired[int | None]


OrderStateEnum: TypeAlias = Literal[
    "cancelled",
    "needs_attention",
    "on_hold",
    "handled_manually",
    "pending",
    "waiting",
    "shipped",
    "partially_shipped",
    "in_shop",
]


OrderStatusEnum: TypeAlias = Literal["pending", "open", "partially_shipped", "shipped", "cancelled"]


OriginEnum: TypeAlias = Literal["marketplace", "shop", "merchant"]


class PickupPoint(TypedDict):
    code: str
    name: str


class Pieces(TypedDict):
    line: int
    quantity: int


PlaceEnum: TypeAlias = Literal["waiting", "in_shop", "needs_attention", "not_sent"]


class Problem(TypedDict):
    code: str
    title: str
    what: str
    mend: str


class Held(TypedDict):
    connection: int
    reference: str
    country: str
    available: int
    reserved: int
    coming: int
    changed_at: str


class Product(TypedDict):
    product_id: str
    project: int
    sku: str
    ean: str
    title: str
    price: str | None
    stock: int | None
    reserved: int
    held: list[Held]


class Products(TypedDict):
    project: int
    products: list[NewProduct]


ReasonEnum: TypeAlias = Literal[
    "out_of_stock",
    "requested_by_customer",
    "bad_condition",
    "price_error",
    "cannot_deliver",
    "other",
]


ReceivedResultEnum: TypeAlias = Literal["stored", "unchanged", "unknown_product"]


ReturnStateEnum: TypeAlias = Literal["new", "accepted", "rejected", "repaired", "exchanged", "keeps", "cancelled"]


ShipmentStateEnum: TypeAlias = Literal[
    "received",
    "waiting_for_tracking",
    "confirming",
    "confirmed",
    "needs_attention",
    "not_reported",
]


class ShopOrder(TypedDict):
    order_id: str
    number: str
    state: str
    total: str | None
    url: str


SideEnum: TypeAlias = Literal["marketplace", "shop"]


SideStateEnum: TypeAlias = Literal["open", "down", "refused"]


StepStateEnum: TypeAlias = Literal["done", "to_do", "failing"]


class Stock(TypedDict):
    project: int
    stock: list[Level]


StoredProductResultEnum: TypeAlias = Literal["stored", "unchanged"]


class WantedLine(TypedDict):
    product: str
    quantity: NotRequired[int]
    price: str


class WantedPieces(TypedDict):
    line: int
    quantity: int


class Error(TypedDict):
    pointer: str
    detail: str
    code: str


class Refusal(TypedDict):
    type: str
    title: str
    status: int
    code: Literal[
        "invalid",
        "unreadable",
        "not_authenticated",
        "invalid_key",
        "scope_missing",
        "not_found",
        "method_not_allowed",
        "not_acceptable",
        "unsupported_media_type",
        "throttled",
        "conflict",
        "changed_meanwhile",
        "key_reused",
        "not_pulled",
        "order_held",
        "order_closed",
        "acknowledged_otherwise",
        "number_taken",
        "not_in_shop",
        "nothing_open",
        "too_many_pieces",
        "already_reported",
        "not_cancellable",
        "only_whole",
        "already_answered",
        "shop_keeps_products",
        "test_refused",
        "no_test_order",
        "steps_open",
        "answer_lost",
        "address_refused",
        "too_many_webhooks",
        "webhook_off",
        "too_many_messages",
        "too_large",
    ]
    detail: str
    mend: str
    errors: NotRequired[list[Error]]


class Cancel(TypedDict):
    reason: ReasonEnum
    lines: NotRequired[list[int]]


class Cancellation(TypedDict):
    id: int
    line: int
    origin: OriginEnum
    state: CancellationStateEnum
    quantity: int
    reason: ReasonEnum
    created_at: str
    settled_at: str | None


class Decision(TypedDict):
    decision: DecisionDecisionEnum
    quantity: int


class Event(TypedDict):
    id: int
    at: str
    code: str
    level: LevelEnum
    text: str


class Health(TypedDict):
    side: SideEnum
    state: SideStateEnum
    since: str | None


class NewShipment(TypedDict):
    reference: str
    carrier: str
    tracking_code: str
    tracking_url: NotRequired[str]
    shipped_at: NotRequired[str]
    lines: NotRequired[list[WantedPieces]]


class NewTestOrder(TypedDict):
    token: str
    country: CountryEnum
    lines: list[WantedLine]
    delivery: NotRequired[Buyer]
    billing: NotRequired[Buyer]
    shipping_cost: NotRequired[str]
    discount: NotRequired[str]
    pickup_point: NotRequired[str]
    business: NotRequired[bool]
    fulfilment: NotRequired[FulfilmentEnum]
    remark: NotRequired[str]


class PaginatedEventList(TypedDict):
    next: str | None
    previous: str | None
    results: list[Event]


class PaginatedProductList(TypedDict):
    next: str | None
    previous: str | None
    results: list[Product]


class Received(TypedDict):
    product_id: str
    result: ReceivedResultEnum


class ReceivedStock(TypedDict):
    stock: list[Received]


class Return(TypedDict):
    id: int
    return_id: str
    registered_at: str
    connection: int
    order: int | None
    line: int | None
    is_test: bool
    marketplace_order_id: str
    title: str
    ean: str
    quantity: int
    reason: str
    comment: str
    tracking_code: str
    carrier_name: str
    state: ReturnStateEnum
    result: str
    decision: ReturnStateEnum | BlankEnum
    decided_quantity: int | None
    problem: Problem | None


class Shipment(TypedDict):
    id: int
    reference: str
    state: ShipmentStateEnum
    carrier: str
    carrier_name: str
    carrier_code: str
    tracking_code: str
    tracking_url: str
    shipped_at: str | None
    confirmed_at: str | None
    marketplace_shipment_id: str
    lines: list[Pieces]
    problem: Problem | None


class Step(TypedDict):
    step: str
    state: StepStateEnum
    code: str
    problem: str
    mend: str


class StoredProduct(TypedDict):
    product_id: str
    result: StoredProductResultEnum


class StoredProducts(TypedDict):
    products: list[StoredProduct]


class Connection(TypedDict):
    id: int
    name: str
    state: ConnectionStateEnum
    marketplace: str
    platform: str
    project: int
    fulfilment: FulfilmentEnum
    country: str
    shipping_method: str
    activated_from: str | None
    paused: list[str]
    health: list[Health]


class ConnectionDetail(TypedDict):
    id: int
    name: str
    state: ConnectionStateEnum
    marketplace: str
    platform: str
    project: int
    fulfilment: FulfilmentEnum
    country: str
    shipping_method: str
    activated_from: str | None
    paused: list[str]
    health: list[Health]
    steps: list[Step]


class Order(TypedDict):
    id: int
    reference: str
    number: str
    marketplace_order_id: str
    marketplace: str
    connection: int
    project: int
    fulfilment: FulfilmentEnum
    state: OrderStateEnum
    status: OrderStatusEnum
    place: PlaceEnum
    hold: HoldEnum | BlankEnum
    problem: Problem | None
    is_test: bool
    handled_manually: bool
    placed_at: str
    imported_at: str
    changed_at: str | None
    ship_by: str | None
    deliver_by: str | None
    currency: str
    total: str
    shipping_cost: str
    shipping_method: str
    discounts: list[Discount]
    business: bool
    customer_reference: str
    remark: str
    language: str
    pickup_point: PickupPoint | None
    delivery: Address | None
    billing: Address | None
    lines: list[Line]
    shipments: list[Shipment]
    cancellations: list[Cancellation]
    shop_order: ShopOrder


class PaginatedConnectionList(TypedDict):
    next: str | None
    previous: str | None
    results: list[Connection]


class PaginatedOrderList(TypedDict):
    next: str | None
    previous: str | None
    results: list[Order]
    changed_since: NotRequired[str]


class PaginatedReturnList(TypedDict):
    next: str | None
    previous: str | None
    results: list[Return]


WebhookTypeEnum: TypeAlias = Literal[
    "order.created",
    "order.changed",
    "order.needs_attention",
    "shipment.changed",
    "cancellation.changed",
    "return.changed",
    "stock.changed",
]

DeliveryTypeEnum: TypeAlias = Literal[WebhookTypeEnum, "test.ping"]


WebhookOffEnum: TypeAlias = Literal["by_hand", "failing", "gone"]

DeliveryStateEnum: TypeAlias = Literal["waiting", "held", "delivered", "not_taken", "skipped"]


class CancellationMessage(TypedDict):
    type: str
    timestamp: str
    data: CancellationNews


class CancellationNews(TypedDict):
    order: ToldOrder
    event: ToldEvent
    cancellations: list[ToldCancellation]


class Delivery(TypedDict):
    id: int
    message_id: str
    type: DeliveryTypeEnum
    at: str
    state: DeliveryStateEnum
    attempts: int
    next_attempt_at: str | None
    delivered_at: str | None
    status: int | None
    seconds: float | None
    answer: str
    error: str


class DeliveryDetail(TypedDict):
    id: int
    message_id: str
    type: DeliveryTypeEnum
    at: str
    state: DeliveryStateEnum
    attempts: int
    next_attempt_at: str | None
    delivered_at: str | None
    status: int | None
    seconds: float | None
    answer: str
    error: str
    body: dict[str, Any]
    tries: list[Try]


class NewWebhook(TypedDict):
    webhook: Webhook
    secret: str


class OrderMessage(TypedDict):
    type: str
    timestamp: str
    data: OrderNews


class OrderNews(TypedDict):
    order: ToldOrder
    event: ToldEvent


class PaginatedDeliveryList(TypedDict):
    next: str | None
    previous: str | None
    results: list[Delivery]


class PaginatedWebhookList(TypedDict):
    next: str | None
    previous: str | None
    results: list[Webhook]


class Ping(TypedDict):
    webhook: int


class PingMessage(TypedDict):
    type: str
    timestamp: str
    data: Ping


class Range(TypedDict):
    since: str
    until: str
    only_undelivered: NotRequired[bool]


class Replayed(TypedDict):
    messages: int


class ReturnMessage(TypedDict):
    type: str
    timestamp: str
    data: ReturnNews


class ReturnNews(TypedDict):
    order: ToldOrder
    event: ToldEvent
    returns: list[ToldReturn]


class Secret(TypedDict):
    secret: str
    previous_until: str


class ShipmentMessage(TypedDict):
    type: str
    timestamp: str
    data: ShipmentNews


class ShipmentNews(TypedDict):
    order: ToldOrder
    event: ToldEvent
    shipments: list[ToldShipment]


class StockMessage(TypedDict):
    type: str
    timestamp: str
    data: StockNews


class StockNews(TypedDict):
    product: ToldProduct


class ToldCancellation(TypedDict):
    id: int
    line: int
    quantity: int
    state: str


class ToldEvent(TypedDict):
    id: int
    code: str
    level: str


class ToldOrder(TypedDict):
    id: int
    reference: str
    number: str
    marketplace_order_id: str
    marketplace: str
    connection: int
    project: int
    state: OrderStateEnum
    status: str
    place: str
    hold: str
    is_test: bool
    url: str


class ToldProduct(TypedDict):
    product_id: str
    project: int
    sku: str
    ean: str
    stock: int | None
    reserved: int
    available: int | None
    url: str


class ToldReturn(TypedDict):
    id: int
    return_id: str
    quantity: int
    state: str
    decision: str
    url: str


class ToldShipment(TypedDict):
    id: int
    reference: str
    state: str


class Try(TypedDict):
    at: str
    status: int | None
    seconds: float
    answer: str
    error: str


class Webhook(TypedDict):
    id: int
    url: str
    types: list[WebhookTypeEnum]
    project: int | None
    enabled: bool
    off_reason: WebhookOffEnum | BlankEnum
    off_since: str | None
    previous_until: str | None
    created_at: str


class WishedWebhook(TypedDict):
    url: str
    types: list[WebhookTypeEnum]
    project: NotRequired[int | None]
    enabled: NotRequired[bool]
