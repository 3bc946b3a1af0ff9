"""No key reaches what is another company's, and none does what it may not: every operation is tried, nothing changes."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import Company
from api.base import ApiView, Nowhere
from api.channable.urls import urlpatterns as dialect_urls
from api.v1.urls import urlpatterns
from connections.models import Project
from tests.api.calls import problem, program
from tests.api.custom import Platform, platform  # noqa: F401 - a fixture
from tests.api.operations import (
    DIALECT,
    METHODS,
    V1,
    Operation,
    address_of,
    ask,
    body_of,
    everything,
    theirs,  # noqa: F401 - a fixture
)
from tests.effort import share

pytestmark = pytest.mark.django_db
# Operations that tell of no company's things.
COMMON = {
    "list_carriers",
    "list_marketplace_carriers",
    "channable:transporters",
    "channable:transporter",
    "channable:channel_transporters",
}
# Changes of the dialect that name no thing in their address, and find none of theirs in a stranger's own project.
BY_BODY = {"channable:test_return": (404, "not_found"), "channable:stock_updates": (409, "shop_keeps_products")}


def stranger_of(platform: Platform, whose: str) -> tuple[APIClient, tuple[int, int]]:
    """Return a program that is to find nothing, with its own company and project."""
    company = Company.objects.create(name="Other") if whose == "another company" else platform.road.demo.company
    project = Project.objects.create(company=company, name="Another")
    client = program(company, project_id=project.pk if whose == "another project" else None)
    return client, (company.pk, project.pk)


def refusal(operation: Operation, response: Any) -> tuple[int, str]:
    """Return status and code of a refusal, which the dialect tells in its own form."""
    if not operation.dialect:
        return problem(response)
    body = response.json()
    assert (body["status"], bool(body["message"])) == ("error", True)
    return response.status_code, body["code"]


@pytest.mark.parametrize("whose", share(["another company", "another project"], of=2))
def test_what_is_another_s_is_not_found_and_stays_as_it_is(
    theirs: dict[str, Any], platform: Platform, whose: str
) -> None:
    stranger, _ = stranger_of(platform, whose)
    before = everything()

    for operation in V1:
        response = ask(stranger, operation, address_of(operation, theirs), body_of(operation, theirs))

        if operation.name in COMMON:
            assert response.status_code == 200, operation
        elif operation.writes or operation.names_a_thing:
            assert problem(response) == (404, "not_found"), operation
        else:
            told = response.json()
            assert (told if isinstance(told, list) else told["results"]) == [], operation
        assert everything() == before, operation


@pytest.mark.parametrize("whose", share(["another project", "another company"], of=2))
def test_the_dialect_finds_nothing_below_another_s_address(
    theirs: dict[str, Any], platform: Platform, whose: str
) -> None:
    stranger, _ = stranger_of(platform, whose)
    before = everything()

    for operation in DIALECT:
        response = ask(stranger, operation, address_of(operation, theirs), body_of(operation, theirs))

        assert refusal(operation, response) == (404, "not_found"), operation
        assert everything() == before, operation


@pytest.mark.parametrize("whose", share(["another company", "another project"], of=2))
def test_the_dialect_finds_nothing_of_another_s_below_one_s_own_address(
    theirs: dict[str, Any], platform: Platform, whose: str
) -> None:
    stranger, own = stranger_of(platform, whose)
    before = everything()

    for operation in DIALECT:
        response = ask(stranger, operation, address_of(operation, theirs, own), body_of(operation, theirs))

        if operation.names_a_thing:
            assert refusal(operation, response) == (404, "not_found"), operation
        elif operation.writes:
            assert refusal(operation, response) == BY_BODY[operation.name], operation
        else:
            assert response.status_code == 200, operation
            told = response.json()
            assert operation.name in COMMON or not any(told.values()), (operation, told)
        assert everything() == before, operation


def test_a_key_does_what_its_scopes_say_and_no_key_nothing(theirs: dict[str, Any], platform: Platform) -> None:
    company = platform.road.demo.company
    reader, writer = program(company, "read"), program(company, "orders", "stock")
    nobody = [APIClient(), APIClient(headers={"Authorization": "Bearer osk_no"})]
    before = everything()

    for operation in [*V1, *DIALECT]:
        path, body = address_of(operation, theirs), body_of(operation, theirs)
        assert [ask(client, operation, path, body).status_code for client in nobody] == [401, 401], operation
        lacking = reader if operation.writes else writer
        assert refusal(operation, ask(lacking, operation, path, body)) == (403, "scope_missing"), operation
        assert everything() == before, operation


def test_the_owner_of_the_things_reaches_all_of_them(theirs: dict[str, Any], platform: Platform) -> None:
    """Else the tests above would pass for addresses that there are not."""
    for operation in [*V1, *DIALECT]:
        if not operation.writes:
            assert platform.client.get(address_of(operation, theirs)).status_code == 200, operation


def test_no_address_is_left_out() -> None:
    """What is not tried above needs no key, and is named here."""
    apart = [pattern.name for pattern in dialect_urls if not hasattr(pattern.callback, "view_class")]
    assert apart == ["attachment_file"]  # found by a signed ticket alone
    views = [(pattern.name, getattr(pattern.callback, "view_class", None)) for pattern in urlpatterns]
    ours = [view for _, view in views if isinstance(view, type) and issubclass(view, ApiView) and view is not Nowhere]
    assert [name for name, view in views if view not in ours] == ["schema", "docs", "token", None]
    assert len(V1) == sum(hasattr(view, method) for view in ours for method in METHODS)
