"""What Magento says no with, and what the merchant reads of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import requests
from oauthlib.oauth1 import Client

from adapterkit.auth import AuthBySetting, OAuth1
from adapterkit.errors import (
    AdapterError,
    AuthenticationFailed,
    MalformedResponse,
    NotFound,
    Rejected,
    TemporarilyUnavailable,
)
from adapterkit.opening import open_adapter
from shops.magento2.adapter import Magento2
from shops.magento2.simulator import RESOURCES
from shops.magento2.spec import SPEC
from tests.contract.magento2_bench import Magento2Bench
from tests.contract.shop_benches import NOW
from tests.contract.test_shops import order, stocked

ORDERS = "/rest/default/V1/orders"


def test_a_token_alone_is_refused_until_it_was_allowed_on_the_server_and_the_command_is_named() -> None:
    bench = Magento2Bench(auth="bearer")
    bench.simulator.world.bearer_allowed = False

    with pytest.raises(AuthenticationFailed, match="config:set oauth/consumer/enable_integration_as_bearer 1"):
        bench.adapter.verify_credentials()

    bench.simulator.world.bearer_allowed = True
    bench.adapter.verify_credentials()


def test_both_ways_to_sign_carry_what_they_say_and_no_more(bench: Magento2Bench) -> None:
    bench.adapter.verify_credentials()
    signed = bench.simulator.requests[-1].headers["Authorization"]
    token = Magento2Bench(auth="bearer")
    token.adapter.verify_credentials()

    assert signed.startswith("OAuth ")
    assert 'oauth_signature_method="HMAC-SHA256"' in signed
    assert not any(secret in signed for secret in ("cs-demo", "as-demo"))
    assert token.simulator.requests[-1].headers["Authorization"] == "Bearer at-demo"


def test_the_old_signature_method_is_refused_with_its_name(
    bench: Magento2Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    choices = SPEC.auth
    assert isinstance(choices, AuthBySetting)
    oauth = choices.choices["oauth"]
    assert isinstance(oauth, OAuth1)
    old = replace(SPEC, auth=replace(choices, choices={"oauth": replace(oauth, signature="HMAC-SHA1")}))
    monkeypatch.setattr(Magento2, "spec", old)

    with pytest.raises(Rejected, match="Signature method HMAC-SHA1 is not supported"):
        bench.adapter.verify_credentials()


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("consumer_key", "doesn't exist"),
        ("consumer_secret", "signature is invalid"),
        ("access_token", "token rejected"),
        ("access_token_secret", "signature is invalid"),
    ],
)
def test_each_wrong_key_is_refused_without_being_shown(bench: Magento2Bench, key: str, said: str) -> None:
    wrong = {**bench.credentials, key: "wrong-secret-key"}
    adapter = open_adapter(
        Magento2, settings=bench.settings, credentials=wrong, mounts={bench.url: bench.simulator.mount()}
    )

    with pytest.raises(AuthenticationFailed, match=said) as caught:
        adapter.verify_credentials()

    assert "wrong-secret-key" not in str(caught.value)


def test_a_permission_that_is_missing_is_named_when_connecting(bench: Magento2Bench) -> None:
    bench.simulator.world.may = {"Magento_Sales::actions_view", "Magento_Backend::store", "Magento_Sales::create"}

    with pytest.raises(AuthenticationFailed, match="may not use Magento_Sales::invoice: grant it under System >"):
        bench.adapter.verify_credentials()


def test_connecting_creates_nothing(bench: Magento2Bench) -> None:
    bench.adapter.verify_credentials()

    assert (bench.simulator.world.orders, bench.simulator.world.invoices) == ({}, {})
    assert len(bench.simulator.requests) == 11


@pytest.mark.parametrize(
    "resource",
    ["Magento_Sales::shipment", "Magento_Sales::sales_creditmemo", "Magento_Catalog::products", "Magento_Tax::manage_tax",
     "Magento_InventoryApi::source", "Magento_InventoryApi::stock_source_link", "Magento_InventorySalesApi::stock"],
)  # fmt: skip
def test_a_permission_that_is_needed_later_is_named_when_connecting(bench: Magento2Bench, resource: str) -> None:
    bench.simulator.world.may = {name for _, _, name in RESOURCES} - {resource}

    with pytest.raises(AuthenticationFailed, match=f"may not use {resource}: grant it under System >"):
        bench.adapter.verify_credentials()


def test_a_website_without_a_stock_is_named_when_connecting(bench: Magento2Bench) -> None:
    bench.extra = {"website": "bsae"}

    with pytest.raises(Rejected, match="The shop has no website bsae with a stock"):
        bench.adapter.verify_credentials()


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"store_id": "9"}, r"no store view default with ID 9; there are: default \(ID 1\), fr \(ID 2\)"),
        ({"store_view": "fr"}, "no store view fr with ID 1"),
    ],
)
def test_a_store_view_that_is_not_there_is_named_with_those_that_are(
    bench: Magento2Bench, settings: dict[str, str], said: str
) -> None:
    bench.extra = settings

    with pytest.raises(Rejected, match=said):
        bench.adapter.verify_credentials()


def test_a_base_currency_that_was_not_entered_is_asked_for(bench: Magento2Bench) -> None:
    bench.simulator.world.base_currency = "USD"
    with pytest.raises(Rejected, match="base currency of the shop is USD: enter it"):
        bench.adapter.verify_credentials()

    bench.extra = {"base_currency": "USD"}
    bench.adapter.verify_credentials()


BODIES: list[tuple[int, Any, type[AdapterError], str]] = [
    (400, {"message": "Invalid data: %1", "parameters": ["sku"]}, Rejected, "Invalid data: sku"),
    (404, {"message": "No such entity with %fieldName = %fieldValue", "parameters": {"fieldName": "id", "fieldValue": "7"}},
     NotFound, "No such entity with id = 7"),
    (404, {"message": "Request does not match any route."}, Rejected, "is the code of the store view right"),
    (401, {"message": "The consumer isn't authorized to access %resources.", "parameters": {"resources": "Magento_Sales::x"}},
     AuthenticationFailed, "Magento_Sales::x"),
    (500, {"message": "Internal Error. Details are available in Magento log file. Report ID: webapi-1"},
     TemporarilyUnavailable, "Report ID: webapi-1"),
    (503, "<html>maintenance</html>", TemporarilyUnavailable, "maintenance"),
    (429, {"message": "Too Many Requests"}, TemporarilyUnavailable, "Too many calls"),
]  # fmt: skip


@pytest.mark.parametrize(("status", "body", "error", "said"), BODIES)
def test_every_refusal_is_an_outcome_in_magento_s_own_words(
    bench: Magento2Bench, status: int, body: Any, error: type[AdapterError], said: str
) -> None:
    bench.simulator.fail_next(status=status, body=body, times=9)

    with pytest.raises(error, match=said) as caught:
        bench.adapter.find_orders("bol-A1", NOW)

    assert type(caught.value) is error or issubclass(type(caught.value), error)


@pytest.mark.parametrize("body", [{"items": {"a": 1}}, {"message": "ok"}, {"items": ["x"]}, {"items": 5}])
def test_what_is_no_list_is_not_read_as_one(bench: Magento2Bench, body: Any) -> None:
    bench.simulator.fail_next(status=200, body=body, method="GET", path=ORDERS)

    with pytest.raises(MalformedResponse):
        bench.adapter.find_orders("bol-A1", NOW)


def test_a_web_page_instead_of_data_is_a_shop_under_maintenance(bench: Magento2Bench) -> None:
    bench.simulator.fail_next("html", times=9)

    with pytest.raises(TemporarilyUnavailable, match="maintenance"):
        list(bench.adapter.fetch_updates(NOW))


def test_a_refused_order_keeps_magento_s_words_and_leaves_nothing(bench: Magento2Bench) -> None:
    wanted = order("12.10")
    products = stocked(bench, wanted)
    refusal = {"message": "The %1 is not valid.", "parameters": ["payment method"]}
    bench.simulator.fail_next(status=400, body=refusal, method="POST", path=ORDERS)

    with pytest.raises(Rejected, match="The payment method is not valid"):
        bench.create(wanted, "bol-A1", products)

    assert bench.simulator.world.orders == {}


def test_a_field_of_the_address_that_the_shop_insists_on_is_named_and_nothing_is_created(bench: Magento2Bench) -> None:
    bench.simulator.world.required["company"] = "Company"
    wanted = order("12.10")

    with pytest.raises(Rejected, match="make the field optional under Stores > Configuration > Customers") as refused:
        bench.create(wanted, "bol-A1", stocked(bench, wanted))

    assert '"Company" is required' in refused.value.remote
    assert bench.simulator.world.orders == {}


def test_a_signature_over_a_plus_is_refused_as_magento_does(bench: Magento2Bench) -> None:
    """Magento reads an address's parameters without taking "+" for a space, and signs what it read."""
    signing = {"client_key": "ck-demo", "client_secret": "cs-demo", "resource_owner_key": "at-demo",
               "resource_owner_secret": "as-demo", "signature_method": "HMAC-SHA256"}  # fmt: skip
    session = requests.Session()
    session.mount("https://", bench.simulator.mount())

    def status(space: str) -> int:
        where = f"{bench.url}{ORDERS}?searchCriteria%5BpageSize%5D=1&fields=items%5Ba{space}b%5D"
        url, headers, _ = Client(**signing).sign(where)
        return session.get(url, headers=headers).status_code

    assert (status("%20"), status("+")) == (200, 401)
