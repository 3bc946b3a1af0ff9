"""What a program reads through the API of a company with few orders and of one with very many."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.flows.make_api_key import make_api_key
from accounts.models import ApiKey, Company
from api.channable.statuses import STATUSES
from api.v1.filters import NEW
from orders.models import Order, ReturnLine
from orders.status import LABELS
from ordersync.bench_pages import HERE, Visitor, searches
from ordersync.past_programs import make_told
from webhooks.event_types import EventType
from webhooks.models import WebhookEndpoint

PAGES_ON = 3  # that a program reads a list before the page that is measured


def program(company: Company) -> Visitor:
    """Return a program of the company that was told of its orders, and reads every list there is."""
    now = timezone.now()
    endpoint = make_told(company, now)
    scopes = [scope.value for scope in ApiKey.Scope]
    _, key = make_api_key(company=company, name="bench", scopes=scopes, now=now, by=None)
    client = Client(headers={"host": HERE, "authorization": f"Bearer {key}"})
    shipped = company.orders.filter(status=Order.Status.SHIPPED, is_test=False)
    middle = shipped.order_by("pk")[shipped.count() // 2]
    lists = {**_orders(middle), **_others(middle, endpoint), **_channable(middle)}
    return Visitor(client, {**lists, **_further(client, lists)})


def _asked(address: str, wishes: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    return {what: f"{address}?{urlencode(asked, doseq=True)}" for what, asked in wishes.items()}


def _orders(order: Order) -> dict[str, str]:
    two_days = {"placed_from": order.placed_at - timedelta(days=1), "placed_before": order.placed_at}
    latest = order.company.orders.order_by("-change_number")[0].change_number
    wishes: dict[str, Mapping[str, Any]] = {
        "all": {},
        "200 at once": {"limit": 200},
        **{f"state {label}": {"state": label} for label in (NEW, *LABELS)},
        "two states": {"state": [NEW, "needs_attention"]},
        "one connection": {"connection": order.connection_id},
        "one connection's shipped": {"connection": order.connection_id, "state": "shipped"},
        "one project": {"project": order.connection.project_id},
        "one marketplace": {"marketplace": "bol"},
        "two days": two_days,
        "until long ago": {"placed_before": order.placed_at - timedelta(days=10_000)},
        "a reference": {"reference": order.reference},
        "a marketplace's id": {"marketplace_order_id": order.marketplace_order_id},
        "tests": {"test": "true"},
        "all but tests": {"test": "false"},
        "changes from the start": {"changed_since": 0},
        "changes from the middle": {"changed_since": order.change_number},
        "changes, none": {"changed_since": latest},
        "changes to cancelled": {"changed_since": 0, "state": "cancelled"},
        "latest changes to cancelled": {"changed_since": latest - 1, "state": "cancelled"},
    }
    found = _asked(reverse("v1:orders"), wishes)
    found |= {f"search {what}": f"{reverse('v1:orders')}?{asked}" for what, asked in searches(order, "search").items()}
    one = {"order": reverse("v1:order", args=[order.pk]), "order's events": reverse("v1:order_events", args=[order.pk])}
    return {**{f"orders: {what}": address for what, address in found.items()}, **one}


def _others(order: Order, endpoint: WebhookEndpoint) -> dict[str, str]:
    project, line = order.connection.project_id, order.lines.all()[0]
    returns = _asked(
        reverse("v1:returns"),
        {
            "returns": {},
            **{f"returns: {state}": {"state": state} for state in (ReturnLine.State.NEW, ReturnLine.State.REJECTED)},
            "returns: one connection": {"connection": order.connection_id},
            "returns: the last days": {"registered_from": timezone.now() - timedelta(days=5)},
        },
    )
    products = _asked(
        reverse("v1:products"),
        {"products": {}, "products: one project": {"project": project}, "products: a SKU": {"sku": line.sku},
         "products: an EAN": {"project": project, "ean": line.ean}},
    )  # fmt: skip
    days = _asked(
        reverse("v1:statistics"),
        {"statistics": {}, "statistics: a day": {"days": 1}, "statistics: 92 days": {"days": 92}},
    )
    told = _asked(
        reverse("v1:deliveries", args=[endpoint.pk]),
        {
            "deliveries": {},
            "deliveries: a type": {"type": EventType.SHIPMENT_CHANGED.value},
            "deliveries: none of a type": {"type": EventType.STOCK_CHANGED.value},
            "deliveries: not taken": {"delivered": "false"},
            "deliveries: taken": {"delivered": "true"},
            "deliveries: an hour": {"since": order.placed_at, "until": order.placed_at + timedelta(hours=1)},
            "deliveries: an order": {"order": order.pk},
        },
    )
    return {
        "connections": reverse("v1:connections"),
        "connection": reverse("v1:connection", args=[order.connection_id]),
        **returns, **products, **days,
        "carriers": reverse("v1:carriers"),
        "a marketplace's carriers": reverse("v1:marketplace_carriers", args=["bol"]),
        "webhooks": reverse("v1:webhooks"),
        **told,
    }  # fmt: skip


def _channable(order: Order) -> dict[str, str]:
    place = ["v2", order.company_id, order.connection.project_id]
    two_days = {"start_date": order.placed_at - timedelta(days=1), "end_date": order.placed_at}
    wishes: dict[str, Mapping[str, Any]] = {
        "all": {},
        "the eleventh page": {"offset": 1000},
        **{status: {"status": status} for status in STATUSES},
        "errors": {"errors": "true"},
        "two days": two_days,
        "retrieved in two days": {"retrieved_at_start": order.imported_at - timedelta(days=1),
                                  "retrieved_at_end": order.imported_at},
        "changed in two days": {"last_modified_after": two_days["start_date"],
                                "last_modified_before": two_days["end_date"]},
    }  # fmt: skip
    orders = reverse("channable:orders", args=place)
    found = _asked(orders, wishes)
    found |= {f"search {what}": f"{orders}?{asked}" for what, asked in searches(order, "search").items()}
    others = ("anonymous_orders", "returns", "anonymous_returns", "statistics", "transporters")
    figures = reverse("channable:connection_statistics", args=[*place, order.connection_id])
    return {
        **{f"channable: {what}": address for what, address in found.items()},
        "channable: a connection's statistics": figures,
        "channable: order": reverse("channable:order", args=[*place, order.pk]),
        **{f"channable: {name}": reverse(f"channable:{name}", args=place) for name in others},
    }


def _further(client: Client, lists: Mapping[str, str]) -> dict[str, str]:
    """Return the page that a program reads after some others, of lists that have so many."""
    found = {}
    for name in ("orders: all", "orders: state shipped", "orders: changes from the start", "deliveries"):
        address: str | None = lists[name]
        for _ in range(PAGES_ON):
            address = client.get(address, secure=True).json()["next"] if address else None
        if address:
            found[f"{name}, page {PAGES_ON + 1}"] = address
    return found
