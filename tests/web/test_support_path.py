"""Support sets an activation date back in a browser: from the sign-in with a second factor to what the merchant sees."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import AuditEntry, Membership, User
from connections.models import OrderConnection
from connections.starting import start
from orders.models import Order
from ordersync.demo import build_demo
from tests.road import named
from tests.web.browser import WIDTHS, shoot, sign_in, watch
from tests.web.served import turn
from tests.web.test_sign_in import code_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
AGENT, OWNER, PASSWORD = "agent@ordersync.example", "owner@shop.example", "correct-horse-9"
REASON = "Orders of the weekend, agreed by telephone"


@pytest.fixture
def sold(served: Any, settings: Any) -> dict[str, str]:
    """A connection active since an hour ago, with orders at bol from before and after; one of them shipped already."""
    settings.ORDERSYNC_REQUIRE_STAFF_TWO_FACTOR = True
    bol, _shop, bol_url, shop_url = served
    now = timezone.now()
    demo = build_demo(bol_url=bol_url, shop_url=shop_url, now=now, name="Mugs & Co", active=False)
    start(connection=demo.connection, activated_from=now - timedelta(hours=1), now=now, by=None)
    ids = {}
    for name, hours in (("friday", 60), ("saturday", 36), ("shipped", 30), ("sunday", 12), ("today", 0)):
        placed = (now - timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%S+00:00")
        ids[name] = bol.place_order(sku="MUG-1", ean="8710400000013", orderPlacedDateTime=placed)
    bol.ship_by_hand(ids["shipped"])
    for _ in range(3):
        turn()
    assert [order.marketplace_order_id for order in Order.objects.all()] == [ids["today"]]
    User.objects.create_superuser(AGENT, PASSWORD, name="Agent")
    owner = User.objects.create_user(OWNER, PASSWORD, name="Anna")
    Membership.objects.create(user=owner, company=demo.company, role="owner")
    return ids


def sign_in_as_support(page: Any, url: str) -> None:
    """The first time: the second factor is set up on the way to the desk."""
    page.goto(f"{url}/admin/")
    page.get_by_label("E-mail address").fill(AGENT)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_text("The support pages open only with a second factor.").wait_for()
    page.get_by_text("I cannot scan it").click()
    secret = page.locator("code.user-select-all").inner_text()
    page.get_by_label("Code that the app shows now").fill(code_of(secret))
    page.get_by_role("button", name="Turn it on").click()
    page.get_by_text("Keep these where your telephone is not").wait_for()
    page.get_by_role("link", name="To the support pages").click()
    page.get_by_role("link", name="System health").wait_for()


def comes_in(page: Any) -> dict[str, bool | None]:
    """Which orders the preview lists, and whether each is picked; none for those that are known already."""
    rows = page.locator(".desk-table tbody tr")
    found = {}
    for row in rows.all():
        box = row.locator("[name=picked]")
        found[row.locator("td").nth(1).inner_text()] = box.is_checked() if box.count() else None
    return found


def test_from_the_second_factor_to_the_entry_that_the_merchant_sees(
    served: Any, live_server: Any, browser: Any, page: Any, sold: dict[str, str]
) -> None:
    _bol, shop, _bol_url, _shop_url = served
    before = OrderConnection.objects.get().activated_from
    sign_in_as_support(page, live_server.url)

    page.locator("a[href$='/admin/connections/orderconnection/']").first.click()
    page.locator("#searchbar").fill("Mugs")
    page.locator("#searchbar").press("Enter")
    page.get_by_role("link", name="bol to web shop").click()
    page.get_by_role("link", name="Set the activation date back").click()
    since = timezone.now() - timedelta(days=2)  # after Friday's order
    page.locator("[name=since_0]").fill(f"{since:%Y-%m-%d}")
    page.locator("[name=since_1]").fill(f"{since:%H:%M}")
    page.get_by_role("button", name="Preview").click()
    page.get_by_text("This field is required.").wait_for()  # the reason; the preview is shown all the same
    assert comes_in(page) == {sold["saturday"]: True, sold["sunday"]: True, sold["today"]: None}
    page.get_by_text("in the shop as").wait_for()
    page.get_by_label("All of them").uncheck()
    assert comes_in(page) == {sold["saturday"]: False, sold["sunday"]: False, sold["today"]: None}
    page.get_by_label("All of them").check()
    page.get_by_label(sold["sunday"]).uncheck()
    page.get_by_label("Reason").fill(REASON)
    page.get_by_role("button", name="Preview").click()
    page.get_by_text("3 orders still to be shipped since then").wait_for()
    assert comes_in(page) == {sold["saturday"]: True, sold["sunday"]: False, sold["today"]: None}
    assert page.get_by_label("Reason").input_value() == REASON
    shoot(page, "desk-activation")
    assert (Order.objects.count(), OrderConnection.objects.get().activated_from) == (1, before)

    page.get_by_role("button", name="Set the date back and fetch the picked orders").dblclick()
    page.get_by_text("The date is set back; 1 order came in.").wait_for()
    for _ in range(3):
        turn()
    known = set(Order.objects.values_list("marketplace_order_id", flat=True))
    assert known == {sold["saturday"], sold["today"]}
    assert [made["status"] for made in shop.orders_with(named(sold["saturday"]))] == ["processing"]
    assert (shop.orders_with(named(sold["sunday"])), shop.orders_with(named(sold["friday"]))) == ([], [])
    assert AuditEntry.objects.filter(action="activation_date_set").count() == 1

    merchant = browser.new_context(viewport={"width": WIDTHS["wide"], "height": 900}).new_page()
    watch(merchant)
    sign_in(merchant, live_server.url, OWNER, PASSWORD)
    merchant.get_by_role("link", name="Company").click()
    merchant.get_by_role("link", name="Who changed what").click()
    merchant.get_by_text(f"1 orders came in. Reason: {REASON}").wait_for()
    assert merchant.get_by_role("row").filter(has_text=REASON).get_by_text("Support").count() == 1
    merchant.goto(f"{live_server.url}/admin/connections/orderconnection/{OrderConnection.objects.get().pk}/activation/")
    merchant.get_by_text("403").wait_for()

    assert (page.errors, page.foreign, page.violations) == ([], [], [])
    assert (merchant.errors, merchant.foreign) == ([], [])
