"""The benches of the shops: how a test stocks a shop, ships and refuses, whatever the platform is.

A new platform adds its bench to `BENCHES`, under its code, or its code and what differs ("woocommerce over http"); the
suite refuses to run without one. As a marketplace's (`tests.contract.bench`), it acts on the simulator's world, and says
in class variables what the shop cannot do.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cached_property, partial
from typing import Any, ClassVar

from adapterkit.auth import MemoryTokens
from adapterkit.capabilities import has
from adapterkit.keeping import MemoryAnswers
from adapterkit.opening import open_adapter
from adapterkit.records import Order, ShopOrder
from adapterkit.redaction import basic_token
from adapterkit.shop import CreatesInertOrders, CreatesOrders, Shop
from adapterkit.simulator import Simulator
from shops.registry import shop
from shops.woocommerce.simulator import WooCommerceSimulator
from tests.clock import START
from tests.contract.requirements import Exchanges

NOW = START
Products = Mapping[str, str]


def words(address: Mapping[str, Any]) -> str:
    """Return what the fields of an address say, without their names."""
    return " ".join(" ".join(value) if isinstance(value, list) else str(value) for value in address.values())


class ShopBench(ABC):
    """A simulated shop with the adapter in front of it, and the verbs of a test."""

    code: ClassVar[str]
    url: ClassVar[str] = "https://shop.test"
    simulator: Simulator
    exact: ClassVar[bool] = True  # the total is always the marketplace's; else a difference must be told
    takes_stock: ClassVar[bool] = True
    lists_unchanged: ClassVar[bool] = True  # a fresh order is listed among the updates
    creating_method: str = "POST"
    more_calls: int = 0  # for an order than its spec says, in an older version of the shop
    lists_changes: ClassVar[bool] = True  # the shop has a list of what changed; else open orders are read by turns
    keeps_reference: ClassVar[bool] = True  # an order shows our reference as it is; else something made from it
    tells_every_parcel: ClassVar[bool] = True  # with its carrier; else one code of an order
    tells_pieces: ClassVar[bool] = True  # which of the order are in a parcel
    tells_parents: ClassVar[bool] = True  # which product a variation belongs to
    tokens: MemoryTokens | None = None  # kept from one adapter to the next; else each signs in anew

    def __init__(self) -> None:
        self.exchanges = Exchanges()
        self.waits: list[float] = []
        self.answers = MemoryAnswers()  # kept from one adapter to the next, as workers share them

    @cached_property
    def adapter_class(self) -> type[Shop]:
        return shop(self.code)

    @property
    def adapter(self) -> Shop:
        return open_adapter(
            self.adapter_class,
            settings=self.settings,
            credentials=self.credentials,
            recorder=self.exchanges,
            tokens=self.tokens or MemoryTokens(),
            answers=self.answers,
            mounts={self.url: self.simulator.mount()},
            wait=self.waits.append,
        )

    @property
    def creates(self) -> bool:
        """Whether the adapter creates orders; else the bench has another program make them."""
        return has(self.adapter_class, CreatesOrders) or has(self.adapter_class, CreatesInertOrders)

    def create(self, order: Order, reference: str, products: Products) -> ShopOrder:
        """Make the first remote record of an order: inert where the shop has that, else active at once."""
        adapter = self.adapter
        if isinstance(adapter, CreatesInertOrders):
            return adapter.create_inert_order(order, reference, products)
        assert isinstance(adapter, CreatesOrders)
        return adapter.create_order(order, reference, products)

    def place(self, order: Order, reference: str, products: Products) -> ShopOrder:
        """Make an active order, as the hub does."""
        made = self.create(order, reference, products)
        adapter = self.adapter
        return adapter.activate_order(made.shop_order_id, order) if isinstance(adapter, CreatesInertOrders) else made

    def show_methods(self) -> tuple[str, ...]:
        """Return the shipping methods of the simulated shop, where the adapter lists them; do what shows them."""
        return ()

    @property
    @abstractmethod
    def settings(self) -> dict[str, str]: ...

    @property
    @abstractmethod
    def credentials(self) -> dict[str, str]: ...

    def saying(self, text: str) -> Any:
        """Return a body, written as the shop writes, that says this and nothing else."""
        return {"message": text}

    def secrets(self) -> list[str]:
        """Return everything that must never be kept."""
        return list(self.credentials.values())

    @property
    @abstractmethod
    def creating_path(self) -> str:
        """The beginning of the path on which the first remote record of an order is made."""

    @abstractmethod
    def add_product(self, sku: str, *, price: Decimal, stock: int) -> str:
        """Return the product's id, as `Product.product_id` has it."""

    @abstractmethod
    def add_variations(self, sku: str, variations: list[str], *, stock: int) -> None:
        """Add a product with these SKUs as its variations, each with so much stock."""

    @abstractmethod
    def stock_of(self, sku: str) -> int:
        """Return what the shop may still sell of a SKU."""

    @abstractmethod
    def address_of(self, shop_order_id: str) -> str:
        """Return all the words of the delivery address that the simulated shop keeps with an order."""

    @abstractmethod
    def ship(self, shop_order_id: str, *, carrier: str, tracking_code: str, complete: bool) -> None:
        """The merchant sends a parcel with the first piece of the order, or (`complete`) with all that is left."""

    @abstractmethod
    def revoke(self) -> None:
        """The shop refuses the credentials from now on."""

    @abstractmethod
    def forbid_writing(self) -> bool:
        """Leave the credentials the right to read alone; False where the platform has no such thing."""


class WooCommerceBench(ShopBench):
    code = "woocommerce"
    tells_pieces = False
    creating_path = "/wp-json/wc/v3/orders"

    def __init__(self, *, scheme: str = "https", storage: str = "hpos") -> None:
        super().__init__()
        self.storage, self.url = storage, f"{scheme}://shop.test"  # type: ignore[misc]
        self.simulator: WooCommerceSimulator = WooCommerceSimulator()
        self.simulator.world.hpos = storage == "hpos"

    @property
    def settings(self) -> dict[str, str]:
        return {"shop_url": self.url, "order_storage": self.storage}

    @property
    def credentials(self) -> dict[str, str]:
        return {"consumer_key": "ck_demo", "consumer_secret": "cs_demo"}

    def secrets(self) -> list[str]:
        encrypted = self.url.startswith("https")  # else each request is signed, and the secret never sent
        return [*super().secrets(), *([basic_token("ck_demo", "cs_demo")] if encrypted else [])]

    def add_product(self, sku: str, *, price: Decimal, stock: int) -> str:
        # Every other one at the reduced rate, so that no test passes by the standard one alone.
        tax_class = "reduced-rate" if sku.endswith("1") else "standard"
        return str(self.simulator.add_product(sku, price=str(price), stock=stock, tax_class=tax_class))

    def add_variations(self, sku: str, variations: list[str], *, stock: int) -> None:
        self.simulator.add_product(sku, variations=variations, stock=stock)

    def show_methods(self) -> tuple[str, ...]:
        return ("PostNL standard", "DHL Europe", "Pick-up")

    def stock_of(self, sku: str) -> int:
        return int(self.simulator.stock_of(sku) or 0)

    def address_of(self, shop_order_id: str) -> str:
        return words(self.simulator.world.orders[int(shop_order_id)]["shipping"])

    def ship(self, shop_order_id: str, *, carrier: str, tracking_code: str, complete: bool) -> None:
        self.simulator.ship(int(shop_order_id), carrier=carrier, tracking_code=tracking_code, complete=complete)

    def revoke(self) -> None:
        self.simulator.revoke_keys()

    def forbid_writing(self) -> bool:
        self.simulator.world.write_permission = False
        return True


def _magento2(auth: str = "oauth") -> ShopBench:
    from tests.contract.magento2_bench import Magento2Bench

    return Magento2Bench(auth=auth)


def _magento1() -> ShopBench:
    from tests.contract.magento1_bench import Magento1Bench

    return Magento1Bench()


def _module(bench: str) -> ShopBench:
    from tests.contract import channable_module_bench

    made: ShopBench = getattr(channable_module_bench, bench)()
    return made


def _prestashop(version: str = "8.2.1", *, rounding: str = "2") -> ShopBench:
    from tests.contract.prestashop_bench import PrestaShopBench

    return PrestaShopBench(version=version, rounding=rounding)


def _corner(rung: str) -> ShopBench:
    from tests.contract.corner_bench import CornerBench

    return CornerBench(rung)


BENCHES: dict[str, Callable[[], ShopBench]] = {
    "magento2": _magento2,
    "magento2 with the token alone": lambda: _magento2("bearer"),
    "prestashop": _prestashop,
    "prestashop 1.7.6": lambda: _prestashop("1.7.6", rounding="1"),
    "prestashop 1.7.8": lambda: _prestashop("1.7.8", rounding="3"),
    "woocommerce": WooCommerceBench,
    "woocommerce over http": lambda: WooCommerceBench(scheme="http"),
    "woocommerce with legacy storage": lambda: WooCommerceBench(storage="legacy"),
    "magento1": _magento1,
    "magento2_module": lambda: _module("Magento2ModuleBench"),
    "magento1_module": lambda: _module("Magento1ModuleBench"),
    "magento2_module with the API": lambda: _module("Magento2ModuleWithApiBench"),
    "magento1_module with an API user": lambda: _module("Magento1ModuleWithUserBench"),
    "prestashop_module": lambda: _module("PrestaShopModuleBench"),
    **{f"corner_{rung}": partial(_corner, rung) for rung in ("unique", "keyed", "own_id", "searched")},
}
