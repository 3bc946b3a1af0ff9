"""The carrier pages: rules in order, two people at once, what rules caught, and what is held."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEntry
from carriers.models import CarrierPlan
from orders.models import Shipment
from tests.road import Road, named
from tests.web.test_pages import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.either]


@pytest.fixture
def plan(road: Road) -> CarrierPlan:
    return CarrierPlan.objects.get()


@pytest.fixture
def owner(road: Road) -> Client:
    return signed_in(road.demo.company)


def rules(plan: CarrierPlan) -> list[tuple[int, str]]:
    return list(plan.rules.order_by("position").values_list("position", "value"))


def add(client: Client, plan: CarrierPlan, value: str, *, version: int | None = None) -> int:
    plan.refresh_from_db()
    body = {"action": "add", "operator": "starts_with", "value": value, "carrier": "dpd"}
    url = reverse("web:change_plan", args=[plan.pk])
    return client.post(url, {**body, "version": plan.version if version is None else version}).status_code


def do(client: Client, plan: CarrierPlan, action: str, value: str) -> None:
    plan.refresh_from_db()
    body = {"action": action, "rule": plan.rules.get(value=value).pk, "version": plan.version}
    client.post(reverse("web:change_plan", args=[plan.pk]), body)


def test_rules_are_added_moved_and_removed(owner: Client, plan: CarrierPlan) -> None:
    assert [add(owner, plan, value) for value in ("AA", "BB")] == [302, 302]
    assert rules(plan) == [(1, "3S"), (2, "AA"), (3, "BB")]
    do(owner, plan, "up", "BB")
    assert rules(plan) == [(1, "3S"), (2, "BB"), (3, "AA")]
    do(owner, plan, "up", "3S")
    do(owner, plan, "down", "AA")
    assert rules(plan) == [(1, "3S"), (2, "BB"), (3, "AA")]
    do(owner, plan, "remove", "3S")
    assert rules(plan) == [(1, "BB"), (2, "AA")]
    assert AuditEntry.objects.filter(action="carriers_changed").count() == 6


@pytest.mark.parametrize(
    ("by", "after"),
    [
        ("2", ["AA", "BB", "3S", "CC"]),
        ("99", ["AA", "BB", "CC", "3S"]),
        ("-1", None),
        ("0", None),
        ("x", None),
        ("", None),
    ],
)
def test_a_dragged_rule_moves_as_far_as_it_was_dragged(
    owner: Client, plan: CarrierPlan, by: str, after: list[str] | None
) -> None:
    before = ["3S", "AA", "BB", "CC"]
    for value in before[1:]:
        add(owner, plan, value)
    plan.refresh_from_db()
    body = {"action": "move", "by": by, "rule": plan.rules.get(value="3S").pk, "version": plan.version}

    assert owner.post(reverse("web:change_plan", args=[plan.pk]), body).status_code == 302
    assert [value for _position, value in rules(plan)] == (after or before)


def test_a_refused_change_is_shown_in_the_rule_it_is_about(owner: Client, plan: CarrierPlan) -> None:
    body = {"action": "rewrite", "operator": "regex", "value": "(a+)+", "carrier": "dpd", "rule": plan.rules.get().pk}
    answer = owner.post(reverse("web:change_plan", args=[plan.pk]), {**body, "version": plan.version})

    [(_rule, form, _hits)] = answer.context["rules"]
    assert (answer.status_code, form["value"].value(), list(form.errors)) == (422, "(a+)+", ["value"])
    assert answer.context["rule_form"].is_bound is False
    assert rules(plan) == [(1, "3S")]


def test_two_people_do_not_lose_each_other_s_change(owner: Client, plan: CarrierPlan) -> None:
    url, seen = reverse("web:change_plan", args=[plan.pk]), plan.version
    assert add(owner, plan, "AA", version=seen) == 302

    late = {"action": "add", "operator": "contains", "value": "TYPED", "carrier": "gls", "version": seen}
    answer = owner.post(url, late)
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "Somebody else changed this plan meanwhile" in text
    assert 'value="TYPED"' in text
    assert rules(plan) == [(1, "3S"), (2, "AA")]

    plan.refresh_from_db()
    assert owner.post(url, {**late, "version": plan.version}).status_code == 302
    assert rules(plan) == [(1, "3S"), (2, "AA"), (3, "TYPED")]


def test_a_double_click_adds_one_rule(owner: Client, plan: CarrierPlan) -> None:
    version = plan.version
    assert [add(owner, plan, "AA", version=version) for _ in range(2)] == [302, 422]
    assert rules(plan) == [(1, "3S"), (2, "AA")]


def test_a_bad_rule_is_answered_in_place(owner: Client, plan: CarrierPlan) -> None:
    body = {"action": "add", "operator": "regex", "value": "(a+)+", "carrier": "dpd", "version": plan.version}
    answer = owner.post(reverse("web:change_plan", args=[plan.pk]), body)
    assert (answer.status_code, rules(plan)) == (422, [(1, "3S")])
    assert "A repeated group may not hold a repeat" in answer.content.decode()


def test_codes_are_tried_with_what_the_marketplace_would_get(owner: Client, plan: CarrierPlan) -> None:
    codes = "3SABC123456\nRR473124829GB\nXYZ"
    answer = owner.get(reverse("web:carrier_plan", args=[plan.pk]), {"codes": codes})
    found = [(t.code, t.resolution.carrier, t.resolution.position, t.sent) for t in answer.context["trials"]]

    assert found[0][:3] == ("3SABC123456", "postnl", 1)
    assert found[0][3] == [("bol", "TNT")]
    assert found[2][1] == "dhl"
    looks = answer.context["trials"][1].suggestion
    assert (looks.carrier, looks.certain) == ("royal-mail", True)


def test_what_each_rule_caught_of_the_last_codes_is_counted(road: Road, owner: Client, plan: CarrierPlan) -> None:
    for code in ("3SA", "3SB", "OTHER"):
        order_id = road.bol.place_order(sku="TST-001")
        road.go(rounds=2)
        road.shop.ship(road.shop.orders_with(named(order_id))[0]["id"], carrier="", tracking_code=code)
        road.go(rounds=2)
    context = owner.get(reverse("web:carrier_plan", args=[plan.pk])).context

    [(_rule, _form, hits)] = context["rules"]
    assert (hits.count, sorted(hits.examples), dict(context["others"]), context["looked_at"]) == (
        2,
        ["3SA", "3SB"],
        {"default": 1},
        3,
    )


def test_held_tracking_is_freed_from_the_list_with_one_click(road: Road, owner: Client, plan: CarrierPlan) -> None:
    CarrierPlan.objects.update(default_carrier="")
    order_id = road.bol.place_order(sku="TST-001")
    road.go(rounds=2)
    road.shop.ship(road.shop.orders_with(named(order_id))[0]["id"], carrier="Somebody", tracking_code="XYZ9")
    road.go(rounds=2)
    page = owner.get(reverse("web:carriers")).content.decode()
    assert "1 parcel waits for its carrier" in page
    assert "no default carrier: what no rule knows is held" in page

    shipment = Shipment.objects.get()
    url = reverse("web:choose_carrier", args=[shipment.order_id, shipment.pk])
    assert owner.post(url, {"carrier": "dhl", "back": "carriers"})["Location"] == reverse("web:carriers")
    road.go(rounds=3)
    assert len(road.bol.shipments_of(order_id)) == 1
    assert "waits for its carrier" not in owner.get(reverse("web:carriers")).content.decode()


def test_held_tracking_proposes_what_its_code_looks_like_and_is_tried_again_together(
    road: Road, owner: Client, plan: CarrierPlan
) -> None:
    CarrierPlan.objects.update(default_carrier="")
    ids = [road.bol.place_order(sku="TST-001") for _ in range(2)]
    road.go(rounds=2)
    for order_id, code in zip(ids, ("1Z999AA10123456784", ""), strict=True):
        road.shop.ship(road.shop.orders_with(named(order_id))[0]["id"], carrier="Somebody", tracking_code=code)
    road.go(rounds=2)
    page = owner.get(reverse("web:carriers")).content.decode()
    assert "2 parcels wait for their carrier" in page
    assert page.count('<option value="ups" selected>') == 1
    assert "Looks like UPS (its check digit fits)" in page
    assert (
        reverse("web:try_held")
        not in signed_in(road.demo.company, "viewer").get(reverse("web:carriers")).content.decode()
    )

    again = owner.post(reverse("web:try_held"), follow=True).content.decode()
    assert "0 parcels are reported now." in again
    CarrierPlan.objects.update(default_carrier="gls")
    again = owner.post(reverse("web:try_held"), follow=True).content.decode()
    assert "2 parcels are reported now." in again
    assert "for their carrier" not in again


def test_a_marketplace_s_own_names_are_changed_on_their_page(owner: Client, road: Road) -> None:
    url = reverse("web:carrier_codes", args=["bol"])
    assert "TNT" in owner.get(url).content.decode()

    saved = owner.post(url, {"code-postnl": "POSTNL-NEW", "code-dhl": "", "code-nonsense": "X"}, follow=True)
    refused = owner.post(url, {"code-gls": "G" * 41}, follow=True)

    assert "Saved." in saved.content.decode()
    assert "at most 40 characters" in refused.content.decode()
    assert [(row.carrier, row.code) for row in road.demo.company.marketplace_carriers.all()] == [
        ("postnl", "POSTNL-NEW")
    ]
    assert 'value="POSTNL-NEW"' in owner.get(url).content.decode()
    assert owner.get(reverse("web:carrier_codes", args=["nowhere"])).status_code == 404
    assert url in owner.get(reverse("web:carriers")).content.decode()


def test_a_viewer_reads_a_marketplace_s_names_only(road: Road) -> None:
    viewer, url = signed_in(road.demo.company, "viewer"), reverse("web:carrier_codes", args=["bol"])

    assert "<input" not in viewer.get(url).content.decode().split("<tbody>")[1]
    assert viewer.post(url, {"code-postnl": "X"}).status_code == 403
    assert not road.demo.company.marketplace_carriers.exists()
