"""Members, invitations and modules of a company."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.flows.accept_invitation import accept_invitation, open_invitation
from accounts.flows.add_module import add_module
from accounts.flows.change_member import LastOwner, change_role, remove_member
from accounts.flows.invite_member import MemberAlready, invite_member
from accounts.models import AuditEntry, Company, Invitation, Membership, ModuleSubscription, User
from accounts.modules import ModuleNeeded, active_modules
from connections.flows.end_module import depending, end_module
from connections.models import OrderConnection
from engine.models import SyncCursor
from tests.road import Road

pytestmark = [pytest.mark.django_db, pytest.mark.either]
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.fixture
def company() -> Company:
    return Company.objects.create(name="Mugs & Co")


@pytest.fixture
def owner(company: Company) -> Membership:
    user = User.objects.create_user("anna@shop.example", "a-long-password")
    return Membership.objects.create(user=user, company=company, role="owner")


def actions() -> list[str]:
    return list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))


def test_order_connections_need_marketplaces(company: Company) -> None:
    with pytest.raises(ModuleNeeded) as refused:
        add_module(company=company, module="order_connections", now=NOW, by=None)
    assert (refused.value.needed, active_modules(company), actions()) == ("marketplaces", set(), [])

    assert add_module(company=company, module="marketplaces", now=NOW, by=None)
    assert not add_module(company=company, module="marketplaces", now=NOW, by=None)
    assert add_module(company=company, module="order_connections", now=NOW, by=None)
    assert active_modules(company) == {"marketplaces", "order_connections"}
    assert actions() == ["module_added", "module_added"]


@pytest.mark.parametrize(("module", "left"), [("marketplaces", set()), ("order_connections", {"marketplaces"})])
def test_ending_a_module_pauses_what_depends_on_it(road: Road, module: str, left: set[str]) -> None:
    company = road.demo.company
    assert [connection.name for connection in depending(company, module)] == ["bol to web shop"]

    assert end_module(company=company, module=module, now=NOW, by=None)
    assert not end_module(company=company, module=module, now=NOW, by=None)

    assert active_modules(company) == left
    assert OrderConnection.objects.get().state == "paused"
    assert not SyncCursor.objects.filter(feed__in=["orders", "returns"], active=True).exists()
    ended = ModuleSubscription.objects.filter(active=False).count()
    assert actions().count("module_ended") == ended == 2 - len(left)
    assert actions().count("connection_paused") == 1


def test_an_invitation_is_taken_once_by_its_address(company: Company, owner: Membership) -> None:
    token = invite_member(company=company, email="Ben@shop.example", role="manager", now=NOW, by=owner.user)
    invitation = open_invitation(token, NOW)
    assert invitation is not None
    assert token not in repr(Invitation.objects.values())
    stranger = User.objects.create_user("eve@shop.example", "a-long-password")
    ben = User.objects.create_user("ben@shop.example", "a-long-password")

    assert not accept_invitation(invitation=invitation, user=stranger, now=NOW)
    assert accept_invitation(invitation=invitation, user=ben, now=NOW)
    assert not accept_invitation(invitation=invitation, user=ben, now=NOW)
    assert open_invitation(token, NOW) is None
    assert {(member.user.email, member.role) for member in Membership.objects.all()} == {
        ("anna@shop.example", "owner"),
        ("ben@shop.example", "manager"),
    }
    with pytest.raises(MemberAlready):
        invite_member(company=company, email="BEN@shop.example", role="viewer", now=NOW, by=owner.user)


def test_an_invitation_ends_after_a_week_and_with_the_next_one(company: Company) -> None:
    first = invite_member(company=company, email="ben@shop.example", role="viewer", now=NOW, by=None)
    second = invite_member(company=company, email="Ben@shop.example", role="viewer", now=NOW, by=None)

    assert open_invitation(first, NOW) is None
    assert open_invitation(second, NOW + timedelta(days=6, hours=23)) is not None
    assert open_invitation(second, NOW + timedelta(days=7)) is None
    assert Invitation.objects.count() == 1


def test_a_company_keeps_an_owner(company: Company, owner: Membership) -> None:
    for refused in (
        lambda: change_role(member=owner, role="viewer", now=NOW, by=None),
        lambda: remove_member(member=owner, now=NOW, by=None),
    ):
        with pytest.raises(LastOwner):
            refused()
    assert (Membership.objects.get().role, actions()) == ("owner", [])

    user = User.objects.create_user("ben@shop.example", "a-long-password")
    Membership.objects.create(user=user, company=company, role="owner")
    change_role(member=owner, role="viewer", now=NOW, by=None)
    assert Membership.objects.get(pk=owner.pk).role == "viewer"


def test_the_mail_s_link_makes_an_account_and_joins(
    company: Company, owner: Membership, client: Client, mailoutbox: Any
) -> None:
    client.force_login(owner.user, backend="django.contrib.auth.backends.ModelBackend")
    client.post(reverse("web:invite"), {"email": "ben@shop.example", "role": "manager"})
    [mail] = mailoutbox
    assert mail.to == ["ben@shop.example"]
    link = next(line for line in mail.body.splitlines() if "/join/" in line)
    path = "/join/" + link.split("/join/")[1]

    weak = Client().post(path, {"name": "Ben", "password": "12345"})
    assert (weak.status_code, User.objects.count()) == (422, 1)
    new = Client()
    answer = new.post(path, {"name": "Ben", "password": "a-very-long-word-9"})
    assert answer["Location"] == reverse("web:overview")
    assert new.get(reverse("web:members")).status_code == 200
    assert Membership.objects.get(user__email="ben@shop.example").role == "manager"
    assert Client().get(path).status_code == 404


def test_pages_are_shown_in_the_company_s_terms(company: Company, owner: Membership, client: Client) -> None:
    client.force_login(owner.user, backend="django.contrib.auth.backends.ModelBackend")
    bad = client.post(reverse("web:company_settings"), {"name": "", "time_zone": "Mars/Base", "language": "xx"})
    assert bad.status_code == 422
    good = {"name": "Tasses", "time_zone": "Asia/Tokyo", "language": "fr"}
    assert client.post(reverse("web:company_settings"), good).status_code == 302

    company.refresh_from_db()
    assert (company.name, company.time_zone, company.language) == ("Tasses", "Asia/Tokyo", "fr")
    assert '<html lang="fr">' in client.get(reverse("web:overview")).content.decode()
