"""What an order costs, out of Amazon's breakdowns; pure.

Amazon gives each item's amounts by kind (goods, shipping, gift wrap, tax, discount ...) and the order's grand total. It
documents nowhere whether the amounts hold the tax already, as they do in Europe, or whether tax comes on top, as in the
United States; and whether a delivery tip, or tax that Amazon itself pays to the state, is counted. The grand total
decides: the one reading that adds up to it is taken. Where none does, the total stays as given and the hub stops the
order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from adapterkit.payload import Json, given, price, read, record, rows
from marketplaces.amazon.stores import Store

NOTHING = Decimal(0)
# Kinds that belong to the way to the buyer, not to the goods.
CARRIAGE = frozenset({"SHIPPING", "GIFT_WRAP", "COD_FEE", "OTHER"})
Amounts = Mapping[str, Decimal]


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemMoney:
    """One item's amounts for all its pieces, each by what it belongs to; discounts are positive."""

    amounts: Amounts
    discounts: Amounts = field(default_factory=dict)
    taxes: Amounts = field(default_factory=dict)

    @property
    def goods_tax(self) -> Decimal:
        return _of_goods(self.taxes)

    def goods(self, *, added: bool) -> Decimal:
        """Return what the buyer pays for the goods; `added` says that tax comes on top."""
        return _of_goods(self.amounts) - _of_goods(self.discounts) + (self.goods_tax if added else NOTHING)

    def carriage(self, *, added: bool) -> Decimal:
        """Return what the buyer pays for shipping, gift wrap and fees."""
        tax = _of_carriage(self.taxes) if added else NOTHING
        return _of_carriage(self.amounts) - _of_carriage(self.discounts) + tax


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderMoney:
    """`added` says how the items' amounts are to be read; `carriage` is all that is paid beside the goods."""

    total: Decimal
    carriage: Decimal
    added: bool


def item_money(item: Json, quantity: int) -> ItemMoney:
    """Read an item's breakdowns; where there are none, as in a pending order, its unit price."""
    parts = given(given(item, "proceeds", record) or {}, "breakdowns", rows)
    if not parts:
        return ItemMoney(amounts={"ITEM": (unit_price(item) or NOTHING) * quantity})
    amounts: dict[str, Decimal] = {}
    discounts: dict[str, Decimal] = {}
    taxes: dict[str, Decimal] = {}
    for part in parts:
        match read(part, "type", str):
            case "DISCOUNT":
                _add(discounts, _spread(part))
            case "TAX":
                _add(taxes, _spread(part))
            case kind:
                _add(amounts, [(kind, read(part, "subtotal", money))])
    return ItemMoney(amounts=amounts, discounts=discounts, taxes=taxes)


def order_money(payload: Json, items: Sequence[ItemMoney], store: Store | None) -> OrderMoney:
    """Put the items' amounts together in the way that adds up to the grand total."""
    proceeds = given(payload, "proceeds", record) or {}
    grand = given(proceeds, "grandTotal", money)
    tip = sum((read(part, "subtotal", money) for part in _tips(proceeds)), NOTHING)
    expected = store is not None and not store.taxed
    readings = [
        OrderMoney(
            total=sum((item.goods(added=added) + item.carriage(added=added) for item in items), tipped),
            carriage=sum((item.carriage(added=added) for item in items), tipped),
            added=added,
        )
        for added in (expected, not expected)
        for tipped in (NOTHING, tip)
    ]
    fitting = next((reading for reading in readings if reading.total == grand), readings[0])
    total = fitting.total if grand is None else grand
    return OrderMoney(total=total, carriage=fitting.carriage, added=fitting.added)


def currency_of(payload: Json, items: Sequence[Json], store: Store | None) -> str:
    """Return the currency that the order names; a pending one may name none, then its store's."""
    proceeds = given(payload, "proceeds", record) or {}
    totals = [given(proceeds, "grandTotal", record)]
    totals += [given(given(item, "proceeds", record) or {}, "proceedsTotal", record) for item in items]
    totals += [_unit_price(item) for item in items]
    named = (str(total.get("currencyCode") or "") for total in totals if total)
    return next((currency for currency in named if currency), store.currency if store else "")


def unit_price(item: Json) -> Decimal | None:
    found = _unit_price(item)
    return money(found) if found else None


def money(value: object) -> Decimal:
    """Read an object of amount and currency."""
    return read(record(value), "amount", price)


def _unit_price(item: Json) -> Json | None:
    product = given(item, "product", record) or {}
    return given(given(product, "price", record) or {}, "unitPrice", record)


def _tips(proceeds: Json) -> Iterator[Json]:
    for part in given(proceeds, "breakdowns", rows) or ():
        if read(part, "type", str) == "DELIVERY_TIP":
            yield part


def _spread(part: Json) -> Iterator[tuple[str, Decimal]]:
    """Yield a discount or tax by what it belongs to; what the details leave open belongs to the goods."""
    left = read(part, "subtotal", _deduction)
    for detail in given(part, "detailedBreakdowns", rows) or ():
        kind, value = read(detail, "subtype", str), read(detail, "value", _deduction)
        if kind in CARRIAGE:
            left -= value
            yield kind, value
    yield "ITEM", left


def _deduction(value: object) -> Decimal:
    """Read an amount that may be written with a minus."""
    written = record(value)
    text = read(written, "amount", str).strip().removeprefix("-")
    return read({"amount": text}, "amount", price)


def _add(amounts: dict[str, Decimal], more: Iterator[tuple[str, Decimal]] | Sequence[tuple[str, Decimal]]) -> None:
    for kind, value in more:
        amounts[kind] = amounts.get(kind, NOTHING) + value


def _of_goods(amounts: Amounts) -> Decimal:
    return sum((amounts[kind] for kind in amounts if kind not in CARRIAGE), NOTHING)


def _of_carriage(amounts: Amounts) -> Decimal:
    return sum((amounts[kind] for kind in amounts if kind in CARRIAGE), NOTHING)
