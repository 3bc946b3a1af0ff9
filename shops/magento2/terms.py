"""Reads what a Magento adds to an order before it is made there: its products, VAT, regions and rate of exchange."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from decimal import Decimal

from adapterkit.errors import NotFound, Rejected
from adapterkit.records import Address, Order, OrderLine
from adapterkit.sentences import say
from adapterkit.shop import Products
from shops.magento2 import mapper, spec
from shops.magento2.body import Region, Sold, Terms, region_key
from shops.magento2.door import Door, Json
from shops.magento2.methods import read_methods
from shops.magento2.search import Filter, portions
from shops.magento2.tax import Destination, TaxTable

SettingOf = Callable[[str], str]
FINE = Decimal("0.0001")


def read_terms(door: Door, setting: SettingOf, order: Order, products: Products) -> Terms:
    """Read the terms of an order: one call for its products; the rest is kept from one order to the next.

    That is two calls where the marketplace does not say which VAT, and one each for a region's country, the rate of
    another base currency and the code of a shipping method. Raises `Rejected` for a product that is not in the shop:
    Magento itself would take it silently.
    """
    rows = _products(door, sorted(set(products.values()), key=int))
    missing = sorted({line.sku or line.title for line in order.lines if products[line.line_id] not in rows})
    if missing:
        raise Rejected(say("The shop has no product for %(skus)s any more", skus=", ".join(missing)))
    regions = _regions(door, [address for address in (order.delivery, order.billing) if address is not None])
    destination = _destination(order.delivery or order.billing or Address(), regions)
    table = _tax_table(door, destination) if any(_own_rate(line) is None for line in order.lines) else TaxTable()
    sold = {line.line_id: _sold(line, rows[products[line.line_id]], table, destination) for line in order.lines}
    terms = terms_of(setting, sold, order.currency, regions, _rate(door, setting, order.currency))
    return replace(terms, shipping_code=_method(door, setting, order.shipping_method))


def preview_terms(setting: SettingOf, order: Order, products: Products) -> Terms:
    """Return the terms as far as they are known without asking the shop."""
    sold = {
        line.line_id: Sold(
            product_id=int(products[line.line_id]),
            sku=line.sku,
            name=line.title,
            weight=Decimal(0),
            tax_rate=_own_rate(line) or Decimal(0),
        )
        for line in order.lines
    }
    return terms_of(setting, sold, order.currency, {}, Decimal(1))


def terms_of(
    setting: SettingOf, sold: Mapping[str, Sold], currency: str, regions: Mapping[str, Region], rate: Decimal
) -> Terms:
    return Terms(
        store_id=int(setting("store_id")),
        base_currency=setting("base_currency") or currency,
        rate=rate,
        payment_method=setting("payment_method"),
        shipping_code=setting("shipping_code"),
        sold=sold,
        regions=regions,
    )


def _products(door: Door, ids: Iterable[str]) -> dict[str, Json]:
    fields = "id,sku,name,weight,custom_attributes"
    return {
        str(row["id"]): row
        for which in portions("entity_id", list(ids))
        for _, rows in door.walk(spec.LIST_PRODUCTS, which, fields=fields)
        for row in rows
    }


def _sold(line: OrderLine, row: Json, table: TaxTable, destination: Destination) -> Sold:
    own = _own_rate(line)
    tax_class = int(mapper.attributes(row).get("tax_class_id") or 0)
    return Sold(
        product_id=int(row["id"]),
        sku=str(row["sku"]),
        name=str(row.get("name") or ""),
        weight=mapper.amount(row, "weight"),
        tax_rate=table.rate(tax_class, destination) if own is None else own,
    )


def _own_rate(line: OrderLine) -> Decimal | None:
    """The marketplace's own VAT of a line, in per cent; None where it does not say."""
    if line.tax_rate is not None or line.tax is None or line.total <= line.tax:
        return line.tax_rate
    return (line.tax / (line.total - line.tax) * 100).quantize(FINE)


def _tax_table(door: Door, destination: Destination) -> TaxTable:
    country: Filter = ("tax_country_id", "eq", destination.country)
    return TaxTable(rules=door.all(spec.LIST_TAX_RULES), rates=door.all(spec.LIST_TAX_RATES, country))


def _destination(address: Address, regions: Mapping[str, Region]) -> Destination:
    region = regions.get(region_key(address), Region())
    return Destination(address.country, region.region_id or 0, address.postcode)


def _regions(door: Door, addresses: Iterable[Address]) -> dict[str, Region]:
    """Find Magento's own id of each address's region: countries with a list of regions take no other."""
    wanted = {region_key(address): address for address in addresses if address.region}
    lists = {country: _list_of(door, country) for country in {address.country for address in wanted.values()}}
    found = {key: _region(address, lists[address.country]) for key, address in wanted.items()}
    return {key: region for key, region in found.items() if region is not None}


def _list_of(door: Door, country: str) -> list[Json]:
    try:
        return list(door.call(spec.READ_COUNTRY, country=country).body.get("available_regions") or ())
    except NotFound:
        return []


def _region(address: Address, listed: Iterable[Json]) -> Region | None:
    """Compare by code, alone or with the country's before it ("US-CA"), or by name, whatever the capitals."""
    text = address.region.strip().casefold()
    code = text.removeprefix(f"{address.country.casefold()}-")
    for row in listed:
        if str(row["code"]).casefold() in {text, code} or str(row["name"]).casefold() == text:
            return Region(region_id=int(row["id"]), code=str(row["code"]), name=str(row["name"]))
    return None


def _method(door: Door, setting: SettingOf, name: str) -> str:
    """Return the code of the shop's method of this name, else that of the settings."""
    methods = read_methods(door, setting("store_id")) if name else {}
    codes = {known.casefold(): code for known, code in methods.items()}
    return codes.get(name.casefold()) or setting("shipping_code")


def _rate(door: Door, setting: SettingOf, currency: str) -> Decimal:
    """Return how much of the order's currency one of the base currency is."""
    base = setting("base_currency")
    if base in {"", currency}:
        return Decimal(1)
    rows = door.call(spec.READ_CURRENCY).body.get("exchange_rates") or ()
    rate = next((Decimal(str(row["rate"])) for row in rows if row["currency_to"] == currency), None)
    if not rate:
        raise Rejected(
            say(
                "The shop has no rate from %(base)s to %(currency)s; enter one under Stores > Currency Rates",
                base=base,
                currency=currency,
            )
        )
    return rate
