"""Connecting an account on the marketplace's own consent page: the state lets back in who asked for it, once, in time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from django.core import signing
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEntry, Company, Membership, User
from connections.adapters import mounted
from connections.models import MarketplaceAccount, OrderConnection, Project
from engine.models import Exchange, Lane
from marketplaces.amazon.simulator import AmazonSimulator
from orders.setup_list import setup_list
from tests.clock import Clock
from tests.web.test_pages import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.either]
AMAZON = "https://amazon.test"
BACK = reverse("web:consent")
TYPED = {
    "name": "Amazon",
    "stores": "NL",
    "client_id": "amzn1.application-oa2-client.demo",
    "client_secret": "amzn1.oa2-cs.demo",
    "application_id": "amzn1.sp.solution.demo",
    "application_state": "draft",
    "environment": "live",
    "base_url": AMAZON,
    "token_url": f"{AMAZON}/auth/o2/token",
}


@dataclass
class Desk:
    """A manager at the connect page, and Amazon."""

    amazon: AmazonSimulator
    company: Company
    client: Client

    def ask(self, **changed: str) -> Any:
        """Choose "Connect with Amazon"."""
        return self.client.post(reverse("web:new_account", args=["amazon"]), {**TYPED, "consent": "1", **changed})

    def page(self, **changed: str) -> str:
        """The address of Amazon's consent page."""
        found = re.search(r'href="(https://amazon\.test/apps/[^"]+)"', self.ask(**changed).content.decode())
        assert found is not None
        return unescape(found[1])

    def agree(self, url: str) -> str:
        """Agree at Amazon; return the address that it sends back to, less its host."""
        session = requests.Session()
        session.mount(AMAZON, self.amazon.mount())
        parts = urlsplit(session.get(url, allow_redirects=False).headers["Location"])
        return f"{parts.path}?{parts.query}"

    def told(self, url: str, client: Client | None = None) -> str:
        """Come back; return what the page says."""
        return (client or self.client).get(url, follow=True).content.decode()

    @property
    def tokens_asked(self) -> int:
        return len(self.amazon.requests_to("POST", "/auth/o2/token"))


@pytest.fixture
def desk(clock: Clock) -> Iterator[Desk]:
    amazon = AmazonSimulator()
    company = Company.objects.create(name="Mugs & Co")
    with mounted({AMAZON: amazon.mount()}):
        yield Desk(amazon, company, signed_in(company, "manager"))


def account() -> MarketplaceAccount:
    return MarketplaceAccount.objects.get()


def test_a_manager_agrees_there_and_the_account_works(desk: Desk) -> None:
    url = desk.page()
    before = account()
    asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    assert (before.authorised, before.settings["seller_id"]) == (False, "")
    assert {name: value for name, value in asked.items() if name != "state"} == {
        "application_id": "amzn1.sp.solution.demo",
        "redirect_uri": f"http://testserver{BACK}",
        "version": "beta",
    }

    text = desk.told(desk.agree(url))

    after = account()
    assert "Connected." in text
    assert after.authorised
    assert after.credentials["refresh_token"] == desk.amazon.refresh_token != "Atzr|demo"
    assert after.settings["seller_id"] == "A1DEMOSELLER"
    assert [seen.status for seen in desk.amazon.requests_to("GET", "/orders/")] == [200]
    actions = list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))
    assert actions == ["account_consent_asked", "account_connected"]
    # Neither pages nor exchanges hold the secret.
    page = desk.client.get(reverse("web:account", args=[after.pk])).content.decode()
    assert desk.amazon.refresh_token not in page + text + repr(list(Exchange.objects.values()))


def test_a_live_form_is_sent_to_amazon_at_once(desk: Desk) -> None:
    answer = desk.client.post(
        reverse("web:new_account", args=["amazon"]), {**TYPED, "consent": "1"}, headers={"HX-Request": "true"}
    )

    assert answer.headers["HX-Redirect"].startswith(f"{AMAZON}/apps/authorize/consent?application_id=amzn1.sp.solution")


def test_a_published_application_is_not_asked_for_as_a_draft(desk: Desk) -> None:
    assert "version" not in parse_qs(urlsplit(desk.page(application_state="published")).query)


def test_what_is_missing_is_named_and_nothing_is_stored(desk: Desk) -> None:
    answer = desk.ask(application_id="")

    assert answer.status_code == 422
    assert "Fill this in to connect on the marketplace" in answer.content.decode()
    assert (MarketplaceAccount.objects.count(), AuditEntry.objects.count()) == (0, 0)


def test_the_page_says_which_address_to_register(desk: Desk) -> None:
    text = desk.client.get(reverse("web:new_account", args=["amazon"])).content.decode()

    assert f"http://testserver{BACK}</code>" in text
    assert "Connect with Amazon" in text
    assert "Connect with bol" not in desk.client.get(reverse("web:new_account", args=["bol"])).content.decode()


class TestState:
    """What is refused changes nothing and is told to nobody else."""

    def refused(self, desk: Desk, url: str, words: str, client: Client | None = None) -> None:
        version, asked = account().credentials_version, desk.tokens_asked

        text = desk.told(url, client)

        assert words in text
        assert (account().authorised, desk.tokens_asked) == (False, asked)
        assert AuditEntry.objects.filter(action="account_connected").count() == 0
        assert account().credentials_version == version

    @pytest.mark.parametrize(
        "state",
        ["", "x", signing.dumps([1, 1, 1, 1]), signing.dumps("x", salt="connections.consent")],
        ids=["empty", "no state", "another signature", "another content"],  # the values hold the moment
    )
    def test_that_was_not_made_here_is_refused(self, desk: Desk, state: str) -> None:
        url = re.sub(r"state=[^&]+", f"state={state}", desk.agree(desk.page()))

        self.refused(desk, url, "was not made here")

    def test_that_is_too_old_is_refused(self, desk: Desk, clock: Clock) -> None:
        url = desk.agree(desk.page())
        clock.forward(minutes=31)

        self.refused(desk, url, "took too long")

    def test_of_another_member_is_refused(self, desk: Desk) -> None:
        self.refused(desk, desk.agree(desk.page()), "another person or company", signed_in(desk.company, "owner"))

    def test_of_another_company_is_refused(self, desk: Desk) -> None:
        url = desk.agree(desk.page())
        elsewhere = Company.objects.create(name="Elsewhere")
        user = User.objects.get()
        Membership.objects.create(user=user, company=elsewhere, role="owner")
        desk.client.post(reverse("web:choose_company", args=[elsewhere.pk]))

        self.refused(desk, url, "another person or company")

    def test_of_a_viewer_is_refused(self, desk: Desk) -> None:
        url = desk.agree(desk.page())

        assert signed_in(desk.company, "viewer").get(url).status_code == 403
        assert not account().authorised

    def test_is_good_once(self, desk: Desk) -> None:
        url = desk.page()
        first, second = desk.agree(url), desk.agree(url)
        desk.told(first)
        token, asked = account().credentials["refresh_token"], desk.tokens_asked

        assert "used already" in desk.told(second)
        assert "used already" in desk.told(first)

        assert (account().credentials["refresh_token"], desk.tokens_asked) == (token, asked)

    def test_is_used_up_by_a_code_that_is_refused(self, desk: Desk) -> None:
        url = desk.agree(desk.page())
        wrong = re.sub(r"spapi_oauth_code=\w+", "spapi_oauth_code=wrong", url)

        text = desk.told(wrong)

        assert "invalid_grant" in text
        assert not account().authorised
        assert "used already" in desk.told(url)
        assert not account().authorised

    def test_without_an_authorisation_says_so(self, desk: Desk) -> None:
        url = re.sub(r"&spapi_oauth_code=\w+", "", desk.agree(desk.page()))

        assert "sent no authorisation" in desk.told(url)
        assert not account().authorised


def test_an_authorisation_that_works_is_not_lost_to_a_slip_of_the_pen(desk: Desk) -> None:
    desk.told(desk.agree(desk.page()))
    before = account()
    url = reverse("web:account", args=[before.pk])

    answer = desk.client.post(url, {**TYPED, "client_secret": "wrong", "seller_id": "A1DEMOSELLER", "consent": "1"})

    assert answer.status_code == 422
    assert account().credentials == before.credentials


def test_an_authorisation_that_was_taken_back_is_asked_for_anew(desk: Desk) -> None:
    desk.told(desk.agree(desk.page()))
    known = account()
    desk.amazon.revoke_access()
    Lane.objects.create(company=desk.company, key=known.lane, state=Lane.State.REFUSED)
    answer = desk.client.post(
        reverse("web:account", args=[known.pk]),
        {**TYPED, "client_secret": "", "seller_id": "A1DEMOSELLER", "consent": "1"},
    )
    found = re.search(r'href="(https://amazon\.test/apps/[^"]+)"', answer.content.decode())
    assert found is not None

    assert "Connected." in desk.told(desk.agree(unescape(found[1])))

    assert account().credentials["refresh_token"] == desk.amazon.refresh_token
    assert Lane.objects.get().state == Lane.State.OPEN


def test_an_account_that_is_not_authorised_keeps_its_connection_from_being_activated(desk: Desk) -> None:
    desk.page()
    project = Project.objects.create(company=desk.company, name="Shop")
    connection = OrderConnection.objects.create(
        company=desk.company, project=project, account=account(), name="Amazon", fulfilment="merchant"
    )

    [check] = [check for check in setup_list(connection) if check.step == "account"]

    assert (check.state, check.code) == ("to_do", "account_not_authorised")
    assert "Not authorised yet" in desk.client.get(reverse("web:accounts")).content.decode()
