"""The addresses of version 1."""

from __future__ import annotations

from django.urls import path, re_path

from api.base import Nowhere
from api.v1.views import acting, carriers, connections, orders, products, returns, statistics, webhooks
from api.v1.views.docs import Schema, docs
from api.v1.views.token import token

app_name = "v1"
urlpatterns = [
    path("schema", Schema.as_view(), name="schema"),
    path("docs", docs, name="docs"),
    path("token", token, name="token"),
    path("connections", connections.ConnectionList.as_view(), name="connections"),
    path("connections/<int:pk>", connections.ConnectionDetail.as_view(), name="connection"),
    path("connections/<int:pk>/activation", connections.Activate.as_view(), name="activate"),
    path("connections/<int:pk>/pause", connections.Pause.as_view(), name="pause"),
    path("connections/<int:pk>/test-orders", connections.TestOrderList.as_view(), name="test_orders"),
    path("orders", orders.OrderList.as_view(), name="orders"),
    path("orders/<int:pk>", orders.OrderDetail.as_view(), name="order"),
    path("orders/<int:pk>/events", orders.EventList.as_view(), name="order_events"),
    path("orders/<int:pk>/acknowledgement", acting.Acknowledge.as_view(), name="acknowledge"),
    path("orders/<int:pk>/shipments", acting.ShipmentList.as_view(), name="shipments"),
    path("orders/<int:pk>/shipments/<int:shipment>", acting.ShipmentDetail.as_view(), name="shipment"),
    path("orders/<int:pk>/cancellation", acting.Cancel.as_view(), name="cancel"),
    path("orders/<int:pk>/resumption", acting.Resume.as_view(), name="resume"),
    path("orders/<int:pk>/manual-handling", acting.HandleManually.as_view(), name="handle_manually"),
    path("returns", returns.ReturnList.as_view(), name="returns"),
    path("returns/<int:pk>", returns.ReturnDetail.as_view(), name="return"),
    path("returns/<int:pk>/decision", returns.Decide.as_view(), name="decide"),
    path("products", products.ProductList.as_view(), name="products"),
    path("stock", products.Stock.as_view(), name="stock"),
    path("carriers", carriers.CarrierList.as_view(), name="carriers"),
    path("marketplaces/<str:code>/carriers", carriers.MarketplaceCarrierList.as_view(), name="marketplace_carriers"),
    path("webhooks", webhooks.WebhookList.as_view(), name="webhooks"),
    path("webhooks/<int:pk>", webhooks.WebhookDetail.as_view(), name="webhook"),
    path("webhooks/<int:pk>/secret", webhooks.Secret.as_view(), name="rotate_webhook_secret"),
    path("webhooks/<int:pk>/test", webhooks.Test.as_view(), name="test_webhook"),
    path("webhooks/<int:pk>/replay", webhooks.ReplayRange.as_view(), name="replay_webhook"),
    path("webhooks/<int:pk>/deliveries", webhooks.DeliveryList.as_view(), name="deliveries"),
    path("webhooks/<int:pk>/deliveries/<int:delivery>", webhooks.DeliveryDetail.as_view(), name="delivery"),
    path("webhooks/<int:pk>/deliveries/<int:delivery>/replay", webhooks.Replay.as_view(), name="replay_delivery"),
    path("webhooks/<int:pk>/deliveries/<int:delivery>/skip", webhooks.Skip.as_view(), name="skip_delivery"),
    path("statistics", statistics.Statistics.as_view(), name="statistics"),
    re_path(r"^[\s\S]*$", Nowhere.as_view(schema=None)),
]
