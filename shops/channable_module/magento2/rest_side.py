"""The simulated module's orders as Magento's own API shows them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar

from adapterkit.simulator import Request, Response, route
from shops.channable_module.world import Json, ModuleSimulator
from shops.magento2.answering import searched
from shops.magento2.signing import unsigned

BASE = "/rest/all/V1"
ORDERS = frozenset({"entity_id", "increment_id", "state", "status", "created_at", "updated_at"})
DOCUMENTS = frozenset({"entity_id", "order_id", "created_at", "updated_at"})
STATES = {"pending": "new"}  # of the statuses that are called otherwise


class RestSide(ModuleSimulator):
    """Signed with the four keys of an integration; the access token alone is not taken."""

    keys: ClassVar = {
        "consumer_key": "consumer-key",
        "consumer_secret": "consumer-secret",
        "access_token": "access-token",
        "access_token_secret": "access-token-secret",
    }

    def authenticate(self, request: Request) -> Response | None:
        return unsigned(request, self.keys) if request.path.startswith("/rest/") else None

    @route("GET", f"{BASE}/orders")
    def list_orders(self, request: Request) -> Response:
        return searched(request, [self._order(*each) for each in self._numbered()], ORDERS)

    @route("GET", f"{BASE}/shipments")
    def list_shipments(self, request: Request) -> Response:
        rows = [row for each in self._numbered() for row in self._shipments(*each)]
        return searched(request, rows, DOCUMENTS)

    @route("GET", f"{BASE}/creditmemos")
    def list_credit_memos(self, request: Request) -> Response:
        rows = [_memo(*each) for each in self._numbered() if each[1]["state"] == "closed"]
        return searched(request, rows, DOCUMENTS)

    def _numbered(self) -> list[tuple[int, Json]]:
        return list(enumerate(self.world.orders.values(), start=1))

    def _order(self, order_id: int, order: Json) -> Json:
        sent = {item["order_item_id"]: 0 for item in _items(order_id, order)}
        for shipment in self._shipments(order_id, order):
            for item in shipment["items"]:
                sent[item["order_item_id"]] += item["qty"]
        refunded = order["state"] == "closed"
        return {
            "entity_id": order_id,
            "increment_id": order["number"],
            "state": STATES.get(order["state"], order["state"]),
            "status": order["status"],
            "grand_total": float(order["total"]),
            "tax_amount": 0,
            "order_currency_code": order["currency"],
            "created_at": _text(order["created_at"]),
            "updated_at": _text(order["updated_at"]),
            **({"total_refunded": float(order["total"])} if refunded else {}),
            "payment": {"method": order["method"], "additional_information": [order["channel_id"]]},
            "items": [_row(row, sent, refunded) for row in _items(order_id, order)],
        }

    def _shipments(self, order_id: int, order: Json) -> list[Json]:
        """A shipment that is not complete holds the first piece of what is left."""
        left = {row["order_item_id"]: row["qty"] for row in _items(order_id, order)}
        rows = []
        for place, shipment in enumerate(order["shipments"], start=1):
            pieces = dict(left) if shipment["complete"] else dict.fromkeys(list(left)[:1], 1)
            left = {item: left[item] - pieces.get(item, 0) for item in left if left[item] > pieces.get(item, 0)}
            tracks = [
                {
                    "entity_id": number,
                    "track_number": track["number"],
                    "title": track["title"],
                    "carrier_code": track["carrier_code"],
                }
                for number, track in enumerate(shipment["tracks"], start=1)
            ]
            rows.append(
                {
                    "entity_id": 100 * order_id + place,
                    "order_id": order_id,
                    "created_at": _text(shipment["created_at"]),
                    "items": [{"order_item_id": item, "qty": quantity} for item, quantity in pieces.items()],
                    "tracks": tracks,
                }
            )
        return rows


def _items(order_id: int, order: Json) -> list[Json]:
    return [{**row, "order_item_id": 100 * order_id + place} for place, row in enumerate(order["items"])]


def _row(row: Json, sent: Json, refunded: bool) -> dict[str, Any]:
    return {
        "item_id": row["order_item_id"],
        "product_id": row["product_id"],
        "product_type": "simple",
        "sku": f"SKU-{row['product_id']}",
        "qty_ordered": row["qty"],
        "qty_invoiced": row["qty"],
        "qty_canceled": 0,
        "qty_refunded": row["qty"] if refunded else 0,
        "qty_shipped": sent[row["order_item_id"]],
        "row_total_incl_tax": float(row["price"] * row["qty"]),
        "discount_amount": 0,
    }


def _memo(order_id: int, order: Json) -> Json:
    items = [{"order_item_id": row["order_item_id"], "qty": row["qty"]} for row in _items(order_id, order)]
    return {"entity_id": order_id, "order_id": order_id, "grand_total": float(order["total"]), "items": items}


def _text(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
