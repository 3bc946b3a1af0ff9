"""No page runs a script that stands in it, the admin's included; and the admin works that way."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from orders.models import Order
from tests.road import Road
from tests.web.browser import enter
from tests.web.test_pages import signed_in

STRICT = {
    "default-src 'self'",
    "img-src 'self' data:",
    "object-src 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "form-action 'self'",
}


def policy(answer: Any) -> set[str]:
    return set(answer["Content-Security-Policy"].split("; "))


@pytest.mark.django_db
def test_pages_take_nothing_inline(road: Road) -> None:
    owner = signed_in(road.demo.company)
    for url in (reverse("web:overview"), reverse("web:orders"), reverse("account_email"), "/nowhere"):
        assert policy(owner.get(url)) == STRICT
    assert policy(Client().get(reverse("account_login"))) == STRICT


@pytest.mark.django_db
def test_the_admin_runs_no_inline_script_either(road: Road) -> None:
    root = Client()
    root.force_login(
        User.objects.create_superuser("root@ordersync.example", "a-long-password"),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    extra = {"script-src 'self' 'unsafe-eval'", "style-src 'self' 'unsafe-inline'"}
    assert policy(root.get(reverse("admin:orders_order_changelist"))) == STRICT | extra


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_the_admin_works_under_its_policy(road: Road, live_server: Any, page: Any) -> None:
    User.objects.create_superuser("root@ordersync.example", "a-long-password")
    road.bol.place_order(sku="TST-001")
    road.go(rounds=2)
    enter(page, f"{live_server.url}/admin/", "root@ordersync.example")
    user, order = User.objects.get(), Order.objects.get()
    for url in (
        reverse("admin:index"),
        reverse("admin:orders_order_changelist"),
        reverse("admin:orders_order_change", args=[order.pk]),
        reverse("admin:accounts_user_change", args=[user.pk]),
        reverse("admin:accounts_company_change", args=[order.company_id]),
        reverse("admin:engine_outboxmessage_changelist"),
        reverse("admin:activation_date", args=[order.connection_id]),
        reverse("system_health"),
    ):
        page.goto(f"{live_server.url}{url}")
        page.evaluate("() => new Promise(done => requestIdleCallback(done))")  # its scripts have begun, and have run
    assert (page.errors, page.foreign) == ([], [])
