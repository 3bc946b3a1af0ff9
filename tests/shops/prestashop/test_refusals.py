"""Every way in which PrestaShop says no, or says nothing: what it becomes, and that nothing is made twice or lost."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from adapterkit.errors import (
    AdapterError,
    AuthenticationFailed,
    MalformedResponse,
    NotFound,
    OutcomeUnknown,
    Rejected,
    TemporarilyUnavailable,
)
from adapterkit.records import ShopOrderState
from adapterkit.transport import Answer
from shops.prestashop import spec
from shops.prestashop.answers import data_of, errors_of
from tests.shops.prestashop.shop import NOW, DemoShop, one


def test_the_key_is_told_what_it_lacks_by_name(shop: DemoShop) -> None:
    shop.simulator.forbid("specific_prices", "post")
    shop.simulator.forbid("orders", "patch", "post")
    shop.simulator.forbid("configurations", *spec_verbs())

    with pytest.raises(AuthenticationFailed) as caught:
        shop.adapter.verify_credentials()

    assert caught.value.remote == "configurations: GET; orders: PATCH, POST; specific_prices: POST"
    assert "Advanced Parameters > Webservice" in caught.value.message


def test_a_key_that_may_only_read_is_told_the_verbs_that_the_shop_has(shop: DemoShop) -> None:
    for resource in shop.simulator.world.rights:
        shop.simulator.forbid(resource, *(set(spec_verbs()) - {"get"}))

    with pytest.raises(AuthenticationFailed) as caught:
        shop.adapter.verify_credentials()

    assert caught.value.remote == (
        "addresses: POST; carts: DELETE, POST; customers: POST; order_histories: POST; orders: PATCH, POST; "
        "specific_prices: POST"
    )


def spec_verbs() -> tuple[str, ...]:
    return ("get", "put", "post", "patch", "delete", "head")


def test_every_right_that_is_asked_for_is_used_and_no_other_is_needed(shop: DemoShop) -> None:
    granted = shop.simulator.world.rights
    for resource in list(granted):
        shop.simulator.forbid(resource, *(set(spec_verbs()) - set(spec.NEEDED_RIGHTS.get(resource, "").split())))
    shop.simulator.add_product("SHIRT", variations=["SHIRT-M"])
    shop.simulator.activate_country("IT")

    shop.adapter.verify_credentials()
    made = shop.place(one(country="IT"))
    shop.simulator.set_state(int(made.shop_order_id), "1")
    assert next(iter(shop.adapter.fetch_updates(NOW))).items
    assert next(iter(shop.adapter.fetch_products())).items
    assert shop.adapter.fetch_stock([shop.product]) == {shop.product: 9}
    shop.adapter.cancel_order(made.shop_order_id, "bol-A1")
    shop.adapter.discard_inert_order(shop.cart(one()).shop_order_id)

    used: dict[str, set[str]] = {}
    for seen in shop.simulator.requests[1:]:
        used.setdefault(seen.path.split("/")[2], set()).add(seen.method.lower())
    untried = {"addresses": {"get"}, "specific_prices": {"get"}, "states": {"get"}}  # after a failure; for a region
    for resource, verbs in spec.NEEDED_RIGHTS.items():
        assert used.get(resource, set()) | untried.get(resource, set()) == set(verbs.split()), resource


def test_an_older_shop_has_no_patch_and_needs_put(shop: DemoShop) -> None:
    shop.simulator.world.version = "1.7.8"
    shop.simulator.forbid("orders", "patch")
    shop.adapter.verify_credentials()
    shop.simulator.forbid("orders", "put")

    with pytest.raises(AuthenticationFailed) as caught:
        shop.adapter.verify_credentials()

    assert caught.value.remote == "orders: PUT"


def test_in_an_older_shop_the_note_is_put_with_the_whole_order(shop: DemoShop) -> None:
    shop.simulator.world.version = "1.7.8"

    made = shop.place(one())

    [row] = shop.rows("orders")
    assert (row["note"], row["current_state"], row["payment"], row["secure_key"]) == (
        "bol-A1",
        "11",
        "bol",
        shop.rows("customers")[0]["secure_key"],
    )
    assert [len(shop.sent(method, "/api/orders")) for method in ("PATCH", "PUT")] == [0, 1]
    assert shop.adapter.find_orders("bol-A1", NOW)[0].shop_order_id == made.shop_order_id


def test_a_shop_without_notes_is_not_asked_for_them_and_finds_its_orders_by_the_cart(shop: DemoShop) -> None:
    shop.simulator.world.version = "1.7.6"

    made = shop.place(one())

    assert [len(shop.sent(method, "/api/orders/")) for method in ("PATCH", "PUT")] == [0, 0]
    assert shop.adapter.find_orders("bol-A1", NOW)[0].shop_order_id == made.shop_order_id


def test_a_shop_whose_version_is_hidden_is_tried_with_patch_first(
    shop: DemoShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.simulator.world.version = "1.7.8"
    monkeypatch.setattr("shops.prestashop.service._version", lambda told: ())

    shop.place(one())

    assert shop.rows("orders")[0]["note"] == "bol-A1"
    assert [len(shop.sent(method, "/api/orders/")) for method in ("PATCH", "PUT")] == [1, 1]


def test_a_key_that_is_refused(shop: DemoShop) -> None:
    shop.simulator.revoke_keys()

    with pytest.raises(AuthenticationFailed) as caught:
        shop.adapter.find_orders("bol-A1", NOW)

    assert caught.value.remote == "Authentification key is not active; No permission for this authentication key"


def test_a_key_that_the_web_server_keeps_back(shop: DemoShop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapterkit.auth.keys.HeaderSigner.sign", lambda self, request, scope: None)

    with pytest.raises(AuthenticationFailed, match="CGIPassAuth"):
        shop.adapter.verify_credentials()


def test_a_resource_or_verb_that_was_unticked_since(shop: DemoShop) -> None:
    shop.simulator.forbid("carts", "post")
    with pytest.raises(AuthenticationFailed, match="Method POST is not allowed for the resource carts"):
        shop.cart(one())
    shop.simulator.forbid("carriers", *spec_verbs())
    with pytest.raises(AuthenticationFailed, match='"carriers" is not allowed'):
        shop.cart(one())


def test_a_web_service_that_is_switched_off(shop: DemoShop) -> None:
    shop.simulator.world.web_service = False

    with pytest.raises(TemporarilyUnavailable, match="switched off"):
        shop.adapter.verify_credentials()


def test_a_missing_carrier_is_told_when_the_shop_is_connected(shop: DemoShop) -> None:
    shop.settings["carrier_id"] = "77"

    with pytest.raises(Rejected, match="no carrier 77"):
        shop.adapter.verify_credentials()


@pytest.mark.parametrize(
    ("status", "body", "expected", "said"),
    [
        (404, "<html><body>Not Found</body></html>", Rejected, "no PrestaShop web service at this address"),
        (405, "<html><h1>Not Allowed</h1></html>", Rejected, "forbids PUT, PATCH or DELETE"),
        (401, "<html>Unauthorized</html>", AuthenticationFailed, "refuses the key"),
        (403, "<html>Forbidden</html>", Rejected, "forbidden to us there"),
        (500, b"", TemporarilyUnavailable, "failed there"),
        (500, "Link to database cannot be established", TemporarilyUnavailable, "Link to database"),
        (503, "<html>Maintenance</html>", TemporarilyUnavailable, "Not available"),
        (400, {"errors": [{"code": 41, "message": 'parameter "x" required'}]}, Rejected, 'parameter "x" required'),
        (403, {"errors": [{"code": 132, "message": "No permission"}]}, AuthenticationFailed, "shop association"),
        (404, {"errors": [{"code": 87, "message": "Id(s) not exists: 7"}]}, NotFound, "Id"),
        (500, {"errors": [{"code": 32, "message": "This filter does not exist"}]}, Rejected, "filter"),
        (500, {"errors": [{"code": 3, "message": "[PHP Warning #2] x"}]}, TemporarilyUnavailable, "PHP complains"),
    ],
)
def test_refusals_of_a_read(shop: DemoShop, status: int, body: object, expected: type[AdapterError], said: str) -> None:
    shop.simulator.fail_next(status=status, body=body, times=3)

    with pytest.raises(AdapterError, match=said) as caught:
        shop.adapter.fetch_order("6")

    assert type(caught.value) is expected


def test_an_id_that_is_unknown_is_not_found_and_a_page_is_not_taken_for_that(shop: DemoShop) -> None:
    for unknown in ("6", "cart:6", "no id"):
        with pytest.raises(NotFound):
            shop.adapter.fetch_order(unknown)
    shop.simulator.fail_next("html", times=3)
    with pytest.raises(TemporarilyUnavailable):
        shop.adapter.fetch_order("6")


def module_gone(shop: DemoShop) -> None:
    shop.simulator.world.payment_modules.clear()
    shop.simulator.configure("CONF_PS_WIREPAYMENT_FIXED", "")


def country_off(shop: DemoShop) -> None:
    for row in shop.rows("countries"):
        row["active"] = "0"


def state_gone(shop: DemoShop) -> None:
    del shop.simulator.world.tables["order_states"][11]


SILENT: list[tuple[Callable[[DemoShop], None], str]] = [
    (lambda shop: shop.simulator.remove_product("TST-001"), "has no products"),
    (module_gone, "no payment module ps_wirepayment"),
    (country_off, "country NL is not active"),
    (state_gone, "order status 11"),
]


@pytest.mark.parametrize(("spoil", "said"), SILENT)
def test_what_keeps_the_shop_from_making_the_order_is_found_behind_its_silence(
    shop: DemoShop, spoil: Callable[[DemoShop], None], said: str
) -> None:
    cart = shop.cart(one())
    spoil(shop)

    with pytest.raises(Rejected, match=said) as caught:
        shop.adapter.activate_order(cart.shop_order_id, one())

    assert (caught.value.status, shop.rows("orders")) == (500, [])


@pytest.mark.parametrize("body", [b"", "Fatal error", {"message": "fault"}])
@pytest.mark.parametrize("status", [500, 502, 504])
def test_a_failure_that_nothing_explains_stays_unknown(shop: DemoShop, status: int, body: object) -> None:
    cart = shop.cart(one())
    shop.simulator.fail_next(status=status, body=body, method="POST", path="/api/orders")

    with pytest.raises(OutcomeUnknown):
        shop.adapter.activate_order(cart.shop_order_id, one())

    assert shop.rows("orders") == []
    assert shop.adapter.activate_order(cart.shop_order_id, one()).state is ShopOrderState.OPEN


def test_an_order_that_the_shop_made_though_it_failed_is_taken(shop: DemoShop) -> None:
    cart = shop.cart(one())
    shop.simulator.fail_next(status=500, body=b"", after_handling=True, method="POST", path="/api/orders")

    made = shop.adapter.activate_order(cart.shop_order_id, one())

    assert (made.state, len(shop.rows("orders"))) == (ShopOrderState.OPEN, 1)


def test_behind_a_gateway_that_gave_up_the_shop_may_still_be_at_work(shop: DemoShop) -> None:
    cart = shop.cart(one())
    shop.simulator.fail_next(status=504, body=b"", after_handling=True, method="POST", path="/api/orders")

    with pytest.raises(OutcomeUnknown):
        shop.adapter.activate_order(cart.shop_order_id, one())

    assert shop.adapter.activate_order(cart.shop_order_id, one()).state is ShopOrderState.OPEN
    assert len(shop.rows("orders")) == 1


def test_a_cart_that_was_used_meanwhile_is_found_as_its_order(shop: DemoShop) -> None:
    cart = shop.cart(one())

    def meanwhile(request: object, moment: str) -> None:
        if len(shop.sent("POST", "/api/orders")) == 1 and moment == "before":
            shop.simulator.on_request = None
            shop.simulator.finish_late(shop.rows("carts")[0]["id"], "12.10")

    shop.simulator.on_request = meanwhile

    assert shop.adapter.activate_order(cart.shop_order_id, one()).state is ShopOrderState.OPEN
    assert len(shop.rows("orders")) == 1


def test_a_cart_that_is_gone_is_told(shop: DemoShop) -> None:
    cart = shop.cart(one())
    shop.simulator.world.tables["carts"].clear()

    with pytest.raises(NotFound):
        shop.adapter.activate_order(cart.shop_order_id, one())
    shop.adapter.discard_inert_order(cart.shop_order_id)


def test_the_shop_keeps_a_cart_that_became_an_order_while_we_looked(shop: DemoShop) -> None:
    cart = shop.cart(one())

    def meanwhile(request: object, moment: str) -> None:
        if shop.sent("DELETE", "/api/carts") and moment == "before":
            shop.simulator.on_request = None
            shop.simulator.finish_late(shop.rows("carts")[0]["id"], "12.10")

    shop.simulator.on_request = meanwhile

    with pytest.raises(Rejected, match="wasn't deleted"):
        shop.adapter.discard_inert_order(cart.shop_order_id)


@pytest.mark.parametrize("noise", ["before", "after"])
def test_php_s_warnings_around_the_data_are_left_out(shop: DemoShop, noise: str) -> None:
    shop.simulator.world.noise = noise

    made = shop.place(one())

    assert (made.state, len(shop.rows("orders"))) == (ShopOrderState.OPEN, 1)
    assert shop.adapter.find_orders("bol-A2", NOW) == []
    shop.adapter.verify_credentials()


@pytest.mark.parametrize("path", ["customers", "addresses", "carts", "specific_prices", "orders", "orders/"])
def test_what_php_s_complaints_hide_is_looked_for_and_not_made_again(shop: DemoShop, path: str) -> None:
    method = "PATCH" if path.endswith("/") else "POST"
    body = {"errors": [{"code": 5, "message": "[PHP Notice #8] Undefined index: x"}]}
    shop.simulator.fail_next(status=500, body=body, after_handling=True, method=method, path=f"/api/{path}")

    made = shop.place(one())

    assert (made.state, made.reference) == (ShopOrderState.OPEN, "bol-A1")
    assert [len(shop.rows(name)) for name in ("customers", "addresses", "carts", "orders")] == [1, 1, 1, 1]


def test_what_php_s_complaints_kept_from_being_saved_stays_unknown(shop: DemoShop) -> None:
    body = {"errors": [{"code": 3, "message": "[PHP Warning #2] x"}]}
    shop.simulator.fail_next(status=500, body=body, method="POST", path="/api/addresses")

    with pytest.raises(OutcomeUnknown, match="PHP complains"):
        shop.cart(one())


@pytest.mark.parametrize("kind", ["malformed", "empty", "html", "cut", "slow", "endless", "huge"])
@pytest.mark.parametrize("path", ["customers", "addresses", "carts", "specific_prices", "orders"])
def test_an_answer_that_cannot_be_read_leaves_a_creation_unknown(shop: DemoShop, path: str, kind: str) -> None:
    shop.simulator.fail_next(kind, after_handling=True, method="POST", path=f"/api/{path}")

    with pytest.raises(OutcomeUnknown):
        shop.place(one())


@pytest.mark.parametrize("path", ["customers", "addresses", "carts", "specific_prices", "orders"])
def test_an_answer_without_the_record_leaves_a_creation_unknown(shop: DemoShop, path: str) -> None:
    shop.simulator.fail_next(status=200, body={"hello": 1}, method="POST", path=f"/api/{path}")

    with pytest.raises(OutcomeUnknown):
        shop.place(one())


@pytest.mark.parametrize("kind", ["malformed", "empty", "html", "endless", "huge"])
def test_a_list_that_cannot_be_read_is_never_taken_for_an_empty_one(shop: DemoShop, kind: str) -> None:
    shop.place(one())
    shop.simulator.fail_next(kind, times=3)

    with pytest.raises((MalformedResponse, TemporarilyUnavailable)):
        shop.adapter.find_orders("bol-A1", NOW)


@pytest.mark.parametrize(
    "text",
    [
        '{"orders":[{"id":6,"associations":{"order_rows":[]},"no',
        "Warning: x [] in y",
        '{"orders":{"id":6}}',
        '{"order":[]}]',
        "null",
        "<b>Fatal error</b>: Allowed memory size of 134217728 bytes exhausted",
    ],
)
def test_half_an_answer_is_no_answer(shop: DemoShop, text: str) -> None:
    shop.simulator.fail_next(status=200, body=text, times=9)

    with pytest.raises((MalformedResponse, TemporarilyUnavailable)):
        shop.adapter.fetch_order("cart:6")


def test_errors_are_read_as_json_and_as_xml() -> None:
    xml = (
        '<?xml version="1.0"?><prestashop><errors><error><code><![CDATA[41]]></code>'
        '<message><![CDATA[parameter "id_product" required]]></message></error></errors></prestashop>'
    )

    assert errors_of(xml) == [("41", 'parameter "id_product" required')]
    assert errors_of('{"errors":[{"code":41,"message":"x"},{"message":"y"}]}') == [("41", "x"), ("", "y")]
    assert errors_of("") == errors_of("Fatal error") == errors_of("[]") == []


def test_amounts_keep_every_decimal() -> None:
    answer = Answer(status=200, headers={}, body='<br />\n{"a": 0.1, "b": "8.256198"} \nNotice: x', at=None)

    assert str(data_of(spec.READ, answer)["a"]) == "0.1"
