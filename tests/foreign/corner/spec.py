"""Facts about corner shops."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from adapterkit.auth import HeaderKey
from adapterkit.dialects import Json
from adapterkit.errors import AdapterError, AlreadyExists, AuthenticationFailed
from adapterkit.spec import Creation, Endpoint, Setting, ShopSpec, creates, reads, replaces
from adapterkit.transport import Answer

READ_SHOP = reads("/v1/shop")
LIST_PRODUCTS = reads("/v1/products")
LIST_STOCK = reads("/v1/stock")
LIST_ORDERS = reads("/v1/orders")
READ_ORDER = reads("/v1/orders/{order_id}")
CREATE_ORDER = creates("/v1/orders")
PUT_ORDER = replaces("/v1/orders/{order_id}")
CHANGE_ORDER = replaces("/v1/orders/{order_id}/{verb}", method="POST")
ORDER, ROWS = {"id", "state", "total"}, {"rows", "next"}
# What no answer is without.
HOLDS = {
    (endpoint.method, endpoint.path): names
    for endpoint, names in (
        (LIST_PRODUCTS, ROWS),
        (LIST_ORDERS, ROWS),
        (READ_ORDER, ORDER),
        (CREATE_ORDER, ORDER),
        (PUT_ORDER, ORDER),
    )
}


class CornerJson(Json):
    """Whatever was asked, the shop answers 200 and says in the body what it thinks of it."""

    def judge(self, answer: Answer, endpoint: Endpoint) -> AdapterError | None:
        body = answer.body if isinstance(answer.body, dict) else {}
        match body.get("error"):
            case "wrong_key" | "may_not_write":
                return AuthenticationFailed("The shop refuses the key", remote=str(body["error"]))
            case "reference_taken":
                return AlreadyExists("The shop has an order with this reference", remote=str(body["error"]))
            case _:
                return None


UNIQUE = ShopSpec(
    code="corner_unique",
    name="Corner shop",
    settings=(Setting("shop_url", "Address"), Setting("key", "Key", secret=True)),
    auth=HeaderKey(setting="key", header="X-Corner-Key"),
    dialect=CornerJson(),
    creation=Creation.UNIQUE_REFERENCE,
    shipping_method="None.",
    calls_per_order=2,
    remaining_window="None: a reference is taken once.",
    settling_time=timedelta(minutes=2),
)
KEYED = replace(
    UNIQUE,
    code="corner_keyed",
    creation=Creation.IDEMPOTENCY_KEY,
    remaining_window="None: the shop knows its keys for a month.",
)
OWN_ID = replace(UNIQUE, code="corner_own_id", creation=Creation.CLIENT_ID, remaining_window="None: the id is ours.")
SEARCHED = replace(
    UNIQUE,
    code="corner_searched",
    creation=Creation.SEARCH,
    remaining_window="A request that is finished later than two minutes after it was cut off makes a second order.",
)
