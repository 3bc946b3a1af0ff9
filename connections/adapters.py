"""Opens the ways to other machines: settings, credentials, pace, tokens, network policy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import requests
from django.conf import settings

from adapterkit.marketplace import Marketplace
from adapterkit.network import NetworkPolicy
from adapterkit.opening import open_adapter
from adapterkit.shop import Shop as ShopAdapter
from adapterkit.transport import Answer, Pacer, Recorder
from adapterkit.webhooks import post_webhook
from connections.models import MarketplaceAccount, Shop
from connections.secrets import StoredSecrets
from engine.keeping import SharedAnswers
from engine.pacing import AccountPacer
from engine.tokens import SharedTokens
from marketplaces.registry import marketplace
from shops.registry import shop

_mounts: dict[str, requests.adapters.BaseAdapter] = {}


def open_account(
    account: MarketplaceAccount, recorder: Recorder | None = None, pacer: Pacer | None = None
) -> Marketplace:
    """Return the adapter of a marketplace account, at the account's pace unless another is given."""
    adapter = marketplace(account.marketplace)
    return open_adapter(
        adapter,
        settings=account.settings,
        credentials=account.credentials,
        secrets=StoredSecrets(account),
        pacer=pacer or AccountPacer(account.lane, adapter.spec.rate_limits),
        recorder=recorder,
        tokens=SharedTokens(),
        answers=SharedAnswers(),
        policy=network_policy(),
        mounts=_mounts,
    )


def open_shop(record: Shop, recorder: Recorder | None = None, pacer: Pacer | None = None) -> ShopAdapter:
    """Return the adapter of a shop, at the shop's pace unless another is given."""
    adapter = shop(record.platform)
    return open_adapter(
        adapter,
        settings=record.settings,
        credentials=record.credentials,
        secrets=StoredSecrets(record),
        pacer=pacer or AccountPacer(record.lane, adapter.spec.rate_limits),
        recorder=recorder,
        tokens=SharedTokens(),
        answers=SharedAnswers(),
        policy=network_policy(),
        mounts=_mounts,
    )


def send_webhook(
    *, url: str, message_id: str, body: bytes, secrets: Mapping[str, str], recorder: Recorder | None = None
) -> Answer:
    """Post a signed message to an address of a company's program; see `adapterkit.webhooks.post_webhook`."""
    return post_webhook(
        url=url,
        message_id=message_id,
        body=body,
        secrets=secrets,
        recorder=recorder,
        policy=network_policy(),
        mounts=_mounts,
    )


def network_policy() -> NetworkPolicy:
    """Which hosts a merchant's URL may point at: public ones, and those that the operator allows by name."""
    return NetworkPolicy(allowed_private_hosts=frozenset(settings.ORDERSYNC_ALLOWED_PRIVATE_HOSTS))


@contextmanager
def mounted(mounts: Mapping[str, requests.adapters.BaseAdapter]) -> Iterator[None]:
    """Answer URLs with these prefixes in this process, without sockets: simulators in tests and benchmarks."""
    _mounts.update(mounts)
    try:
        yield
    finally:
        for prefix in mounts:
            _mounts.pop(prefix, None)
