"""Which orders are to be read by their ids, beside the walks of their account: the feed `named_orders` does."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from connections.models import MarketplaceAccount
from engine.cursors import open_cursor, wake
from engine.models import SyncCursor
from orders.loading import LoadedOrder
from orders.models import RemoteOrder

ALL, NAMED = "orders", "named_orders"
OLD = timedelta(minutes=5)  # what is said of an order that is to go into a shop
EVERY = timedelta(hours=1)  # the feed of named orders is woken; this only makes up for a wake that was lost
AT_ONCE = 1000  # ids in one statement


def look_up(account: MarketplaceAccount, remote_orders: Sequence[int], now: datetime) -> None:
    """Have these orders of an account (keys of `RemoteOrder`) read by their ids, as soon as possible. Twice is once."""
    for first in range(0, len(remote_orders), AT_ONCE):
        RemoteOrder.objects.filter(pk__in=remote_orders[first : first + AT_ONCE]).update(wanted_at=now)
    if remote_orders and not wake(feed=NAMED, owner_id=account.pk, now=now):
        open_cursor(
            company_id=account.company_id, feed=NAMED, owner_id=account.pk, lane=account.lane, every=EVERY, now=now
        )


def look_up_named(account: MarketplaceAccount, order_ids: Sequence[str], now: datetime) -> int:
    """Have those of these orders that were met before read by their ids; return how many they are."""
    named = set(order_ids[:AT_ONCE])  # what names more is read from the list
    rows = RemoteOrder.objects.filter(account=account, marketplace_order_id__in=named)
    found = list(rows.values_list("pk", flat=True))
    look_up(account, found, now)
    return len(found)


def unheard(orders: Collection[LoadedOrder], now: datetime) -> set[int]:
    """Return the orders of which nothing was heard for a while: neither read themselves, nor passed by a whole walk.

    Two statements, and none where all were just read. What is read no more (a test, an account whose reading is
    paused) is not waited for.
    """
    old = [one for one in orders if not one.order.is_test and now - one.order.read_at > OLD]
    if not old:
        return set()
    accounts = {one.connection.account_id for one in old}
    walks = SyncCursor.objects.filter(feed=ALL, owner_id__in=accounts, active=True)
    silent = {owner for owner, at in walks.values_list("owner_id", "last_success_at") if not at or now - at > OLD}
    ids = [one.order.marketplace_order_id for one in old if one.connection.account_id in silent]
    rows = RemoteOrder.objects.filter(account__in=silent, marketplace_order_id__in=ids, seen_at__lt=now - OLD)
    found = set(rows.values_list("account", "marketplace_order_id")) if ids else set()
    return {one.order.pk for one in old if (one.connection.account_id, one.order.marketplace_order_id) in found}


def look_up_orders(orders: Collection[LoadedOrder], now: datetime) -> None:
    """Have orders of ours read by their ids; three statements for each account."""
    by_account: dict[MarketplaceAccount, list[str]] = defaultdict(list)
    for one in orders:
        by_account[one.connection.account].append(one.order.marketplace_order_id)
    for account, order_ids in sorted(by_account.items(), key=lambda pair: pair[0].pk):
        rows = RemoteOrder.objects.filter(account=account, marketplace_order_id__in=order_ids, wanted_at=None)
        look_up(account, list(rows.values_list("pk", flat=True)), now)
