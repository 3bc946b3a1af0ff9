"""Makes the cart of an order: buyer, address, rows, and a price of its own for each row.

A cart takes no stock, mails nobody and is no order, so one left behind by a cut-off try does no harm. It carries our
reference in its gift message from its first moment, which the shop copies to the order that it makes of the cart.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from adapterkit.errors import Rejected
from adapterkit.records import Address, Order, ShopOrder
from adapterkit.sentences import say
from shops.prestashop import mapper, prices, texts
from shops.prestashop.mapper import Json
from shops.prestashop.prices import Row, Tax
from shops.prestashop.service import WebService, either
from shops.prestashop.shop_facts import ShopFacts

EMAIL = re.compile(r"[^@\s<>()\[\]|,;:\"\\]+@[^@\s<>()\[\]|,;:\"\\]+\.[^@\s.]{2,}")
NEVER = "0000-00-00 00:00:00"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an address is, in the shop's ids; `state_id` is empty where the shop knows no such region."""

    country_id: str
    state_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a cart is made with: the shop's ids, its rows, and the net price of one piece of each product."""

    delivery: Address
    billing: Address
    places: Mapping[Address, Place]
    carrier_id: str
    currency_id: str
    rows: Sequence[Row]
    net: Mapping[str, Decimal]


class CartMaker:
    def __init__(self, service: WebService, facts: ShopFacts) -> None:
        self._service, self._facts = service, facts

    def make(self, order: Order, reference: str, products: Mapping[str, str]) -> ShopOrder:
        """Make the cart of an order; whatever would have the shop refuse the order later is refused here."""
        try:
            plan = self._plan(order, products)
        except Rejected:
            if not self._facts.forget():
                raise
            plan = self._plan(order, products)  # what kept it from being made may be mended by now
        delivery, billing = plan.delivery, plan.billing
        customer = self._customer(billing, delivery, reference)
        customer_id = mapper.identity(customer["id"])
        addresses = [
            self._address(address, plan.places[address], order, reference, customer_id)
            for address in ([delivery] if billing == delivery else [delivery, billing])
        ]
        cart_id = self._cart(plan, reference, customer, addresses)
        for row in plan.rows:
            self._price(cart_id, row, plan.net[row.product_id], customer_id)
        extra = self._facts.shipping_product
        quantities = {row.product_id: row.quantity for row in plan.rows if row.product_id != extra}
        return mapper.cart_order(cart_id, reference, order.currency, quantities)

    def _plan(self, order: Order, products: Mapping[str, str]) -> Plan:
        """Ask the shop for all that the cart is made with; nothing is written."""
        delivery = order.delivery or Address()
        billing = order.billing or delivery
        countries = self._facts.countries({delivery.country, billing.country})
        if not mapper.flag(countries[delivery.country].get("active")):
            raise Rejected(
                say(
                    "The country %(country)s is not active in the shop, which then makes no order; enable it in "
                    "PrestaShop under International > Locations > Countries",
                    country=delivery.country,
                )
            )
        places = {address: self._place(countries[address.country], address) for address in {delivery, billing}}
        carrier = self._facts.carrier(order.shipping_method)
        currency = self._facts.currency_id(order.currency)
        rows = self._rows(order, products, carrier)
        by_billing = self._facts.configuration["PS_TAX_ADDRESS_TYPE"] == "id_address_invoice"
        taxes = self._taxes(rows, places[billing if by_billing else delivery], currency)
        return Plan(
            delivery=delivery,
            billing=billing,
            places=places,
            carrier_id=mapper.identity(carrier["id"]),
            currency_id=currency,
            rows=rows,
            net=prices.net_prices(rows, taxes, self._facts.rounding),
        )

    def _place(self, country: Json, address: Address) -> Place:
        return Place(country_id=mapper.identity(country["id"]), state_id=self._facts.state_id(country, address))

    def _rows(self, order: Order, products: Mapping[str, str], carrier: Json) -> list[Row]:
        if order.shipping_cost and not self._facts.shipping_product and mapper.flag(carrier.get("is_free")):
            raise Rejected(
                say(
                    "The customer paid %(amount)s for shipping, and carrier %(carrier)s is free: the shop's total "
                    "would be another. Enter a product for shipping costs in the shop's settings",
                    amount=mapper.cents(order.shipping_cost),
                    carrier=mapper.text(carrier.get("name")),
                )
            )
        return prices.rows_of(order, products, self._facts.shipping_product)

    def _taxes(self, rows: Sequence[Row], place: Place, currency_id: str) -> dict[str, Tax]:
        """Ask the shop for each product's price without tax, with it, and with eco-tax as well."""
        asked = {
            "country": place.country_id,
            "state": place.state_id or "0",
            "currency": currency_id,
            "decimals": "6",
            "use_reduction": "0",
        }
        query = {
            f"price[{name}][{key}]": value
            for name, own in (
                ("net", {"use_tax": "0", "use_ecotax": "0"}),
                ("gross", {"use_tax": "1", "use_ecotax": "0"}),
                ("eco", {"use_tax": "1"}),
            )
            for key, value in {**asked, **own}.items()
        }
        found: dict[str, Json] = {}
        for resource, part in (("products", 0), ("combinations", 2)):
            ids = {row.product_id.partition(":")[part]: row.product_id for row in rows}
            ids = {own: key for own, key in ids.items() if own and (":" in key) == bool(part)}
            if ids:
                listed = self._service.rows(
                    resource, display="[id,net,gross,eco]", where={"id": either(sorted(ids))}, more=query
                )
                found |= {ids[mapper.identity(row["id"])]: row for row in listed if mapper.identity(row["id"]) in ids}
        return {row.product_id: _tax(row.product_id, found.get(row.product_id)) for row in rows}

    def _customer(self, billing: Address, delivery: Address, reference: str) -> Json:
        """Return the buyer's record, by e-mail: the shop refuses a second one, for guests too.

        A customer of the shop's own, outside the group for marketplaces, is left alone: its carriers are others.
        """
        email = next((a.email for a in (billing, delivery) if EMAIL.fullmatch(a.email)), "")
        found = self._customers(email) if email else []
        if email and (not found or self._in_group(found[-1])):
            return found[-1] if found else self._new_customer(billing if billing.name else delivery, email)
        stand_in = f"{re.sub(r'[^A-Za-z0-9.-]', '-', reference)}@marketplace.invalid"
        found = self._customers(stand_in)
        return found[-1] if found else self._new_customer(billing if billing.name else delivery, stand_in)

    def _customers(self, email: str) -> Sequence[Json]:
        display = "[id,secure_key,email,id_default_group]"
        return self._service.rows("customers", display=display, where={"email": f"[{email}]"})

    def _in_group(self, customer: Json) -> bool:
        group = self._facts.customer_group
        return not group or mapper.identity(customer.get("id_default_group")) == group

    def _new_customer(self, address: Address, email: str) -> Json:
        group = self._facts.customer_group
        fields = {
            **texts.names_of(address).values,
            "email": email,
            "passwd": secrets.token_urlsafe(24),
            "id_lang": self._facts.configuration["PS_LANG_DEFAULT"],
            **({"id_default_group": group} if group else {}),
            "active": 1,
            # A shop without guest checkout saves no guest.
            "is_guest": self._facts.configuration["PS_GUEST_CHECKOUT_ENABLED"],
            "newsletter": 0,
            "optin": 0,
        }
        try:
            return self._service.made("customers", fields, lambda: self._customers(email))
        except Rejected:
            # Another order of this buyer may have made it meanwhile.
            if found := self._customers(email):
                return found[-1]
            raise

    def _address(self, address: Address, place: Place, order: Order, reference: str, customer_id: str) -> str:
        alias = texts.valid(reference, texts.GENERIC)[:32]
        fields = texts.address_of(address, region_known=bool(place.state_id))
        other, _ = texts.beside_of(order, fields, delivery=address == (order.delivery or Address()))
        body = {
            "id_customer": customer_id,
            "id_country": place.country_id,
            **({"id_state": place.state_id} if place.state_id else {}),
            "alias": alias,
            **fields.values,
            "other": other,
        }
        where = {"alias": f"[{alias}]", "id_customer": f"[{customer_id}]"}
        made = self._service.made(
            "addresses", body, lambda: self._service.rows("addresses", display="[id]", where=where)
        )
        return mapper.identity(made["id"])

    def _cart(self, plan: Plan, reference: str, customer: Json, addresses: Sequence[str]) -> str:
        delivery, invoice = addresses[0], addresses[-1]
        cart_rows = [
            {
                "cart_row": {
                    "id_product": row.product_id.partition(":")[0],
                    "id_product_attribute": row.product_id.partition(":")[2] or 0,
                    "id_address_delivery": delivery,
                    "quantity": row.quantity,
                }
            }
            for row in plan.rows
        ]
        fields = {
            "id_currency": plan.currency_id,
            "id_lang": self._facts.configuration["PS_LANG_DEFAULT"],
            "id_customer": mapper.identity(customer["id"]),
            "id_address_delivery": delivery,
            "id_address_invoice": invoice,
            "id_carrier": plan.carrier_id,
            **({"id_shop": self._facts.shop_id} if self._facts.shop_id else {}),
            "secure_key": mapper.text(customer.get("secure_key")),
            "delivery_option": f'{{"{delivery}":"{plan.carrier_id},"}}',
            "gift": 0,
            "gift_message": reference,
            "recyclable": 0,
            "associations": {"cart_rows": cart_rows},
        }
        made = self._service.made("carts", fields, lambda: carts_with(self._service, reference))
        return mapper.identity(made["id"])

    def _price(self, cart_id: str, row: Row, net: Decimal, customer_id: str) -> None:
        product_id, _, combination_id = row.product_id.partition(":")
        chosen = {"id_cart": cart_id, "id_product": product_id, "id_product_attribute": combination_id or "0"}
        fields = {
            **chosen,
            "id_shop": 0,
            "id_shop_group": 0,
            "id_currency": 0,
            "id_country": 0,
            "id_group": 0,
            "id_customer": customer_id,
            "price": f"{net:f}",
            "from_quantity": 1,
            "reduction": 0,
            "reduction_tax": 1,
            "reduction_type": "amount",
            "from": NEVER,
            "to": NEVER,
        }
        where = {name: f"[{value}]" for name, value in chosen.items()}
        self._service.made(
            "specific_prices", fields, lambda: self._service.rows("specific_prices", display="[id]", where=where)
        )


def carts_with(service: WebService, reference: str) -> Sequence[Json]:
    """Return the carts that carry this reference, oldest first."""
    rows = service.rows("carts", display="[id,gift_message]", where={"gift_message": f"[{reference}]"}, sort="[id_ASC]")
    return [row for row in rows if mapper.text(row.get("gift_message")) == reference]


def _tax(product_id: str, row: Json | None) -> Tax:
    if row is None:
        raise Rejected(
            say(
                "The shop has no product %(product)s any more; map the order's line to another product",
                product=product_id,
            )
        )
    net, gross, eco = (mapper.amount(row.get(name)) for name in ("net", "gross", "eco"))
    tax = prices.tax_of(net, gross, eco)
    if tax is None:
        raise Rejected(
            say(
                "Product %(product)s costs %(shop)s in the shop: too little to tell which tax the shop adds. Give it a "
                "price of at least %(amount)s there; the order keeps the marketplace's price",
                product=product_id,
                shop=net,
                amount=prices.CHEAPEST,
            )
        )
    return tax
