"""The simulated Amazon is no kinder than the real one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import requests

from marketplaces.amazon.simulator import AmazonSimulator
from tests.clock import Clock

BASE = "https://amazon.test"
ORDERS = f"{BASE}/orders/2026-01-01/orders"


class Caller:
    """A client that knows nothing of our adapter."""

    def __init__(self, amazon: AmazonSimulator) -> None:
        self.session = requests.Session()
        self.session.mount(BASE, amazon.mount())
        self.amazon = amazon
        self.renew()

    def renew(self) -> None:
        self.session.headers["x-amz-access-token"] = self.token()["access_token"]

    def token(self, **changed: str) -> Any:
        form = {
            "grant_type": "refresh_token",
            "refresh_token": self.amazon.refresh_token,
            "client_id": self.amazon.client[0],
            "client_secret": self.amazon.client[1],
            **changed,
        }
        return self.session.post(f"{BASE}/auth/o2/token", data=form).json()

    def search(self, **query: str) -> requests.Response:
        return self.session.get(ORDERS, params={"lastUpdatedAfter": "2026-11-20T08:00:00Z", **query})


@pytest.fixture
def amazon(clock: Clock) -> AmazonSimulator:
    return AmazonSimulator()


@pytest.fixture
def caller(amazon: AmazonSimulator) -> Caller:
    return Caller(amazon)


def test_twenty_lists_go_at_once_and_then_one_in_three_minutes(caller: Caller, clock: Clock) -> None:
    statuses = [caller.search().status_code for _ in range(21)]
    refused = caller.search()
    clock.forward(seconds=177)
    early = caller.search().status_code
    clock.forward(seconds=2)

    assert statuses == [200] * 20 + [429]
    assert refused.json() == {
        "errors": [
            {
                "code": "QuotaExceeded",
                "message": "You exceeded your quota for the requested resource.",
                "details": "",
            }
        ]
    }
    assert "Retry-After" not in refused.headers
    assert refused.headers["x-amzn-RequestId"]
    assert (early, caller.search().status_code, caller.search().status_code) == (429, 200, 429)


def test_operations_are_counted_apart_and_tell_their_rate(caller: Caller, amazon: AmazonSimulator) -> None:
    order_id = amazon.place_order()
    for _ in range(21):
        caller.search()

    answer = caller.session.get(f"{ORDERS}/{order_id}")

    assert (answer.status_code, answer.headers["x-amzn-RateLimit-Limit"]) == (200, "0.5")


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({}, 200),
        ({"createdAfter": "2026-11-20T08:00:00Z"}, 400),
        ({"lastUpdatedBefore": "2026-11-20T08:59:00Z"}, 400),
        ({"lastUpdatedBefore": "2026-11-20T08:58:00Z"}, 200),
        ({"lastUpdatedBefore": "2026-11-20T07:58:00Z"}, 400),
        ({"lastUpdatedAfter": "2026-11-20T08:59:00Z"}, 400),
        ({"lastUpdatedAfter": "yesterday"}, 400),
        ({"createdBefore": "2026-11-20T08:58:00Z"}, 400),
        ({"fulfillmentStatuses": "Unshipped"}, 400),
        ({"maxResultsPerPage": "101"}, 400),
        ({"maxResultsPerPage": "many"}, 400),
        ({"MarketplaceId": "whatever", "somethingNew": "1"}, 200),
        ({"paginationToken": "bm9uc2Vuc2U="}, 400),
    ],
)
def test_a_list_insists_on_the_rules_that_the_model_tells_in_prose(
    caller: Caller, query: dict[str, str], status: int
) -> None:
    answer = caller.search(**query)

    assert answer.status_code == status
    assert status == 200 or answer.json()["errors"][0]["code"] == "InvalidInput"


def test_a_list_leaves_the_last_two_minutes_out_and_says_so(
    caller: Caller, amazon: AmazonSimulator, clock: Clock
) -> None:
    order_id = amazon.place_order()
    early = caller.search().json()
    clock.forward(minutes=2)
    late = caller.search().json()

    assert (early["orders"], early["lastUpdatedBefore"]) == ([], "2026-11-20T08:58:00Z")
    assert ([order["orderId"] for order in late["orders"]], late["lastUpdatedBefore"]) == (
        [order_id],
        "2026-11-20T09:00:00Z",
    )


def test_a_place_in_a_list_is_for_the_same_question_only(caller: Caller, amazon: AmazonSimulator, clock: Clock) -> None:
    placed = [amazon.place_order() for _ in range(5)]
    clock.forward(minutes=5)
    first = caller.search(maxResultsPerPage="2", fulfilledBy="MERCHANT").json()
    token = first["pagination"]["nextToken"]

    other = caller.search(maxResultsPerPage="2", paginationToken=token)
    amazon.place_order()
    clock.forward(minutes=5)
    rest = caller.search(maxResultsPerPage="100", fulfilledBy="MERCHANT", paginationToken=token).json()
    clock.forward(hours=24)
    caller.renew()
    old = caller.search(maxResultsPerPage="2", fulfilledBy="MERCHANT", paginationToken=token)

    assert (other.status_code, old.status_code) == (400, 400)
    assert sorted(order["orderId"] for order in first["orders"] + rest["orders"]) == sorted(placed)
    assert rest["lastUpdatedBefore"] == first["lastUpdatedBefore"]
    assert "pagination" not in rest


def test_an_order_shows_only_what_was_asked_for_and_amazon_lets_go(
    caller: Caller, amazon: AmazonSimulator, clock: Clock
) -> None:
    order_id, theirs = amazon.place_order(), amazon.place_order(fulfilled_by="AMAZON")
    waiting = amazon.place_order(status="PENDING")
    everything = {"includedData": "BUYER,RECIPIENT,PROCEEDS,FULFILLMENT"}

    def read(order: str, **query: str) -> Any:
        return caller.session.get(f"{ORDERS}/{order}", params=query).json()["order"]

    bare, whole = read(order_id), read(order_id, **everything)
    assert {"buyer", "recipient", "proceeds", "fulfillment"} & set(bare) == set()
    assert set(bare["orderItems"][0]) == {"orderItemId", "quantityOrdered", "product"}
    assert whole["recipient"]["deliveryAddress"]["phone"]
    assert "buyerEmail" in whole["buyer"]
    assert "buyerEmail" not in read(theirs, **everything)["buyer"]
    assert "phone" not in read(theirs, **everything)["recipient"]["deliveryAddress"]
    assert {"buyer", "recipient", "proceeds"} & set(read(waiting, **everything)) == set()
    amazon.ship_by_hand(order_id)
    clock.forward(days=5)
    caller.renew()
    assert "phone" not in read(order_id, **everything)["recipient"]["deliveryAddress"]


def test_a_token_lasts_an_hour_and_is_missed_with_403(caller: Caller, clock: Clock) -> None:
    clock.forward(minutes=59)
    good = caller.search(lastUpdatedAfter="2026-11-20T08:00:00Z").status_code
    clock.forward(minutes=1)
    expired = caller.search()
    del caller.session.headers["x-amz-access-token"]

    assert (good, expired.status_code, caller.search().status_code) == (200, 403, 403)
    assert expired.json()["errors"][0]["details"] == "The access token you provided has expired."


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"client_secret": "wrong"}, "invalid_client"),
        ({"refresh_token": "Atzr|wrong"}, "invalid_grant"),
        ({"grant_type": "authorization_code", "code": "never"}, "invalid_grant"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
    ],
)
def test_login_with_amazon_refuses_what_is_not_right(caller: Caller, changed: dict[str, str], error: str) -> None:
    assert caller.token(**changed)["error"] == error


def test_a_consent_sends_back_a_code_that_is_traded_once_and_soon(caller: Caller, clock: Clock) -> None:
    asked = {
        "application_id": "amzn1.sp.solution.demo",
        "state": "s-1",
        "redirect_uri": "https://hub.test/back",
        "version": "beta",
    }

    def consent(**changed: str) -> requests.Response:
        return caller.session.get(f"{BASE}/apps/authorize/consent", params={**asked, **changed}, allow_redirects=False)

    def code() -> str:
        return consent().headers["Location"].split("spapi_oauth_code=")[1]

    location = consent().headers["Location"]
    assert location.startswith("https://hub.test/back?state=s-1&selling_partner_id=A1DEMOSELLER&spapi_oauth_code=")
    assert (consent(version="").status_code, consent(application_id="x").status_code) == (400, 400)
    once = code()
    assert caller.token(grant_type="authorization_code", code=once)["refresh_token"] == caller.amazon.refresh_token
    assert caller.token(grant_type="authorization_code", code=once)["error"] == "invalid_grant"
    late = code()
    clock.forward(minutes=6)
    assert caller.token(grant_type="authorization_code", code=late)["error"] == "invalid_grant"


def confirm(caller: Caller, order_id: str, **changed: Any) -> requests.Response:
    order = caller.amazon.world.orders[order_id]
    detail = {
        "packageReferenceId": "1",
        "carrierCode": "DHL",
        "trackingNumber": "3S1",
        "shipDate": "2026-11-20T09:00:00Z",
        "orderItems": [{"orderItemId": order["orderItems"][0]["orderItemId"], "quantity": 1}],
        **changed,
    }
    body = {"marketplaceId": order["salesChannel"]["marketplaceId"], "packageDetail": detail}
    return caller.session.post(f"{BASE}/orders/v0/orders/{order_id}/shipmentConfirmation", json=body)


@pytest.mark.parametrize(
    "changed",
    [
        {"packageReferenceId": 1},
        {"packageReferenceId": "PKG-1"},
        {"packageReferenceId": "0"},
        {"carrierCode": ""},
        {"carrierCode": "Other"},
        {"trackingNumber": ""},
        {"shipDate": "02/21/2022"},
        {"orderItems": []},
        {"orderItems": [{"orderItemId": "9", "quantity": 1}]},
    ],
)
def test_a_package_that_is_not_right_is_refused(
    caller: Caller, amazon: AmazonSimulator, changed: dict[str, Any]
) -> None:
    order_id = amazon.place_order()

    refused = confirm(caller, order_id, **changed)

    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, "InvalidInput")
    assert (amazon.packages_of(order_id), amazon.status_of(order_id)) == ([], "UNSHIPPED")


def test_a_package_fulfils_and_the_same_one_again_only_changes_it(caller: Caller, amazon: AmazonSimulator) -> None:
    order_id = amazon.place_order(quantity=2)

    first = confirm(caller, order_id).status_code
    partly = amazon.status_of(order_id)
    again = confirm(caller, order_id, trackingNumber="3S2").status_code
    second = confirm(caller, order_id, packageReferenceId="2").status_code
    third = confirm(caller, order_id, packageReferenceId="3")

    assert (first, partly, again, second, third.status_code) == (204, "PARTIALLY_SHIPPED", 204, 204, 400)
    assert "PackageToUpdateNotFound" in third.json()["errors"][0]["message"]
    assert [package["trackingNumber"] for package in amazon.packages_of(order_id)] == ["3S2", "3S1"]
    assert amazon.status_of(order_id) == "SHIPPED"


@pytest.mark.parametrize("status", ["PENDING", "CANCELLED"])
def test_nothing_is_shipped_of_an_order_that_is_not_to_be(caller: Caller, amazon: AmazonSimulator, status: str) -> None:
    assert confirm(caller, amazon.place_order(status=status)).status_code == 400
    assert confirm(caller, amazon.place_order(fulfilled_by="AMAZON")).status_code == 400


def test_writing_a_number_for_what_amazon_ships_turns_the_listing(caller: Caller, amazon: AmazonSimulator) -> None:
    amazon.add_listing("FBA-1", channel="AMAZON_EU")
    patch = {"op": "merge", "path": "/attributes/fulfillment_availability", "value": [{"quantity": 1}]}
    url = f"{BASE}/listings/2021-08-01/items/A1DEMOSELLER/FBA-1"

    caller.session.patch(
        url, params={"marketplaceIds": "A1805IZSGTT6HS"}, json={"productType": "PRODUCT", "patches": [patch]}
    )

    assert amazon.world.turned_merchant == ["FBA-1"]


def test_replacing_a_listings_availability_loses_its_handling_time(caller: Caller, amazon: AmazonSimulator) -> None:
    listing = amazon.add_listing("MUG-1")
    patch = {"op": "replace", "path": "/attributes/fulfillment_availability", "value": [{"quantity": 1}]}

    caller.session.patch(
        f"{BASE}/listings/2021-08-01/items/A1DEMOSELLER/MUG-1",
        params={"marketplaceIds": "A1805IZSGTT6HS"},
        json={"productType": "MUG", "patches": [patch]},
    )

    assert listing.handling_days is None


def test_a_feed_cancels_the_whole_order_even_what_is_shipped(
    caller: Caller, amazon: AmazonSimulator, clock: Clock
) -> None:
    order_id = amazon.place_order(quantity=2)
    confirm(caller, order_id)
    made = caller.session.post(f"{BASE}/feeds/2021-06-30/documents", json={"contentType": "text/xml"}).json()
    xml = (
        "<AmazonEnvelope><Message><OrderAcknowledgement>"
        f"<AmazonOrderID>{order_id}</AmazonOrderID><StatusCode>Failure</StatusCode>"
        "</OrderAcknowledgement></Message></AmazonEnvelope>"
    )
    bare = requests.Session()
    bare.mount(BASE, amazon.mount())
    refused = bare.put(made["url"], data=xml, headers={"Content-Type": "text/plain"})
    signed_twice = caller.session.put(made["url"], data=xml, headers={"Content-Type": "text/xml"})
    taken = bare.put(made["url"], data=xml, headers={"Content-Type": "text/xml"})
    feed = {
        "feedType": "POST_ORDER_ACKNOWLEDGEMENT_DATA",
        "marketplaceIds": ["A1805IZSGTT6HS"],
        "inputFeedDocumentId": made["feedDocumentId"],
    }
    caller.session.post(f"{BASE}/feeds/2021-06-30/feeds", json=feed)
    clock.forward(minutes=2)
    caller.search()

    assert (refused.status_code, signed_twice.status_code, taken.status_code) == (403, 403, 200)
    assert (amazon.world.refunded_whole, amazon.status_of(order_id)) == ([order_id], "CANCELLED")


def test_a_place_in_what_the_warehouses_hold_lasts_half_a_minute(
    caller: Caller, amazon: AmazonSimulator, clock: Clock
) -> None:
    for number in range(60):
        amazon.hold_stock(f"FBA-{number}", available=number)
    netherlands, germany = "A1805IZSGTT6HS", "A1PA6795UKMFR9"

    def ask(store: str = netherlands, **query: str) -> requests.Response:
        asked = {"granularityType": "Marketplace", "granularityId": store, "marketplaceIds": store, **query}
        return caller.session.get(f"{BASE}/fba/inventory/v1/summaries", params=asked)

    first = ask(details="true").json()
    token = first["pagination"]["nextToken"]
    other = ask(germany, nextToken=token).status_code
    clock.forward(seconds=30)
    second = ask(nextToken=token).json()
    clock.forward(seconds=1)
    late = ask(nextToken=token)

    assert len(first["payload"]["inventorySummaries"]) == 50
    assert first["payload"]["inventorySummaries"][7]["inventoryDetails"]["fulfillableQuantity"] == 7
    assert [row["sellerSku"] for row in second["payload"]["inventorySummaries"]] == [f"FBA-{n}" for n in range(50, 60)]
    assert "inventoryDetails" not in second["payload"]["inventorySummaries"][0]
    assert "pagination" not in second
    assert (other, late.status_code) == (400, 400)
    clock.forward(seconds=60)
    assert [ask().status_code for _ in range(3)] == [200, 200, 429]
    assert ask(granularityId=germany).status_code == 429


def test_what_is_told_late_is_there_when_it_is_asked_for(caller: Caller, amazon: AmazonSimulator, clock: Clock) -> None:
    order_id = amazon.place_order()
    amazon.list_late(order_id, by=timedelta(minutes=30))
    clock.forward(minutes=10)

    assert caller.search().json()["orders"] == []
    assert caller.session.get(f"{ORDERS}/{order_id}").status_code == 200
