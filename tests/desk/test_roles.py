"""Who may do what at the support desk, for every address of it: without a permission nothing is shown or done."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import NoReverseMatch, get_resolver, reverse

from accounts.models import AccessEntry, AuditEntry, Company, Membership, User
from engine.models import OutboxMessage
from orders.models import Order
from tests.desk.test_activation_date import staff
from tests.road import Road
from tests.web.test_permissions import addresses, arguments  # noqa: F401 - a fixture

pytestmark = [pytest.mark.django_db, pytest.mark.either]
FOR_ALL_STAFF = {"index", "jsi18n", "logout", "search", "password_change", "password_change_done", "login"}


def of_group() -> Client:
    """Somebody in the group Support, and in nothing else."""
    client = staff()
    user = User.objects.get(pk=client.session["_auth_user_id"])
    user.groups.set([Group.objects.get(name="Support")])
    return client


def urls() -> dict[str, str]:
    """Every address of the admin that belongs to a record or a page of ours, with a record where there is one."""
    first = {
        f"{model._meta.app_label}_{model._meta.model_name}": model._default_manager.values_list("pk", flat=True).first()
        for model in apps.get_models()
    }
    found = {"system_health": reverse("system_health")}
    for namespace, name in addresses(get_resolver().url_patterns):
        if namespace == "admin" and name not in FOR_ALL_STAFF and "<" not in name:
            model = next((model for model in first if name.startswith(f"{model}_")), "")
            found[name] = _address(name, [], [first.get(model) or 1], ["orders"], [1, 1])
    return found


def _address(name: str, *choices: list[Any]) -> str:
    for choice in choices:
        try:
            return reverse(f"admin:{name}", args=choice)
        except NoReverseMatch:
            continue
    raise NoReverseMatch(name)


def test_staff_without_a_permission_see_nothing(road: Road, arguments: dict[str, list[Any]]) -> None:
    bare, found = staff(), urls()
    assert len(found) > 80
    before = (AccessEntry.objects.count(), AuditEntry.objects.count())
    for name, url in found.items():
        answer = bare.get(url)
        # What does not exist is answered with the way back to the start.
        gone = answer.status_code == 302 and answer["Location"] == reverse("admin:index")
        assert answer.status_code in {403, 404} or gone, name
    assert (AccessEntry.objects.count(), AuditEntry.objects.count()) == before


def test_the_group_support_sees_every_page_of_the_desk(road: Road, arguments: dict[str, list[Any]]) -> None:
    desk = of_group()
    for name, url in urls().items():
        if name.endswith("_changelist") and not name.startswith("auth_"):
            assert desk.get(url).status_code == 200, name
        if name.endswith("_delete"):
            assert desk.get(url).status_code in {302, 403}, name
    order, connection = Order.objects.earliest("pk"), road.demo.connection
    for url in (
        reverse("admin:orders_order_change", args=[order.pk]),
        reverse("admin:orders_order_bundle", args=[order.pk]),
        reverse("admin:activation_date", args=[connection.pk]),
        reverse("admin:accounts_subscription_change", args=[road.demo.company.subscription.pk]),
        reverse("system_health"),
    ):
        assert desk.get(url).status_code == 200, url


@pytest.mark.parametrize("action", ["queue_again", "give_up"])
def test_only_who_may_steer_messages_does(road: Road, action: str) -> None:
    road.bol.place_order(sku="NOBODY-KNOWS")
    road.go(rounds=2)
    message = OutboxMessage.objects.get(kind="shop_order")
    body = {"action": action, "_selected_action": [message.pk], "reason": "Asked by phone"}
    url = reverse("admin:engine_outboxmessage_changelist")

    staff("view_outboxmessage").post(url, body)
    assert (OutboxMessage.objects.get(pk=message.pk).state, AuditEntry.objects.count()) == (message.state, 1)
    staff("view_outboxmessage", "steer_outboxmessage").post(url, body)
    assert OutboxMessage.objects.get(pk=message.pk).state != message.state


def test_only_who_may_steer_messages_releases_an_order(road: Road) -> None:
    road.bol.place_order(sku="TST-001")
    road.go(rounds=1)
    Order.objects.update(hold="cancellation_requested")
    body = {"action": "release", "_selected_action": [Order.objects.get().pk], "reason": "x"}

    staff("view_order").post(reverse("admin:orders_order_changelist"), body)
    assert Order.objects.get().hold == "cancellation_requested"
    of_group().post(reverse("admin:orders_order_changelist"), body)
    assert Order.objects.get().hold == ""


@pytest.mark.parametrize("path", ["orders/order/abc/bundle/", "connections/orderconnection/abc/activation-date/"])
def test_an_address_without_a_record_is_not_found(road: Road, path: str) -> None:
    assert of_group().get(f"/admin/{path}").status_code == 404


class TestPeople:
    def test_support_makes_nobody_support(self, road: Road) -> None:
        user = User.objects.create_user("anna@shop.example", "a-long-password")
        url = reverse("admin:accounts_user_change", args=[user.pk])
        support = Group.objects.get(name="Support")
        body = {"email": user.email, "name": "Anna", "is_active": "on", "is_staff": "on", "groups": [support.pk]}
        assert of_group().post(url, body).status_code == 302

        user.refresh_from_db()
        assert (user.name, user.is_staff, user.groups.count()) == ("Anna", False, 0)

    @pytest.mark.parametrize("kind", ["is_staff", "is_superuser"])
    def test_support_changes_none_of_its_own(self, road: Road, kind: str) -> None:
        boss = User.objects.create_user("boss@ordersync.example", "a-long-password", **{kind: True})
        body = {"email": "mine@evil.example", "name": "", "is_active": "on"}
        desk = of_group()
        assert desk.post(reverse("admin:accounts_user_change", args=[boss.pk]), body).status_code == 403
        assert desk.get(reverse("admin:accounts_user_delete", args=[boss.pk])).status_code == 403

        boss.refresh_from_db()
        assert boss.email == "boss@ordersync.example"

    def test_a_superuser_does(self, road: Road) -> None:
        root = User.objects.create_superuser("root@ordersync.example", "a-long-password")
        user = User.objects.create_user("new@ordersync.example", "a-long-password")
        client = Client()
        client.force_login(root, backend="django.contrib.auth.backends.ModelBackend")
        support = Group.objects.get(name="Support")
        body = {"email": user.email, "name": "", "is_active": "on", "is_staff": "on", "groups": [support.pk]}
        client.post(reverse("admin:accounts_user_change", args=[user.pk]), body)

        user.refresh_from_db()
        assert (user.is_staff, user.has_perm("orders.view_order")) == (True, True)

    def test_a_new_address_is_told_to_the_merchant(self, road: Road) -> None:
        user = User.objects.create_user("anna@shop.example", "a-long-password")
        Membership.objects.create(user=user, company=road.demo.company, role="owner")
        body = {"email": "anna@other.example", "name": "", "is_active": "on"}
        of_group().post(reverse("admin:accounts_user_change", args=[user.pk]), body)

        [entry] = AuditEntry.objects.filter(action="person_changed")
        assert entry.params == {"fields": "email", "name": "anna@shop.example"}
        assert (entry.company, entry.subject) == (road.demo.company, "member:anna@other.example")


class TestMembers:
    def send(self, client: Client, company: Company, *roles: str) -> int:
        members = list(company.memberships.order_by("pk"))
        body: dict[str, Any] = {"name": company.name, "time_zone": company.time_zone, "language": company.language}
        body |= {"memberships-TOTAL_FORMS": len(members), "memberships-INITIAL_FORMS": len(members)}
        for number, (member, role) in enumerate(zip(members, roles, strict=True)):
            row = {"id": member.pk, "company": company.pk, "user": member.user_id, "role": role}
            row |= {"DELETE": "on"} if role == "gone" else {}
            body |= {f"memberships-{number}-{name}": value for name, value in row.items()}
        return client.post(reverse("admin:accounts_company_change", args=[company.pk]), body).status_code

    @pytest.fixture
    def company(self, road: Road) -> Company:
        for role in ("owner", "viewer"):
            user = User.objects.create_user(f"{role}@shop.example", "a-long-password")
            Membership.objects.create(user=user, company=road.demo.company, role=role)
        return road.demo.company

    def test_what_support_changes_of_members_is_told_to_the_merchant(self, company: Company) -> None:
        assert self.send(of_group(), company, "owner", "manager") == 302

        assert set(company.memberships.values_list("role", flat=True)) == {"owner", "manager"}
        [entry] = AuditEntry.objects.filter(action="member_changed")
        assert (entry.subject, entry.params) == ("member:viewer@shop.example", {"role": "manager"})

    def test_a_company_keeps_an_owner(self, company: Company) -> None:
        assert self.send(of_group(), company, "manager", "viewer") == 200
        assert set(company.memberships.values_list("role", flat=True)) == {"owner", "viewer"}
        assert not AuditEntry.objects.filter(action="member_changed").exists()

    def test_only_a_superuser_removes_a_company(self, company: Company) -> None:
        assert of_group().get(reverse("admin:accounts_company_delete", args=[company.pk])).status_code == 403
