"""A new merchant walks from an empty company to an activated connection, in a browser, against simulators over HTTP."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from accounts.models import Company, Membership, User
from connections.models import OrderConnection
from orders.models import Order
from tests.road import named
from tests.web.browser import follow, shoot, sign_in
from tests.web.served import turn

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
EMAIL, PASSWORD = "owner@shop.example", "correct-horse-9"


def test_from_an_empty_company_to_an_activated_connection(served: Any, live_server: Any, page: Any) -> None:
    bol, shop, bol_url, shop_url = served
    user = User.objects.create_user(EMAIL, PASSWORD, name="Anna")
    Membership.objects.create(user=user, company=Company.objects.create(name="Mugs & Co"), role="owner")
    order_id = bol.place_order(sku="MUG-1", ean="8710400000013")

    sign_in(page, live_server.url, EMAIL, PASSWORD)
    follow(page, page.get_by_role("link", name="Company"))
    shoot(page, "members")
    page.get_by_role("link", name="Subscription and prices").click()
    page.get_by_text("Add Marketplaces first").wait_for()
    page.get_by_role("button", name="Add").click()
    page.get_by_text("Marketplaces is active.").wait_for()
    page.get_by_role("button", name="Add").click()
    page.get_by_text("Order connections is active.").wait_for()
    shoot(page, "subscription")

    page.get_by_role("link", name="Set-up").click()
    follow(page, page.get_by_role("link", name="+ Set up orders").first)
    shoot(page, "choose-marketplace")
    page.get_by_role("link", name="Choose bol").click()
    page.get_by_text("Make a project for your shop first").wait_for()
    page.get_by_label("Name of the project").fill("Mug shop")
    follow(page, page.get_by_role("button", name="Make it and choose the shop"))
    shoot(page, "choose-platform")
    page.get_by_role("link", name="Connect WooCommerce").click()
    page.get_by_label("Address of the shop").fill(shop_url)
    page.get_by_label("Consumer key").fill("ck_demo")
    page.get_by_label("Consumer secret").fill("wrong")
    page.get_by_role("button", name="Test the connection").click()
    page.get_by_text("These credentials are refused.").wait_for()
    assert page.get_by_label("Consumer key").input_value() == "ck_demo"
    shoot(page, "connect-shop-refused")
    page.get_by_label("Consumer secret").fill("cs_demo")
    page.get_by_role("button", name="Test the connection").click()
    page.get_by_text("It works").wait_for()
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Importing:").wait_for()
    turn()
    page.get_by_text("Every product has its own ID").wait_for()
    shoot(page, "project")

    page.get_by_role("link", name="Set-up").click()
    page.get_by_role("link", name="+ Set up orders").first.click()
    page.get_by_role("link", name="Choose bol").click()
    page.get_by_text("Connect your bol account first").wait_for()
    page.get_by_label("Client ID").fill("demo-client")
    page.get_by_label("Client secret").fill("demo-secret")
    page.get_by_label("Address of a test server", exact=True).fill(bol_url)
    page.get_by_label("Token address of a test server").fill(f"{bol_url}/token")
    shoot(page, "connect-account")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Connected.").wait_for()
    shoot(page, "accounts")

    page.get_by_role("link", name="Orders", exact=True).nth(1).click()
    page.get_by_role("link", name="+ Set up orders").first.click()
    page.get_by_role("link", name="Choose bol").click()
    method = page.get_by_label("Shipping method")
    expect(method).to_have_accessible_description(re.compile("The order shows it as the name of its shipping"))
    offered = page.locator("#shipping-methods option").evaluate_all("options => options.map(one => one.value)")
    assert offered == ["PostNL standard", "DHL Europe", "Pick-up"]
    method.fill("PostNL standard")
    shoot(page, "new-connection")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Saved, inactive.").wait_for()
    assert page.get_by_role("button", name="Activate").is_disabled()
    shoot(page, "setup-list")
    turn()
    assert not Order.objects.exists()

    page.get_by_role("link", name="Do it: A default carrier is chosen").click()
    page.get_by_role("link", name="Default carrier and rules").click()
    page.get_by_label("Default carrier").select_option(label="DHL")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Set-up").click()
    page.get_by_role("link", name="bol Mug shop").click()

    follow(page, page.get_by_role("link", name="Do it: A test order arrived in the shop"))
    shoot(page, "test-order")
    page.get_by_role("button", name="Preview").click()
    page.get_by_text("This is what the shop will receive").wait_for()
    shoot(page, "test-order-preview")
    page.get_by_role("button", name="Send it to the shop").click()
    page.get_by_text("The order in the shop").wait_for()
    turn()
    page.get_by_role("button", name="Cancel it in the shop").wait_for()
    shoot(page, "test-order-sent")
    page.get_by_role("button", name="Cancel it in the shop").click()
    page.get_by_text("The shop is told to cancel it.").wait_for()
    turn()
    page.get_by_role("link", name="Back to the set-up list").click()

    page.get_by_role("button", name="Activate").click()
    page.get_by_text("Active. Every order that is still to be shipped comes in now.").wait_for()
    turn()
    turn()
    assert OrderConnection.objects.get().state == "active"
    assert [made["status"] for made in shop.orders_with(named(order_id))] == ["processing"]
    for tab, name in (
        ("Settings", "connection-settings"),
        ("Carriers", "connection-carriers"),
        ("Activity", "activity"),
    ):
        follow(page, page.get_by_role("link", name=tab, exact=True).last)
        shoot(page, name)
    page.get_by_role("link", name="Company").click()
    page.get_by_role("link", name="Who changed what").click()
    page.get_by_text("was activated").wait_for()
    shoot(page, "changes")
    follow(page, page.get_by_role("link", name="Overview", exact=True).first)
    shoot(page, "overview")
    assert (page.errors, page.foreign, page.violations) == ([], [], [])
