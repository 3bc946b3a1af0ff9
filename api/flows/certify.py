"""Tries out the program behind a connection: awkward orders and mishaps, and what it makes of them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from adapterkit.records import Address, Fulfilment
from api.models import Certification
from api.trial import WAIT
from connections.models import OrderConnection
from orders.flows.cancel_test_order import cancel_test_order
from orders.flows.send_test_order import LEAST_STOCK, Wanted, Wish, send_test_order
from orders.models import Order, TestOrder
from orders.proposals import proposal
from stock.models import Product


class NothingToSend(Exception):
    """The connection cannot be tried; the text says what to do first."""


@dataclass(frozen=True, slots=True)
class Awkward:
    """An order that programs stumble over, and why."""

    why: str
    country: str
    prices: tuple[str, ...] = ("9.99",)
    quantity: int = 1
    shipping: str = "0.00"
    discount: str = "0.00"
    business: bool = False
    pickup: str = ""
    remark: str = ""
    buyer: Mapping[str, str] = field(default_factory=dict)


SCRIPTS = {"first_name": "محمد 🎉", "last_name": "Łukasz-O'Neill"}
STAIRS = {"house_number": "", "house_number_addition": "Esc. 2, 3º 2ª"}
ORDERS = (
    Awkward("an ordinary one", "NL"),
    Awkward("one product on two lines, at two prices", "NL", ("11.00", "9.00"), quantity=2),
    Awkward("a price that no VAT rate divides evenly", "BE", ("0.01", "3333.33"), quantity=3, shipping="6.95"),
    Awkward("a discount on the whole order", "DE", ("24.95",), discount="4.99"),
    Awkward("names in other scripts, and emoji", "FR", buyer=SCRIPTS),
    Awkward("text that is HTML and SQL", "NL", remark="<b>'; DROP TABLE orders; --</b>", buyer={"last_name": "<Null>"}),
    Awkward("names of a hundred characters", "DE", buyer={"last_name": "Wolfeschlegelsteinhausen" * 4}),
    Awkward("no house number, a long addition", "ES", buyer=STAIRS),
    Awkward("a company with a VAT number, and a pick-up point", "AT", business=True, pickup="Kiosk am Ring"),
    Awkward("cancelled after you took it", "NL"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the report. `passed` is None where the program told nothing to judge by."""

    text: str
    passed: bool | None
    found: str = ""


def start(*, connection: OrderConnection, now: datetime) -> Certification:
    """Send the awkward orders and begin to spoil answers. Raises `NothingToSend`; ends a trial that was left open."""
    shop = getattr(connection.project, "shop", None)
    if shop is None or not shop.is_pulled:
        raise NothingToSend("Only a connection to “any other platform” is tried out; this shop is called by us.")
    field = connection.project.product_id_field
    usable = Product.objects.filter(project=connection.project).exclude(**{field: ""}).exclude(stock__lt=LEAST_STOCK)
    product = usable.order_by("pk").first()
    if product is None:
        raise NothingToSend(f"Store a product with a stock of {LEAST_STOCK} or more first: PUT /api/v1/products.")
    with transaction.atomic():
        Certification.objects.filter(connection=connection, ended_at=None).update(ended_at=now)
        certification = Certification.objects.create(connection=connection, started_at=now)
        for awkward in ORDERS:
            wish = _wish(awkward, str(getattr(product, field)))
            send_test_order(connection=connection, wish=wish, token=uuid.uuid4(), now=now, by=None)
    return certification


def orders_of(certification: Certification) -> list[TestOrder]:
    """Return the orders of the trial in the order of `ORDERS`."""
    sent = TestOrder.objects.filter(connection=certification.connection, made_at=certification.started_at)
    return list(sent.select_related("order").order_by("pk"))


def cancel_the_last(*, certification: Certification, now: datetime) -> bool:
    """Cancel the order that is meant for it, as soon as the program took it; False until then."""
    last = orders_of(certification)[-1]
    if last.order.place != Order.Place.IN_SHOP:
        return False
    return cancel_test_order(test_order=last, now=now, by=None)


def end(*, certification: Certification, now: datetime) -> None:
    Certification.objects.filter(pk=certification.pk).update(ended_at=now)


def finished(certification: Certification) -> bool:
    """Whether there is nothing left to wait for."""
    *kept, last = orders_of(certification)
    shipped = all(test.order.status == Order.Status.SHIPPED for test in kept)
    seen = certification.met.filter(what="changes").exists()
    return shipped and last.order.status == Order.Status.CANCELLED and seen


def report(certification: Certification) -> list[Check]:
    """Return what the program passed and what it did not."""
    tests = orders_of(certification)
    *kept, last = tests
    met = {one.what: one.at for one in certification.met.all()}
    conflicts = [what for what in met if what.startswith("conflict:")]
    return [
        _taken(tests),
        _once(conflicts),
        _totals(tests),
        _repeated(kept, met),
        _waited(met),
        _shipped(kept),
        _cancelled(last, conflicts, met),
    ]


def _taken(tests: Sequence[TestOrder]) -> Check:
    missing = [awkward.why for awkward, test in zip(ORDERS, tests, strict=True) if not test.order.shop_order_id]
    return Check("Every order was acknowledged", not missing, ", ".join(missing))


def _once(conflicts: Sequence[str]) -> Check:
    doubles = [what for what in conflicts if "acknowledged_otherwise" in what or "number_taken" in what]
    found = f"{len(doubles)} acknowledged again under another number: made twice?" if doubles else ""
    return Check("Each order was made once, though it was told twice and the answer was lost", not doubles, found)


def _totals(tests: Sequence[TestOrder]) -> Check:
    wrong = [
        f"{awkward.why}: {test.order.shop_order_total} instead of {test.order.total}"
        for awkward, test in zip(ORDERS, tests, strict=True)
        if test.order.shop_order_total is not None and test.order.shop_order_total != test.order.total
    ]
    return Check("The totals are right to the cent", not wrong, "; ".join(wrong))


def _repeated(kept: Sequence[TestOrder], met: dict[str, datetime]) -> Check:
    lost = [test for test in kept if f"lost:acknowledge:{test.order_id}" in met]
    # The answer was lost once for each order; whoever never asked again would not know that it was taken.
    return Check("What got no answer was asked again", bool(lost), "" if lost else "nothing was acknowledged")


def _waited(met: dict[str, datetime]) -> Check:
    asked, again = met.get("throttled:list"), met.get("list:after")
    if asked is None or again is None:
        return Check(f"It waits when it is asked to ({WAIT} s)", None, "it never asked again")
    waited = (again - asked).total_seconds()
    return Check(f"It waits when it is asked to ({WAIT} s)", waited >= WAIT, f"{waited:.1f} s")


def _shipped(kept: Sequence[TestOrder]) -> Check:
    open_ones = [test for test in kept if test.order.status != Order.Status.SHIPPED]
    found = f"{len(open_ones)} of {len(kept)} were not shipped" if open_ones else ""
    return Check("Every order was shipped, with carrier and tracking code", not open_ones, found)


def _cancelled(last: TestOrder, conflicts: Sequence[str], met: dict[str, datetime]) -> Check:
    text = "A cancellation is noticed, and nothing is sent"
    if last.order.status != Order.Status.CANCELLED:
        return Check(text, None, "the order was never acknowledged, so it was not cancelled")
    if last.order.shipments.exists():
        return Check(text, False, "it was shipped")
    sent = any(what.endswith(f":{last.order_id}") for what in conflicts)
    noticed = "changes" in met
    return Check(text, noticed and not sent, "" if noticed else "it never reads changed_since")


def _wish(awkward: Awkward, product: str) -> Wish:
    parts = {**proposal(awkward.country, business=awkward.business), **awkward.buyer}
    line = " ".join(parts[name] for name in ("street", "house_number", "house_number_addition") if parts[name])
    address = Address(**parts, lines=(line,))
    return Wish(
        lines=[Wanted(product=product, quantity=awkward.quantity, price=Decimal(price)) for price in awkward.prices],
        delivery=address,
        billing=address,
        shipping_cost=Decimal(awkward.shipping),
        discount=Decimal(awkward.discount),
        pickup_point=awkward.pickup,
        business=awkward.business,
        fulfilment=Fulfilment.MERCHANT,
        remark=awkward.remark,
        asked_for={"certification": awkward.why},
    )
