"""A company with a bit of everything on its pages: every state, long names, other scripts, and a page of nothing."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from accounts.audit import write_audit
from accounts.flows.make_api_key import make_api_key
from accounts.models import Company, Membership, User
from carriers.models import CarrierPlan, CarrierRule
from connections.models import OrderConnection, Project
from engine.models import Lane, OutboxMessage
from orders.models import Order, RemoteOrder, Shipment, TestOrder
from stock.models import Product
from tests.journeys.test_test_orders import send
from tests.road import Road, named
from webhooks.event_types import EventType
from webhooks.flows.make_webhook import make_webhook
from webhooks.messages import KIND, News, post
from webhooks.models import WebhookEndpoint
from webhooks.payloads import body_of
from webhooks.switching import switch_off

LONG = "Handgemaakte mokken van aardewerk met handgeschilderde bloemmotieven, vaatwasserbestendig, set van zes in doos"
ARABIC = "كوب أزرق مصنوع يدويًا من الخزف"
EMOJI = "Mug ☕️ “Family” 👩‍👩‍👧‍👦 – 10 % off 🎁"
UNBROKEN = "ZEER-LANGE-ARTIKELCODE-ZONDER-SPATIES-0123456789-ABCDEFGHIJKLMNOPQRSTUVWXYZ-EINDE"
PASSWORD = "correct-horse-9"
ORDERS = 56  # of one product, so that the list has a second page


@dataclass(frozen=True, slots=True)
class Busy:
    """The company with one record for each thing that a page may have to show."""

    company: Company
    connection: OrderConnection
    inactive: OrderConnection
    empty_project: Project
    importing: Project
    unknown: Order
    held: Order
    shipped: Order
    stuck_parcel: Order
    test: TestOrder
    plan: CarrierPlan
    webhook: WebhookEndpoint
    webhook_off: WebhookEndpoint


def busy_company(road: Road) -> Busy:
    """Let a few days pass on the road, so that every page has something to show."""
    company, bol = road.demo.company, road.bol
    _stock(road)
    for number in range(ORDERS):
        bol.place_order(sku="TST-001", title="Mug, blue", quantity=number % 3 + 1)
        if number % 4 == 0:
            road.clock.forward(minutes=47)
    _go(road)
    ids = {name: bol.place_order(**asked) for name, asked in _wanted().items()}
    bol.request_cancellation(ids["held"])
    _go(road)
    for name, code in (("shipped", "3SPOST0123456"), ("returned", "3SPOST6543210"), ("late", "JVGL06123456789")):
        _ship(road, ids[name], carrier="PostNL", tracking_code=code)
    CarrierPlan.objects.update(default_carrier="")
    _ship(road, ids["stuck"], carrier="Fietskoerier de Snelle Tijger", tracking_code=UNBROKEN)
    _go(road)
    CarrierPlan.objects.update(default_carrier="dhl")
    bol.register_return(ids["returned"], reason="Het artikel is beschadigd aangekomen, de doos was helemaal open")
    bol.register_return(ids["shipped"], reason=ARABIC)
    for _ in range(3):
        bol.place_order(sku="MUG-GREEN-NOT-IMPORTED", title="Mug, green")
    test = send(road, token=uuid.uuid4())
    _go(road)
    for number, sku in enumerate(("MUG-LONG", UNBROKEN)):
        _untaken(road, f"A{number:09d}T", sku)
    found = {name: Order.objects.get(marketplace_order_id=order_id) for name, order_id in ids.items()}
    return Busy(
        company=company,
        connection=road.demo.connection,
        inactive=_second_connection(road),
        empty_project=Project.objects.create(company=company, name="Outlet"),
        importing=_importing(road),
        unknown=found["unknown"],
        held=found["held"],
        shipped=found["shipped"],
        stuck_parcel=found["stuck"],
        test=test,
        plan=_rules(company),
        webhook=_webhook(road, "https://erp.example/ordersync", EventType.values),
        webhook_off=_webhook(road, f"https://{UNBROKEN.lower()[:60]}.example/{UNBROKEN * 3}", ["order.created"]),
    )


def _untaken(road: Road, order_id: str, sku: str) -> None:
    """An order of which no connection takes the part that the marketplace ships."""
    line = {"id": "1", "by": "marketplace", "sku": sku, "open": 2, "shipped": 0}
    RemoteOrder.objects.create(
        account=road.demo.account,
        marketplace_order_id=order_id,
        fingerprint="1",
        seen_at=road.clock(),
        placed_at=road.clock(),
        country="BE",
        is_open=True,
        untaken=True,
        lines=[line],
    )


def _stock(road: Road) -> None:
    road.shop.add_product("MUG-LONG", price="34.95", stock=3, ean="8710400000020", name=LONG)
    road.shop.add_product("MUG-ARABIC", price="9.50", stock=80, ean="8710400000037", name=ARABIC)
    road.shop.add_product(UNBROKEN, price="1299.00", stock=None, ean="8710400000044", name=EMOJI)
    road.shop.set_stock("TST-001", 400)
    for sku in ("MUG-LONG", "MUG-ARABIC", UNBROKEN):
        road.bol.add_offer(sku, stock=0)
    _go(road)


def _wanted() -> dict[str, dict[str, Any]]:
    """What is ordered beside the usual, by what becomes of it."""
    several = [
        {"sku": "MUG-LONG", "price": "34.95", "quantity": 2, "title": LONG},
        {"sku": "MUG-ARABIC", "price": "9.50", "quantity": 1, "title": ARABIC},
        {"sku": UNBROKEN, "price": "1299.00", "quantity": 1, "title": EMOJI},
    ]
    return {
        "unknown": {"sku": UNBROKEN[:-2], "title": LONG, "price": "49.00"},
        "held": {"sku": "MUG-ARABIC", "title": ARABIC, "price": "9.50"},
        "shipped": {"items": several},
        "returned": {"sku": "TST-002", "title": "Green tea", "price": "10.90", "quantity": 2},
        "late": {"sku": "TST-001", "title": "Mug, blue"},
        "stuck": {"sku": "TST-001", "title": "Mug, blue", "quantity": 3},
    }


def _ship(road: Road, order_id: str, **parcel: Any) -> None:
    road.shop.ship(road.shop.orders_with(named(order_id))[0]["id"], **parcel)


def _go(road: Road) -> None:
    road.go(rounds=3, minutes=20)


def _second_connection(road: Road) -> OrderConnection:
    return OrderConnection.objects.create(
        company=road.demo.company,
        project=road.demo.connection.project,
        account=road.demo.account,
        name=f"bol, orders that bol ships from its own warehouse: {ARABIC}",
        fulfilment="marketplace",
        country="BE",
    )


def _importing(road: Road) -> Project:
    """A project whose shop is read for the first time just now, and whose ids are not in order."""
    shop = road.demo.shop
    project = Project.objects.create(company=road.demo.company, name="Second shop 🏬", product_id_field="ean")
    shop.pk, shop.project, shop.notification_token, shop.name = None, project, uuid.uuid4().hex, "Second shop"
    shop._state.adding = True
    shop.save()
    cursor = road.demo.company.cursors.get(feed="products")
    cursor.pk, cursor.owner_id, cursor.lane, cursor.last_success_at, cursor.expected = None, shop.pk, shop.lane, None, 9
    cursor._state.adding = True
    cursor.save()
    rows = [("1", "8710400000013", "Mug"), ("2", "8710400000013", "Mug again"), ("3", "", LONG), ("4", "", ARABIC)]
    Product.objects.bulk_create(
        Product(project=project, shop_product_id=pk, sku=f"S-{pk}", ean=ean, title=title, seen_at=road.clock())
        for pk, ean, title in rows
    )
    return project


def _rules(company: Company) -> CarrierPlan:
    plan = company.carrier_plans.get()
    rules = [("regex", r"^JVGL\d{8,}$", "dhl"), ("contains", UNBROKEN, "gls"), ("length", "14", "dpd")]
    for position, (operator, value, carrier) in enumerate(rules, start=2):
        CarrierRule.objects.create(plan=plan, position=position, operator=operator, value=value, carrier=carrier)
    return plan


def _webhook(road: Road, url: str, types: list[str]) -> WebhookEndpoint:
    """A webhook with a log: one that takes most, and one that was switched off. A key for the program behind it."""
    company, now = road.demo.company, road.clock()
    endpoint, _ = make_webhook(company=company, url=url, types=types, project_id=None, now=now, by=None)
    make_api_key(company=company, name=f"ERP {LONG}", scopes=["read", "stock"], now=now, by=None)
    bodies = [body_of(name, now, {"text": LONG, "code": UNBROKEN}) for name in types * 9]
    posted = post(
        [
            News(endpoint=endpoint, type=name, thing=f"order:{number}", at=now, body=body)
            for number, (name, body) in enumerate(zip(types * 9, bodies, strict=True))
        ]
    )
    for number, message in enumerate(posted):
        message.status, message.seconds, message.answer = (200, 0.21, "ok") if number % 3 else (None, 30.0, "")
        message.error = "" if number % 3 else "no connection was made in time"
        message.delivered_at = now if number % 3 else None
        message.save()
    OutboxMessage.objects.filter(kind=KIND, record_id__in=[one.pk for one in posted if one.status]).update(state="done")
    if len(types) == 1:
        switch_off(endpoint, WebhookEndpoint.Off.FAILING, now, None)
    return endpoint


def refuse(busy: Busy) -> None:
    """The shop refuses its credentials."""
    lane, why = busy.connection.project.shop.lane, "consumer key not found"
    values = {"company": busy.company, "state": Lane.State.REFUSED, "reason": why}
    Lane.objects.update_or_create(key=lane, defaults=values)


def member_of(company: Company | None, email: str, role: str = "owner", **fields: Any) -> User:
    user = User.objects.create_user(email, PASSWORD, **fields)
    if company is not None:
        Membership.objects.create(user=user, company=company, role=role)
    return user


def note_changes(busy: Busy, staff: User, owner: User) -> None:
    """What somebody of the company and of the support staff changed."""
    now, name = busy.test.made_at, busy.connection.name
    write_audit(busy.company, owner, "carriers_changed", f"plan:{busy.plan.pk}", now, name=LONG)
    since = now - timedelta(days=9)
    told = {"name": name, "since": since, "before": now, "reason": "Orders of the weekend, by telephone", "count": 3}
    write_audit(busy.company, staff, "activation_date_set", f"connection:{busy.connection.pk}", now, **told)


def rename(busy: Busy, text: str) -> None:
    """Every name that somebody can type becomes this one, as far as it fits."""
    Company.objects.filter(pk=busy.company.pk).update(name=text[:120])
    busy.company.projects.filter(pk=busy.connection.project_id).update(name=text[:120])
    busy.company.marketplace_accounts.update(name=text[:120])
    busy.company.order_connections.filter(pk=busy.connection.pk).update(name=text[:120], shipping_method=text[:120])
    busy.company.carrier_plans.update(name=text[:120])
    type(busy.connection.project.shop).objects.filter(pk=busy.connection.project.shop.pk).update(name=text[:120])
    User.objects.update(name=text[:120])
    Product.objects.update(title=text * 3)
    Shipment.objects.update(carrier_name=text)
    for order in busy.company.orders.all():
        order.lines.update(title=text * 2)
        order.addresses.update(first_name=text, last_name=text, company=text, street=text, city=text)
        Order.objects.filter(pk=order.pk).update(number=f"{order.pk}{text}"[:120], remark=text * 3)
