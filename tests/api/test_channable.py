"""An integration made for Channable's API moves by changing host and token: each call has its published shape."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts.models import Company
from api.channable.statuses import STATUSES, status_shipped, with_status
from api.v1.views.orders import with_everything
from connections.models import OrderConnection, Project
from engine.models import OutboxMessage
from orders.models import Order, OrderDocument, OrderLine, Return, Shipment
from stock.models import Product
from tests.api.calls import program
from tests.api.custom import Platform, platform  # noqa: F401 - a fixture

pytestmark = [pytest.mark.django_db, pytest.mark.either]
PDF = b"%PDF-1.7 an invoice"
ORDER = {
    "id": int, "channel_name": str, "platform_name": str, "project_id": int, "order_config_id": int,
    "channel_id": str, "channel_id_internal": str, "status_paid": str, "status_shipped": str, "error": bool,
    "obfuscated": bool, "created": str, "modified": str, "retrieved_at": str, "data": dict, "fulfillments": list,
    "attachments": list,
}  # fmt: skip
ADDRESS = {
    "first_name", "middle_name", "last_name", "email", "phone", "company", "address1", "address2", "zip_code",
    "country_code", "city", "region", "region_code", "street", "house_number", "house_number_ext", "address_supplement",
}  # fmt: skip
PRICE = {"payment_method": str, "currency": str, "subtotal": float, "shipping": float, "total": float,
         "transaction_fee": float, "commission": float}  # fmt: skip
PRODUCT = {"id": str, "quantity": int, "price": float, "shipping": float, "commission": float}
RETURN = {
    "id": int, "project_id": int, "created": str, "modified": str, "retrieved_at": str, "error": bool,
    "platform_name": str, "channel_id": str, "channel_name": str, "log": list, "status": str, "data": dict,
    "obfuscated": bool,
}  # fmt: skip
ITEM = {"id", "gtin", "title", "quantity", "reason", "comment", "delivery_period"}
META = {"channel_return_id", "channel_order_id", "channel_order_id_internal", "platform_order_id", "is_test_return",
        "is_demo_return"}  # fmt: skip
MODEL = {"status", "message", "response", "id", "data"}  # of an answer to a change
ATTACHMENT = {
    "id": int, "order_id": int, "project_id": int, "title": str, "attachment_type": str, "file_type": str,
    "created": str, "expires_at": str, "data": dict,
}  # fmt: skip


class Integration:
    """A program that was written for the other API."""

    def __init__(self, platform: Platform, version: str = "v2") -> None:
        self.platform = platform
        company, project = platform.road.demo.company.pk, platform.project.pk
        self.root = f"/channable/{version}/companies/{company}/projects/{project}"

    def get(self, path: str, **query: Any) -> Any:
        return self.platform.client.get(f"{self.root}/{path}", query)

    def post(self, path: str, body: Any = None) -> Any:
        return self.platform.client.post(f"{self.root}/{path}", {} if body is None else body, format="json")


@pytest.fixture
def integration(platform: Platform) -> Integration:
    platform.road.bol.add_offer("TST-001", stock=0)
    platform.road.bol.place_order(sku="TST-001", quantity=2)
    platform.road.go(rounds=2)
    return Integration(platform)


def only_order(integration: Integration) -> dict[str, Any]:
    (order,) = integration.get("orders").json()["orders"]
    found: dict[str, Any] = order
    return found


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_an_order_has_the_published_shape(integration: Integration, version: str) -> None:
    order = only_order(Integration(integration.platform, version))

    assert {name: type(order[name]) for name in ORDER} == ORDER
    assert (order["platform_id"], order["error_reason"]) == (None, None)
    data = order["data"]
    assert set(data) == {"billing", "shipping", "customer", "price", "products", "extra", "delivery_request"}
    assert set(data["shipping"]) >= ADDRESS | {"pickup_point_name", "shipping_center_id"}
    assert set(data["billing"]) >= ADDRESS | {"vat_number"}
    assert {name: type(data["price"][name]) for name in PRICE} == PRICE
    assert {name: type(data["products"][0][name]) for name in PRODUCT} == PRODUCT
    assert type(data["shipping"]["house_number"]) is int
    assert data["products"][0]["id"] == "p1"
    row = Order.objects.get()
    assert data["price"]["total"] == float(row.total)
    assert data["price"]["total"] == pytest.approx(
        sum(product["price"] * product["quantity"] for product in data["products"]) + data["price"]["shipping"]
    )


def test_an_order_s_page_tells_its_events(integration: Integration) -> None:
    told = integration.get(f"orders/{only_order(integration)['id']}").json()

    assert set(told) == {"order", "events"}
    assert set(told["events"][0]) == {"id", "order_id", "project_id", "status", "created", "modified", "message"}
    assert {event["status"] for event in told["events"]} <= {"info", "warning", "error"}


def test_the_anonymous_list_tells_nobody_s_name(integration: Integration) -> None:
    named, nameless = integration.get("orders").content.decode(), integration.get("anonymous_orders").content.decode()
    address = Order.objects.get().addresses.get(role="delivery")

    assert address.last_name in named
    assert not [text for text in (address.last_name, address.street, address.email) if text in nameless]


def test_a_parcel_is_reported_and_the_order_is_taken_by_it(integration: Integration) -> None:
    order = only_order(integration)

    answer = integration.post(f"orders/{order['id']}/shipment", {"tracking_code": "3SABC1", "transporter": "postnl"})
    integration.platform.road.go(rounds=8)

    assert (answer.status_code, answer.json()["status"]) == (200, "success")
    assert set(answer.json()) == MODEL | {"channable_order_id"}
    assert Order.objects.get().shop_order_id == str(order["id"])
    assert Shipment.objects.get().state == Shipment.State.CONFIRMED
    shipped = only_order(integration)
    assert (shipped["status_shipped"], shipped["platform_id"]) == ("shipped", str(order["id"]))
    assert shipped["fulfillments"][0]["tracking_code"] == "3SABC1"
    again = integration.post(f"orders/{order['id']}/shipment", {"tracking_code": "3SABC2", "transporter": "postnl"})
    assert (again.status_code, again.json()["status"]) == (409, "error")
    assert again.json()["message"]
    assert Shipment.objects.count() == 1


def test_items_are_reported_one_by_one_and_unknown_ones_refused(integration: Integration) -> None:
    order = only_order(integration)
    item = order["data"]["products"][0]["channable_order_item_id"]

    wrong = integration.post(f"orders/{order['id']}/shipment", {"tracking_code": "3S", "order_item_ids": [item + 1]})
    right = integration.post(f"orders/{order['id']}/shipment", {"tracking_code": "3S", "order_item_ids": [item]})

    assert (wrong.status_code, set(wrong.json())) == (422, {"detail"})
    assert right.status_code == 200
    assert Shipment.objects.get().lines.get().quantity == 2


def test_cancelling_and_taking_by_hand(integration: Integration) -> None:
    order = only_order(integration)
    assert integration.post(f"orders/{order['id']}/cancel").status_code == 200
    integration.platform.road.go(rounds=4)
    assert only_order(integration)["status_shipped"] == "cancelled"
    assert integration.post(f"orders/{order['id']}/cancel").status_code == 409

    integration.platform.road.bol.place_order(sku="TST-001")
    integration.platform.road.go(rounds=2)
    second = integration.get("orders", status="not_shipped").json()["orders"][0]
    assert integration.post(f"orders/{second['id']}/manual").status_code == 200
    assert integration.get("orders", status="manual").json()["total"] == 1
    assert integration.post(f"orders/{second['id']}/return").status_code == 409


def test_items_are_cancelled_apart(integration: Integration) -> None:
    road = integration.platform.road
    integration.post(f"orders/{only_order(integration)['id']}/cancel")
    road.bol.place_order(items=[{"sku": "TST-001", "price": "12.10"}, {"sku": "TST-001", "price": "9.00"}])
    road.go(rounds=3)
    order = integration.get("orders", status="not_shipped").json()["orders"][0]
    first, second = (product["channable_order_item_id"] for product in order["data"]["products"])
    address = f"orders/{order['id']}/cancel"

    unknown = integration.post(address, {"order_item_ids": [second + 1]})
    assert (unknown.status_code, set(unknown.json())) == (422, {"detail"})
    assert integration.post(address, {"order_item_ids": "all"}).status_code == 422
    assert len(road.bol.cancellations) == 1
    assert integration.post(address, {"order_item_ids": [first]}).status_code == 200
    assert integration.post(address, {"order_item_ids": [first]}).status_code == 409
    road.go(rounds=4)

    assert [row["orderItemId"] for row in road.bol.cancellations][1:] == [
        OrderLine.objects.get(pk=first).marketplace_line_id
    ]
    shipped = integration.post(f"orders/{order['id']}/shipment", {"tracking_code": "3S1", "transporter": "postnl"})
    assert shipped.status_code == 200
    assert Shipment.objects.get().lines.get().order_line_id == second


def test_stock_is_the_whole_new_value_answered_one_by_one(integration: Integration) -> None:
    answer = integration.post("stock_updates", [{"id": "p1", "stock": 7}, {"id": "nobody", "stock": 1}])

    assert answer.status_code == 200
    assert all(set(row) == MODEL for row in answer.json()["content"])
    assert [(row["id"], row["status"]) for row in answer.json()["content"]] == [("p1", "success"), ("nobody", "error")]
    assert Product.objects.get(shop_product_id="p1").stock == 7
    assert integration.post("stock_updates", [{"id": "p1", "stock": 1}] * 51).status_code == 413
    assert integration.post("stock_updates", [{"id": "p1"}]).status_code == 422
    assert integration.post("stock_updates", {"id": "p1", "stock": 1}).status_code == 422
    assert Product.objects.get(shop_product_id="p1").stock == 7


def test_a_return_has_the_published_shape_and_is_decided_once(integration: Integration) -> None:
    order = Order.objects.get()
    integration.post(f"orders/{order.pk}/shipment", {"tracking_code": "3SABC1", "transporter": "postnl"})
    integration.platform.road.go(rounds=6)
    integration.platform.road.bol.register_return(order.marketplace_order_id)
    integration.platform.road.go(rounds=2, hours=2)

    listed = integration.get("returns").json()
    (told,) = listed["returns"]

    assert (listed["total"], listed["error_count"]) == (1, 0)
    assert {name: type(told[name]) for name in RETURN} == RETURN
    data = told["data"]
    assert set(data) == {"item", "customer", "address", "meta"}
    assert (set(data["item"]) - {"order_id"}, set(data["meta"])) == (ITEM, META)
    assert (data["item"]["id"], data["meta"]["channel_order_id"]) == ("p1", order.marketplace_order_id)
    assert data["meta"]["platform_order_id"] == told["platform_id"] == str(order.pk)
    assert integration.get("returns", search=order.number).json() == listed
    assert integration.get("returns", search="nobody").json()["total"] == 0
    assert integration.get("returns", start_date="2030-01-01").json()["total"] == 0
    assert integration.get("returns", end_date="2030-01-01", errors="true").json()["total"] == 0
    assert integration.get("returns", last_modified_after="2020-01-01").status_code == 422
    assert integration.get(f"returns/{told['id']}").json() == {"return": told}
    assert integration.post(f"returns/{told['id']}/status", {"status": "lost"}).status_code == 422
    assert integration.post(f"returns/{told['id']}/status", {"status": "accepted"}).status_code == 200
    assert integration.get(f"returns/{told['id']}").json()["return"]["status"] == "processing"
    integration.platform.road.go(rounds=3)
    assert integration.post(f"returns/{told['id']}/status", {"status": "rejected"}).status_code == 409
    nameless = integration.get("anonymous_returns").json()["returns"][0]
    assert nameless["data"]["customer"]["last_name"] is None
    assert nameless["status"] == "accepted"


def test_a_test_order_is_sent_back_once_and_no_marketplace_is_told(integration: Integration) -> None:
    real = Order.objects.get()
    assert integration.post("returns/test", {"order_id": real.pk}).json()["code"] == "no_test_order"
    assert not Return.objects.exists()
    body = {"country": "NL", "products": [{"id": "TST-001", "quantity": 2, "price": "9.99"}]}
    made = integration.post(f"orders/test/{integration.platform.connection.pk}", body)
    order = Order.objects.get(pk=made.json()["order"]["id"])
    before = OutboxMessage.objects.filter(kind="answer_return").count()

    sent = integration.post("returns/test", {"order_id": order.pk})
    again = integration.post("returns/test", {"order_id": order.pk})

    assert (sent.status_code, sent.json()["status"], again.status_code) == (201, "success", 409)
    (row,) = sent.json()["data"]
    assert set(row) == MODEL
    (told,) = integration.get("returns").json()["returns"]
    assert (str(told["id"]), told["status"], told["data"]["item"]["quantity"]) == (row["id"], "new", 2)
    assert told["data"]["meta"]["is_test_return"] is True
    assert integration.post(f"returns/{told['id']}/status", {"status": "rejected"}).status_code == 200
    integration.platform.road.go(rounds=2)
    assert integration.get(f"returns/{told['id']}").json()["return"]["status"] == "rejected"
    assert integration.post(f"returns/{told['id']}/status", {"status": "accepted"}).status_code == 409
    assert OutboxMessage.objects.filter(kind="answer_return").count() == before
    assert integration.post("returns/test", {"order_id": 987654}).status_code == 404
    assert integration.post("returns/test", {}).status_code == 422


def test_transporters_and_each_channel_s_codes(integration: Integration) -> None:
    everything = integration.get("transporters/all").json()["transporters"]
    postnl = integration.get("transporters/transporter/postnl").json()["transporter"]
    bol = integration.get("transporters/channel/bol").json()

    assert postnl in everything
    assert postnl["channels"]["bol"] == "TNT"
    assert {"transporter": "postnl", "code": "TNT", "name": "PostNL"} in bol["transporters"]
    assert integration.get("transporters/channel/nowhere").status_code == 404


def test_an_invoice_is_kept_and_given_back(integration: Integration) -> None:
    order = only_order(integration)
    address = f"orders/{order['id']}/attachments"
    item = order["data"]["products"][0]["channable_order_item_id"]
    body = {"attachment_type": "INVOICE", "file_name": "2026-1.pdf", "file": base64.b64encode(PDF).decode(),
            "order_item_ids": [item]}  # fmt: skip

    answer, again = integration.post(address, body), integration.post(address, body)

    assert (answer.status_code, again.status_code) == (202, 202)
    (kept,) = integration.get(address).json()["attachments"]
    assert set(answer.json()) == {"status", "order_attachment_id", "message"}
    assert answer.json()["order_attachment_id"] == kept["id"]
    assert {name: type(kept[name]) for name in ATTACHMENT} == ATTACHMENT
    assert (kept["attachment_type"], kept["title"]) == ("INVOICE", "2026-1.pdf")
    assert only_order(integration)["attachments"] == [kept]
    assert integration.get(f"orders/{order['id']}").json()["order"]["attachments"] == [kept]
    assert integration.get("anonymous_orders").json()["orders"][0]["attachments"] == []
    assert integration.post(address, {**body, "order_item_ids": [item + 1]}).status_code == 422
    url = integration.get(f"{address}/{kept['id']}").json()["url"]
    path = url[url.index("/channable/") :]
    paper = Client().get(path)
    assert (paper.content, paper["Content-Type"]) == (PDF, "application/pdf")
    assert paper["Content-Disposition"] == 'attachment; filename="2026-1.pdf"'
    assert Client().get(path[:-1]).status_code == 404
    with time_machine.travel(timezone.now() + timedelta(minutes=6), tick=False):
        assert Client().get(path).status_code == 410
    for wrong in ("not base64!", base64.b64encode(b"<script>").decode()):
        assert integration.post(address, {**body, "file": wrong}).status_code == 422
    assert OrderDocument.objects.count() == 1


def test_a_test_order_is_made_with_whatever_is_given(integration: Integration) -> None:
    body = {"item_id": "TST-001", "country": "NL", "shipping": {"first_name": "Zoë", "zip_code": "1015CJ"},
            "products": [{"id": "TST-001", "quantity": "2", "price": "9.99"}]}  # fmt: skip

    answer = integration.post(f"orders/test/{integration.platform.connection.pk}", body)
    made = answer.json()["order"]

    assert answer.status_code == 201
    assert made["data"]["extra"]["is_test_order"] is True
    assert (made["data"]["shipping"]["first_name"], made["data"]["shipping"]["zip_code"]) == ("Zoë", "1015CJ")
    assert made["data"]["price"]["total"] == 19.98
    assert integration.post("orders/test/987654", body).status_code == 404
    assert (
        integration.post(f"orders/test/{integration.platform.connection.pk}", {**body, "country": "XX"}).status_code
        == 422
    )


def test_a_project_without_a_shop_refuses_what_needs_one(integration: Integration) -> None:
    company, connection = integration.platform.road.demo.company, integration.platform.connection
    bare = Project.objects.create(company=company, name="Not connected yet")
    integration.root = f"/channable/v2/companies/{company.pk}/projects/{bare.pk}"
    OrderConnection.objects.filter(pk=connection.pk).update(project=bare)
    body = {"country": "NL", "products": [{"id": "TST-001", "quantity": 1, "price": "9.99"}]}

    order = integration.post(f"orders/test/{connection.pk}", body)
    stock = integration.post("stock_updates", [{"id": "p1", "stock": 7}])

    assert (order.status_code, order.json()["code"]) == (409, "steps_open")
    assert (stock.status_code, stock.json()["code"]) == (409, "shop_keeps_products")
    assert Order.objects.count() == 1


def test_lists_are_narrowed_and_counted(integration: Integration) -> None:
    integration.platform.road.bol.place_order(sku="NOBODY-KNOWS")
    integration.platform.road.go(rounds=2)
    both = integration.get("orders").json()

    assert (both["total"], both["error_count"]) == (2, 1)
    assert integration.get("orders", errors="true").json()["orders"][0]["error_reason"] == "missing_reference"
    assert integration.get("orders", limit=1, offset=1).json()["orders"][0]["id"] == both["orders"][1]["id"]
    assert integration.get("orders", search=both["orders"][0]["channel_id"]).json()["total"] == 1
    since = both["orders"][0]["modified"]
    assert integration.get("orders", last_modified_after="2030-01-01T00:00:00Z").json()["total"] == 0
    assert integration.get("orders", last_modified_before="2030-01-01T00:00:00Z").json()["total"] == 2
    assert since
    assert integration.get("orders", status="nowhere").status_code == 422
    assert integration.get("orders", errors="false").json()["total"] == 2
    assert integration.get("orders", limit=1).json()["error_count"] == 1
    assert integration.get("orders", retrieved_at_start="2030-01-01").json()["total"] == 0
    assert integration.get("orders", retrieved_at_end="2030-01-01").json()["total"] == 2
    assert integration.get("orders", status="processing").json()["orders"] == []


def test_figures_have_the_published_shape_and_add_up(integration: Integration) -> None:
    integration.platform.road.bol.place_order(sku="TST-002", price="10.90")
    integration.platform.road.go(rounds=2)
    orders = list(Order.objects.order_by("pk"))
    whole = sum(order.total for order in orders)

    told = integration.get("statistics/orders", start_date="2026-11-01", end_date="2026-12-01").json()

    (row,) = told["order_statistics"]
    connection = integration.platform.connection
    assert set(row) == {"id", "label", "currency", "points", "total_commission", "total_orders", "total_products",
                        "total_revenue", "total_shipping"}  # fmt: skip
    assert (row["id"], row["label"], row["currency"]) == (connection.pk, connection.name, "EUR")
    assert (row["total_orders"], row["total_products"], row["total_revenue"]) == (2, 3, str(whole))
    assert row["points"] == [["2026-11-20T00:00:00+00:00", str(whole)]]
    assert set(told["total"]) == {"revenue", "commission", "shipping", "orders", "products", "currency"}
    assert (told["total"]["revenue"], told["total"]["orders"]) == (str(whole), 2)
    one = integration.get(f"statistics/orders/{connection.pk}", start_date="2026-11-01", end_date="2026-12-01").json()
    assert set(one) == {"name", "stats_total", "stats_revenue", "stats_orders"}
    assert [plot["label"] for plot in one["stats_total"]] == ["revenue", "shipping", "commission"]
    assert [plot["points"][0][1] for plot in one["stats_orders"]] == ["2", "3"]
    assert integration.get("statistics/orders", start_date="2020-01-01").status_code == 422
    assert integration.get("statistics/orders", start_date="2020-01-01", end_date="2020-02-01").json() == {
        "order_statistics": [],
        "total": None,
    }
    assert integration.get(f"statistics/orders/{integration.platform.road.demo.connection.pk}").status_code == 404


def test_each_status_finds_the_orders_that_have_it(integration: Integration) -> None:
    order = Order.objects.get()
    for change in ({}, {"hold": "cancellation_requested"}, {"handled_manually": True}, {"status": "pending"},
                   {"status": "cancelled"}, {"status": "shipped"}, {"status": "partially_shipped"}):  # fmt: skip
        Order.objects.update(**{"hold": "", "handled_manually": False, "status": "open", **change})
        mine = status_shipped(with_everything(Order.objects.all()).get(pk=order.pk))
        assert [status for status in STATUSES if with_status(Order.objects.all(), [status]).exists()] == [mine]


def test_another_company_finds_nothing_and_no_key_gets_in(integration: Integration) -> None:
    stranger = program(Company.objects.create(name="Other"))
    order = Order.objects.get()
    own = stranger.get(f"{integration.root}/orders/{order.pk}")
    assert (own.status_code, own.json()["status"]) == (404, "error")
    refused = stranger.get(f"{integration.root}/orders", headers={"Authorization": "Bearer osk_no"})
    assert (refused.status_code, set(refused.json())) == (401, {"error"})
    reader = program(integration.platform.road.demo.company, "read")
    assert reader.post(f"{integration.root}/orders/{order.pk}/cancel", {}, format="json").status_code == 403
    assert Order.objects.get().status == Order.Status.OPEN
