"""What makes a mistaken adapter of an honest one: its verbs, with something wrong in what they are given or give."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import pytest

from adapterkit.auth import Account, Auth, Signer
from adapterkit.errors import AdapterError
from adapterkit.records import Known, Order, Page, ShopUpdate, nothing_known
from adapterkit.redaction import Redactor

Wrong = Callable[..., Any]
"""A verb done wrong: given the adapter, the honest verb, and what the verb is given."""
Mistaken = Callable[[type], type]

ASKED = ("create_order", "create_inert_order", "activate_order", "finish_order")
TELLING = (
    *ASKED,
    "find_orders",
    "fetch_order",
    "fetch_orders",
    "fetch_updates",
    "reread_orders",
    "fetch_products",
    "fetch_returns",
    "find_shipments",
)
# How a test fails; anything else is a mistake in the mistake itself.
FAILURES = (AssertionError, pytest.fail.Exception, AdapterError)


@dataclass(frozen=True)
class Mistake:
    """A mistake that somebody could make in an adapter, of whose adapter it is made here, and the tests that fail."""

    name: str
    bench: str
    made: Mistaken
    caught_by: tuple[Callable[..., None], ...]


def mistake(name: str, bench: str, made: Mistaken, *caught_by: Callable[..., None]) -> Mistake:
    return Mistake(name, bench, made, caught_by)


def instead(**verbs: Wrong) -> Mistaken:
    """Do these verbs wrong, those that the honest adapter has."""

    def mistaken(honest: type) -> type:
        def replaced(name: str, wrong: Wrong) -> Callable[..., Any]:
            return lambda self, *args, **named: wrong(self, partial(getattr(honest, name), self), *args, **named)

        had = {name: replaced(name, wrong) for name, wrong in verbs.items() if hasattr(honest, name)}
        assert had
        return type("Mistaken", (honest,), had)

    return mistaken


def asking(change: Callable[[Order], Order]) -> Mistaken:
    """Have the shop make another order than the one that is asked for."""

    def wrong(_: Any, honest: Wrong, *args: Any) -> Any:
        return honest(*(change(one) if isinstance(one, Order) else one for one in args))

    return instead(**dict.fromkeys(ASKED, wrong))


def telling(kind: type, change: Callable[[Any], Any]) -> Mistaken:
    """Change every record of this kind that a verb gives."""

    def wrong(_: Any, honest: Wrong, *args: Any, **named: Any) -> Any:
        return changed(honest(*args, **named), kind, change)

    return instead(**dict.fromkeys(TELLING, wrong))


def changed(told: Any, kind: type, change: Callable[[Any], Any]) -> Any:
    within = partial(changed, kind=kind, change=change)
    match told:
        case _ if isinstance(told, kind):
            return change(told)
        case ShopUpdate():
            return replace(told, order=within(told.order), shipments=within(told.shipments))
        case Page():
            return replace(told, items=within(told.items))
        case list() | tuple():
            return type(told)(map(within, told))
        case Iterator():
            return map(within, told)
        case _:
            return told


def marked(mark: Callable[[str], str]) -> Mistaken:
    """Give orders of a marketplace another fingerprint, in the walk and to who knows them."""

    def walk(_: Any, honest: Wrong, since: Any, fulfilment: Any, known: Known = nothing_known, resume: str = "") -> Any:
        def knows(listed: Mapping[str, str]) -> Any:
            return known({order_id: mark(own) for order_id, own in listed.items()})

        return changed(honest(since, fulfilment, knows, resume), Order, lambda one: remarked(one, mark))

    return instead(fetch_orders=walk)


def remarked(record: Any, mark: Callable[[str], str]) -> Any:
    return replace(record, fingerprint=mark(record.fingerprint))


def all_but_the_last(_: Any, honest: Wrong, *args: Any, **named: Any) -> Iterator[Any]:
    """Leave the last page out that has anything on it."""
    pages = list(honest(*args, **named))
    last = next((page for page in reversed(pages) if page.items), None)
    yield from [page for page in pages if page is not last]


@dataclass(frozen=True)
class Talkative:
    """A way of signing that tells nobody of the secrets that it learns."""

    auth: Auth

    def signer(self, account: Account) -> Signer:
        return self.auth.signer(replace(account, redactor=Redactor(())))


def talkative(honest: Any) -> type:
    return type("Mistaken", (honest,), {"spec": replace(honest.spec, auth=Talkative(honest.spec.auth))})
