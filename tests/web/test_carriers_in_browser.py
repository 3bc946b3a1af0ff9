"""Carrier rules by mouse, by keyboard, and by two people at once, in a real browser."""

from __future__ import annotations

from typing import Any

import pytest

from carriers.flows.change_plan import change_plan, removing
from carriers.models import CarrierPlan, CarrierRule
from tests.road import Road
from tests.web.browser import enter, shoot
from tests.web.busy import member_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def plan(road: Road, live_server: Any, page: Any) -> CarrierPlan:
    """A plan with four rules, open in the browser."""
    plan = CarrierPlan.objects.get()
    for position, value in enumerate(("AA", "BB", "CC"), start=2):
        CarrierRule.objects.create(plan=plan, position=position, operator="contains", value=value, carrier="dpd")
    member_of(plan.company, "owner@shop.example")
    enter(page, live_server.url, "owner@shop.example")
    page.goto(f"{live_server.url}/carriers/{plan.pk}")
    return plan


def stored(plan: CarrierPlan) -> list[str]:
    return list(plan.rules.order_by("position").values_list("value", flat=True))


def shown(page: Any) -> list[str]:
    return page.locator(".rule-item > .rule > div > code").all_inner_texts()


def settled(page: Any, *, until: list[str]) -> None:
    """Wait until the list is as the server says."""
    page.wait_for_function(
        "(want) => [...document.querySelectorAll('.rule-item > .rule > div > code')].map(e => e.innerText).join() === want"
        " && !document.querySelector('.htmx-request, .htmx-swapping, .htmx-settling')",
        arg=",".join(until),
    )


def drag(page: Any, value: str, onto: str) -> None:
    """Drag a rule by its grip over the whole of another."""
    moved, over = (page.locator(".rule-item", has=page.locator("code", has_text=v)) for v in (value, onto))
    grip, end = moved.locator(".rule-grip").bounding_box(), over.bounding_box()
    x, y = grip["x"] + grip["width"] / 2, grip["y"] + grip["height"] / 2
    to = end["y"] + (end["height"] - 4 if end["y"] > y else 4)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, to, steps=12)
    page.mouse.up()


def test_a_rule_is_dragged_to_its_place(page: Any, plan: CarrierPlan) -> None:
    assert shown(page) == stored(plan) == ["3S", "AA", "BB", "CC"]

    drag(page, "3S", onto="BB")
    settled(page, until=["AA", "BB", "3S", "CC"])
    assert stored(plan) == ["AA", "BB", "3S", "CC"]
    # The list that came back can be dragged again, and knows the plan's new version.
    drag(page, "CC", onto="AA")
    settled(page, until=["CC", "AA", "BB", "3S"])
    assert stored(plan) == ["CC", "AA", "BB", "3S"]
    page.reload()
    assert shown(page) == stored(plan)
    shoot(page, "rules-dragged")
    assert (page.errors, page.foreign, page.violations) == ([], [], [])


def test_a_rule_is_moved_by_keyboard_and_the_focus_stays_with_it(page: Any, plan: CarrierPlan) -> None:
    page.get_by_role("button", name="Move rule 4 up").focus()
    page.keyboard.press("Enter")
    settled(page, until=["3S", "AA", "CC", "BB"])
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Move rule 3 up"
    page.keyboard.press("Enter")
    settled(page, until=["3S", "CC", "AA", "BB"])
    assert stored(plan) == ["3S", "CC", "AA", "BB"]


def test_what_is_typed_below_outlives_a_move(page: Any, plan: CarrierPlan) -> None:
    form = page.locator("#add-rule")
    form.get_by_label("What").fill("TYPED")
    page.get_by_role("button", name="Move rule 1 down").click()
    settled(page, until=["AA", "3S", "BB", "CC"])
    form.get_by_label("The code").select_option("equals")
    form.get_by_label("Carrier").select_option("gls")
    form.get_by_role("button", name="Add").dblclick()
    page.locator(".rule-item").nth(4).wait_for()
    assert stored(plan) == ["AA", "3S", "BB", "CC", "TYPED"]
    assert page.get_by_text("Somebody else changed this plan meanwhile").count() == 0


def test_a_drag_on_an_old_list_changes_nothing_and_shows_the_list_as_it_is(
    page: Any, plan: CarrierPlan, road: Road
) -> None:
    """Somebody else removes a rule while the list is open."""
    gone = plan.rules.get(value="AA").pk
    change_plan(plan=plan, version=plan.version, change=removing(gone), now=road.clock(), by=None)

    drag(page, "3S", onto="CC")
    page.get_by_text("Somebody else changed this plan meanwhile").wait_for()
    settled(page, until=["3S", "BB", "CC"])
    assert stored(plan) == ["3S", "BB", "CC"]
    # From there it goes on, with the version that was shown.
    drag(page, "3S", onto="CC")
    settled(page, until=["BB", "CC", "3S"])
    assert stored(plan) == ["BB", "CC", "3S"]
    assert page.get_by_text("Somebody else changed this plan meanwhile").count() == 0


def test_a_refused_change_of_a_rule_is_answered_in_that_rule(page: Any, plan: CarrierPlan) -> None:
    rule = page.locator(".rule-item").nth(1)
    rule.get_by_text("Change", exact=True).click()
    rule.get_by_label("The code").select_option("regex")
    rule.get_by_label("What").fill("(a+)+")
    rule.get_by_role("button", name="Save").click()
    page.get_by_text("A repeated group may not hold a repeat").wait_for()
    assert rule.get_by_label("What").input_value() == "(a+)+"
    assert page.locator("#add-rule").get_by_label("What").input_value() == ""
    rule.get_by_label("What").fill("^A+$")
    rule.get_by_role("button", name="Save").click()
    page.wait_for_url("**/carriers/*")
    page.locator("code", has_text="^A+$").wait_for()
    assert stored(plan) == ["3S", "^A+$", "BB", "CC"]
