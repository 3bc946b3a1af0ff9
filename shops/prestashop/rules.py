"""What the simulated shop takes for each field, after PrestaShop's `classes/Validate.php` and its object models."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """The texts of a field: what they may be, how long, and whether there must be one."""

    pattern: re.Pattern[str]
    width: int = 0
    required: bool = False

    def fits(self, text: str) -> bool:
        if not text:
            return not self.required
        return bool(self.pattern.fullmatch(text)) and (not self.width or len(text) <= self.width)


CUSTOMER_NAME = re.compile(r"""(?!\s*$)(?:[^0-9!<>,;?=+()/\\@#"°*`{}_^$%:¤\[\]|.。]|[。.](?:\s|$))*""")
NAME = re.compile(r"""[^0-9!<>,;?=+()@#"°{}_$%:¤|]*""")
GENERIC = re.compile(r"[^<>={}]*")
ADDRESS = re.compile(r"[^!<>?=+@{}_$%]*")
CITY = re.compile(r"""[^!<>;?=+@#"°{}_$%]*""")
POSTCODE = re.compile(r"[a-zA-Z 0-9-]+")
PHONE = re.compile(r"[+0-9. ()/-]*")
MESSAGE = re.compile(r"[^<>{}]*")
EMAIL = re.compile(r"[^@\s<>()]+@[^@\s<>()]+")
ID = re.compile(r"\d+")
PRICE = re.compile(r"\d{1,10}(\.\d{1,9})?")
MODULE = re.compile(r"[a-zA-Z0-9_-]+")

NEEDED_ID = Rule(ID, required=True)
ADDRESSES: Mapping[str, Rule] = {
    "id_country": NEEDED_ID,
    "alias": Rule(GENERIC, 32, required=True),
    "lastname": Rule(NAME, 255, required=True),
    "firstname": Rule(NAME, 255, required=True),
    "address1": Rule(ADDRESS, 128, required=True),
    "city": Rule(CITY, 64, required=True),
    "id_customer": Rule(ID),
    "id_state": Rule(ID),
    "company": Rule(GENERIC, 255),
    "vat_number": Rule(GENERIC, 32),
    "address2": Rule(ADDRESS, 128),
    "postcode": Rule(POSTCODE, 12),
    "other": Rule(MESSAGE, 300),
    "phone": Rule(PHONE, 32),
}
CUSTOMERS: Mapping[str, Rule] = {
    "passwd": Rule(re.compile(r".{5,72}"), required=True),
    "lastname": Rule(CUSTOMER_NAME, 255, required=True),
    "firstname": Rule(CUSTOMER_NAME, 255, required=True),
    "email": Rule(EMAIL, 255, required=True),
}
CARTS: Mapping[str, Rule] = {
    "id_currency": NEEDED_ID,
    "id_lang": NEEDED_ID,
    "secure_key": Rule(re.compile(r".*"), 32),
    "gift_message": Rule(MESSAGE),
}
PRICE_IDS = ("id_shop", "id_cart", "id_product", "id_currency", "id_country", "id_group", "id_customer")
SPECIFIC_PRICES: Mapping[str, Rule] = {
    **dict.fromkeys(PRICE_IDS, NEEDED_ID),
    "price": Rule(re.compile(r"-?\d{1,14}(\.\d{1,6})?"), required=True),
    "from_quantity": NEEDED_ID,
    "reduction": Rule(PRICE, required=True),
    "reduction_type": Rule(re.compile(r"amount|percentage"), required=True),
    "from": Rule(re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"), required=True),
    "to": Rule(re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"), required=True),
}
ORDER_IDS = (
    "id_address_delivery",
    "id_address_invoice",
    "id_cart",
    "id_currency",
    "id_lang",
    "id_customer",
    "id_carrier",
)
ORDER_AMOUNTS = ("total_paid", "total_paid_real", "total_products", "total_products_wt")
ORDERS: Mapping[str, Rule] = {
    **dict.fromkeys(ORDER_IDS, NEEDED_ID),
    "module": Rule(MODULE, required=True),
    "payment": Rule(GENERIC, required=True),
    **dict.fromkeys(ORDER_AMOUNTS, Rule(PRICE, required=True)),
    "conversion_rate": Rule(PRICE, required=True),
}
ORDER_HISTORIES: Mapping[str, Rule] = {"id_order_state": NEEDED_ID, "id_order": NEEDED_ID}
VALID: Mapping[str, Rule] = {**ADDRESSES, **CUSTOMERS}
