"""Starts a connection: its feeds are opened and read at once."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models, transaction

from accounts.audit import write_audit
from accounts.models import User
from adapterkit.capabilities import has
from adapterkit.marketplace import FetchesHeldStock, FetchesReturns
from adapterkit.records import Fulfilment
from adapterkit.shop import CreatesReturns
from connections.models import MarketplaceAccount, OrderConnection, Shop
from engine.cursors import close_cursor, open_cursor, reach_back
from engine.models import SyncCursor
from marketplaces.registry import marketplace
from shops.registry import shop

PRODUCTS_EVERY, HOUR = timedelta(minutes=5), timedelta(hours=1)
FROM_ACCOUNT = ("orders", "named_orders")  # the feeds that serve all connections of an account
FROM_MARKETPLACE = ("connection_orders", "returns", "held_stock")  # the feeds of a connection itself
FROM_SHOP = ("updates", "products", "hinted_stock", "shop_returns")
SHOP_RETURNS_EVERY = timedelta(minutes=15)


def start(*, connection: OrderConnection, activated_from: datetime | None, now: datetime, by: User | None) -> bool:
    """Activate an inactive or paused connection; False when it is active already or archived.

    Without `activated_from` every order that is still to be shipped comes in, as far back as the marketplace tells.
    """
    seller = marketplace(connection.account.marketplace)
    since = activated_from or connection.activated_from or now - seller.spec.history
    startable = OrderConnection.objects.filter(
        pk=connection.pk, state__in=[OrderConnection.State.INACTIVE, OrderConnection.State.PAUSED]
    )
    with transaction.atomic():
        if not startable.update(
            state=OrderConnection.State.ACTIVE,
            activated_from=since,
            active_since=connection.active_since or now,
        ):
            return False
        open_feeds(connection, now)
        write_audit(
            connection.company,
            by,
            "connection_activated",
            f"connection:{connection.pk}",
            now,
            name=connection.name,
            since=since,
        )
    connection.refresh_from_db()
    return True


def open_feeds(connection: OrderConnection, now: datetime) -> None:
    account, web_shop = connection.account, connection.project.shop
    seller, platform = marketplace(account.marketplace), shop(web_shop.platform)
    feeds = []
    if not web_shop.is_pulled:
        feeds += [
            ("products", web_shop.pk, web_shop.lane, PRODUCTS_EVERY),
            ("updates", web_shop.pk, web_shop.lane, platform.spec.poll_every),
        ]
    shipped_there = connection.fulfilment == Fulfilment.MARKETPLACE
    if not connection.fetch_paused:
        _open_orders(connection, now)
    if has(seller, FetchesReturns) and not connection.fetch_paused:
        feeds.append(("returns", connection.pk, account.lane, HOUR))
    if shipped_there and has(seller, FetchesHeldStock) and not connection.fetch_paused:
        feeds.append(("held_stock", connection.pk, account.lane, HOUR))
    if has(seller, FetchesReturns) and has(platform, CreatesReturns):
        feeds.append(("shop_returns", web_shop.pk, web_shop.lane, SHOP_RETURNS_EVERY))
    for feed, owner_id, lane, every in feeds:
        open_cursor(company_id=connection.company_id, feed=feed, owner_id=owner_id, lane=lane, every=every, now=now)


def _open_orders(connection: OrderConnection, now: datetime) -> None:
    """Have the account's orders read for this connection too: from its activation on, or since its pause."""
    account, spec = connection.account, marketplace(connection.account.marketplace).spec
    read = _read_for(account)
    merchant = connection.fulfilment == Fulfilment.MERCHANT or read.filter(fulfilment=Fulfilment.MERCHANT).exists()
    open_cursor(
        company_id=connection.company_id,
        feed="orders",
        owner_id=account.pk,
        lane=account.lane,
        every=spec.poll_every if merchant else spec.poll_shipped_every,
        now=now,
    )
    if not read.filter(fulfilment=connection.fulfilment).exclude(pk=connection.pk).exists():
        SyncCursor.objects.filter(feed="orders", owner_id=account.pk).update(covers_from=None)  # it did not read these
    since = connection.unread_since or connection.activated_from or now
    reach_back(feed="orders", owner_id=account.pk, since=max(since, now - spec.history), now=now)
    OrderConnection.objects.filter(pk=connection.pk).update(unread_since=None)


def _read_for(account: MarketplaceAccount) -> models.QuerySet[OrderConnection]:
    return account.order_connections.filter(state=OrderConnection.State.ACTIVE, fetch_paused=False)


def _close_orders(connection: OrderConnection) -> None:
    """Note up to when the account's orders were read for this connection; and read them no more if for no other."""
    account = connection.account
    cursor = SyncCursor.objects.filter(feed="orders", owner_id=account.pk).first()
    if cursor is not None:
        mine = OrderConnection.objects.filter(pk=connection.pk, unread_since=None)
        mine.update(unread_since=cursor.reach_back_to or cursor.position)
    if not _read_for(account).exclude(pk=connection.pk).exists():
        for feed in FROM_ACCOUNT:
            close_cursor(feed=feed, owner_id=account.pk)


def open_products(web_shop: Shop, now: datetime) -> None:
    """Read a shop's products from now on, at once: for whoever sets up a connection."""
    if not web_shop.is_pulled:
        company_id = web_shop.project.company_id
        open_cursor(
            company_id=company_id, feed="products", owner_id=web_shop.pk, lane=web_shop.lane, every=PRODUCTS_EVERY,
            now=now,
        )  # fmt: skip


def close_feeds(connection: OrderConnection) -> None:
    """Read nothing of the marketplace for this connection any more, nor of a shop whose connections are archived."""
    _close_orders(connection)
    for feed in FROM_MARKETPLACE:
        close_cursor(feed=feed, owner_id=connection.pk)
    web_shop = getattr(connection.project, "shop", None)
    used = OrderConnection.objects.filter(project=connection.project).exclude(state=OrderConnection.State.ARCHIVED)
    if web_shop and not used.exists():
        for feed in FROM_SHOP:
            close_cursor(feed=feed, owner_id=web_shop.pk)
