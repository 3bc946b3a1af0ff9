"""Gives every order the copy that says what its shop should have, and makes one message of those about its shop.

Of what is under way the most cautious state wins, and everything that was tried is kept. What was settled counts as
acknowledged: nothing is sent again. To be run with the workers stopped. Each thousand orders are a transaction of their
own, and what is done already is left out: it may be stopped, and begun again.
"""

from __future__ import annotations

from collections import defaultdict

from django.db import migrations, transaction
from django.db.models import CharField, Exists, OuterRef, Value
from django.db.models.functions import Cast, Concat

from orders.wishes import InShop, Made, Place, content_of, shop_wish

AT_ONCE = 1000
CREATE, ACTIVATE, CANCEL = "create_shop_order", "activate_shop_order", "cancel_in_shop"
HOLD, DISCARD = "hold_in_shop", "discard_inert_order"
KINDS = (CREATE, ACTIVATE, CANCEL, HOLD, DISCARD)
SETTLED = ("done", "discarded")
MOST_CAUTIOUS = ("unknown", "submitted", "needs_attention", "held", "queued")


def bring_over(apps, schema_editor):
    order = apps.get_model("orders", "Order")
    last = 0
    while ids := list(
        order.objects.filter(pk__gt=last, copy=None).order_by("pk").values_list("pk", flat=True)[:AT_ONCE]
    ):
        last = ids[-1]
        with transaction.atomic():
            _Thousand(apps, ids).bring_over()


class _Thousand:
    def __init__(self, apps, ids):
        self.model = lambda name, app="orders": apps.get_model(app, name)
        self.orders = list(self.model("Order").objects.filter(pk__in=ids).order_by("pk"))
        cancellations = self.model("Cancellation").objects.filter(order_line=OuterRef("pk"))
        lines = self.model("OrderLine").objects.filter(order__in=ids).order_by("pk")
        self.lines = _by(lines.annotate(called_off=Exists(cancellations)), "order_id")
        self.addresses = _by(self.model("OrderAddress").objects.filter(order__in=ids).order_by("pk"), "order_id")
        messages = self.model("OutboxMessage", "engine").objects.filter(kind__in=KINDS, record_id__in=ids)
        self.messages = _by(messages.order_by("pk"), "record_id")
        attempts = self.model("Attempt", "engine").objects.filter(message__kind__in=KINDS, message__record_id__in=ids)
        self.attempts = _by(attempts.order_by("number"), "message_id")
        self.moved, self.copies, self.items, self.gone, self.decisions = [], [], [], [], []

    def bring_over(self):
        for order in self.orders:
            self._copy(order)
            self._decisions(order)
        message = self.model("OutboxMessage", "engine")
        self.model("Attempt", "engine").objects.bulk_update(self.moved, ["message", "number"], batch_size=500)
        exchanges = self.model("Exchange", "engine").objects
        for item, others in self.gone:
            exchanges.filter(message__in=others).update(message=item)
        message.objects.filter(pk__in=[pk for _, others in self.gone for pk in others]).delete()
        finished = [item for item in self.items if item.state == "done"]
        for attempts in {item.attempts for item in finished}:  # nearly all of them, and few numbers
            message.objects.filter(pk__in=[item.pk for item in finished if item.attempts == attempts]).update(
                kind="shop_order",
                key=Concat(Value("shop_order:"), Cast("record_id", CharField())),
                queue=Concat("subject", Value(":shop")),
                state="done",
                problem_code="",
                problem={},
                look_first=False,
                attempts=attempts,
            )
        message.objects.bulk_update(
            [item for item in self.items if item.state != "done"],
            ["kind", "key", "queue", "state", "next_attempt_at", "look_first", "attempts", "failures", "problem_code",
             "problem", "submission_reference", "submitted_at", "settled_at", "lease_token", "lease_until"],
            batch_size=200,
        )  # fmt: skip
        self.model("ShopCopy").objects.bulk_create(self.copies)
        self.model("Decision").objects.bulk_create(self.decisions)

    def _copy(self, order):
        lines, addresses = self.lines[order.pk], self.addresses[order.pk]
        wish, content = shop_wish(order, lines, addresses), content_of(order, lines, addresses)
        mine = self.messages[order.pk]
        unsettled = [message for message in mine if message.state not in SETTLED]
        open_kinds = {message.kind for message in unsettled}
        has = _has(order, wish, content, open_kinds)
        uncertain = any(message.look_first or message.state == "sending" for message in unsettled)
        doubles = {message.key.rsplit(":", 1)[1] for message in unsettled if message.kind == DISCARD}
        self.copies.append(
            self.model("ShopCopy")(
                order=order,
                wish=wish.stored,
                wish_hash=wish.hash,
                acknowledged=has.stored,
                acknowledged_version=int(not unsettled),
                sent={"address": wish.address, "content": content} if uncertain else {},
                doubles=sorted(doubles),
            )
        )
        if mine:
            self._item(mine, unsettled, uncertain)

    def _item(self, mine, unsettled, uncertain):
        """Make one message of them; the oldest, which created the order, stays."""
        item, others = mine[0], mine[1:]
        decisive = min(unsettled, key=lambda one: MOST_CAUTIOUS.index(_state(one))) if unsettled else mine[-1]
        for name in ("next_attempt_at", "failures", "problem_code", "problem", "submission_reference", "submitted_at",
                     "settled_at"):  # fmt: skip
            setattr(item, name, getattr(decisive, name))
        item.state = _state(decisive)
        if not unsettled and any(message.state == "done" for message in mine):
            item.state, item.problem_code, item.problem = "done", "", {}
        item.look_first = uncertain
        item.lease_token = item.lease_until = None
        item.kind, item.key, item.queue = "shop_order", f"shop_order:{item.record_id}", f"{item.subject}:shop"
        for other in others:
            for attempt in self.attempts[other.pk]:
                attempt.message, attempt.number = item, item.attempts + attempt.number
                self.moved.append(attempt)
            item.attempts += other.attempts
        self.items.append(item)
        if others:
            self.gone.append((item, [other.pk for other in others]))

    def _decisions(self, order):
        decision = self.model("Decision")
        if order.handled_manually:
            self.decisions.append(decision(order=order, kind="handled_by_hand", at=order.imported_at))
        if order.address_corrected:
            self.decisions += [
                decision(order=order, kind="corrected_address", subject=address.role, at=order.imported_at)
                for address in self.addresses[order.pk]
            ]
        asked = [
            line.marketplace_line_id
            for line in self.lines[order.pk]
            if line.cancellation_requested and line.quantity > line.quantity_cancelled + line.quantity_shipped
        ]
        if asked and not order.hold:
            about = {"lines": sorted(asked)}
            self.decisions.append(decision(order=order, kind="released_hold", about=about, at=order.imported_at))


def _has(order, wish, content, open_kinds):
    """What the shop has by our doing. What no message is under way for was settled, one way or the other."""
    if order.place == "in_shop":
        cancelled = wish.place is Place.CANCELLED and CANCEL not in open_kinds
        held = wish.held != (HOLD in open_kinds)
        has = InShop().made_as(Made.CANCELLED if cancelled else Made.PLACED, wish)
        return InShop.restored({**has.stored, "held": held and not cancelled})
    if not order.shop_order_id:
        return InShop()
    if order.shop_order_state == "inert":
        return InShop().made_as(Made.INERT, wish, content)
    return InShop().made_as(Made.DIFFERING, wish)


def _state(message):
    """A message that was being sent when the workers stopped may have arrived."""
    return "unknown" if message.state == "sending" else message.state


def _by(rows, name):
    found = defaultdict(list)
    for row in rows:
        found[getattr(row, name)].append(row)
    return found


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("orders", "0028_shop_copies"), ("engine", "0012_queues")]

    operations = [migrations.RunPython(bring_over, migrations.RunPython.noop, elidable=True)]
