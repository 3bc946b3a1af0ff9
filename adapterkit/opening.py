"""Makes an adapter ready for one account."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TypeVar

from requests.adapters import BaseAdapter

from adapterkit.auth import SecretStore, TokenStore
from adapterkit.keeping import AnswerStore
from adapterkit.marketplace import Marketplace
from adapterkit.network import PUBLIC_ONLY, NetworkPolicy
from adapterkit.shop import Shop
from adapterkit.transport import UNPACED, Pacer, Recorder, Transport

A = TypeVar("A", Marketplace, Shop)


def open_adapter(
    adapter: type[A],
    *,
    settings: Mapping[str, str],
    credentials: Mapping[str, str],
    pacer: Pacer = UNPACED,
    recorder: Recorder | None = None,
    tokens: TokenStore | None = None,
    secrets: SecretStore | None = None,
    answers: AnswerStore | None = None,
    policy: NetworkPolicy = PUBLIC_ONLY,
    mounts: Mapping[str, BaseAdapter] | None = None,
    wait: Callable[[float], None] = time.sleep,
) -> A:
    """Return the adapter with its transport. `settings` are shown to the merchant, `credentials` never.

    `mounts` answers URLs with a prefix in this process, as `requests` mounts do.
    """
    transport = Transport(
        base_url=adapter.base_url(settings),
        auth=adapter.spec.auth,
        credentials=credentials,
        settings=settings,
        dialect=adapter.spec.dialect,
        rate_header=adapter.spec.rate_header,
        pacer=pacer,
        recorder=recorder,
        tokens=tokens,
        secrets=secrets,
        answers=answers,
        policy=policy,
        mounts=mounts,
        wait=wait,
    )
    # What proves that a notification is genuine is the one secret that an adapter itself works with.
    name = adapter.spec.notification_secret
    return adapter(transport, {**settings, name: credentials[name]} if name in credentials else settings)
