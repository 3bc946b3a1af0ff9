"""Every page of the product as somebody sees it: each address of the URL table, and the states worth looking at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import get_resolver, reverse

from marketplaces.registry import MARKETPLACES
from shops.registry import SHOPS
from tests.web.busy import EMOJI, LONG, UNBROKEN, Busy
from tests.web.test_permissions import EXPECTED, OWN_ACCOUNT, addresses

Act = Callable[[Any], None]
# Addresses that are no page to look at: files, parts of a page, and those that only lead on.
NO_PAGE = frozenset(
    {
        "unfetched_orders",
        "shop_methods",
        "consent",
        "export_orders",
        "paper",
        "mfa_download_recovery_codes",
        "account_set_password",
        "account_logout",
        "healthz",
    }
)
# Who looks at the pages about signing in and one's own account: nobody unless named here. `careful` has an app.
LOOKS = {
    **dict.fromkeys(
        ("account_reauthenticate", "account_email", "account_change_password", "mfa_activate_totp"), "owner"
    ),
    **dict.fromkeys(("mfa_index", "mfa_deactivate_totp", "mfa_reauthenticate"), "careful"),
    **dict.fromkeys(("mfa_view_recovery_codes", "mfa_generate_recovery_codes"), "careful"),
    "mfa_authenticate": "half_in",
}


@dataclass(frozen=True, slots=True)
class Screen:
    """One look: who is signed in, and what is done before looking. `own` is false where the admin theme draws it."""

    name: str
    path: str
    who: str = "owner"
    act: Act | None = None
    own: bool = True
    state: bool = True  # of a page that is looked at as it is as well


def screens(busy: Busy, token: str) -> Iterator[Screen]:
    """Yield every page there is, the merchant's first; `token` is an open invitation's."""
    yield from pages(busy, token)
    yield from states(busy)
    yield from empty()
    yield from admin(busy)


def pages(busy: Busy, token: str) -> Iterator[Screen]:
    """Yield each address of the URL table that shows a page; a new one with arguments has to get them here."""
    arguments = arguments_of(busy, token)
    for namespace, name in sorted(set(addresses(get_resolver().url_patterns))):
        row = EXPECTED.get(name) if namespace == "web" else OWN_ACCOUNT.get(name)
        if namespace not in {"web", ""} or row is None or row[0][0] != "get" or name in NO_PAGE:
            continue
        path = reverse(f"web:{name}" if namespace else name, args=arguments.get(name, []))
        who = "nobody" if name == "join" else "owner" if namespace else LOOKS.get(name, "nobody")
        yield Screen(name, path, who, state=False)


def arguments_of(busy: Busy, token: str) -> dict[str, list[Any]]:
    connection, project = busy.connection.pk, busy.connection.project_id
    tabs = ("connection", "connection_settings", "connection_carriers", "connection_activity", "test_order")
    return {
        **{name: [connection] for name in tabs},
        "sent_test_order": [connection, busy.test.pk],
        "order": [busy.shipped.pk],
        "join": [token],
        "project": [project],
        "connect_shop": [project, "woocommerce"],
        "new_account": ["bol"],
        "account": [busy.connection.account_id],
        "carrier_plan": [busy.plan.pk],
        "carrier_codes": ["bol"],
        "webhook": [busy.webhook.pk],
        "webhook_settings": [busy.webhook.pk],
        "webhook_message": [busy.webhook.pk, busy.webhook.messages.latest("pk").pk],
        "account_confirm_email": ["MQ:abc"],
        "account_reset_password_from_key": ["1", "abc"],
    }


def states(busy: Busy) -> Iterator[Screen]:
    """Yield what a page shows at other times, or after a form was sent."""
    order, plan, connection = busy.unknown.pk, busy.plan.pk, busy.connection.pk
    for tab in ("attention", "waiting", "shipped", "cancelled", "test"):
        yield Screen(f"orders-{tab}", f"/orders?tab={tab}")
    yield Screen("orders-nothing-found", "/orders?q=nothing+like+it")
    yield Screen("orders-last-page", "/orders?page=2")
    for name, shown in (("unknown", busy.unknown), ("held", busy.held), ("stuck", busy.stuck_parcel)):
        yield Screen(f"order-{name}", f"/orders/{shown.pk}", act=open_everything)
    yield Screen("order-test", f"/orders/{busy.test.order_id}")
    yield Screen("order-viewer", f"/orders/{order}", "viewer")
    yield Screen("order-address-refused", f"/orders/{order}", act=wrong_address)
    yield Screen("new_connection-form", "/connections/new?marketplace=bol")
    yield Screen("connection-inactive", f"/connections/{busy.inactive.pk}")
    yield Screen("project-importing", f"/projects/{busy.importing.pk}")
    yield Screen("project-no-shop", f"/projects/{busy.empty_project.pk}")
    yield Screen(
        "carrier_plan-tried", f"/carriers/{plan}?codes=3SABC123456%0AJVGL06123456789%0A{UNBROKEN}%0ARR473124829GB"
    )
    yield Screen("carrier_plan-refused", f"/carriers/{plan}", act=wrong_rule)
    yield Screen("carrier_plan-changing", f"/carriers/{plan}", act=open_everything)
    yield Screen("carrier_plan-viewer", f"/carriers/{plan}", "viewer")
    yield Screen("test_order-preview", f"/connections/{connection}/test-order", act=preview)
    yield Screen("test_order-refused", f"/connections/{connection}/test-order", act=wrong_product)
    yield Screen("connect_shop-refused", f"/projects/{busy.connection.project_id}/connect/woocommerce", act=wrong_shop)
    yield Screen(
        "new_project-refused", "/projects/new", act=lambda page: fill_and_send(page, "name", busy.empty_project.name)
    )
    for code in MARKETPLACES:
        yield Screen(f"new_account-{code}", f"/accounts/new/{code}")
    for code in SHOPS:
        yield Screen(f"connect_shop-{code}", f"/projects/{busy.empty_project.pk}/connect/{code}")
    off = busy.webhook_off
    yield Screen("webhook-off", f"/webhooks/{off.pk}")
    yield Screen("webhook-older", f"/webhooks/{busy.webhook.pk}?only=undelivered&before=999999")
    yield Screen("webhook-secret", f"/webhooks/{busy.webhook.pk}", act=new_secret)
    yield Screen("webhook-replay-refused", f"/webhooks/{busy.webhook.pk}", act=wrong_time)
    yield Screen("webhook_message-off", f"/webhooks/{off.pk}/messages/{off.messages.latest('pk').pk}")
    yield Screen("new_webhook-refused", "/webhooks/new", act=lambda page: fill_and_send(page, "url", "x"))
    yield Screen("api_keys-refused", "/api-keys", act=lambda page: send(page, "form:has([name=scopes])"))
    yield Screen("members-viewer", "/members", "viewer")
    yield Screen("members-refused", "/members", act=lambda page: fill_and_send(page, "email", "viewer@shop.example"))
    yield Screen("account_login-refused", "/sign-in", "nobody", act=wrong_password)
    yield Screen("404", "/orders/99999999")
    yield Screen("403", "/projects/new", "viewer")
    yield Screen("join-closed", "/join/abc", "nobody")


def empty() -> Iterator[Screen]:
    """Yield the pages of a company that has nothing yet."""
    names = ("overview", "orders", "returns", "stock", "connections", "projects", "accounts", "carriers", "changes")
    for name in (*names, "members", "subscription", "new_connection", "api_keys", "webhooks"):
        yield Screen(f"empty-{name}", reverse(f"web:{name}"), "newcomer")


def admin(busy: Busy) -> Iterator[Screen]:
    """Yield the support desk: the pages of our own, and the theme's as we fill them."""
    own = f"/admin/connections/orderconnection/{busy.connection.pk}/activation/"
    yield Screen("desk-activation", own, "staff")
    yield Screen("desk-activation-preview", own, "staff", act=ask_for_preview)
    yield Screen("desk-activation-refused", own, "staff", act=lambda page: fill_and_send(page, "reason", "x"))
    yield Screen("desk-health", "/admin/health/", "staff")
    yield Screen("desk-reason", "/admin/engine/outboxmessage/", "staff", act=give_up_two)
    for name, path in (
        ("index", "/admin/"),
        ("orders", "/admin/orders/order/"),
        ("found", f"/admin/orders/order/?q={busy.shipped.number}"),
        ("order", f"/admin/orders/order/{busy.shipped.pk}/change/"),
        ("connections", "/admin/connections/orderconnection/"),
        ("connection", f"/admin/connections/orderconnection/{busy.connection.pk}/change/"),
        ("company", f"/admin/accounts/company/{busy.company.pk}/change/"),
        ("subscription", f"/admin/accounts/subscription/{busy.company.subscription.pk}/change/"),
        ("steps", "/admin/engine/outboxmessage/"),
        ("exchanges", "/admin/engine/exchange/"),
        ("runs", "/admin/engine/syncrun/"),
        ("changes", "/admin/accounts/auditentry/"),
    ):
        yield Screen(f"desk-{name}", path, "staff", own=False)


# What a person does before looking. Only names and kinds of elements are used: the words are in four languages.


def send(page: Any, form: str) -> None:
    """Send a form as it is, past what the browser itself would refuse."""
    with page.expect_navigation():
        page.locator(form).first.evaluate("form => { form.noValidate = true; form.requestSubmit(); }")


def fill_and_send(page: Any, field: str, value: str) -> None:
    page.locator(f"form [name={field}]").first.fill(value)
    send(page, f"form:has([name={field}])")


def open_everything(page: Any) -> None:
    page.evaluate("document.querySelectorAll('main details').forEach(details => { details.open = true; })")


def new_secret(page: Any) -> None:
    send(page, "form[action$='/secret']")


def wrong_time(page: Any) -> None:
    open_everything(page)
    page.locator("[name=until]").fill("2001-01-01T00:00")
    send(page, "form[action$='/replay']")


def wrong_address(page: Any) -> None:
    open_everything(page)
    page.locator("[name=country]").first.fill("Nowhere")
    page.locator("[name=street]").first.fill(LONG)
    send(page, "form[action$='/address']")


def wrong_rule(page: Any) -> None:
    page.locator("#add-rule [name=operator]").select_option("regex")
    page.locator("#add-rule [name=value]").fill("(a+)+")
    page.locator("#add-rule [name=carrier]").select_option("dpd")
    send(page, "#add-rule")


def preview(page: Any) -> None:
    page.locator("#test-order button[name=preview]").click()
    page.locator("#preview").wait_for()


def wrong_product(page: Any) -> None:
    page.locator("#test-order input[name$='-product']").first.fill(EMOJI)
    page.locator("#test-order [name=country]").select_option("DE")
    send(page, "#test-order")


def wrong_shop(page: Any) -> None:
    page.locator("[name=shop_url]").fill("https://shop.test/nothing here")
    page.locator("button[name=test]").click()
    page.locator("#tried .alert").wait_for()


def wrong_password(page: Any) -> None:
    page.locator("[name=login]").fill("nobody@shop.example")
    page.locator("[name=password]").fill("wrong")
    send(page, "form:has([name=password])")


def ask_for_preview(page: Any) -> None:
    page.locator("[name=since_0]").fill("2026-01-01")
    page.locator("[name=since_1]").fill("00:00:00")
    page.locator("[name=reason]").fill("Orders of the weekend, by telephone")
    page.locator("button[name=preview]").click()
    page.locator("table").first.wait_for()


def give_up_two(page: Any) -> None:
    for row in range(2):
        page.locator("[name=_selected_action]").nth(row).check()
    page.locator("[name=action]").select_option("give_up")
    page.locator("button[name=index]").first.click()
    page.locator("#reason").wait_for()
