"""What has to be done before a connection may be activated. Checked by the program, never ticked by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.db.models import Case, QuerySet, TextField, Value, When
from django.db.models.functions import Cast

from accounts.models import ModuleSubscription
from accounts.modules import active_modules
from adapterkit import creation
from adapterkit.records import Fulfilment
from connections.models import OrderConnection
from engine.models import Lane, SyncCursor
from shops.registry import shop
from stock.product_ids import duplicate_ids, has_products


class Step(StrEnum):
    """The steps, in the order in which a merchant does them."""

    MODULE = "module"
    SHOP = "shop"
    PLATFORM = "platform"
    PRODUCTS = "products"
    PRODUCT_IDS = "product_ids"
    ACCOUNT = "account"
    CARRIER = "carrier"
    TEST_ORDER = "test_order"


class StepState(StrEnum):
    DONE = "done"
    TO_DO = "to_do"
    FAILING = "failing"


@dataclass(frozen=True, slots=True)
class Check:
    """One step. `code` and `params` say what is found, in the words of `orders.words`; empty when done."""

    step: Step
    state: StepState
    code: str = ""
    params: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Found:
    """What the checks look at, read once. `refused` are lanes whose credentials are refused.

    `products` tells whether there are any, `named` whether one of them has an id.
    `rival` is the name of an active connection that brings some of the same orders to a shop: empty where it is another
    company's, None without one.
    """

    connection: OrderConnection
    modules: set[str]
    refused: frozenset[str]
    products_cursor: SyncCursor | None
    products: bool
    named: bool
    duplicates: Sequence[str]
    rival: str | None


def setup_list(connection: OrderConnection) -> list[Check]:
    """Return every step with its state; at most eight statements."""
    found = _look(connection)
    return [
        _module(found),
        _shop(found),
        _platform(found),
        _products(found),
        _product_ids(found),
        _account(found),
        _carrier(found),
        _test_order(found),
    ]


def _look(connection: OrderConnection) -> Found:
    project = connection.project
    web_shop = getattr(project, "shop", None)
    against = list(_against(connection))
    cursors = SyncCursor.objects.filter(feed="products", owner_id=web_shop.pk if web_shop else 0)
    products, named = has_products(project)
    return Found(
        connection=connection,
        modules=active_modules(connection.company),
        refused=frozenset(key for kind, key in against if kind == "refused"),
        products_cursor=cursors.first(),
        products=products,
        named=named,
        duplicates=duplicate_ids(project) if named else (),
        rival=next((name for kind, name in against if kind == "rival"), None),
    )


def _against(connection: OrderConnection) -> QuerySet[Any, tuple[str, str]]:
    """Return what speaks against activation: refused lanes by their keys, rivals by their names; one statement."""
    refused = Lane.objects.filter(key__in=connection.lanes, state=Lane.State.REFUSED)
    rivals = connection.outranking().order_by()
    name = Case(
        When(company=connection.company_id, then=Cast("name", TextField())), default=Value(""), output_field=TextField()
    )
    return (
        refused.annotate(kind=Value("refused", TextField()), text=Cast("key", TextField()))
        .values_list("kind", "text")
        .union(
            rivals.annotate(kind=Value("rival", TextField()), text=name).values_list("kind", "text"),
            all=True,
        )
    )


def _done(step: Step) -> Check:
    return Check(step, StepState.DONE)


def _module(found: Found) -> Check:
    if ModuleSubscription.Module.ORDER_CONNECTIONS in found.modules:
        return _done(Step.MODULE)
    return Check(Step.MODULE, StepState.TO_DO, "module_missing")


def _shop(found: Found) -> Check:
    web_shop = getattr(found.connection.project, "shop", None)
    if web_shop is None:
        return Check(Step.SHOP, StepState.TO_DO, "shop_missing")
    if web_shop.lane in found.refused:
        return Check(Step.SHOP, StepState.FAILING, "credentials_refused")
    return _done(Step.SHOP)


def _platform(found: Found) -> Check:
    web_shop = getattr(found.connection.project, "shop", None)
    if web_shop is None:
        return Check(Step.PLATFORM, StepState.TO_DO, "shop_missing")
    adapter = shop(web_shop.platform)
    if not creation.holds(adapter):
        return Check(Step.PLATFORM, StepState.FAILING, "platform_takes_no_orders", {"platform": adapter.spec.name})
    if found.connection.fulfilment == Fulfilment.MARKETPLACE and not adapter.spec.ships_marketplace_orders:
        return Check(Step.PLATFORM, StepState.FAILING, "platform_takes_no_shipped", {"platform": adapter.spec.name})
    return _done(Step.PLATFORM)


def _products(found: Found) -> Check:
    cursor = found.products_cursor
    if found.products:
        return _done(Step.PRODUCTS)
    if cursor is not None and cursor.problem_code:
        return Check(Step.PRODUCTS, StepState.FAILING, cursor.problem_code, dict(cursor.problem))
    if cursor is not None and cursor.last_success_at:
        return Check(Step.PRODUCTS, StepState.FAILING, "shop_has_no_products")
    return Check(Step.PRODUCTS, StepState.TO_DO, "products_not_imported")


def _product_ids(found: Found) -> Check:
    if not found.products:
        return Check(Step.PRODUCT_IDS, StepState.TO_DO, "products_not_imported")
    if not found.named:
        return Check(Step.PRODUCT_IDS, StepState.FAILING, "product_ids_empty")
    if found.duplicates:
        examples = ", ".join(found.duplicates[:3])
        return Check(
            Step.PRODUCT_IDS,
            StepState.FAILING,
            "product_ids_doubled",
            {"count": len(found.duplicates), "examples": examples},
        )
    return _done(Step.PRODUCT_IDS)


def _account(found: Found) -> Check:
    if not found.connection.account.authorised:
        return Check(Step.ACCOUNT, StepState.TO_DO, "account_not_authorised")
    if found.connection.account.lane in found.refused:
        return Check(Step.ACCOUNT, StepState.FAILING, "credentials_refused")
    if found.rival is None:
        return _done(Step.ACCOUNT)
    active = found.connection.state == OrderConnection.State.ACTIVE
    if found.rival:
        code = "orders_come_through_another" if active else "orders_go_elsewhere"
        return Check(Step.ACCOUNT, StepState.FAILING, code, {"name": found.rival})
    code = "orders_come_from_elsewhere" if active else "orders_go_to_another_company"
    return Check(Step.ACCOUNT, StepState.FAILING, code)


def _carrier(found: Found) -> Check:
    if not found.connection.lacks_default_carrier:
        return _done(Step.CARRIER)
    return Check(Step.CARRIER, StepState.TO_DO, "default_carrier_missing")


def _test_order(found: Found) -> Check:
    if found.connection.test_order_passed_at:
        return _done(Step.TEST_ORDER)
    return Check(Step.TEST_ORDER, StepState.TO_DO, "test_order_missing")
