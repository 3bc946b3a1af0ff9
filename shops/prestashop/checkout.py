"""How the simulated shop makes an order of a cart, and what its states do to the stock.

After `PaymentModule::validateOrder` and `OrderHistory::changeIdOrderState`.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal

import orjson

from adapterkit.trying_out import control
from shops.prestashop.world import MICRO, Json, PrestaShopWorld

CENT = Decimal("0.01")
MODES = {"0": ROUND_CEILING, "1": ROUND_FLOOR, "2": ROUND_HALF_UP, "3": ROUND_HALF_DOWN, "4": ROUND_HALF_EVEN}
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
EMPTY_DATE = "0000-00-00 00:00:00"


class Refusal(Exception):
    """An exception of PrestaShop's that ends the request with 500, and a sentence or nothing."""


class PrestaShopCheckout(PrestaShopWorld):
    def price_of(
        self, product: Json, country: str, *, net: Decimal | None = None, taxed: bool = True, eco: bool = True
    ) -> Decimal:
        """The price of one piece, six decimals; `net` replaces the product's own."""
        own = Decimal(product["price"]) if net is None else net
        rate = Decimal(self.world.rates.get((country, product["id_tax_rules_group"]), "0")) if taxed else Decimal(0)
        price = (own * (1 + rate / 100)).quantize(MICRO, ROUND_HALF_UP)
        return price + (Decimal(product["ecotax"]) if eco else Decimal(0))

    def validate_order(self, cart: Json, paid: Decimal, module: str, payment: str) -> Json:
        """Make the order of a cart, as a payment module does; there is no lock, and nothing that was sent counts."""
        self._refuse(cart, module)
        packages = self._packages(cart)
        reference = self._reference()
        total = sum((self._totals(cart, rows, carrier)["total_paid"] for carrier, rows in packages), Decimal(0))
        right = total == paid.quantize(CENT, ROUND_HALF_UP)
        orders = [self._order(cart, rows, carrier, reference, module, payment) for carrier, rows in packages]
        for order in orders:
            order["total_paid_real"] = f"{paid:f}"
            self._begin(order, self.configured("PS_OS_WS_PAYMENT" if right else "PS_OS_ERROR"))
        customer = self.world.tables["customers"][int(cart["id_customer"])]
        self.world.mails.append(("order_conf", customer["email"]))
        for price in self._specific_prices(cart):
            del self.world.tables["specific_prices"][price["id"]]
        return orders[-1]

    def _refuse(self, cart: Json, module: str) -> None:
        if module not in self.world.payment_modules:
            raise Refusal
        customer = self.world.tables["customers"].get(int(cart["id_customer"] or 0))
        if customer is None or cart["secure_key"] != customer["secure_key"]:
            raise Refusal
        if int(self.configured("PS_OS_WS_PAYMENT")) not in self.world.tables["order_states"]:
            raise Refusal
        address = self.world.tables["addresses"][int(cart["id_address_delivery"])]
        if self.world.tables["countries"][int(address["id_country"])]["active"] != "1":
            raise Refusal
        rows = rows_of(cart)
        here = [row for row in rows if row.get("id_address_delivery") == cart["id_address_delivery"]]
        if len(here) < len(rows) or any(self._product(row) is None for row in rows):
            raise Refusal  # "Can't save Order Payment"; rows without the address are in no package

    def _packages(self, cart: Json) -> list[tuple[str, list[Json]]]:
        """Share the rows out by carrier: the one that was chosen, or the first that may carry them."""
        option = orjson.loads(cart["delivery_option"] or "{}")
        chosen = str(option.get(str(cart["id_address_delivery"]), "")).strip(",")
        group = self.world.tables["customers"][int(cart["id_customer"])].get("id_default_group", "2")
        fit = [
            own
            for own, row in self.world.tables["carriers"].items()
            if (row["active"], row["deleted"]) == ("1", "0") and self.world.carrier_groups.get(str(own), group) == group
        ]
        packages: dict[str, list[Json]] = {}
        for row in rows_of(cart):
            allowed = self.world.only_carriers.get(row["id_product"], {str(own) for own in fit})
            able = [str(own) for own in fit if str(own) in allowed]
            carrier = chosen if chosen in able else (able[0] if able else "0")
            packages.setdefault(carrier, []).append(row)
        return list(packages.items())

    def _totals(self, cart: Json, rows: list[Json], carrier: str) -> dict[str, Decimal]:
        country = self._tax_country(cart)
        mode, kind = MODES[self.configured("PS_PRICE_ROUND_MODE")], self.configured("PS_ROUND_TYPE")
        products = net = Decimal(0)
        for row in rows:
            unit, quantity = self._unit(cart, row, country), int(row["quantity"])
            match kind:
                case "1":
                    products += unit.quantize(CENT, mode) * quantity
                case "2":
                    products += (unit * quantity).quantize(CENT, mode)
                case _:
                    products += unit * quantity
            net += self._unit(cart, row, country, taxed=False) * quantity
        products = products.quantize(CENT, mode)
        shipping_net = Decimal(self.world.shipping.get(carrier, "0"))
        shipping = (shipping_net * (1 + Decimal(self.world.rates.get((country, "1"), "0")) / 100)).quantize(CENT, mode)
        discount = Decimal(self.world.automatic_discount)
        return {
            "total_products": net.quantize(CENT, mode),
            "total_products_wt": products,
            "total_shipping_tax_excl": shipping_net,
            "total_shipping_tax_incl": shipping,
            "total_shipping": shipping,
            "total_discounts": discount,
            "total_paid_tax_excl": (net + shipping_net - discount).quantize(CENT, mode),
            "total_paid_tax_incl": products + shipping - discount,
            "total_paid": products + shipping - discount,
        }

    def _unit(self, cart: Json, row: Json, country: str, *, taxed: bool = True) -> Decimal:
        product = self._product(row)
        assert product is not None  # noqa: S101 - refused before
        key = (row["id_product"], row.get("id_product_attribute") or "0")
        own = [p for p in self._specific_prices(cart) if (p["id_product"], p["id_product_attribute"] or "0") == key]
        return self.price_of(product, country, net=Decimal(own[-1]["price"]) if own else None, taxed=taxed)

    def _order(  # noqa: PLR0917 - what an order consists of
        self, cart: Json, rows: list[Json], carrier: str, reference: str, module: str, payment: str
    ) -> Json:
        country = self._tax_country(cart)
        copied = ("id_address_delivery", "id_address_invoice", "id_currency", "id_lang", "id_customer", "secure_key")
        order = self.add("orders", {name: cart[name] for name in copied})
        order |= {
            "id_cart": str(cart["id"]), "id_carrier": carrier, "current_state": "0", "module": module,
            "reference": reference, "payment": payment, "gift": cart["gift"] or "0", "note": "",
            "gift_message": cart["gift_message"], "conversion_rate": "1.000000", "valid": "0", "shipping_number": "",
            "invoice_date": EMPTY_DATE, "delivery_date": EMPTY_DATE, "date_add": self.stamp(),
            "date_upd": self.stamp(),
            **{name: f"{value:.6f}" for name, value in self._totals(cart, rows, carrier).items()},
        }  # fmt: skip
        order["associations"] = {"order_rows": [self._order_row(cart, row, country) for row in rows]}
        self.add("order_carriers", {
            "id_order": str(order["id"]), "id_carrier": carrier, "id_order_invoice": "0", "weight": "0.000000",
            "shipping_cost_tax_excl": order["total_shipping_tax_excl"],
            "shipping_cost_tax_incl": order["total_shipping_tax_incl"], "tracking_number": "",
            "date_add": self.stamp(),
        })  # fmt: skip
        return order

    def _order_row(self, cart: Json, row: Json, country: str) -> Json:
        product = self._product(row) or {}
        return {
            "id": str(next(self._ids)), "product_id": row["id_product"],
            "product_attribute_id": row.get("id_product_attribute") or "0", "product_quantity": row["quantity"],
            "product_name": product["name"][0]["value"], "product_reference": product["reference"],
            "unit_price_tax_incl": f"{self._unit(cart, row, country):.6f}",
            "unit_price_tax_excl": f"{self._unit(cart, row, country, taxed=False):.6f}",
        }  # fmt: skip

    def _begin(self, order: Json, state: str) -> None:
        """The first state: an order is made with its stock taken, unless it begins as an error or cancelled."""
        if state not in self._given_back():
            self._take(order, 1)
        self._enter(order, state)

    def move(self, order: Json, state: str) -> None:
        """Change the state, with a line of history each time, and stock by whether the states count as a sale.

        An order in error that becomes a paid one gets a second payment beside the first.
        """
        if order["current_state"] == self.configured("PS_OS_ERROR") and self._paid(state):
            order["total_paid_real"] = f"{Decimal(order['total_paid_real']) + Decimal(order['total_paid']):.6f}"
        old, new = self._logable(order["current_state"]), self._logable(state)
        if new and not old and order["current_state"] in self._given_back():
            self._take(order, 1)
        elif not new and state in self._given_back() and (old or order["current_state"] not in self._given_back()):
            self._take(order, -1)
        self._enter(order, state)

    def _enter(self, order: Json, state: str) -> None:
        row = self.world.tables["order_states"][int(state)]
        self.add("order_histories", {"id_order": str(order["id"]), "id_order_state": state, "date_add": self.stamp()})
        order |= {"current_state": state, "valid": row["logable"], "date_upd": self.stamp()}
        if row["delivery"] == "1" and order["delivery_date"] == EMPTY_DATE:
            order["delivery_date"] = self.stamp()

    def _take(self, order: Json, sign: int) -> None:
        for row in order["associations"]["order_rows"]:
            product, combination = int(row["product_id"]), int(row["product_attribute_id"])
            for own in {0, combination}:
                stock = self.stock_row(product, own)
                stock["quantity"] = str(int(stock["quantity"]) - sign * int(row["product_quantity"]))

    def _given_back(self) -> set[str]:
        return {self.configured("PS_OS_ERROR"), self.configured("PS_OS_CANCELED")}

    def _logable(self, state: str) -> bool:
        row = self.world.tables["order_states"].get(int(state))
        return bool(row and row["logable"] == "1")

    def _paid(self, state: str) -> bool:
        return bool(self.world.tables["order_states"][int(state)]["paid"] == "1")

    def _product(self, row: Mapping[str, str]) -> Json | None:
        return self.world.tables["products"].get(int(row["id_product"]))

    def _specific_prices(self, cart: Json) -> list[Json]:
        return [row for row in self.world.tables["specific_prices"].values() if row["id_cart"] == str(cart["id"])]

    def _tax_country(self, cart: Json) -> str:
        address = self.world.tables["addresses"][int(cart[self.configured("PS_TAX_ADDRESS_TYPE")])]
        return self.country_code(address["id_country"])

    def _reference(self) -> str:
        number, letters = next(self._ids) * 7919, ""
        for _ in range(9):
            number, letter = divmod(number, 26)
            letters += LETTERS[letter]
        return letters

    # What the merchant does with orders.

    @control
    def ship(
        self, order_id: int, *, carrier: str = "PostNL", tracking_code: str = "3SDEMO1", complete: bool = True
    ) -> None:
        """Write a code on the order's parcel, or on one more, and set the order to shipped."""
        with self.lock:
            order = self.world.tables["orders"][order_id]
            names = {row["name"]: own for own, row in self.world.tables["carriers"].items()}
            carrier_id = names.get(carrier) or self.add_carrier(carrier)
            rows = [row for row in self.world.tables["order_carriers"].values() if row["id_order"] == str(order_id)]
            row = next((row for row in rows if not row["tracking_number"]), None)
            row = row or self.add("order_carriers", {key: value for key, value in rows[0].items() if key != "id"})
            row |= {"id_carrier": str(carrier_id), "tracking_number": tracking_code}
            order |= {"shipping_number": tracking_code, "date_upd": self.stamp()}
            if complete:
                self.move(order, self.configured("PS_OS_SHIPPING"))

    def set_state(self, order_id: int, state: str) -> None:
        with self.lock:
            self.move(self.world.tables["orders"][order_id], state)

    def refund(self, order_id: int, amount: str) -> None:
        """Make a credit note for the first piece; neither stock nor state move."""
        with self.lock:
            order = self.world.tables["orders"][order_id]
            first = order["associations"]["order_rows"][0]
            details = [{"id": "1", "id_order_detail": first["id"], "product_quantity": "1", "amount_tax_incl": amount}]
            self.add("order_slip", {
                "id_order": str(order_id), "id_customer": order["id_customer"], "conversion_rate": "1.000000",
                "total_products_tax_incl": amount, "total_shipping_tax_incl": "0.000000", "date_add": self.stamp(),
                "associations": {"order_slip_details": details},
            })  # fmt: skip
            order["date_upd"] = self.stamp()

    def finish_late(self, cart_id: int, paid: str) -> Json:
        """The shop finishes a request that it had begun before anybody looked: a cart that is an order already too."""
        with self.lock:
            cart = self.world.tables["carts"][cart_id]
            return self.validate_order(cart, Decimal(paid), "ps_wirepayment", "bol")


def rows_of(cart: Json) -> list[Json]:
    rows: list[Json] = cart.get("associations", {}).get("cart_rows", [])
    return rows
