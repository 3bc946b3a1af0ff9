"""The simulated PrestaShop: its records, and what merchants and customers do in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from adapterkit.simulator import Numbers, Simulator, utc_now
from adapterkit.trying_out import Sold, control

Json = dict[str, Any]
MICRO = Decimal("0.000001")
TAX_GROUPS = {"standard": "1", "reduced-rate": "2"}
RATES = {
    ("NL", "1"): "21", ("NL", "2"): "9", ("BE", "1"): "21", ("BE", "2"): "6",
    ("FR", "1"): "20", ("FR", "2"): "5.5", ("DE", "1"): "19", ("DE", "2"): "7",
}  # fmt: skip
COUNTRIES = {"1": "DE", "3": "BE", "8": "FR", "10": "IT", "13": "NL"}
CONFIGURATION = {
    "CONF_PS_WIREPAYMENT_FIXED": "0.2",
    "PS_COUNTRY_DEFAULT": "13",
    "PS_GUEST_CHECKOUT_ENABLED": "1",
    "PS_LANG_DEFAULT": "1",
    "PS_OS_CANCELED": "6",
    "PS_OS_DELIVERED": "5",
    "PS_OS_ERROR": "8",
    "PS_OS_PAYMENT": "2",
    "PS_OS_PREPARATION": "3",
    "PS_OS_REFUND": "7",
    "PS_OS_SHIPPING": "4",
    "PS_OS_WS_PAYMENT": "11",
    "PS_PRICE_ROUND_MODE": "2",
    "PS_ROUND_TYPE": "2",
    "PS_STOCK_MANAGEMENT": "1",
    "PS_TAX_ADDRESS_TYPE": "id_address_delivery",
    "PS_TIMEZONE": "Europe/Amsterdam",
}
# Id: (name, paid, shipped, delivery, logable).
ORDER_STATES = {
    "1": ("Awaiting check payment", 0, 0, 0, 0),
    "2": ("Payment accepted", 1, 0, 0, 1),
    "3": ("Processing in progress", 1, 0, 1, 1),
    "4": ("Shipped", 1, 1, 1, 1),
    "5": ("Delivered", 1, 1, 1, 1),
    "6": ("Canceled", 0, 0, 0, 0),
    "7": ("Refunded", 0, 0, 0, 0),
    "8": ("Payment error", 0, 0, 0, 0),
    "11": ("Remote payment accepted", 1, 0, 0, 1),
}
RESOURCES = (
    "addresses", "carriers", "carts", "combinations", "configurations", "countries", "currencies", "customers",
    "order_carriers", "order_histories", "order_slip", "order_states", "orders", "product_option_values", "products",
    "specific_prices", "states", "stock_availables",
)  # fmt: skip
VERBS = ("get", "put", "post", "patch", "delete", "head")


@dataclass
class World:
    """All that the shop knows. `tables` holds the records of each resource by id."""

    tables: dict[str, dict[int, Json]] = field(default_factory=lambda: {name: {} for name in RESOURCES})
    rights: dict[str, set[str]] = field(default_factory=lambda: {name: set(VERBS) for name in RESOURCES})
    rates: dict[tuple[str, str], str] = field(default_factory=lambda: dict(RATES))
    version: str = "8.2.1"
    payment_modules: set[str] = field(default_factory=lambda: {"ps_wirepayment"})
    shipping: dict[str, str] = field(default_factory=dict)  # net, by carrier id
    only_carriers: dict[str, set[str]] = field(default_factory=dict)  # of a product, by its id
    carrier_groups: dict[str, str] = field(default_factory=dict)  # the one group that a carrier is kept for
    automatic_discount: str = "0"  # gross, of a cart rule without a code
    noise: str = ""  # what PHP adds: before, after, errors
    mails: list[tuple[str, str]] = field(default_factory=list)
    web_service: bool = True

    @property
    def orders(self) -> dict[int, Json]:
        return self.tables["orders"]


class PrestaShopWorld(Simulator):
    """The verbs of people, and the records that an installation begins with."""

    def __init__(
        self,
        *,
        now: Callable[[], datetime] = utc_now,
        key: str = "DEMODEMODEMODEMODEMODEMODEMODEMO",
        first_id: int = 10,
    ) -> None:
        super().__init__(now=now)
        self.key, self.first_id = key, first_id
        self._ids = Numbers(first_id)
        self.world = World()
        # What happens, once, between choosing the rows of a resource's list and reading each of them.
        self.meanwhile: dict[str, Callable[[], None]] = {}
        self.install()

    def stock_up(self, product: Sold) -> None:
        self.add_product(
            product.sku,
            price=str(product.price),
            stock=product.stock,
            ean=product.ean,
            tax_class="reduced-rate" if product.reduced else "standard",
            name=product.title,
        )

    def connect_with(self, url: str) -> dict[str, str]:
        return {"shop_url": url, "api_key": self.key, "carrier_id": "1", "payment_module": "ps_wirepayment"}

    def install(self) -> None:
        """Fill an empty world as PrestaShop's installer does: the Netherlands active, one free carrier and one not."""
        world = self.world
        for name, value in CONFIGURATION.items():
            self.add("configurations", {"name": name, "value": value, "id_shop": "", "id_shop_group": ""})
        for own, code in COUNTRIES.items():
            active = "1" if code == "NL" else "0"
            states = "1" if code == "IT" else "0"
            row = {"iso_code": code, "active": active, "contains_states": states, "id_zone": "1"}
            world.tables["countries"][int(own)] = {"id": int(own), **row}
        self.add("states", {"id_country": "10", "iso_code": "IT-MI", "name": "Milano", "active": "1"})
        world.tables["currencies"][1] = {"id": 1, "iso_code": "EUR", "active": "1", "conversion_rate": "1.000000"}
        for own, (name, paid, shipped, delivery, logable) in ORDER_STATES.items():
            flags = {"paid": str(paid), "shipped": str(shipped), "delivery": str(delivery), "logable": str(logable)}
            world.tables["order_states"][int(own)] = {"id": int(own), "name": self.texts(name), **flags}
        self.add_carrier("Click and collect", carrier_id=1, is_free=True)
        self.add_carrier("My carrier", carrier_id=2, net="7.00")

    def add(self, resource: str, row: Mapping[str, Any]) -> Json:
        """Add a record with the next id."""
        record: Json = {"id": next(self._ids), **row}
        self.world.tables[resource][record["id"]] = record
        return record

    def texts(self, text: str) -> list[Json]:
        """A text as PrestaShop keeps it: in each of its languages."""
        return [{"id": "1", "value": text}, {"id": "2", "value": text}]

    # What the merchant does.

    def add_product(
        self,
        sku: str,
        *,
        price: str = "12.10",
        stock: int = 10,
        ean: str = "",
        tax_class: str = "standard",
        name: str = "",
        variations: list[str] | None = None,
        eco_tax: str = "0",
    ) -> int:
        """Add a product that costs `price` with Dutch tax, or one with a combination for each of `variations`."""
        group = TAX_GROUPS[tax_class]
        net = Decimal(price) / (1 + Decimal(self.world.rates["NL", group]) / 100)
        with self.lock:
            product = self.add("products", {
                "reference": sku, "ean13": ean, "price": f"{net.quantize(MICRO, ROUND_HALF_UP):f}", "active": "1",
                "name": self.texts(name or f"Product {sku}"), "id_tax_rules_group": group, "ecotax": eco_tax,
                "date_add": self.stamp(), "date_upd": self.stamp(),
            })  # fmt: skip
            self.add_stock(product["id"], 0, stock * len(variations or [""]))
            for own in variations or ():
                value = self.add("product_option_values", {"name": self.texts(own.rpartition("-")[2])})
                combination = self.add("combinations", {
                    "id_product": str(product["id"]), "reference": own, "ean13": "", "price": "0.000000",
                    "associations": {"product_option_values": [{"id": str(value["id"])}]},
                })  # fmt: skip
                self.add_stock(product["id"], combination["id"], stock)
            return int(product["id"])

    def add_stock(self, product_id: int, combination_id: int, quantity: int) -> None:
        self.add("stock_availables", {
            "id_product": str(product_id), "id_product_attribute": str(combination_id), "id_shop": "1",
            "id_shop_group": "0", "quantity": str(quantity), "depends_on_stock": "0", "out_of_stock": "2",
        })  # fmt: skip

    def add_carrier(
        self, name: str, *, net: str = "0", is_free: bool = False, carrier_id: int | None = None, reference: str = ""
    ) -> int:
        own = carrier_id or next(self._ids)
        self.world.tables["carriers"][own] = {
            "id": own, "id_reference": reference or str(own), "name": name, "active": "1", "deleted": "0",
            "is_free": "1" if is_free else "0", "url": "https://track.example/@",
        }  # fmt: skip
        self.world.shipping[str(own)] = net
        return own

    def edit_carrier(self, carrier_id: int) -> int:
        """Save a carrier's form: PrestaShop deletes the carrier and makes a new one of it."""
        with self.lock:
            old = self.world.tables["carriers"][carrier_id]
            old["deleted"] = "1"
            net, free = self.world.shipping[str(carrier_id)], old["is_free"] == "1"
            return self.add_carrier(old["name"], net=net, is_free=free, reference=old["id_reference"])

    def activate_country(self, iso_code: str) -> None:
        next(row for row in self.world.tables["countries"].values() if row["iso_code"] == iso_code)["active"] = "1"

    def configure(self, name: str, value: str) -> None:
        next(row for row in self.world.tables["configurations"].values() if row["name"] == name)["value"] = value

    def remove_product(self, sku: str) -> None:
        with self.lock:
            del self.world.tables["products"][self._by_sku("products", sku)["id"]]

    @control
    def set_stock(self, sku: str, stock: int) -> None:
        self.stock_row(*self.key_of(sku))["quantity"] = str(stock)

    @control
    def stock_of(self, sku: str) -> int:
        return int(self.stock_row(*self.key_of(sku))["quantity"])

    @control
    def revoke_keys(self) -> None:
        self.key = "REVOKEDREVOKEDREVOKEDREVOKED0000"

    def forbid(self, resource: str, *verbs: str) -> None:
        """Untick boxes of the key."""
        self.world.rights[resource] -= set(verbs)
        if not self.world.rights[resource]:
            del self.world.rights[resource]

    @control
    def orders_with(self, reference: str) -> list[Json]:
        """The orders of our carts with this reference."""
        return [row for row in self.world.tables["orders"].values() if row.get("gift_message") == reference]

    # What stands where.

    def key_of(self, sku: str) -> tuple[int, int]:
        for row in self.world.tables["combinations"].values():
            if row["reference"] == sku:
                return int(row["id_product"]), row["id"]
        return self._by_sku("products", sku)["id"], 0

    def stock_row(self, product_id: int, combination_id: int) -> Json:
        return next(
            row
            for row in self.world.tables["stock_availables"].values()
            if (row["id_product"], row["id_product_attribute"]) == (str(product_id), str(combination_id))
        )

    def configured(self, name: str) -> str:
        rows = self.world.tables["configurations"].values()
        return next((row["value"] for row in rows if row["name"] == name), "")

    def country_code(self, country_id: str) -> str:
        row = self.world.tables["countries"].get(int(country_id or 0))
        return str(row["iso_code"]) if row else ""

    def stamp(self) -> str:
        """The shop's own time, without a zone."""
        return self.now().astimezone(ZoneInfo(self.configured("PS_TIMEZONE"))).strftime("%Y-%m-%d %H:%M:%S")

    def _by_sku(self, resource: str, sku: str) -> Json:
        return next(row for row in self.world.tables[resource].values() if row["reference"] == sku)
