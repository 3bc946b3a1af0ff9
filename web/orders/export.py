"""The order list as a file for spreadsheets, in the reader's language and way of writing amounts."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from django.utils.formats import get_format
from django.utils.timezone import get_current_timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as noop

from orders.models import Order, OrderAddress
from orders.status import LABELS as STATES
from orders.status import label_of
from web.orders.spreadsheet import harmless
from web.shared.labels import LABELS

COLUMNS = (
    noop("Order number"), noop("Number in the shop"), noop("State"), noop("Placed"), noop("Total"), noop("Currency"),
    noop("Connection"), noop("Country"), noop("Products"), noop("Tracking codes"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Writing:
    """How the reader writes; taken when the answer is made, for its lines are sent after the request is over."""

    states: Mapping[str, str]
    comma: str
    zone: tzinfo


def csv_lines(orders: Iterable[Order]) -> Iterator[str]:
    """Return the export line by line, in the language and time zone that are active now.

    Spreadsheets that write a comma within amounts take a semicolon between fields. A text that one would take for a
    formula is marked as text.
    """
    writing = _Writing(
        states={state: gettext(LABELS[state][0]) for state in STATES},
        comma=str(get_format("DECIMAL_SEPARATOR")),
        zone=get_current_timezone(),
    )
    return _lines([gettext(column) for column in COLUMNS], orders, writing)


def _lines(heading: Iterable[str], orders: Iterable[Order], writing: _Writing) -> Iterator[str]:
    writer: Any = csv.writer(_Echo(), delimiter=";" if writing.comma == "," else ",")
    yield "\ufeff" + writer.writerow(heading)
    for order in orders:
        yield writer.writerow([harmless(text) for text in _cells(order, writing)])


def _cells(order: Order, writing: _Writing) -> Iterator[str]:
    delivery = next((a for a in order.addresses.all() if a.role == OrderAddress.Role.DELIVERY), None)
    yield order.number
    yield order.shop_order_number
    yield writing.states[label_of(order)]
    yield f"{order.placed_at.astimezone(writing.zone):%Y-%m-%d %H:%M}"  # every spreadsheet takes this for a date
    yield f"{order.total:.2f}".replace(".", writing.comma)
    yield order.currency
    yield order.connection.name
    yield delivery.country if delivery else ""
    yield "; ".join(f"{line.quantity} x {line.sku or line.title}" for line in order.lines.all())
    yield "; ".join(parcel.tracking_code for parcel in order.shipments.all() if parcel.tracking_code)


class _Echo:
    """A file that gives back what is written, for `csv.writer`."""

    def write(self, text: str) -> str:
        return text
