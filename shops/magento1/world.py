"""The world of a simulated Magento 1: products, and orders that some other program made in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from adapterkit.simulator import Numbers

Json = dict[str, Any]
CENT = Decimal("0.01")


class World:
    """What the shop knows. Amounts are kept with tax, as they were paid."""

    def __init__(self, *, first_id: int = 1) -> None:
        self.products: dict[int, Json] = {}
        self.orders: dict[str, Json] = {}
        self.tax = Decimal(21)  # per cent
        self.numbers = Numbers(100_000_000 + first_id)
        self.ids = Numbers(first_id)

    def add_product(self, sku: str, *, stock: int | str = 10, kind: str = "simple", name: str = "") -> int:
        product_id = next(self.ids)
        self.products[product_id] = {
            "id": product_id,
            "sku": sku,
            "name": name or f"Product {sku}",
            "type": kind,
            "qty": Decimal(stock),
            "in_stock": Decimal(stock) > 0,
        }
        return product_id

    def product(self, sku: str) -> Json:
        return next(product for product in self.products.values() if product["sku"] == sku)

    def add_order(
        self, at: datetime, items: Sequence[tuple[int, int, Decimal]], *, shipping: Decimal, columns: Mapping[str, str]
    ) -> Json:
        """Add an order of (product id, quantity, unit price); `columns` are those that the program filled in."""
        number = str(next(self.numbers))
        rows: list[Json] = [
            {
                "id": next(self.ids),
                "product": self.products[product_id],
                "qty": quantity,
                "price": price,
                "parent": None,
            }
            for product_id, quantity, price in items
        ]
        order: Json = {
            "id": next(self.ids),
            "number": number,
            "columns": dict(columns),
            "items": rows,
            "shipping": shipping,
            "total": sum((row["price"] * row["qty"] for row in rows), Decimal(0)) + shipping,
            "currency": "EUR",
            "state": "processing",
            "status": "processing",
            "created_at": at,
            "updated_at": at,
            "shipments": [],
            "memos": [],
        }
        self.orders[number] = order
        self._move(order, -1)
        return order

    def _move(self, order: Json, sign: int) -> None:
        for row in order["items"]:
            product = row["product"]
            product["qty"] += sign * row["qty"]
            product["in_stock"] = product["qty"] > 0

    def ship(
        self, number: str, at: datetime, *, carrier: str = "PostNL", tracking_code: str = "", complete: bool = True
    ) -> Json:
        """Send all that is left, or the first piece of it. Without a code its track comes later."""
        order = self.orders[number]
        sent = [shipment["pieces"] for shipment in order["shipments"]]
        left = {row["id"]: row["qty"] - sum(pieces.get(row["id"], 0) for pieces in sent) for row in order["items"]}
        left = {item: quantity for item, quantity in left.items() if quantity > 0}
        pieces = left if complete else dict.fromkeys(list(left)[:1], 1)
        shipment: Json = {"number": str(next(self.numbers)), "created_at": at, "pieces": pieces, "tracks": []}
        order["shipments"].append(shipment)
        order["updated_at"] = at
        if pieces == left:
            order["state"] = order["status"] = "complete"
        if tracking_code:
            self.add_track(shipment, tracking_code, carrier)
        return shipment

    def add_track(self, shipment: Json, tracking_code: str, carrier: str = "PostNL") -> None:
        """Add a track; no date of the order moves."""
        track = {"id": next(self.ids), "number": tracking_code, "title": carrier, "carrier_code": "custom"}
        shipment["tracks"].append(track)

    def refund(self, number: str, at: datetime, amount: Decimal) -> None:
        """Make a credit memo of an amount, without giving stock back."""
        order = self.orders[number]
        memo = {"number": str(next(self.numbers)), "created_at": at, "pieces": {}, "total": amount}
        order["memos"].append(memo)
        order["updated_at"] = at
        if sum(one["total"] for one in order["memos"]) >= order["total"]:
            order["state"] = order["status"] = "closed"

    def cancel(self, number: str, at: datetime) -> None:
        order = self.orders[number]
        order["state"] = order["status"] = "canceled"
        order["updated_at"] = at
        self._move(order, 1)


def stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def amount(value: Any) -> str:
    """Write a number as Magento does: a text with four decimals."""
    return str(Decimal(value).quantize(Decimal("0.0001")))


def tax_in(gross: Decimal, rate: Decimal) -> Decimal:
    return (gross - gross / (100 + rate) * 100).quantize(CENT, ROUND_HALF_UP)


def order_row(order: Json, rate: Decimal) -> Json:
    """Return an order as its list tells it: the columns of its table, those of modules among them."""
    return {
        "order_id": str(order["id"]),
        "increment_id": order["number"],
        "state": order["state"],
        "status": order["status"],
        "store_id": "1",
        "grand_total": amount(order["total"]),
        "shipping_amount": amount(order["shipping"] - tax_in(order["shipping"], rate)),
        "tax_amount": amount(sum(_tax(row, rate) for row in order["items"]) + tax_in(order["shipping"], rate)),
        "discount_amount": "0.0000",
        "total_refunded": amount(sum(memo["total"] for memo in order["memos"])) if order["memos"] else None,
        "order_currency_code": order["currency"],
        "base_currency_code": "EUR",
        "created_at": stamp(order["created_at"]),
        "updated_at": stamp(order["updated_at"]),
        "customer_is_guest": "1",
        "ext_order_id": None,
        **order["columns"],
    }


def order_info(order: Json, rate: Decimal) -> Json:
    """Return an order as it is told alone: with its rows; its tracks are not among them."""
    return {
        **order_row(order, rate),
        "shipping_address": {"firstname": "Anouk", "lastname": "de Vries", "street": "Keizersgracht\n12"},
        "billing_address": {"firstname": "Anouk", "lastname": "de Vries", "street": "Keizersgracht\n12"},
        "items": [_item(row, rate) for row in order["items"]],
        "payment": {"method": "channable"},
        "status_history": [],
    }


def _tax(row: Json, rate: Decimal) -> Decimal:
    return tax_in(row["price"] * row["qty"], rate)


def _item(row: Json, rate: Decimal) -> Json:
    gross, tax = row["price"] * row["qty"], _tax(row, rate)
    return {
        "item_id": str(row["id"]),
        "parent_item_id": str(row["parent"]) if row["parent"] else None,
        "product_id": str(row["product"]["id"]),
        "product_type": row["product"]["type"],
        "sku": row.get("sku") or row["product"]["sku"],
        "name": row["product"]["name"],
        "qty_ordered": amount(row["qty"]),
        "price": amount(row["price"] - tax_in(row["price"], rate)),
        "row_total": amount(gross - tax),
        "tax_percent": amount(rate),
        "tax_amount": amount(tax),
        "hidden_tax_amount": "0.0000",
        "discount_amount": "0.0000",
    }


def shipment_info(order: Json, shipment: Json) -> Json:
    return {
        "shipment_id": str(shipment["number"]),
        "increment_id": shipment["number"],
        "order_id": str(order["id"]),
        "created_at": stamp(shipment["created_at"]),
        "total_qty": amount(sum(shipment["pieces"].values())),
        "items": [{"order_item_id": str(item), "qty": amount(qty)} for item, qty in shipment["pieces"].items()],
        "tracks": [
            {
                "track_id": str(track["id"]),
                "number": track["number"],
                "track_number": track["number"],
                "title": track["title"],
                "carrier_code": track["carrier_code"],
                "order_id": str(order["id"]),
            }
            for track in shipment["tracks"]
        ],
        "comments": [],
    }


def memo_info(order: Json, memo: Json) -> Json:
    return {
        "creditmemo_id": str(memo["number"]),
        "increment_id": memo["number"],
        "order_id": str(order["id"]),
        "created_at": stamp(memo["created_at"]),
        "grand_total": amount(memo["total"]),
        "items": [{"order_item_id": str(item), "qty": amount(qty)} for item, qty in memo["pieces"].items()],
        "comments": [],
    }
