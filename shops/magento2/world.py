"""The world of the simulated Magento: its records, what people do in it, and how its orders move."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from adapterkit.simulator import Numbers, Simulator, utc_now
from adapterkit.trying_out import Sold, control
from shops.magento2.body import REFERENCE
from shops.magento2.inventory import DEFAULT, Inventory, left_of, pieces_of

Json = dict[str, Any]
CLOSED = {"complete", "closed", "canceled"}
STANDARD, REDUCED = 2, 3  # tax classes of products
FLAT_RATE = ("Flat Rate - Fixed", "flatrate_flatrate")  # carrier and method by name, and their code
# What an order's address must have, by Magento's own names; a shop may want more.
REQUIRED = {
    "postcode": "Zip code",
    "lastname": "Last name",
    "street": "Street",
    "city": "City",
    "email": "Email",
    "country_id": "Country",
    "firstname": "First Name",
    "address_type": "Address Type",
    "telephone": "Phone Number",
}
EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)*")


@dataclass(slots=True)
class World:
    """What the simulated shop knows. `may` are the integration's permissions; None is all of them."""

    products: dict[int, Json] = field(default_factory=dict)
    orders: dict[int, Json] = field(default_factory=dict)
    shipments: dict[int, Json] = field(default_factory=dict)
    memos: dict[int, Json] = field(default_factory=dict)
    invoices: dict[int, int] = field(default_factory=dict)  # each with its order
    inventory: Inventory = field(default_factory=Inventory)
    may: set[str] | None = None
    bearer_allowed: bool = False  # off since 2.4.4
    exports_salable: bool = True
    required: dict[str, str] = field(default_factory=lambda: dict(REQUIRED))
    base_currency: str = "EUR"
    exchange_rates: dict[str, str] = field(default_factory=lambda: {"EUR": "1", "GBP": "0.8"})
    regions: dict[str, list[Json]] = field(
        default_factory=lambda: {
            "US": [{"id": "12", "code": "CA", "name": "California"}, {"id": "43", "code": "NY", "name": "New York"}],
            "NL": [],
        }
    )
    tax_rates: list[Json] = field(
        default_factory=lambda: [
            _rate(1, "NL", 21), _rate(2, "NL", 9), _rate(3, "BE", 21), _rate(4, "BE", 6), _rate(5, "DE", 19),
        ]
    )  # fmt: skip
    tax_rules: list[Json] = field(
        default_factory=lambda: [_rule(1, STANDARD, [1, 3, 5]), _rule(2, REDUCED, [2, 4])],
    )


def _rate(number: int, country: str, percent: int) -> Json:
    return {"id": number, "tax_country_id": country, "tax_region_id": 0, "tax_postcode": "*", "rate": percent,
            "code": f"{country}-{percent}", "titles": []}  # fmt: skip


def _rule(number: int, product_class: int, rates: list[int]) -> Json:
    return {"id": number, "code": f"Rule {number}", "priority": 0, "position": number, "customer_tax_class_ids": [3],
            "product_tax_class_ids": [product_class], "tax_rate_ids": rates, "calculate_subtotal": False}  # fmt: skip


class Magento2World(Simulator):
    """The verbs, and how the shop works."""

    def __init__(self, *, now: Callable[[], datetime] = utc_now, first_id: int = 1) -> None:
        super().__init__(now=now)
        self.world = World()
        self.keys = {
            "consumer_key": "ck-demo",
            "consumer_secret": "cs-demo",
            "access_token": "at-demo",
            "access_token_secret": "as-demo",
        }
        self._ids = Numbers(first_id)
        self._numbers = Numbers(first_id)

    def stock_up(self, product: Sold) -> None:
        self.add_product(
            product.sku,
            price=str(product.price),
            stock=product.stock,
            ean=product.ean,
            tax_class=REDUCED if product.reduced else STANDARD,
            name=product.title,
        )

    def connect_with(self, url: str) -> dict[str, str]:
        return {"shop_url": url, "auth": "oauth", "ean_attribute": "ean", **self.keys}

    # What people do.

    def add_product(
        self,
        sku: str,
        *,
        price: str = "12.10",
        stock: int | None = 10,
        ean: str = "",
        tax_class: int = STANDARD,
        name: str = "",
        variations: list[str] | None = None,
    ) -> int:
        """Add a product, or a configurable one with a variation for each SKU in `variations`; return its id."""
        with self.lock:
            kind = "configurable" if variations else "simple"
            product = self._product(sku, price, ean, tax_class, name or f"Product {sku}", kind)
            if variations:
                children = [self.add_product(one, price=price, stock=stock, tax_class=tax_class) for one in variations]
                product["extension_attributes"]["configurable_product_links"] = children
            else:
                self.world.inventory.on_hand[DEFAULT, sku] = stock or 0
                if stock is None:
                    self.world.inventory.unmanaged.add(sku)
            return int(product["id"])

    @control
    def set_stock(self, sku: str, stock: int) -> None:
        self.world.inventory.on_hand[DEFAULT, sku] = stock

    @control
    def stock_of(self, sku: str) -> int:
        """What may truly be sold: on hand, less what all orders still need."""
        open_pieces = sum(pieces_of(order["items"]).get(sku, 0) for order in self._open())
        return self.world.inventory.lying(sku) - open_pieces

    @control
    def orders_with(self, reference: str) -> list[Json]:
        """The orders that carry a reference of ours."""
        line = f"{REFERENCE}{reference}"
        return [
            order
            for order in self.world.orders.values()
            if line in ((order.get("payment") or {}).get("additional_information") or ())
        ]

    def place_web_order(self, sku: str, quantity: int = 1, *, method: tuple[str, str] = FLAT_RATE) -> int:
        """A visitor of the web shop orders; a variation as a row of its configurable product with one below."""
        with self.lock:
            product = next(row for row in self.world.products.values() if row["sku"] == sku)
            parent = next((row for row in self.world.products.values() if product["id"] in _links(row)), product)
            rows = [_web_row(parent, sku, quantity, product["price"])]
            order = self.store_order(
                {"state": "new", "status": "pending", "items": rows, **_web_order(quantity, product["price"], method)}
            )
            if parent is not product:
                child = {**_web_row(product, sku, quantity, 0), "parent_item_id": order["items"][0]["item_id"]}
                order["items"].append({**child, "item_id": next(self._ids), "order_id": order["entity_id"]})
            self.world.inventory.reserve(order["entity_id"], {sku: quantity})
            return int(order["entity_id"])

    @control
    def ship(
        self,
        order_id: int,
        *,
        carrier: str = "PostNL",
        tracking_code: str = "3SDEMO1",
        complete: bool = True,
        pieces: dict[int, int] | None = None,
    ) -> int:
        """Ship what is left, the first piece only, or so many of each row; without a code, tracking comes later."""
        with self.lock:
            order = self.world.orders[order_id]
            left = {row["item_id"]: left_of(row) for row in _top(order) if left_of(row)}
            first = next(iter(left))
            tracks = [{"track_number": tracking_code, "title": carrier, "carrier_code": "custom"}]
            sent = pieces or (left if complete else {first: 1})
            return self.make_shipment(order, sent, tracks if tracking_code else [])

    @control
    def add_track(self, shipment_id: int, *, carrier: str = "PostNL", tracking_code: str) -> None:
        """Tracking that comes later moves no date, neither the shipment's nor the order's."""
        shipment = self.world.shipments[shipment_id]
        track = {"track_number": tracking_code, "title": carrier, "carrier_code": "custom"}
        shipment["tracks"].append(self._track(shipment, track))

    @control
    def set_status(self, order_id: int, status: str) -> None:
        """As an extension or a person with the database does."""
        order = self.world.orders[order_id]
        order["state"] = order["status"] = status
        self._touch(order)

    def repair_reservations(self) -> int:
        """The shop's cron job: `inventory:reservation:list-inconsistencies -r | ...create-compensations`."""
        return self.world.inventory.repair(self.world.orders.values())

    @control
    def revoke_keys(self) -> None:
        self.keys["access_token"] = "revoked"  # noqa: S105 - of the simulated world

    # How the shop works.

    def store_order(self, entity: Json) -> Json:
        """Store an order as it is given: nothing is computed, checked or reserved."""
        order = copy.deepcopy(entity)
        order["entity_id"] = order_id = next(self._ids)
        order.setdefault("increment_id", f"{next(self._numbers):09d}")
        order |= {"created_at": self.stamp(), "updated_at": self.stamp(), "total_refunded": 0}
        for row in order.setdefault("items", []):
            row |= {"item_id": next(self._ids), "order_id": order_id}
            for name in ("qty_canceled", "qty_invoiced", "qty_refunded", "qty_shipped"):
                row[name] = row.get(name) or 0
        for history in order.get("status_histories") or ():
            history |= {"entity_id": next(self._ids), "parent_id": order_id, "created_at": self.stamp()}
        if self._same_number(order):
            raise NumberTaken
        self.world.orders[order_id] = order
        return order

    def address_warnings(self, address: Json) -> list[str]:
        """What is wrong with an order's address, in Magento's own words."""
        missing = [label for name, label in self.world.required.items() if not address.get(name)]
        warnings = [f'"{label}" is required. Enter and try again.' for label in missing]
        if not EMAIL.fullmatch(str(address.get("email") or "")):
            warnings.append("Email has a wrong format")
        return warnings

    def invoice(self, order: Json) -> int:
        for row in order["items"]:
            row["qty_invoiced"] = row["qty_ordered"] - row["qty_canceled"]
        for base in ("", "base_"):
            order[f"{base}total_paid"] = order[f"{base}total_invoiced"] = order.get(f"{base}grand_total")
            order[f"{base}total_due"] = 0
        order["state"] = order["status"] = "processing"
        self._settle(order)
        self._touch(order)
        invoice_id = next(self._ids)
        self.world.invoices[invoice_id] = order["entity_id"]
        return invoice_id

    def make_shipment(self, order: Json, pieces: dict[int, int], tracks: list[Json]) -> int:
        """Ship rows; more than is left is cut silently. The order's date moves only when that completes it."""
        rows = {row["item_id"]: row for row in _top(order)}
        sent = {item_id: min(quantity, left_of(rows[item_id])) for item_id, quantity in pieces.items()}
        shipment_id = next(self._ids)
        shipment: Json = {
            "entity_id": shipment_id,
            "increment_id": f"{shipment_id:09d}",
            "order_id": order["entity_id"],
            "created_at": self.stamp(),
            "updated_at": self.stamp(),
            "items": [
                {"entity_id": next(self._ids), "parent_id": shipment_id, "order_item_id": item_id, "qty": quantity}
                for item_id, quantity in sent.items()
                if quantity
            ],
            "tracks": [],
            "comments": [],
        }
        shipment["tracks"] = [self._track(shipment, track) for track in tracks]
        self.world.shipments[shipment_id] = shipment
        deducted: dict[str, int] = {}
        for item_id, quantity in sent.items():
            rows[item_id]["qty_shipped"] += quantity
            deducted[rows[item_id]["sku"]] = deducted.get(rows[item_id]["sku"], 0) + quantity
        self.world.inventory.deduct(order["entity_id"], deducted)
        if order["state"] == "new":
            order["state"] = order["status"] = "processing"
        if self._settle(order):
            self._touch(order)
        return shipment_id

    def cancel(self, order: Json) -> bool:
        """False for one that is invoiced, on hold or closed. What was reserved is freed, even if nothing was."""
        invoiced = not any(row["qty_ordered"] - row["qty_canceled"] - row["qty_invoiced"] for row in _top(order))
        if invoiced or order["state"] in {*CLOSED, "holded"}:
            return False
        self.world.inventory.free(order["entity_id"], pieces_of(order["items"]))
        for row in _top(order):
            row["qty_canceled"] = left_of(row) + row["qty_canceled"]
        order["state"] = order["status"] = "canceled"
        self._touch(order)
        return True

    def refund(self, order: Json, pieces: dict[int, int], *, shipping: Decimal | None, returned: set[int]) -> Json:
        """Refund pieces, first those that are not shipped: returned they are freed, else they leave the shop."""
        lines = Decimal(0)
        for row in _top(order):
            quantity = pieces.get(row["item_id"], 0)
            unshipped = min(quantity, left_of(row))
            inventory, back = self.world.inventory, row["item_id"] in returned
            if back:
                inventory.free(order["entity_id"], {row["sku"]: unshipped})
                inventory.give_back(row["sku"], quantity - unshipped)
            else:
                inventory.deduct(order["entity_id"], {row["sku"]: unshipped})
            row["qty_refunded"] += quantity
            gross = Decimal(str(row["row_total_incl_tax"])) - Decimal(str(row.get("discount_amount") or 0))
            lines += gross * quantity / Decimal(str(row["qty_ordered"]))
        before = sum(Decimal(str(memo["shipping_incl_tax"])) for memo in self.world.memos.values()
                     if memo["order_id"] == order["entity_id"])  # fmt: skip
        freight = Decimal(str(order.get("shipping_incl_tax") or 0)) - before if shipping is None else shipping
        memo = self._memo(order, pieces, lines + freight, freight)
        order["total_refunded"] = float(Decimal(str(order["total_refunded"])) + lines + freight)
        self._settle(order)
        self._touch(order)
        return memo

    def stamp(self) -> str:
        return self.now().astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")

    def _settle(self, order: Json) -> bool:
        """Complete or close an order of which nothing is left to do; return whether its state moved."""
        before = order["state"]
        to_invoice = any(row["qty_ordered"] - row["qty_canceled"] - row["qty_invoiced"] > 0 for row in _top(order))
        gone = sum(row["qty_shipped"] + row["qty_refunded"] for row in _top(order))
        shipped = any(row["qty_shipped"] for row in _top(order))
        all_gone = shipped and gone >= sum(row["qty_ordered"] for row in _top(order))
        to_ship = not all_gone and any(left_of(row) for row in _top(order))
        to_refund = (order.get("total_paid") or 0) > order["total_refunded"]
        if before in {"processing", "complete"} and not to_invoice and not to_ship:
            order["state"] = order["status"] = "complete" if to_refund else "closed"
        return bool(order["state"] != before)

    def _touch(self, order: Json) -> None:
        order["updated_at"] = self.stamp()

    def _open(self) -> list[Json]:
        return [order for order in self.world.orders.values() if order["state"] not in CLOSED]

    def _same_number(self, order: Json) -> bool:
        number, store = str(order["increment_id"]).casefold(), order.get("store_id")
        return any(
            str(other["increment_id"]).casefold() == number and other.get("store_id") == store
            for other in self.world.orders.values()
        )

    def _track(self, shipment: Json, track: Json) -> Json:
        return {
            "entity_id": next(self._ids),
            "order_id": shipment["order_id"],
            "parent_id": shipment["entity_id"],
            "weight": 0,
            "qty": 0,
            "description": "",
            **track,
        }

    def _memo(self, order: Json, pieces: dict[int, int], total: Decimal, freight: Decimal) -> Json:
        memo_id = next(self._ids)
        memo: Json = {
            "entity_id": memo_id,
            "increment_id": f"{memo_id:09d}",
            "order_id": order["entity_id"],
            "grand_total": float(total),
            "shipping_incl_tax": float(freight),
            "created_at": self.stamp(),
            "updated_at": self.stamp(),
            "comments": [],
            "items": [
                {"entity_id": next(self._ids), "order_item_id": row["item_id"], "qty": pieces.get(row["item_id"], 0),
                 "base_cost": 0, "base_price": row.get("base_price") or 0}
                for row in _top(order)
            ],
        }  # fmt: skip
        self.world.memos[memo_id] = memo
        return memo

    def _product(  # noqa: PLR0917 - a row's columns
        self, sku: str, price: str, ean: str, tax_class: int, name: str, kind: str
    ) -> Json:
        product_id = next(self._ids)
        attributes = {"tax_class_id": str(tax_class), "description": f"<p>{name}</p>", **({"ean": ean} if ean else {})}
        product: Json = {
            "id": product_id,
            "sku": sku,
            "name": name,
            "attribute_set_id": 4,
            "price": float(price),
            "status": 1,
            "visibility": 4,
            "type_id": kind,
            "created_at": self.stamp(),
            "updated_at": self.stamp(),
            "weight": 0.5,
            "extension_attributes": {"website_ids": [1]},
            "custom_attributes": [{"attribute_code": key, "value": value} for key, value in attributes.items()],
        }
        self.world.products[product_id] = product
        return product


class NumberTaken(Exception):
    """`increment_id` is unique within a store view."""


def _top(order: Json) -> list[Json]:
    return [row for row in order["items"] if not row.get("parent_item_id")]


def _links(product: Json) -> list[int]:
    return list(product["extension_attributes"].get("configurable_product_links") or ())


def _web_row(product: Json, sku: str, quantity: int, price: float) -> Json:
    return {"product_id": product["id"], "product_type": product["type_id"], "sku": sku, "name": product["name"],
            "qty_ordered": quantity, "qty_canceled": 0, "qty_invoiced": 0, "qty_refunded": 0, "qty_shipped": 0,
            "row_total_incl_tax": price * quantity}  # fmt: skip


def _web_order(quantity: int, price: float, method: tuple[str, str]) -> Json:
    assignments = [{"shipping": {"method": method[1]}, "items": []}]
    return {"store_id": 1, "customer_email": "visitor@shop.test", "order_currency_code": "EUR",
            "grand_total": price * quantity, "base_grand_total": price * quantity, "shipping_description": method[0],
            "extension_attributes": {"shipping_assignments": assignments}}  # fmt: skip
