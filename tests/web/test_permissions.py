"""Who may open and change what, for every address of the pages. A new address without a row here fails."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from accounts.flows.invite_member import invite_member
from accounts.models import AuditEntry, Company, Membership, User
from engine.models import OutboxMessage
from orders.flows.keep_document import keep_document
from orders.models import Order, ReturnLine, Shipment
from tests.api.calls import key_for
from tests.effort import share
from tests.journeys.test_test_orders import send
from tests.laid import lay
from tests.road import Road
from webhooks.flows.make_webhook import make_webhook
from webhooks.flows.send_test import send_test

pytestmark = [pytest.mark.django_db, pytest.mark.either]
PEOPLE = ("nobody", "stranger", "viewer", "manager", "owner")
IN = 302  # to the sign-in page, for nobody; elsewhere after a change that was made, or that there was nothing to do for
# What each address answers: method, then nobody, a member of another company, viewer, manager, owner.
# Posts carry no content, so that forms answer 422 to those who may send them.
PAGE = ("get", IN, 200, 200, 200, 200)
OWN = ("get", IN, 404, 200, 200, 200)
MANAGERS = ("get", IN, 200, 403, 200, 200)
OWN_MANAGERS = ("get", IN, 404, 403, 200, 200)
CHANGE = ("post", IN, 404, 403, IN, IN)
OWNERS = ("get", IN, 200, 403, 403, 200)
OWN_OWNERS = ("get", IN, 404, 403, 403, 200)
OWNERS_CHANGE = ("post", IN, 404, 403, 403, IN)
EXPECTED: dict[str, list[tuple[Any, ...]]] = {
    "overview": [PAGE],
    "choose_company": [("post", IN, 404, IN, IN, IN)],
    "members": [PAGE],
    "invite": [("post", IN, 422, 403, 403, 422)],
    "change_member": [("post", IN, 404, 403, 403, IN)],
    "withdraw": [("post", IN, 404, 403, 403, IN)],
    "join": [("get", 200, 200, 200, 200, 200)],
    "subscription": [PAGE],
    "change_module": [("post", IN, IN, 403, 403, IN)],
    "company_settings": [("get", IN, 200, 403, 403, 200), ("post", IN, 422, 403, 403, 422)],
    "changes": [MANAGERS],
    "api_keys": [OWNERS, ("post", IN, 422, 403, 403, 422)],
    "revoke_api_key": [OWNERS_CHANGE],
    "webhooks": [OWNERS],
    "new_webhook": [OWNERS, ("post", IN, 422, 403, 403, 422)],
    "webhook": [OWN_OWNERS],
    "webhook_settings": [OWN_OWNERS, ("post", IN, 404, 403, 403, 422)],
    "test_webhook": [OWNERS_CHANGE],
    "rotate_secret": [OWNERS_CHANGE],
    "switch_webhook": [OWNERS_CHANGE],
    "remove_webhook": [OWNERS_CHANGE],
    "replay_webhook": [("post", IN, 404, 403, 403, 422)],
    "webhook_message": [OWN_OWNERS],
    "replay_message": [OWNERS_CHANGE],
    "skip_message": [OWNERS_CHANGE],
    "orders": [PAGE],
    "order": [OWN],
    "paper": [OWN],
    "export_orders": [PAGE],
    "map_reference": [("post", IN, 404, 403, 422, 422)],
    "correct_address": [("post", IN, 404, 403, 422, 422)],
    "add_tracking": [("post", IN, 404, 403, 422, 422)],
    "choose_carrier": [("post", IN, 404, 403, 422, 422)],
    "cancel_order": [("post", IN, 404, 403, 422, 422)],
    "resume": [CHANGE],
    "handled": [CHANGE],
    "accept": [CHANGE],
    "release": [CHANGE],
    "connections": [PAGE],
    "new_connection": [MANAGERS],
    "connection": [OWN],
    "activate": [CHANGE],
    "pause": [CHANGE],
    "archive": [CHANGE],
    "direction": [CHANGE],
    "connection_settings": [OWN, ("post", IN, 404, 403, 422, 422)],
    "connection_carriers": [OWN],
    "unfetched_orders": [OWN],
    "connection_activity": [OWN],
    "test_order": [OWN, ("post", IN, 404, 403, 422, 422)],
    "sent_test_order": [OWN],
    "cancel_test_order": [CHANGE],
    "projects": [PAGE],
    "new_project": [MANAGERS, ("post", IN, 422, 403, 422, 422)],
    "project": [OWN],
    "shop_methods": [PAGE],
    "product_id": [CHANGE],
    "stock_address": [CHANGE],
    "connect_shop": [OWN_MANAGERS, ("post", IN, 404, 403, 422, 422)],
    "accounts": [PAGE],
    "new_account": [MANAGERS, ("post", IN, 422, 403, 422, 422)],
    "consent": [("get", IN, IN, 403, IN, IN)],
    "account": [OWN_MANAGERS, ("post", IN, 404, 403, 422, 422)],
    "carriers": [PAGE],
    "carrier_plan": [OWN],
    "try_held": [("post", IN, IN, 403, IN, IN)],
    "carrier_codes": [PAGE, ("post", IN, IN, 403, IN, IN)],
    "new_plan": [("post", IN, 422, 403, 422, 422)],
    "change_plan": [("post", IN, 404, 403, 422, 422)],
    "returns": [PAGE],
    "answer_return": [("post", IN, 404, 403, 422, 422)],
    "stock": [PAGE],
}
# Addresses that no session opens, but a key: who reaches what there is held, for each operation of the schema, by
# tests/api/test_isolation.py, and for the dialect by tests/api/test_channable.py.
# The pages about one's own account are the same for everybody who is signed in, whatever the company.
ANYBODY, OPEN, ALREADY_IN = ("get", IN, *[200] * 4), ("get", *[200] * 5), ("get", 200, *[IN] * 4)
ELSEWHERE = ("get", *[IN] * 5)  # leads on: to the sign-in page, or to the page that goes before
OWN_ACCOUNT: dict[str, list[tuple[Any, ...]]] = {
    "set_language": [("post", *[IN] * 5)],
    "account_login": [ALREADY_IN],
    "mfa_authenticate": [ELSEWHERE],
    "account_inactive": [OPEN],
    "account_logout": [("post", *[IN] * 5)],
    "account_signup": [ALREADY_IN, ("post", 200, *[IN] * 4)],
    "account_reauthenticate": [ANYBODY],
    "mfa_reauthenticate": [ELSEWHERE],
    "account_email": [ANYBODY, ("post", *[IN] * 5)],
    "account_email_verification_sent": [OPEN],
    "account_confirm_email": [OPEN],
    "account_change_password": [ANYBODY],
    "account_set_password": [ELSEWHERE],
    "mfa_index": [ANYBODY],
    "mfa_activate_totp": [ELSEWHERE],
    "mfa_deactivate_totp": [("get", IN, *[404] * 4)],
    "mfa_view_recovery_codes": [("get", IN, *[404] * 4)],
    "mfa_generate_recovery_codes": [ELSEWHERE],
    "mfa_download_recovery_codes": [("get", IN, *[404] * 4)],
    "account_reset_password": [OPEN],
    "account_reset_password_done": [OPEN],
    "account_reset_password_from_key": [OPEN],
    "account_reset_password_from_key_done": [OPEN],
}


@pytest.fixture
def arguments(road: Road) -> dict[str, list[Any]]:
    """What each address needs, of one company's records."""
    return lay("arguments", lambda: _arguments(road), (road.bol, road.shop), road.clock, on="road")


def _arguments(road: Road) -> dict[str, list[Any]]:
    order_id = road.bol.place_order(sku="TST-001", quantity=2)
    road.go(rounds=2)
    road.bol.register_return(order_id)
    road.go(rounds=1)
    company = road.demo.company
    owner = User.objects.create_user("first@shop.example", "a-long-password")
    member = Membership.objects.create(user=owner, company=company, role="owner")
    other = User.objects.create_user("other@shop.example", "a-long-password")
    leaving = Membership.objects.create(user=other, company=company, role="viewer")
    token = invite_member(company=company, email="new@shop.example", role="viewer", now=timezone.now(), by=owner)
    order, connection = Order.objects.get(), road.demo.connection
    sent = send(road, token=uuid.uuid4())
    parcel = Shipment.objects.create(order=order, company=order.company, shop_shipment_id="1", received_at=road.clock())
    key, _whole = key_for(company)
    terms = {"project_id": None, "now": road.clock(), "by": owner}
    endpoint, _secret = make_webhook(company=company, url="https://127.0.0.1:9/", types=["order.created"], **terms)
    message = send_test(endpoint=endpoint, now=road.clock())
    assert message
    paper = keep_document(
        order=sent.order, kind="INVOICE", name="1.pdf", content=b"%PDF-1.7", now=road.clock(), by=owner
    )
    by_order, by_connection = [order.pk], [connection.pk]
    by_endpoint, by_message = [endpoint.pk], [endpoint.pk, message.pk]
    assert member.pk != leaving.pk
    return {
        "choose_company": [company.pk],
        "change_member": [leaving.pk],
        "withdraw": [company.invitations.get().pk],
        "join": [token],
        "change_module": ["marketplaces"],
        "revoke_api_key": [key.pk],
        **dict.fromkeys(("webhook", "webhook_settings", "test_webhook", "rotate_secret"), by_endpoint),
        **dict.fromkeys(("switch_webhook", "remove_webhook", "replay_webhook"), by_endpoint),
        **dict.fromkeys(("webhook_message", "replay_message", "skip_message"), by_message),
        **dict.fromkeys(("order", "resume", "handled", "accept", "release"), by_order),
        **dict.fromkeys(("correct_address", "add_tracking", "cancel_order"), by_order),
        "choose_carrier": [order.pk, parcel.pk],
        "paper": [sent.order_id, paper.pk],
        "map_reference": [connection.project_id],
        **dict.fromkeys(("connection", "activate", "pause", "archive", "connection_settings"), by_connection),
        **dict.fromkeys(
            ("connection_carriers", "connection_activity", "test_order", "unfetched_orders"), by_connection
        ),
        "direction": [connection.pk, "push"],
        "sent_test_order": [connection.pk, sent.pk],
        "cancel_test_order": [connection.pk, sent.pk],
        "project": [connection.project_id],
        "product_id": [connection.project_id],
        "stock_address": [connection.project_id],
        "connect_shop": [connection.project_id, "woocommerce"],
        "new_account": ["bol"],
        "carrier_codes": ["bol"],
        "account": [connection.account_id],
        "change_plan": [company.carrier_plans.get().pk],
        "carrier_plan": [company.carrier_plans.get().pk],
        "answer_return": [ReturnLine.objects.get().pk],
    }


def people(company: Company) -> dict[str, Client]:
    """A client for each kind of person. The stranger owns another company."""
    elsewhere = Company.objects.create(name="Elsewhere")
    clients = {"nobody": Client()}
    for kind in PEOPLE[1:]:
        user = User.objects.create_user(f"{kind}@people.example", "a-long-password")
        home, role = (elsewhere, "owner") if kind == "stranger" else (company, kind)
        Membership.objects.create(user=user, company=home, role=role)
        clients[kind] = Client()
        clients[kind].force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return clients


def addresses(patterns: Iterable[URLPattern | URLResolver], namespace: str = "") -> Iterator[tuple[str, str]]:
    """Yield namespace and name of every address, whatever it is included through."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, pattern.namespace or namespace)
        else:
            yield namespace, pattern.name or str(pattern.pattern)


ELSEWHERE_TRIED = {"admin", "api", "v1", "channable"}  # below; and those of programs, in tests/api


def test_every_address_has_a_row() -> None:
    found = sorted(addresses(get_resolver().url_patterns))
    known = [("web", name) for name in EXPECTED]
    known += [("", name) for name in [*OWN_ACCOUNT, "healthz", "system_health", "admin/password_change/"]]

    assert [address for address in found if address[0] not in ELSEWHERE_TRIED] == sorted(known)


@pytest.mark.parametrize("name", share(sorted(OWN_ACCOUNT), of=2))
def test_who_may_in_the_own_account(road: Road, name: str) -> None:
    arguments = {"account_confirm_email": ["MQ:abc"], "account_reset_password_from_key": ["1", "abc"]}
    url, clients = reverse(name, args=arguments.get(name, [])), people(road.demo.company)
    for method, *statuses in OWN_ACCOUNT[name]:
        found = {kind: getattr(client, method)(url).status_code for kind, client in clients.items()}
        assert found == dict(zip(PEOPLE, statuses, strict=True)), method


def address_of(name: str) -> str:
    for arguments in ([], [1], ["orders"], [1, 1]):
        try:
            return reverse(name, args=arguments)
        except NoReverseMatch:
            continue
    raise NoReverseMatch(name)


@pytest.mark.once
def test_only_support_staff_open_the_admin(road: Road) -> None:
    clients = people(road.demo.company)
    names = {name for namespace, name in addresses(get_resolver().url_patterns) if namespace == "admin"}
    names -= {"login", "logout", "(?P<url>.*)$", "<path:object_id>/"}
    urls = [reverse("system_health"), *(address_of(f"admin:{name}") for name in sorted(names - {"password_change"}))]
    assert len(urls) > 60
    for url in urls:
        refused = f"{reverse('admin:login')}?next={url}"
        for kind, client in clients.items():
            answer = client.get(url)
            assert (answer.status_code, answer["Location"]) == (302, refused), kind
    assert clients["nobody"].get(refused)["Location"].startswith(reverse("account_login"))
    assert [clients[kind].get(refused).status_code for kind in PEOPLE[1:]] == [403] * 4


@pytest.mark.parametrize("name", share(sorted(EXPECTED), of=2))
def test_who_may(road: Road, arguments: dict[str, list[Any]], name: str) -> None:
    url, clients = reverse(f"web:{name}", args=arguments.get(name, [])), people(road.demo.company)
    for method, *statuses in EXPECTED[name]:
        found = []
        for kind in PEOPLE:
            before = (AuditEntry.objects.count(), OutboxMessage.objects.count())
            answer = getattr(clients[kind], method)(url)
            found.append(answer.status_code)
            if answer.status_code in {403, 404, 405} or kind == "nobody":
                assert (AuditEntry.objects.count(), OutboxMessage.objects.count()) == before
            if kind == "nobody" and answer.status_code == IN:
                assert answer["Location"].startswith(reverse("account_login"))
        assert dict(zip(PEOPLE, found, strict=True)) == dict(zip(PEOPLE, statuses, strict=True)), method
