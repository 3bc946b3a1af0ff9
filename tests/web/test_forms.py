"""A double click, a reload and the way back, in a browser: nothing is done twice, and nothing typed is lost."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import AuditEntry, Invitation
from connections.models import MarketplaceAccount, Project
from orders.models import Order, ReturnLine
from tests.road import BOL, Road
from tests.web.browser import enter
from tests.web.busy import member_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
EMAIL = "owner@shop.example"


@pytest.fixture
def merchant(road: Road, live_server: Any, page: Any) -> Any:
    member_of(road.demo.company, EMAIL)
    enter(page, live_server.url, EMAIL)
    return page


def test_somebody_is_invited_once(merchant: Any, live_server: Any, mailoutbox: list[Any]) -> None:
    merchant.goto(f"{live_server.url}/members")
    merchant.locator("main [name=email]").fill("new@shop.example")
    merchant.get_by_role("button", name="Send the invitation").dblclick()
    merchant.get_by_text("new@shop.example is invited").wait_for()
    merchant.reload()

    assert (len(mailoutbox), Invitation.objects.count()) == (1, 1)
    assert AuditEntry.objects.filter(action="member_invited").count() == 1


def test_a_project_is_made_once_and_its_name_is_refused_in_place(merchant: Any, live_server: Any) -> None:
    merchant.goto(f"{live_server.url}/projects/new")
    merchant.get_by_label("Name of the project").fill("Outlet")
    merchant.get_by_role("button", name="Make it and choose the shop").dblclick()
    merchant.get_by_text("Outlet: which shop platform?").wait_for()
    assert Project.objects.filter(name="Outlet").count() == 1

    merchant.go_back()  # the form is ready again, with what was typed
    name = merchant.get_by_label("Name of the project")
    assert name.input_value() == "Outlet"
    merchant.get_by_role("button", name="Make it and choose the shop").click()
    merchant.get_by_text("There is a project of this name already.").wait_for()
    assert (name.input_value(), name.get_attribute("aria-invalid")) == ("Outlet", "true")
    assert Project.objects.filter(name="Outlet").count() == 1


def test_an_account_is_connected_once_and_its_secret_outlives_a_refusal(merchant: Any, live_server: Any) -> None:
    merchant.goto(f"{live_server.url}/accounts/new/bol")
    merchant.locator("[name=name]").fill("Second account")
    merchant.get_by_label("Client ID").fill("somebody-else")
    merchant.get_by_label("Client secret").fill("demo-secret")
    merchant.get_by_label("Address of a test server", exact=True).fill(BOL)
    merchant.get_by_label("Token address of a test server").fill(f"{BOL}/token")
    merchant.get_by_role("button", name="Test the connection").click()
    merchant.get_by_text("These credentials are refused.").wait_for()
    merchant.get_by_label("Client ID").fill("demo-client")  # the secret is still there
    merchant.get_by_role("button", name="Test the connection").click()
    merchant.get_by_text("It works").wait_for()
    merchant.get_by_role("button", name="Save").dblclick()
    merchant.get_by_text("Connected.").wait_for()

    assert MarketplaceAccount.objects.filter(name="Second account").count() == 1
    assert AuditEntry.objects.filter(action="account_connected", params__name="Second account").count() == 1


def test_a_mapping_is_refused_where_it_was_typed(road: Road, merchant: Any, live_server: Any) -> None:
    for _ in range(2):
        road.bol.place_order(sku="NOBODY-KNOWS")
    road.go(rounds=2)
    merchant.goto(f"{live_server.url}/orders?tab=attention")
    field = merchant.get_by_label("NOBODY-KNOWS is our product")
    for told in ("NOT-THERE", "TST-001"):
        field.fill(told)
        merchant.get_by_role("button", name="Map it, and let them go on").click()
        if told == "NOT-THERE":
            merchant.get_by_text("No imported product has this ID.").wait_for()
            assert (field.input_value(), merchant.url.endswith("/map")) == ("NOT-THERE", True)
    merchant.get_by_text("Mapped; 2 orders go on.").wait_for()

    merchant.goto(f"{live_server.url}/orders/{Order.objects.first().pk}")
    assert merchant.get_by_label("NOBODY-KNOWS is our product").count() == 0


def test_a_mapping_on_an_order_s_page_is_refused_there(road: Road, merchant: Any, live_server: Any) -> None:
    road.bol.place_order(sku="NOBODY-KNOWS")
    road.go(rounds=2)
    merchant.goto(f"{live_server.url}/orders/{Order.objects.get().pk}")
    field = merchant.get_by_label("NOBODY-KNOWS is our product")
    field.fill("NOT-THERE")
    merchant.get_by_role("button", name="Map it, and let the order go on").click()
    merchant.get_by_text("No imported product has this ID.").wait_for()
    assert field.input_value() == "NOT-THERE"
    field.fill("TST-001")
    merchant.get_by_role("button", name="Map it, and let the order go on").click()
    merchant.get_by_text("Mapped; 1 order goes on.").wait_for()


def test_a_return_is_answered_once(road: Road, merchant: Any, live_server: Any) -> None:
    order_id = road.bol.place_order(sku="TST-001", quantity=2)
    road.go(rounds=2)
    road.bol.register_return(order_id, quantity=2)
    road.go(rounds=1)
    merchant.goto(f"{live_server.url}/returns")
    merchant.get_by_label("Decision").select_option("accepted")
    merchant.get_by_role("button", name="Answer").dblclick()
    merchant.get_by_text("The marketplace is told.").wait_for()
    merchant.reload()

    line = ReturnLine.objects.get()
    assert (line.decision, line.decided_quantity) == ("accepted", 2)


def test_what_cannot_be_taken_back_asks_first(road: Road, merchant: Any, live_server: Any) -> None:
    connection = road.demo.connection
    merchant.goto(f"{live_server.url}/connections/{connection.pk}/settings")
    merchant.get_by_role("button", name="Archive").click()
    asked = merchant.get_by_role("dialog", name="Archive this connection?")
    assert merchant.evaluate("document.activeElement.innerText") == "Back"  # Enter does no harm
    merchant.keyboard.press("Escape")
    asked.wait_for(state="hidden")
    connection.refresh_from_db()
    assert connection.state == "active"
    merchant.get_by_role("button", name="Archive").click()
    asked.get_by_role("button", name="Archive").dblclick()
    merchant.get_by_text("Archived. Its orders stay.").wait_for()
    connection.refresh_from_db()
    assert connection.state == "archived"
