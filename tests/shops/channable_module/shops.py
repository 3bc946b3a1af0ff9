"""Orders, and adapters in front of simulated shops."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from adapterkit.auth import MemoryTokens
from adapterkit.opening import open_adapter
from adapterkit.records import Address, Discount, Fulfilment, Order, OrderLine
from adapterkit.simulator import Simulator
from shops.channable_module.magento1.simulator import Magento1ModuleSimulator
from shops.channable_module.magento2.simulator import Magento2ModuleSimulator
from shops.channable_module.prestashop.simulator import PrestaShopModuleSimulator
from shops.magento1.simulator import Magento1Simulator
from shops.registry import shop
from tests.clock import START

URL = "https://shop.test"
NOW = START
SETTINGS = {"shop_url": URL, "store_id": "1", "number_prefix": "M-", "time_zone": "Europe/Amsterdam"}
API_KEY = "api-key-of-ordersync"
SECRETS = {
    "magento1": {"api_key": API_KEY},
    "magento1_module": {"token": "module-token", "api_key": API_KEY},
    "magento2_module": {"token": "module-token", **Magento2ModuleSimulator.keys},
    "prestashop_module": {"key": "CHANNABLEkey"},
}
ADDRESS = Address(
    first_name="Anouk",
    last_name="de Vries",
    street="Keizersgracht",
    house_number="12",
    house_number_addition="B",
    postcode="1015 CJ",
    city="Amsterdam",
    country="NL",
    email="relay@verkopen.test",
    phone="+31201234567",
)


def simulator(code: str, **options: Any) -> Any:
    classes = {
        "magento1": Magento1Simulator,
        "magento2_module": Magento2ModuleSimulator,
        "magento1_module": Magento1ModuleSimulator,
        "prestashop_module": PrestaShopModuleSimulator,
    }
    return classes[code](**options)


def adapter(code: str, side: Simulator, **settings: str) -> Any:
    return open_adapter(
        shop(code),
        settings={**SETTINGS, **settings},
        credentials=SECRETS[code],
        tokens=MemoryTokens(),
        mounts={URL: side.mount()},
        wait=lambda _: None,
    )


def line(number: int, price: str, quantity: int = 1, **more: Any) -> OrderLine:
    unit = Decimal(price)
    total = more.pop("total", unit * quantity)
    return OrderLine(
        line_id=f"L{number}", sku=f"S{number}", title=f"Mug {number}", quantity=quantity, unit_price=unit,
        total=Decimal(total), **more,
    )  # fmt: skip


def order(*lines: OrderLine, shipping: str = "0", discount: str = "0", country: str = "NL", **more: Any) -> Order:
    goods = sum((one.total for one in lines), Decimal(0))
    address = replace(ADDRESS, country=country)
    given = {
        "order_id": "A1",
        "number": "A1",
        "placed_at": NOW,
        "fulfilment": Fulfilment.MERCHANT,
        "currency": "EUR",
        "lines": lines,
        "shipping_cost": Decimal(shipping),
        "discounts": (Discount(title="Voucher", amount=Decimal(discount)),) if Decimal(discount) else (),
        "total": goods + Decimal(shipping) - Decimal(discount),
        "delivery": address,
        "billing": address,
        "fingerprint": "f",
        "payload": {},
    }
    return Order(**{**given, **more})
