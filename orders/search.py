"""Finds orders by what a person has at hand: a number, a name, a product, a tracking code.

Every word of an order stands in one table of short keys, so that a beginning is found by an index, in any database and
among any number of orders.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Prefetch, QuerySet, prefetch_related_objects

from accounts.models import Company
from engine import rows
from engine.words import Gathered, find, fold
from orders.models import Order, OrderAddress, OrderLine, ReturnLine, SearchKey, Shipment

TAIL = 9  # digits that a telephone number has in common with itself, written with a country's code or without
Part = TypeVar("Part", OrderLine, OrderAddress)
GAPS = re.compile(r"[\s\-/.,'’]+")
NO_DIGIT = re.compile(r"\D+")

Order._meta.pk.register_lookup(Gathered)


def matching(orders: QuerySet[Order], text: str, *, company: Company | None = None) -> QuerySet[Order]:
    """Return those of the orders that have a key which begins with the whole text, or one for each of its words.

    Without a company all of them are looked through, each by its own part of the index. At most one statement.
    """
    everybody = SearchKey.objects.filter(company__in=Company.objects.values("pk"))
    keys = SearchKey.objects.filter(company=company) if company else everybody
    whole = fold(text)
    tails = [whole[-TAIL:]] if whole.isdigit() and len(whole) > TAIL else []
    return find(orders, keys, text, of="order", also=tails)


def first_keys(orders: Iterable[Order], lines: Iterable[OrderLine], addresses: Iterable[OrderAddress]) -> None:
    """Write the keys of orders that are new, given with the lines and addresses of all of them; one statement."""
    lines_of, addresses_of = _by_order(lines), _by_order(addresses)
    words = ((order, words_of(order, lines_of[order.pk], addresses_of[order.pk])) for order in orders)
    _insert([(order, word) for order, found in words for word in found], new=True)


def _by_order(parts: Iterable[Part]) -> dict[int, list[Part]]:
    found: dict[int, list[Part]] = defaultdict(list)
    for part in parts:
        found[part.order_id].append(part)
    return found


def add_keys(codes: Iterable[tuple[Order, str]]) -> None:
    """Make orders findable by codes they got later, such as their number in the shop; one statement at most.

    May be repeated: a key that is there is left alone.
    """
    _insert((order, word) for order, code in codes if (word := fold(code)))


def renew_keys(order_ids: Collection[int]) -> None:
    """Bring the keys of orders in line with what is stored of them now; eight statements at most, none for no order.

    May be repeated: keys that are right already are not written. Whoever stores a code of an order adds its key in the
    same transaction; so the keys are read before the codes, and none is taken for stale that is only newer.
    """
    if not order_ids:
        return
    back = Prefetch("lines__return_lines", ReturnLine.objects.select_related("registered_return"))
    with transaction.atomic():
        # One at a time, so that no other renewal brings back what this one removes.
        orders = list(Order.objects.select_for_update(no_key=True).filter(pk__in=order_ids).order_by("pk"))
        stored = {(key.order_id, bytes(key.key)) for key in SearchKey.objects.filter(order__in=orders)}
        prefetch_related_objects(orders, "lines", "addresses", "shipments", back)
        wanted = {(order.pk, word): order for order in orders for word in _words_of_stored(order)}
        if gone := stored - wanted.keys():
            SearchKey.objects.filter(pk__in=list(gone)).delete()
        _insert((order, pair[1]) for pair, order in wanted.items() if pair not in stored)


def _words_of_stored(order: Order) -> AbstractSet[bytes]:
    lines = order.lines.all()
    returned = [back for line in lines for back in line.return_lines.all()]
    return words_of(order, lines, order.addresses.all(), order.shipments.all(), returned)


def words_of(
    order: Order,
    lines: Iterable[OrderLine],
    addresses: Iterable[OrderAddress],
    parcels: Iterable[Shipment] = (),
    returned: Iterable[ReturnLine] = (),
) -> AbstractSet[bytes]:
    """Return all that an order is found by; no query. Also called by the migration that filled the table."""
    codes = {order.number, order.marketplace_order_id, order.reference, order.customer_reference}
    codes |= {order.shop_order_number, order.shop_order_id}
    for line in lines:
        codes |= {line.sku, line.ean}
    for parcel in parcels:
        codes |= {parcel.tracking_code, parcel.reported_code}
    for back in returned:
        codes |= {back.registered_return.marketplace_return_id, back.tracking_code}
    words = {fold(code) for code in codes}
    for address in addresses:
        words.update(_of_buyer(address))
    return words - {b""}


def _of_buyer(address: OrderAddress) -> Iterator[bytes]:
    for name in (address.first_name, address.last_name, address.company):
        yield fold(name)
        if not name.isalnum():
            yield from map(fold, name.split())
            yield from map(fold, GAPS.split(name))
    yield from map(fold, (address.postcode, address.email, address.vat_number))
    digits = NO_DIGIT.sub("", address.phone)
    if len(digits) >= TAIL:
        yield digits[-TAIL:].encode()


def _insert(keys: Iterable[tuple[Order, bytes]], *, new: bool = False) -> None:
    found = list(keys)
    columns: dict[str, Sequence[Any]] = {
        "order_id": [order.pk for order, _ in found],
        "key": [word for _, word in found],
        "company_id": [order.company_id for order, _ in found],
    }
    rows.insert_columns(SearchKey, columns, ignore_conflicts=not new)
