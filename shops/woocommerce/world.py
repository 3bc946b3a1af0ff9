"""The world of the simulated WooCommerce shop: its records, what people do in it, and how it works."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import orjson

from adapterkit.simulator import Numbers, Simulator, utc_now
from adapterkit.trying_out import Sold, control

Json = dict[str, Any]
CENT, MICRO = Decimal("0.01"), Decimal("0.000001")
STATUSES = (
    "auto-draft",
    "pending",
    "processing",
    "on-hold",
    "completed",
    "cancelled",
    "refunded",
    "failed",
    "checkout-draft",
)
TAKES_STOCK = {"processing", "completed", "on-hold"}
GIVES_BACK = {"cancelled", "pending"}
PAID = {"processing", "completed"}
GIVES_UP_AFTER = 7  # failed deliveries of a webhook in a row
HTTP_BAD_REQUEST = 400


@dataclass(slots=True)
class World:
    """What the simulated shop knows. `rates` is per cent by (country, tax class); a country without one is untaxed."""

    currency: str = "EUR"
    products: dict[int, Json] = field(default_factory=dict)
    orders: dict[int, Json] = field(default_factory=dict)
    notes: dict[int, list[Json]] = field(default_factory=dict)
    rates: dict[tuple[str, str], Decimal] = field(
        default_factory=lambda: {
            ("NL", "standard"): Decimal(21),
            ("NL", "reduced-rate"): Decimal(9),
            ("BE", "standard"): Decimal(21),
            ("BE", "reduced-rate"): Decimal(6),
        }
    )
    zones: dict[int, list[tuple[str, bool]]] = field(
        default_factory=lambda: {
            1: [("PostNL standard", True), ("Pick-up", True), ("PostNL evening", False)],
            0: [("PostNL standard", True), ("DHL Europe", True)],
        }
    )  # the titles of each zone's shipping methods, and whether they are enabled
    webhooks: list[Webhook] = field(default_factory=list)
    base_country: str = "NL"
    hpos: bool = True
    write_permission: bool = True


@dataclass(slots=True)
class Webhook:
    """A subscription. `deliver` posts headers and body, and returns the status of the answer."""

    webhook_id: int
    topic: str
    secret: str
    deliver: Callable[[Mapping[str, str], bytes], int]
    status: str = "active"
    failures: int = 0


class WooCommerceWorld(Simulator):
    """The verbs, and how the shop works."""

    def __init__(
        self,
        *,
        now: Callable[[], datetime] = utc_now,
        consumer_key: str = "ck_demo",
        consumer_secret: str = "cs_demo",  # noqa: S107 - of the simulated world
        first_id: int = 10,
    ) -> None:
        super().__init__(now=now)
        self.world = World()
        self.key, self.secret = consumer_key, consumer_secret
        self._ids = Numbers(first_id)
        self.meanwhile: dict[str, Callable[[], None]] = {}  # what happens once a page's rows are chosen, by resource

    def stock_up(self, product: Sold) -> None:
        rate = "reduced-rate" if product.reduced else "standard"
        self.add_product(
            product.sku,
            price=str(product.price),
            stock=product.stock,
            ean=product.ean,
            tax_class=rate,
            name=product.title,
        )

    def connect_with(self, url: str) -> dict[str, str]:
        keys = {"consumer_key": self.key, "consumer_secret": self.secret}
        return {"shop_url": url, **keys, "order_storage": "hpos"}

    def add_product(
        self,
        sku: str,
        *,
        price: str = "12.10",
        stock: int | None = 10,
        ean: str = "",
        tax_class: str = "standard",
        name: str = "",
        variations: list[str] | None = None,
    ) -> int:
        """Add a product, or a variable one with a variation for each SKU in `variations`; return its id."""
        with self.lock:
            product = self._product(sku, price, None if variations else stock, ean, tax_class, name)
            if variations:
                product["type"] = "variable"
                for own in variations:
                    variation = self._product(own, price, stock, "", tax_class, name)
                    variation |= {"type": "variation", "parent_id": product["id"], "attributes": [{"option": own}]}
            return int(product["id"])

    @control
    def set_stock(self, sku: str, stock: int) -> None:
        self._count(self._by_sku(sku), stock)

    @control
    def stock_of(self, sku: str) -> int:
        return int(self._by_sku(sku)["stock_quantity"])

    def remove_product(self, sku: str) -> None:
        with self.lock:
            del self.world.products[self._by_sku(sku)["id"]]

    @control
    def orders_with(self, reference: str) -> list[Json]:
        """The orders that carry a reference of ours, inert ones included."""
        return [order for order in self.world.orders.values() if meta(order).get("_ordersync_reference") == reference]

    @control
    def ship(
        self, order_id: int, *, carrier: str = "PostNL", tracking_code: str = "3SDEMO1", complete: bool = True
    ) -> None:
        """Ship an order as a shipment extension does: the parcel in the order's meta, then completed."""
        with self.lock:
            order = self.world.orders[order_id]
            parcels = list(meta(order).get("_wc_shipment_tracking_items") or ())
            parcels.append(
                {
                    "tracking_provider": carrier,
                    "custom_tracking_provider": "",
                    "custom_tracking_link": "",
                    "tracking_number": tracking_code,
                    "date_shipped": str(int(self.now().timestamp())),
                    "tracking_id": hashlib.sha256(f"{order_id}{tracking_code}".encode()).hexdigest()[:32],
                }
            )
            set_meta(order, "_wc_shipment_tracking_items", parcels)
            self._move(order, "completed" if complete else order["status"])

    @control
    def correct_code(self, order_id: int, tracking_code: str, *, anew: bool = False) -> None:
        """Change the code of the last parcel; the common extension lets it be taken away and added `anew` only."""
        with self.lock:
            order = self.world.orders[order_id]
            parcels = [dict(row) for row in meta(order).get("_wc_shipment_tracking_items") or ()]
            if parcels:
                parcels[-1]["tracking_number"] = tracking_code
                if anew:
                    mark = f"{order_id}{tracking_code}"
                    parcels[-1]["tracking_id"] = hashlib.sha256(mark.encode()).hexdigest()[:32]
                set_meta(order, "_wc_shipment_tracking_items", parcels)
                self._move(order, order["status"])

    @control
    def complete(self, order_id: int) -> None:
        with self.lock:
            self._move(self.world.orders[order_id], "completed")

    @control
    def set_status(self, order_id: int, status: str) -> None:
        with self.lock:
            self._move(self.world.orders[order_id], status)

    @control
    def refund(self, order_id: int, amount: str, reason: str = "retour") -> None:
        with self.lock:
            order = self.world.orders[order_id]
            order["refunds"].append({"id": next(self._ids), "reason": reason, "total": f"-{amount}"})
            refunded = sum((abs(Decimal(row["total"])) for row in order["refunds"]), Decimal(0))
            self._move(order, "refunded" if refunded >= Decimal(order["total"]) else order["status"])

    def subscribe(self, topic: str, secret: str, deliver: Callable[[Mapping[str, str], bytes], int]) -> Webhook:
        """Add a webhook, as its settings page does: it is greeted with an unsigned form first."""
        webhook = Webhook(next(self._ids), topic, secret, deliver)
        self.world.webhooks.append(webhook)
        deliver({"Content-Type": "application/x-www-form-urlencoded"}, f"webhook_id={webhook.webhook_id}".encode())
        return webhook

    @control
    def revoke_keys(self) -> None:
        self.key = "ck_revoked"

    # How the shop works.

    def _order(self, order_id: str) -> Json | None:
        return self.world.orders.get(int(order_id)) if order_id.isdecimal() else None

    def _new_order(self, body: Json) -> Json:
        order_id = next(self._ids)
        return {
            "id": order_id,
            "parent_id": 0,
            "number": str(order_id),
            "status": "new",
            "currency": body.get("currency") or self.world.currency,
            "date_created_gmt": self._stamp(),
            "date_modified_gmt": self._stamp(),
            "date_paid_gmt": None,
            "date_completed_gmt": None,
            "prices_include_tax": True,
            "created_via": "rest-api",
            "customer_id": 0,
            "customer_note": body.get("customer_note", ""),
            "billing": dict(body.get("billing") or {}),
            "shipping": dict(body.get("shipping") or {}),
            "payment_method": body.get("payment_method", ""),
            "payment_method_title": body.get("payment_method_title", ""),
            "transaction_id": body.get("transaction_id", ""),
            "meta_data": [{"id": next(self._ids), **row} for row in body.get("meta_data", ())],
            "line_items": [],
            "tax_lines": [],
            "shipping_lines": [],
            "fee_lines": [],
            "refunds": [],
        }

    def _line(self, row: Json) -> Json:
        product = self._resolve(row)
        quantity = row.get("quantity", 1)
        own = Decimal(product["price"]) * quantity / Decimal("1.21") if product else Decimal(0)
        parent = (product.get("parent_id") or product["id"]) if product else 0
        return {
            "id": next(self._ids),
            "name": row.get("name") or (product["name"] if product else ""),
            "product_id": parent,
            "variation_id": product["id"] if product and product["type"] == "variation" else 0,
            "quantity": quantity,
            "tax_class": product["tax_class"] if product else "standard",
            "subtotal": micro(row.get("subtotal", row.get("total", own))),
            "total": micro(row.get("total", own)),
            "taxes": [],
            "meta_data": [{"id": next(self._ids), **entry} for entry in row.get("meta_data", ())],
            "sku": product["sku"] if product else None,
        }

    def _resolve(self, row: Json) -> Json | None:
        if row.get("sku"):
            return next((p for p in self.world.products.values() if p["sku"] == row["sku"]), None)
        return self.world.products.get(row.get("variation_id") or row.get("product_id") or 0)

    def _change_line(self, order: Json, row: Json) -> None:
        line = next(found for found in order["line_items"] if found["id"] == row["id"])
        for name in ("subtotal", "total"):
            if name in row:
                line[name] = micro(row[name])

    def _charge(self, row: Json, title: str) -> Json:
        return {
            "id": next(self._ids),
            title: row.get(title, ""),
            "total": micro(row.get("total", "0")),
            "tax_class": "standard",
            "tax_status": row.get("tax_status", "taxable"),
            "taxes": [],
        }

    def _total(self, order: Json) -> None:
        """Compute every tax from the shop's own rates and the address, and the order's total from them."""
        country = order["shipping"].get("country") or order["billing"].get("country") or self.world.base_country
        sums: dict[str, Decimal] = {}
        gross = tax = Decimal(0)
        for row in [*order["line_items"], *order["shipping_lines"], *order["fee_lines"]]:
            rate = self.world.rates.get((country, row["tax_class"] or "standard"))
            net = Decimal(row["total"])
            # A negative fee is taxed whatever it says.
            rate = None if row.get("tax_status") == "none" and net >= 0 else rate
            part = (net * rate / 100).quantize(MICRO, ROUND_HALF_UP) if rate is not None else Decimal(0)
            row["total_tax"] = micro(part)
            row["taxes"] = []
            if rate is not None:
                row["taxes"] = [{"id": self._rate_id(country, row["tax_class"]), "total": micro(part)}]
                sums[row["tax_class"] or "standard"] = sums.get(row["tax_class"] or "standard", Decimal(0)) + part
            gross, tax = gross + net + part, tax + part
        order["tax_lines"] = [
            {
                "id": number,
                "rate_id": self._rate_id(country, name),
                "label": "BTW",
                "rate_percent": float(self.world.rates[country, name]),
                "tax_total": micro(total),
            }
            for number, (name, total) in enumerate(sums.items(), start=1)
        ]
        order["total"] = str(gross.quantize(CENT, ROUND_HALF_UP))
        order["total_tax"] = str(tax.quantize(CENT, ROUND_HALF_UP))

    def _rate_id(self, country: str, tax_class: str) -> int:
        return sorted(self.world.rates).index((country, tax_class or "standard")) + 1

    def _move(self, order: Json, status: str) -> None:
        """Change the status: stock is taken once when an order is to be shipped, and given back when it is not."""
        if status in PAID and not order["date_paid_gmt"]:
            order["date_paid_gmt"] = self._stamp()
        if status == "completed" and not order["date_completed_gmt"]:
            order["date_completed_gmt"] = self._stamp()
        if status in TAKES_STOCK and not order.get("_stock_taken"):
            self._take(order)
        elif status in GIVES_BACK and order.get("_stock_taken"):
            self._give_back(order)
        order["status"] = status
        order["date_modified_gmt"] = self._stamp()
        self._tell("order", order)

    def _count(self, product: Json, stock: int) -> None:
        product["stock_quantity"] = stock
        self._tell("product", product)

    def _tell(self, resource: str, record: Json) -> None:
        """Post to the webhooks, once each. Seven failures in a row switch one off; what was missed stays missed."""
        for webhook in self.world.webhooks:
            if webhook.topic != f"{resource}.updated" or webhook.status != "active":
                continue
            body = orjson.dumps({key: value for key, value in record.items() if not key.startswith("_")})
            digest = hmac.new(webhook.secret.encode(), body, hashlib.sha256).digest()
            headers = {
                "Content-Type": "application/json",
                "X-WC-Webhook-Source": "https://shop.test/",
                "X-WC-Webhook-Topic": webhook.topic,
                "X-WC-Webhook-Resource": resource,
                "X-WC-Webhook-Event": "updated",
                "X-WC-Webhook-ID": str(webhook.webhook_id),
                "X-WC-Webhook-Delivery-ID": hashlib.sha256(digest).hexdigest()[:32],
                "X-WC-Webhook-Signature": base64.b64encode(digest).decode(),
            }
            webhook.failures = 0 if webhook.deliver(headers, body) < HTTP_BAD_REQUEST else webhook.failures + 1
            if webhook.failures >= GIVES_UP_AFTER:
                webhook.status = "disabled"

    def _take(self, order: Json) -> None:
        order["_stock_taken"] = True
        for line in order["line_items"]:
            product = self.world.products.get(line["variation_id"] or line["product_id"])
            if product and product["manage_stock"] and not meta(line).get("_reduced_stock"):
                self._count(product, product["stock_quantity"] - line["quantity"])
                set_meta(line, "_reduced_stock", str(line["quantity"]))

    def _give_back(self, order: Json) -> None:
        order["_stock_taken"] = False
        for line in order["line_items"]:
            product = self.world.products.get(line["variation_id"] or line["product_id"])
            taken = int(meta(line).get("_reduced_stock") or 0)
            if product and product["manage_stock"] and taken:
                self._count(product, product["stock_quantity"] + taken)
                line["meta_data"] = [row for row in line["meta_data"] if row["key"] != "_reduced_stock"]

    def _product(  # noqa: PLR0917 - a row's columns
        self, sku: str, price: str, stock: int | None, ean: str, tax_class: str, name: str
    ) -> Json:
        product_id = next(self._ids)
        product: Json = {
            "id": product_id,
            "name": name or f"Product {sku}",
            "type": "simple",
            "status": "publish",
            "sku": sku,
            "global_unique_id": ean,
            "price": price,
            "manage_stock": stock is not None,
            "stock_quantity": stock,
            "tax_class": "" if tax_class == "standard" else tax_class,
            "parent_id": 0,
            "attributes": [],
            "meta_data": [],
        }
        self.world.products[product_id] = product
        return product

    def _by_sku(self, sku: str) -> Json:
        return next(product for product in self.world.products.values() if product["sku"] == sku)

    def _stamp(self) -> str:
        return self.now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def meta(row: Json) -> Mapping[str, Any]:
    return {entry["key"]: entry["value"] for entry in row["meta_data"]}


def set_meta(row: Json, key: str, value: Any) -> None:
    for entry in row["meta_data"]:
        if entry["key"] == key:
            entry["value"] = value
            return
    row["meta_data"].append({"id": 0, "key": key, "value": value})


def micro(amount: Any) -> str:
    return f"{Decimal(str(amount)).quantize(MICRO, ROUND_HALF_UP):f}"
