"""Makes messages of moved stock: a note with each movement, in its transaction, and of the notes one message a product.

An endpoint that is slow or off is owed one message a product at most beside the one that is being sent: it tells of
the stock as it is, so a newer one takes the place of one that was never sent.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from django.db import transaction

from engine import rows
from engine.models import OutboxMessage
from stock.models import Product
from webhooks.event_types import EventType
from webhooks.messages import KIND, News, locked, post, subject_of
from webhooks.models import StockNews, WebhookEndpoint, WebhookMessage
from webhooks.payloads import stock_body

AT_ONCE = 200
MOST_PORTIONS = 20
State = OutboxMessage.State


def note_stock(product_ids: Sequence[int], now: datetime) -> None:
    """Note in the transaction of the movement that the stock of these products moved, where somebody listens."""
    told = WebhookEndpoint.objects.filter(removed_at=None, company__projects__products__in=product_ids)
    listening = {
        product_id
        for product_id, types in told.values_list("company__projects__products", "types")
        if EventType.STOCK_CHANGED in types
    }
    rows.insert([StockNews(product_id=product_id, at=now) for product_id in sorted(listening)])


def pump_stock(now: datetime) -> None:
    """Make messages of the notes there are; one statement when there are none."""
    for _ in range(MOST_PORTIONS):
        if not StockNews.objects.exists() or not _tell_some():
            return


def _tell_some() -> int:
    with transaction.atomic():
        notes = StockNews.objects.select_for_update(skip_locked=True, of=("self",)).order_by("pk")[:AT_ONCE]
        at = {note.product_id: note.at for note in notes}
        ids = [note.pk for note in notes]
        moved = Product.objects.filter(pk__in=list(at))
        endpoints = locked(WebhookEndpoint.objects.filter(company__in=moved.values("project__company")))
        # Read after the lock: of two rounds about one product, the later one tells of the later stock.
        products = moved.select_related("project").order_by("pk")
        news = [
            News(
                endpoint=endpoint,
                type=EventType.STOCK_CHANGED.value,
                thing=f"product:{product.pk}",
                at=at[product.pk],
                body=body,
            )
            for product, body in [(product, stock_body(product, at[product.pk])) for product in products]
            for endpoint in endpoints
            if _wants(endpoint, product)
        ]
        unsent = _unsent([subject_of(one.endpoint, one.thing) for one in news])
        _renew(news, unsent)
        post([one for one in news if subject_of(one.endpoint, one.thing) not in unsent])
        StockNews.objects.filter(pk__in=ids).delete()
    return len(ids)


def _wants(endpoint: WebhookEndpoint, product: Product) -> bool:
    return (
        EventType.STOCK_CHANGED in endpoint.types
        and endpoint.company_id == product.project.company_id
        and endpoint.project_id in {None, product.project_id}
    )


def _unsent(subjects: Collection[str]) -> Mapping[str, int]:
    """Return which message about each subject was never tried; locked, so that no worker takes it meanwhile."""
    never = OutboxMessage.objects.filter(
        kind=KIND, subject__in=subjects, state__in=[State.QUEUED, State.HELD], attempts=0
    )
    return dict(never.select_for_update().order_by("pk").values_list("subject", "record_id"))


def _renew(news: Sequence[News], unsent: Mapping[str, int]) -> None:
    newer = {unsent[subject]: one for one in news if (subject := subject_of(one.endpoint, one.thing)) in unsent}
    messages = list(WebhookMessage.objects.filter(pk__in=list(newer)))
    for message in messages:
        message.body, message.at = newer[message.pk].body, newer[message.pk].at
    WebhookMessage.objects.bulk_update(messages, ["body", "at"])
