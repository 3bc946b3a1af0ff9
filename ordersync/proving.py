"""Walks an order through a shop, as the product does: for `verify_adapter`, and for the tests of real shops.

product → create → find → verify → once more → ship → tracking → cancel. Every step is reported with its time. Orders
are marked as test orders; what is left of them in the shop is named at the end.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, TypeVar
from urllib.parse import urlsplit

from adapterkit import creation
from adapterkit.auth import MemoryTokens
from adapterkit.errors import AdapterError, AlreadyExists
from adapterkit.evidence import Result, Step
from adapterkit.network import NetworkPolicy
from adapterkit.opening import open_adapter
from adapterkit.records import Address, Fulfilment, Order, OrderLine, Product, ShopOrder, ShopOrderState, ShopUpdate
from adapterkit.shop import CancelsOrders, CreatesInertOrders, CreatesOrders, FetchesStock, Shop
from adapterkit.simulator import SERVER
from adapterkit.spec import Creation, ShopSpec
from adapterkit.transport import Exchange
from orders.verification import code_of, mismatch_of
from orders.words.problems import explain

T = TypeVar("T")
CARRIER, QUANTITY = "PostNL", 1
CLOSED = (ShopOrderState.CANCELLED, ShopOrderState.REFUNDED)
PREFIX = "ORDERSYNC_LIVE"
MEANINGS: Mapping[str, str] = {
    "credentials": "the keys and settings are right",
    "products": "a product to order is there",
    "count": "its stock is read",
    "create": "an order is made",
    "find": "it is found by our reference",
    "verify": "read back, it is what was sent, as far as the shop tells",
    "again": "sent twice, it stands there once",
    "stock": "the stock fell by what was ordered",
    "ship": "it is shipped",
    "tracking": "its tracking code is read",
    "cancel": "an order is cancelled, and its pieces are back",
}
NOT_COUNTED = "The shop does not count this product, or does not tell"


class Disappointed(Exception):
    """The shop answered, and not with what was expected."""


class NotPossible(Exception):
    """The step cannot be done here; the text says why."""


@dataclass
class Witness:
    """Looks at every answer; `simulated` once one came from our own simulator."""

    simulated: bool = False

    def record(self, exchange: Exchange) -> None:
        self.simulated |= exchange.response_headers.get("Server") == SERVER


@dataclass(slots=True, kw_only=True)
class Walk:
    """`port` is the platform's `proving` module, `by_hand` asks a person to do what no module does."""

    shop: Shop
    port: Any = None
    report: Callable[[Step], None] | None = None
    by_hand: Callable[[str], None] | None = None
    sku: str = ""
    country: str = "NL"
    currency: str = "EUR"
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    token: str = field(default_factory=lambda: secrets.token_hex(5).upper())
    clock: Callable[[], float] = time.perf_counter
    steps: list[Step] = field(default_factory=list)
    left: list[str] = field(default_factory=list)  # numbers of the orders that stay in the shop

    def run(self) -> list[Step]:
        """Walk as far as the steps before allow, and clear away what can be."""
        if self._do("credentials", self._credentials) is None:
            return self.steps
        product = self._do("products", self._product)
        if product is None:
            return self.steps
        order = self._order(product, "1")
        products = _linked(order, product)
        before = self._do("count", lambda: self._count(product))
        made = self._do("create", lambda: self._create(order, products))
        if made is None:
            self.left.append(f"{self._reference(order)} (perhaps)")
            return self.steps
        self.left.append(made.number)
        self._look_at(order, products, made, product, before)
        shipped = self._ship(made)
        self._do("cancel", lambda: self._cancel(made, product, shipped=shipped))
        return self.steps

    def versions(self) -> Mapping[str, str]:
        """What the shop tells of its own software."""
        found: Mapping[str, str] = self.port.versions(self.shop) if hasattr(self.port, "versions") else {}
        return found

    def _do(self, name: str, act: Callable[[], T]) -> T | None:
        """Do one step; None when it failed or cannot be done."""
        began, said, result, value = self.clock(), "", Result.OK, None
        try:
            value = act()
        except NotPossible as reason:
            result, said = Result.SKIPPED, str(reason)
        except (AdapterError, Disappointed) as error:
            result, said = Result.FAILED, str(error)
        step = Step(name, result, round(self.clock() - began, 3), said)
        self.steps.append(step)
        if self.report is not None:
            self.report(step)
        return value

    def _credentials(self) -> bool:
        self.shop.verify_credentials()
        return True

    def _product(self) -> Product:
        """Find the named product, or the first one of which there are enough."""
        seen = 0
        for page in self.shop.fetch_products():
            for product in page.items:
                seen += 1
                enough = product.stock is None or product.stock > QUANTITY
                if product.sku == self.sku if self.sku else enough and product.sku:
                    return product
        wanted = f"the SKU {self.sku}" if self.sku else "enough stock"
        raise Disappointed(f"None of the {seen} products has {wanted}")

    def _order(self, product: Product, suffix: str) -> Order:
        price = (product.price or Decimal("12.10")).quantize(Decimal("0.01"))
        number = f"TEST-{self.token}-{suffix}"
        address = Address(
            first_name="Order", last_name="Sync", street="Teststraat", house_number="1", postcode="1012AB",
            city="Amsterdam", country=self.country, email="test@ordersync.invalid", phone="+31200000000",
        )  # fmt: skip
        line = OrderLine(
            line_id=f"{number}-1", sku=product.sku, title=product.title, quantity=QUANTITY, unit_price=price,
            total=price * QUANTITY,
        )  # fmt: skip
        return Order(
            order_id=number, number=number, placed_at=self.now, fulfilment=Fulfilment.MERCHANT, currency=self.currency,
            lines=(line,), total=line.total, delivery=address, billing=address, is_test=True, fingerprint=number,
            remark="A test of the connection; do not ship", payload={},
        )  # fmt: skip

    def _reference(self, order: Order) -> str:
        return f"ordersync-{order.order_id}"

    def _create(self, order: Order, products: Mapping[str, str]) -> ShopOrder:
        reference, shop = self._reference(order), self.shop
        if shop.find_orders(reference, order.placed_at):
            raise Disappointed(f"An order {reference} is found before it is made")
        if isinstance(shop, CreatesInertOrders):
            return shop.activate_order(shop.create_inert_order(order, reference, products).shop_order_id, order)
        if not isinstance(shop, CreatesOrders):
            raise NotPossible("The platform takes no orders this way")
        return shop.create_order(order, reference, products)

    def _look_at(
        self, order: Order, products: Mapping[str, str], made: ShopOrder, product: Product, before: int | None
    ) -> None:
        self._do("find", lambda: self._find(order, made))
        self._do("verify", lambda: self._verify(order, products, made))
        self._do("again", lambda: self._again(order, products, made))
        self._do("stock", lambda: self._counted(product, before, QUANTITY))

    def _find(self, order: Order, made: ShopOrder) -> bool:
        found = [one.shop_order_id for one in self.shop.find_orders(self._reference(order), order.placed_at)]
        if found != [made.shop_order_id]:
            raise Disappointed(f"Found {len(found)} orders by our reference instead of the one that was made")
        return True

    def _verify(self, order: Order, products: Mapping[str, str], made: ShopOrder) -> bool:
        read = self.shop.fetch_order(made.shop_order_id).order
        if difference := mismatch_of(read, order, products):
            params = {"number": read.number, **difference.params}
            raise Disappointed(explain(code_of(difference, read), params).what)
        # Some shops show what they made of our reference; that it is found by ours is a step of its own.
        if read.state is not ShopOrderState.OPEN or not read.reference:
            raise Disappointed(f"The order is {read.state} with the reference {read.reference!r}")
        return True

    def _again(self, order: Order, products: Mapping[str, str], made: ShopOrder) -> bool:
        """What is sent twice must not be there twice."""
        if isinstance(self.shop, CreatesInertOrders):
            repeated = self.shop.activate_order(made.shop_order_id, order)
        elif isinstance(self.shop, CreatesOrders) and self.shop.spec.creation in creation.REPEATABLE:
            try:
                repeated = self.shop.create_order(order, self._reference(order), products)
            except AlreadyExists:
                return self._find(order, made)
        else:
            raise NotPossible("This shop cannot tell an order that is sent twice; the product looks first")
        if repeated.shop_order_id != made.shop_order_id:
            self.left.append(repeated.number)
            raise Disappointed(f"Sent twice, the order stands there twice: {made.number} and {repeated.number}")
        return self._find(order, made)

    def _stock(self, product: Product) -> int | None:
        if not isinstance(self.shop, FetchesStock):
            return None
        return self.shop.fetch_stock([product.product_id]).get(product.product_id)

    def _count(self, product: Product) -> int:
        found = self._stock(product)
        if found is None:
            raise NotPossible(NOT_COUNTED)
        return found

    def _counted(self, product: Product, before: int | None, less: int) -> bool:
        if before is None:
            raise NotPossible(NOT_COUNTED)
        after = self._stock(product)
        if after != before - less:
            raise Disappointed(f"The stock went from {before} to {after} instead of {before - less}")
        return True

    def _ship(self, made: ShopOrder) -> bool:
        code = f"3STEST{self.token}"

        def ship() -> bool:
            if hasattr(self.port, "ship"):
                self.port.ship(self.shop, made.shop_order_id, carrier=CARRIER, tracking_code=code)
            elif self.by_hand is not None:
                self.by_hand(f"Ship order {made.number} in the shop, with {CARRIER} and the tracking code {code}")
            else:
                raise NotPossible("No way to ship in this shop by program; run it with --by-hand")
            return True

        shipped = bool(self._do("ship", ship))
        self._do("tracking", lambda: self._tracking(made, code, shipped=shipped))
        return shipped

    def _tracking(self, made: ShopOrder, code: str, *, shipped: bool) -> ShopUpdate:
        if not shipped:
            raise NotPossible("Nothing was shipped")
        update = self.shop.fetch_order(made.shop_order_id)
        codes = [parcel.tracking_code for parcel in update.shipments]
        if codes != [code]:
            raise Disappointed(f"Read the tracking codes {codes} instead of {code}")
        return update

    def _cancel(self, made: ShopOrder, product: Product, *, shipped: bool) -> bool:
        """Cancel the order; one that was shipped cannot be, so another is made for it."""
        shop = self.shop
        if not isinstance(shop, CancelsOrders):
            raise NotPossible("The platform cancels no orders this way")
        before = self._stock(product)
        if shipped:
            other = self._order(product, "2")
            made = self._create(other, _linked(other, product))
            self.left.append(made.number)
        shop.cancel_order(made.shop_order_id, made.reference)
        state = shop.fetch_order(made.shop_order_id).order.state
        if state not in CLOSED:
            raise Disappointed(f"The cancelled order {made.number} is {state}")
        self.left.remove(made.number)
        return before is None or self._counted(product, before, 0 if shipped else -QUANTITY)


def _linked(order: Order, product: Product) -> dict[str, str]:
    return {line.line_id: product.product_id for line in order.lines}


def is_sent_orders(adapter: type[Shop]) -> bool:
    """Whether we make orders in shops of this platform: only then there is anything to walk through."""
    return adapter.spec.creation is not Creation.PULLED and creation.holds(adapter)


def values_from(spec: ShopSpec, given: Mapping[str, str], environ: Mapping[str, str]) -> dict[str, str]:
    """Return the values of a platform's settings: given ones, else those of the environment.

    A setting's variable is ORDERSYNC_LIVE_, the platform and the setting, as ORDERSYNC_LIVE_MAGENTO2_ACCESS_TOKEN.
    What neither has is what the page where a merchant connects the shop begins with.
    """
    found = {
        setting.name: given.get(setting.name)
        or environ.get(f"{PREFIX}_{spec.code}_{setting.name}".upper(), "")
        or setting.default
        for setting in spec.settings
    }
    return {name: value for name, value in found.items() if value}


def opened(adapter: type[Shop], values: Mapping[str, str], witness: Witness) -> Shop:
    """Open a platform's adapter. Its address was typed by whoever runs this server, so it may be a private one."""
    secret = {setting.name for setting in adapter.spec.settings if setting.secret}
    host = urlsplit(values.get("shop_url", "")).hostname or ""
    return open_adapter(
        adapter,
        settings={name: value for name, value in values.items() if name not in secret},
        credentials={name: value for name, value in values.items() if name in secret},
        recorder=witness,
        tokens=MemoryTokens(),
        policy=NetworkPolicy(allowed_private_hosts=frozenset({host.lower()})),
    )
