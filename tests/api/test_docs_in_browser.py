"""The documentation page is drawn by a browser that reaches this server alone."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.operations import V1

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_the_documentation_draws_every_operation_without_another_host(live_server: Any, page: Any) -> None:
    refused: list[str] = []

    def guard(route: Any) -> None:
        if route.request.url.startswith((f"{live_server.url}/", "data:")):
            route.continue_()
        else:
            refused.append(route.request.url)
            route.abort()

    page.route("**/*", guard)
    page.goto(f"{live_server.url}/api/v1/docs")
    page.locator(".opblock").first.wait_for()

    drawn = page.locator(".opblock").evaluate_all(
        "blocks => blocks.map(block => [block.querySelector('.opblock-summary-method').textContent.toLowerCase(),"
        " block.querySelector('.opblock-summary-path').dataset.path])"
    )
    told = {(operation.method, operation.path) for operation in V1}
    assert {(method, path) for method, path in drawn} >= told
    page.locator(".opblock", has=page.locator("[data-path='/api/v1/orders/{id}/shipments']")).first.click()
    page.get_by_text("The same reference again corrects them").wait_for()
    assert (page.errors, page.foreign, refused) == ([], [], [])
