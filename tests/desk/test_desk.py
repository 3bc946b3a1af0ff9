"""What support staff see and do: everything but credentials, each look at a buyer written down, each step with a reason."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AccessEntry, AuditEntry, User
from connections.models import OrderConnection
from engine.models import Exchange, OutboxMessage, SyncCursor, SyncRun
from orders.models import Order, Return
from orders.reading.storing import import_orders
from ordersync.bench import made_orders
from ordersync.demo import build_demo
from tests.clock import START
from tests.desk.test_activation_date import staff
from tests.laid import lay
from tests.road import BOL, SHOP, Road, named

pytestmark = [pytest.mark.django_db, pytest.mark.either]


@pytest.fixture
def order(road: Road) -> Order:
    return lay("a shipped order", lambda: _order(road), (road.bol, road.shop), road.clock, on="road")


def _order(road: Road) -> Order:
    order_id = road.bol.place_order(sku="TST-001")
    road.go(rounds=2)
    road.shop.ship(road.shop.orders_with(named(order_id))[0]["id"], tracking_code="3SDESK1")
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


def test_an_order_is_found_whatever_company_it_is_of(root: Client, road: Road) -> None:
    other = build_demo(bol_url=BOL, shop_url=f"{SHOP}/of-others", now=START, name="Other")
    placed = [replace(order, placed_at=road.clock()) for order in made_orders(1, 2)]
    for connection in (road.demo.connection, other.connection):
        import_orders(connection=connection, orders=placed, now=road.clock())
    url = reverse("admin:orders_order_changelist")

    both = root.get(url, {"q": "bench1"}).context["cl"].result_list
    theirs = root.get(url, {"q": "vries 2", "company__id__exact": other.company.pk}).context["cl"].result_list

    assert [(order.company.name, order.number) for order in both] == [("Other", "BENCH1"), ("Demo company", "BENCH1")]
    assert [(order.company.name, order.number) for order in theirs] == [("Other", "BENCH2")]


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


@pytest.mark.parametrize("part", ["steps", "exchanges"])
def test_an_order_leads_to_its_steps_and_exchanges(road: Road, root: Client, order: Order, part: str) -> None:
    road.bol.place_order(sku="TST-001")  # another, which is not meant
    road.go(rounds=2)
    answer = root.get(reverse(f"admin:orders_order_{part}", args=[order.pk]), follow=True)
    rows = list(answer.context["cl"].result_list)

    assert {row.subject for row in rows} == {order.subject}
    model = OutboxMessage if part == "steps" else Exchange
    assert len(rows) == model._default_manager.filter(subject=order.subject).count() > 1


def test_a_look_at_whatever_may_name_a_buyer_is_written_down(road: Road, root: Client, order: Order) -> None:
    road.bol.register_return(order.marketplace_order_id)
    road.go(rounds=2)
    cursor = SyncCursor.objects.get(feed="orders")
    unreadable = cursor.unreadable_records.create(
        record_id="A1", reason="?", payload={"firstName": "Bob"}, first_seen_at=road.clock(), last_seen_at=road.clock()
    )
    seen = [Return.objects.get(), unreadable, OutboxMessage.objects.earliest("pk"), SyncRun.objects.earliest("pk")]
    for record in seen:
        name = f"{record._meta.app_label}_{record._meta.model_name}"
        assert root.get(reverse(f"admin:{name}_change", args=[record.pk])).status_code == 200

    looks = AccessEntry.objects.order_by("pk").values_list("subject", "company")
    assert list(looks) == [(f"{record._meta.model_name}:{record.pk}", order.company_id) for record in seen]


@pytest.mark.parametrize(
    ("action", "state", "audit"),
    [("queue_again", "queued", "message_requeued"), ("give_up", "discarded", "message_discarded")],
)
def test_a_step_is_sent_again_or_given_up_with_a_reason(
    road: Road, root: Client, action: str, state: str, audit: str
) -> None:
    road.bol.place_order(sku="NOBODY-KNOWS")
    road.go(rounds=2)
    message = OutboxMessage.objects.get(kind="shop_order")
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
    created = next(seen for seen in found["exchanges"] if seen["method"] == "POST")
    assert created["request_body"]["line_items"][0]["quantity"] == 1
    assert created["request_body"]["billing"]["country"] == "NL"
    assert any("3SDESK1" in line for line in found["history"])
    for address in order.addresses.all():
        for word in (address.last_name, address.street, address.postcode, address.email):
            assert word
            assert word.lower() not in text.lower(), word
        assert f"[buyer] {address.house_number}" not in text
    for secret in ("demo-secret", "cs_demo", "ck_demo"):
        assert secret not in text
    assert AccessEntry.objects.filter(subject=f"bundle:{order.pk}").count() == 1


def test_the_bundle_hides_what_only_texts_tell(root: Client, order: Order) -> None:
    order.addresses.update(first_name="Li", last_name="Ng", email="li.ng@mail.example", phone="+31612345678")
    order.addresses.filter(role="billing").delete()
    order.lines.update(title="Mug for Mr Li", cancellation_reason="I am Wilhelmina and want another")
    Order.objects.filter(pk=order.pk).update(problem={"remote": "Phone 06-12 34 56 78 of Ng is not valid"})
    earlier = order.company.exchanges.filter(subject=order.subject).order_by("pk").last()
    assert earlier is not None
    earlier.url = "https://shop.test/wc?search=li.ng%40mail.example&billing[phone]=0612345678"
    earlier.request_body = '{"billing": {"first_name": "Aloysius", "address_1": "Former Road 9"}}'
    earlier.response_body = (
        '{"message": "Former Road 9 of ALOYSIUS is unknown; cs_demo", "billing": {"first_name": "Alo'
    )
    earlier.save()
    text = root.get(reverse("admin:orders_order_bundle", args=[order.pk])).content.decode()

    for word in (
        "Aloysius",
        "Former Road",
        "Wilhelmina",
        "Mr Li",
        " Ng ",
        "li.ng",
        "12345678",
        "12 34 56 78",
        "cs_demo",
    ):
        assert word.lower() not in text.lower(), word
    assert '"Mug for Mr [buyer]"' in text
    assert order.reference in text


def test_system_health_names_what_is_owed_and_who_refuses(road: Road, root: Client) -> None:
    road.bol.place_order(sku="NOBODY-KNOWS")
    road.go(rounds=1)
    road.shop.revoke_keys()
    road.read()
    text = root.get(reverse("system_health")).content.decode()

    assert "shop_order" in text
    assert road.demo.shop.lane in text
    assert staff().get(reverse("system_health")).status_code == 403
    assert Client().get(reverse("system_health")).status_code == 302


def send_modules(road: Road, root: Client, *active: str, whole: bool = True) -> None:
    """Save the subscription's page with these modules ticked."""
    subscription = road.demo.company.subscription
    modules = list(subscription.modules.order_by("pk"))
    body: dict[str, object] = {"plan": "standard"} | ({"active": "on"} if whole else {})
    body |= {"modules-TOTAL_FORMS": len(modules), "modules-INITIAL_FORMS": len(modules)}
    for number, module in enumerate(modules):
        body |= {f"modules-{number}-id": module.pk, f"modules-{number}-subscription": subscription.pk}
        body |= {f"modules-{number}-module": module.module}
        body |= {f"modules-{number}-active": "on"} if module.module in active else {}
    url = reverse("admin:accounts_subscription_change", args=[subscription.pk])
    assert root.post(url, body).status_code == 302


def modules(road: Road) -> set[str]:
    return set(road.demo.company.subscription.modules.filter(active=True).values_list("module", flat=True))


def state(road: Road) -> str:
    return str(OrderConnection.objects.values_list("state", flat=True).get())


def test_a_module_that_support_ends_pauses_what_depends_on_it(road: Road, root: Client) -> None:
    send_modules(road, root, "marketplaces", "order_connections")
    assert (state(road), AuditEntry.objects.filter(action__startswith="module").count()) == ("active", 0)
    send_modules(road, root, "order_connections")  # without Marketplaces it cannot stay either

    assert (modules(road), state(road)) == (set(), "paused")
    ended = AuditEntry.objects.filter(action="module_ended").order_by("pk").values_list("subject", flat=True)
    assert list(ended) == ["module:marketplaces", "module:order_connections"]
    assert AuditEntry.objects.filter(action="connection_paused").count() == 1


def test_support_adds_no_module_without_the_one_it_needs(road: Road, root: Client) -> None:
    send_modules(road, root)
    send_modules(road, root, "order_connections")
    assert modules(road) == set()
    send_modules(road, root, "marketplaces", "order_connections")
    assert modules(road) == {"marketplaces", "order_connections"}


def test_a_subscription_that_support_switches_off_pauses_everything(road: Road, root: Client) -> None:
    send_modules(road, root, "marketplaces", "order_connections", whole=False)

    assert (modules(road), state(road)) == (set(), "paused")
    [entry] = AuditEntry.objects.filter(action="subscription_changed")
    assert entry.params == {"fields": "active"}


def test_a_hold_is_released_with_a_reason_that_the_merchant_sees(road: Road, root: Client) -> None:
    order_id = road.bol.place_order(sku="TST-001")
    road.bol.request_cancellation(order_id)
    road.go(rounds=2)
    order = Order.objects.get()
    assert (order.hold, order.place) == ("cancellation_requested", "waiting")
    url, body = reverse("admin:orders_order_changelist"), {"action": "release", "_selected_action": [order.pk]}

    assert "Reason" in root.post(url, body).content.decode()
    assert Order.objects.get().hold == "cancellation_requested"
    root.post(url, {**body, "reason": "The buyer\0 wants it after all"})
    road.go(rounds=2)

    [entry] = AuditEntry.objects.filter(action="order_released")
    assert (entry.params["reason"], Order.objects.get().place) == ("The buyer wants it after all", "in_shop")


@pytest.mark.parametrize(
    "asked",
    [
        "accounts/user/?password__startswith=a",
        "accounts/apikey/?hash__startswith=a",
        "connections/shop/?notification_token__startswith=a",
        "connections/shop/?credentials__contains=a",
        "webhooks/webhookendpoint/?url__contains=token",
        "engine/exchange/?response_body__icontains=Peeters",
        "engine/outboxmessage/?company__memberships__user__password__startswith=a",
    ],
)
def test_no_list_tells_of_what_it_does_not_show_by_filtering(root: Client, order: Order, asked: str) -> None:
    assert root.get(f"/admin/{asked}").status_code == 400


def test_the_filters_of_the_lists_are_let_through(root: Client, order: Order) -> None:
    steps, exchanges = "/admin/engine/outboxmessage/", "/admin/engine/exchange/"
    found = root.get(f"{steps}?kind=shop_order&state__exact=done&company__id__exact={order.company_id}")
    assert {row.kind for row in found.context["cl"].result_list} == {"shop_order"}
    assert root.get(f"{exchanges}?answer=good").context["cl"].result_count > 0
    assert root.get(f"{exchanges}?answer=failed").context["cl"].result_count == 0
