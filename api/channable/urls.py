"""The addresses of this dialect. Both versions answer every call: an integration keeps the one it was made for."""

from __future__ import annotations

from django.urls import URLPattern, path, register_converter
from django.urls.converters import StringConverter

from api.channable import attachments, figures, orders, others
from api.channable.base import ChannableView


class Version(StringConverter):
    regex = "v[12]"


register_converter(Version, "channable_version")
ROOT = "<channable_version:version>/companies/<int:company>/projects/<int:project>"


def _at(tail: str, view: type[ChannableView], name: str) -> URLPattern:
    address: URLPattern = path(f"{ROOT}/{tail}", view.as_view(), name=name)
    return address


app_name = "channable"
urlpatterns = [
    path("attachments/<str:ticket>", attachments.attachment_file, name="attachment_file"),
    _at("orders", orders.OrderList, "orders"),
    _at("anonymous_orders", orders.AnonymousOrderList, "anonymous_orders"),
    _at("orders/test/<int:config>", orders.TestOrder, "test_order"),
    _at("orders/<int:pk>", orders.OrderDetail, "order"),
    _at("orders/<int:pk>/shipment", orders.Shipment, "shipment"),
    _at("orders/<int:pk>/cancel", orders.Cancel, "cancel"),
    _at("orders/<int:pk>/manual", orders.Manual, "manual"),
    _at("orders/<int:pk>/return", orders.NewReturn, "new_return"),
    _at("orders/<int:pk>/attachments", attachments.Attachments, "attachments"),
    _at("orders/<int:pk>/attachments/<int:document>", attachments.Attachment, "attachment"),
    _at("returns", others.ReturnList, "returns"),
    _at("anonymous_returns", others.AnonymousReturnList, "anonymous_returns"),
    _at("returns/test", others.TestReturn, "test_return"),
    _at("returns/<int:pk>", others.ReturnDetail, "return"),
    _at("returns/<int:pk>/status", others.ReturnStatus, "return_status"),
    _at("stock_updates", others.StockUpdates, "stock_updates"),
    _at("transporters/all", others.Transporters, "transporters"),
    _at("transporters/transporter/<str:code>", others.Transporter, "transporter"),
    _at("transporters/channel/<str:code>", others.ChannelTransporters, "channel_transporters"),
    _at("statistics/orders", figures.Statistics, "statistics"),
    _at("statistics/orders/<int:config>", figures.ConnectionStatistics, "connection_statistics"),
]
