"""What shops and marketplaces tell us by themselves: hints that say what to read. Polling stays the truth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What arrived at the address that we gave to the remote side, as it came; `url` is that address."""

    method: str  # GET or POST
    url: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the remote side asks to hear, as one that makes sure that the address is ours does."""

    body: str
    media_type: str = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """What a message says has changed: orders, of which it may name some, and the stock of products.

    A greeting says nothing; `reply` answers a challenge.
    """

    orders: bool = False
    order_ids: tuple[str, ...] = ()  # those that were named, of a marketplace; the others are found by reading on
    product_ids: tuple[str, ...] = ()  # of a shop
    reply: Reply | None = None


@runtime_checkable
class SendsNotifications(Protocol):
    def read_notification(self, message: Message) -> Notification:
        """Return what the message says; raise `Rejected` when it is not signed by the sender, or cannot be read.

        It is a hint and no more: what it names is asked of the remote side.
        """
