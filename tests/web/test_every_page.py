"""Every page, in a real browser, on a desktop and on a telephone: nothing sticks out, axe finds nothing, and no form is
sent twice by a second click.

The pages come from the URL table, so that a new one cannot be forgotten. `./run screenshots` keeps a picture of each.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.utils import timezone

from accounts.flows.invite_member import invite_member
from accounts.models import Company
from tests.effort import LONG
from tests.laid import lay
from tests.road import Road
from tests.web.browser import SHOOTING, WIDTHS, keep, sent_twice, sticks_out, violations, wanted, watch
from tests.web.busy import (
    ARABIC,
    EMOJI,
    PASSWORD,
    UNBROKEN,
    Busy,
    busy_company,
    member_of,
    note_changes,
    refuse,
    rename,
)
from tests.web.screens import Screen, pages, screens
from tests.web.test_sign_in import set_up_app, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LANGUAGES = [code for code, _ in django_settings.LANGUAGES]
# The longest words are German, and on a telephone there is least room: a page that holds them there seldom breaks by
# others, or elsewhere.
PER_RUN = [one if one == "de" else pytest.param(one, marks=pytest.mark.long) for one in LANGUAGES]
LOOKED_AT = WIDTHS if LONG or SHOOTING else {"phone": WIDTHS["phone"]}


@pytest.fixture
def company(road: Road) -> Busy:
    return lay("busy", lambda: busy_company(road), (road.bol, road.shop), road.clock, on="road")


@pytest.fixture
def people(company: Busy) -> dict[str, str]:
    """The session of each kind of person."""
    member_of(company.company, "viewer@shop.example", "viewer", name="Wim")
    owner = member_of(company.company, "owner@shop.example", name="Anna de Vries")
    newcomer = member_of(Company.objects.create(name="Mugs & Co"), "newcomer@shop.example")
    careful = member_of(company.company, "careful@shop.example", "manager", name="Zoë")
    staff = member_of(None, "support@ordersync.example", is_staff=True, is_superuser=True)
    note_changes(company, staff, owner)
    found = {name: session(user.email) for name, user in {"owner": owner, "newcomer": newcomer, "staff": staff}.items()}
    found["viewer"] = session("viewer@shop.example")
    client = Client()
    sign_in(client, careful.email, PASSWORD)
    set_up_app(client)
    found["careful"] = client.cookies["sessionid"].value
    found["half_in"] = session(careful.email)
    return found


def session(email: str) -> str:
    client = Client()
    sign_in(client, email, PASSWORD)
    return client.cookies["sessionid"].value


def by_turns(screens: list[Screen], turn: int, *, pages: int = 1) -> list[Screen]:
    """Every one of so many pages, and of the further states those whose turn it is of three; all of them in a long run."""
    if LONG or SHOOTING:
        return screens
    further = [screen for screen in screens if screen.state]
    looked_at = {screen.name for screen in further[turn::3]}
    looked_at |= {screen.name for screen in [screen for screen in screens if not screen.state][::pages]}
    return [screen for screen in screens if screen.name in looked_at]


class Looker:
    """Opens screens in one language, each as the person it is for: in one window, which has its styles from then on."""

    def __init__(self, browser: Any, url: str, people: dict[str, str], language: str) -> None:
        self.url, self.people, self.who = url, people, "nobody"
        self.context = browser.new_context(reduced_motion="reduce")
        self._remember("django_language", language)
        self.page = self.context.new_page()
        self.page.set_default_timeout(10_000)
        watch(self.page)

    def open(self, screen: Screen) -> Any:
        if screen.who != self.who:
            self._become(screen.who)
        self.page.set_viewport_size({"width": WIDTHS["wide"], "height": 900})
        self.page.goto(f"{self.url}{screen.path}")
        if screen.act:
            screen.act(self.page)
        return self.page

    def _become(self, who: str) -> None:
        self.page.goto("about:blank")  # else a live part of the page that is left would ask as somebody else
        self.context.clear_cookies(name="sessionid")
        if who in self.people:
            self._remember("sessionid", self.people[who])
        self.who = who

    def _remember(self, name: str, value: str) -> None:
        self.context.add_cookies([{"name": name, "value": value, "url": self.url}])

    @property
    def noted(self) -> list[str]:
        return [*self.page.errors, *self.page.foreign]


@pytest.fixture
def everything(company: Busy, people: dict[str, str]) -> list[Screen]:
    """All screens; the invitation among them is open."""
    email = "new.colleague@shop.example"
    token = invite_member(company=company.company, email=email, role="viewer", now=timezone.now(), by=None)
    return list(screens(company, token))


@pytest.mark.parametrize("half", range(2))
def test_everybody_can_use_every_page(
    live_server: Any, browser: Any, people: dict[str, str], everything: list[Screen], half: int
) -> None:
    """In one language, since axe looks at the markup, and at each page in one width, in the other at the next one.

    A long run asks axe in both widths.
    """
    looker, wrong = Looker(browser, live_server.url, people, LANGUAGES[0]), []
    for place, screen in enumerate([screen for screen in by_turns(everything, 0) if screen.own][half::2]):
        page, found = looker.open(screen), []
        for turn, (name, width) in enumerate(WIDTHS.items()):
            page.set_viewport_size({"width": width, "height": 900})
            asked = violations(page) if LONG or place % 2 == turn else []
            found += [f"{name}: {text}" for text in [*sticks_out(page), *asked]]
        wrong += [f"{screen.name} {text}" for text in [*found, *sent_twice(page)]]
    assert not [*wrong, *looker.noted], "\n".join([*wrong, *looker.noted])


@pytest.mark.parametrize("language", PER_RUN)
def test_every_page_is_in_shape(
    live_server: Any, browser: Any, people: dict[str, str], everything: list[Screen], language: str
) -> None:
    looker, wrong = Looker(browser, live_server.url, people, language), []
    for screen in by_turns(everything, 1, pages=2):
        if not wanted(screen.name):
            continue
        page = looker.open(screen)
        for name, width in LOOKED_AT.items():
            page.set_viewport_size({"width": width, "height": 900})
            keep(page, f"{screen.name}-{name}", language)
            found = sticks_out(page) if screen.own else []
            wrong += [f"{screen.name} {name}: {text}" for text in found]
    assert not [*wrong, *looker.noted], "\n".join([*wrong, *looker.noted])


KINDS = {"unbroken": UNBROKEN * 2, "arabic-and-emoji": f"{ARABIC} {EMOJI}"}


def test_names_of_any_kind_break_no_page(live_server: Any, browser: Any, company: Busy, people: dict[str, str]) -> None:
    """Each on a quarter of the pages, which German was not looked at on; a long run tries both on all."""
    refuse(company)
    looker, wrong = Looker(browser, live_server.url, people, "en-gb"), []
    for turn, (kind, text) in enumerate(KINDS.items()):
        rename(company, text)
        every = slice(None) if LONG or SHOOTING else slice(1 + 2 * turn, None, 4)
        for screen in list(pages(company, "abc"))[every]:
            page = looker.open(screen)
            for name, width in LOOKED_AT.items():
                page.set_viewport_size({"width": width, "height": 900})
                keep(page, f"names-{text[:4]}-{screen.name}-{name}")
                wrong += [f"{screen.name} {name} {kind}: {found}" for found in sticks_out(page)]
    assert not [*wrong, *looker.noted], "\n".join([*wrong, *looker.noted])
