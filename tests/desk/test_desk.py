"""What support staff see and do: everything but credentials, each look at a buyer written down, each step with a reason."""

from __future__ import annotations

import json

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AccessEntry, AuditEntry, User
from engine.models import OutboxMessage
from orders.models import Order
from tests.desk.test_activation_date import staff
from tests.road import Road

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(road: Road) -> Order:
    order_id = road.bol.place_order(sku="TST-001")
    road.go(rounds=2)
    road.shop.ship(road.shop.orders_with(f"bol-{order_id}")[0]["id"], tracking_code="3SDESK1")
    road.go(rounds=3)
    return Order.objects.get()


@pytest.fixture
def root(road: Road) -> Client:
    client = Client()
    user = User.objects.create_superuser("root@ordersync.example", "a-long-password")
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_an_order_is_found_by_any_number_a_customer_may_quote(root: Client, order: Order) -> None:
    address = order.addresses.get(role="billing")
    quoted = (
        order.marketplace_order_id,
        order.reference,
        order.shop_order_number,
        "3SDESK1",
        address.postcode,
        address.email,
    )
    url = reverse("admin:orders_order_changelist")
    for text in quoted:
        assert [found.pk for found in root.get(url, {"q": text}).context["cl"].result_list] == [order.pk], text
    assert list(root.get(url, {"q": "nobody-knows"}).context["cl"].result_list) == []


def test_every_look_at_a_buyer_is_written_down(root: Client, order: Order) -> None:
    root.get(reverse("admin:orders_order_changelist"))
    assert AccessEntry.objects.count() == 0
    root.get(reverse("admin:orders_order_change", args=[order.pk]))
    exchange = order.company.exchanges.first()
    assert exchange is not None
    root.get(reverse("admin:engine_exchange_change", args=[exchange.pk]))

    looks = list(AccessEntry.objects.order_by("pk").values_list("subject", "company", "user__email"))
    me = "root@ordersync.example"
    assert looks == [(f"order:{order.pk}", order.company_id, me), (f"exchange:{exchange.pk}", order.company_id, me)]
    staff().get(reverse("admin:orders_order_change", args=[order.pk]))
    assert AccessEntry.objects.count() == 2


@pytest.mark.parametrize(
    ("action", "state", "audit"),
    [("queue_again", "queued", "message_requeued"), ("give_up", "discarded", "message_discarded")],
)
def test_a_step_is_sent_again_or_given_up_with_a_reason(
    road: Road, root: Client, action: str, state: str, audit: str
) -> None:
    road.bol.place_order(sku="NOBODY-KNOWS")
    road.go(rounds=2)
    message = OutboxMessage.objects.get(kind="create_shop_order")
    before = message.state
    url, body = reverse("admin:engine_outboxmessage_changelist"), {"action": action, "_selected_action": [message.pk]}

    assert "Reason" in root.post(url, body).content.decode()
    assert "Give a reason." in root.post(url, {**body, "reason": " "}).content.decode()
    message.refresh_from_db()
    assert (message.state, AuditEntry.objects.filter(action=audit).count()) == (before, 0)

    root.post(url, {**body, "reason": "Asked by phone"})
    message.refresh_from_db()
    [entry] = AuditEntry.objects.filter(action=audit)
    assert (message.state, entry.params["reason"]) == (state, "Asked by phone")


def test_the_bundle_holds_everything_but_buyer_and_secrets(root: Client, order: Order) -> None:
    answer = root.get(reverse("admin:orders_order_bundle", args=[order.pk]))
    text = answer.content.decode()
    found = json.loads(text)

    assert found["order"]["reference"] == order.reference
    assert len(found["messages"]) == OutboxMessage.objects.filter(subject=order.subject).count()
    assert len(found["exchanges"]) == order.company.exchanges.filter(subject=order.subject).count() > 0
    assert any("3SDESK1" in line for line in found["history"])
    for address in order.addresses.all():
        for word in (address.last_name, address.street, address.postcode, address.email, *address.lines):
            assert word
            assert word.lower() not in text.lower(), word
    for secret in ("demo-secret", "cs_demo", "ck_demo"):
        assert secret not in text
    assert AccessEntry.objects.filter(subject=f"bundle:{order.pk}").count() == 1


def test_system_health_names_what_is_owed_and_who_refuses(road: Road, root: Client) -> None:
    road.bol.place_order(sku="NOBODY-KNOWS")
    road.go(rounds=1)
    road.shop.revoke_keys()
    road.read()
    text = root.get(reverse("system_health")).content.decode()

    assert "create_shop_order" in text
    assert road.demo.shop.lane in text
    assert staff().get(reverse("system_health")).status_code == 403
    assert Client().get(reverse("system_health")).status_code == 302


def test_a_changed_subscription_is_told_to_the_merchant(road: Road, root: Client) -> None:
    subscription = road.demo.company.subscription
    modules = list(subscription.modules.order_by("pk"))
    body = {"company": subscription.company_id, "plan": "standard", "active": "on"}
    body |= {"modules-TOTAL_FORMS": 2, "modules-INITIAL_FORMS": 2}
    for number, module in enumerate(modules):
        body |= {f"modules-{number}-id": module.pk, f"modules-{number}-subscription": subscription.pk}
        body |= {f"modules-{number}-module": module.module}
    url = reverse("admin:accounts_subscription_change", args=[subscription.pk])
    assert root.post(url, body).status_code == 302

    assert not subscription.modules.filter(active=True).exists()
    assert AuditEntry.objects.filter(action="subscription_changed").count() == 1
