"""The desk in a language that nobody speaks: whatever a page shows outside ⟦ ⟧ is a record's own, or was forgotten."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.test import Client
from django.urls import reverse
from django.utils.translation import trans_real

from accounts.models import Company, Membership, User
from carriers.catalogue import CHOICES
from engine.models import Beat, OutboxMessage
from engine.outcomes import Verdict
from engine.registry import feeds, kinds
from orders.models import Order
from ordersync.desk_words import CODES, RECORDS
from tests.desk.test_roles import urls
from tests.road import Road
from tests.web.test_permissions import arguments  # noqa: F401 - a fixture

pytestmark = [pytest.mark.django_db, pytest.mark.either]
LANGUAGES = [code for code, _ in settings.LANGUAGES if code != "en-gb"]
SHOWN_ATTRIBUTES = ("title", "placeholder", "aria-label", "data-label", "alt")
NAMES = {name for _, name in [*CHOICES, *settings.LANGUAGES]}
AMOUNT = re.compile(r"[\d.,]+ [A-Z]{3}")


class Texts(HTMLParser):
    """Collects what a page shows: its texts, and the attributes that people read or hear."""

    SILENT = ("script", "style", "pre", "kbd")
    EMPTY = ("br", "hr", "img", "input", "link", "meta", "path")

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        classes = (dict(attrs).get("class") or "").split()
        if self.silent or tag in self.SILENT or "material-symbols-outlined" in classes:
            self.silent += [tag] if tag not in self.EMPTY else []
            return
        self.found += [value for name, value in attrs if name in SHOWN_ATTRIBUTES and value]

    def handle_endtag(self, tag: str) -> None:
        if self.silent and self.silent[-1] == tag:
            self.silent.pop()

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.found.append(data)


def texts(page: str) -> list[str]:
    parser = Texts()
    parser.feed(page)
    return [text for raw in parser.found if (text := " ".join(raw.split()))]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Have every text that is asked for come back as ⟦text⟧, and collect which were."""
    found: set[str] = set()

    def mark(text: str) -> str:
        if not text.strip():
            return text
        found.add(text)
        return f"⟦{text.rpartition(trans_real.CONTEXT_SEPARATOR)[2]}⟧"

    def plural(_self: Any, one: str, many: str, count: int) -> str:
        return mark(one) if count == 1 else mark(one) and f"⟦{many}⟧"

    monkeypatch.setattr(trans_real.DjangoTranslation, "gettext", lambda _self, text: mark(text))
    monkeypatch.setattr(trans_real.DjangoTranslation, "ngettext", plural)
    return found


@pytest.fixture
def root(road: Road) -> Client:
    client = Client()
    user = User.objects.create_superuser("root@ordersync.example", "a-long-password")
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def of_records() -> set[str]:
    """Return what the records themselves hold, and how they are called, but none of the program's own words."""
    found = {name for code, language in settings.LANGUAGES for name in (code, language)} | {
        "British English",
        "français",
    }
    for model in apps.get_models():
        shown = [field for field in model._meta.concrete_fields if not field.choices]
        for record in model._default_manager.all():
            values = [str(getattr(record, field.name)) for field in shown]
            found |= {
                " ".join(text.split()) for text in (str(record), str(record)[:1].upper() + str(record)[1:], *values)
            }
    return found


def looks(road: Road) -> dict[str, tuple[str, dict[str, Any]]]:
    """Name every page of the desk, with what is sent to it; nothing is sent to most."""
    steps, orders = reverse("admin:engine_outboxmessage_changelist"), reverse("admin:orders_order_changelist")
    activation = reverse("admin:activation_date", args=[road.demo.connection.pk])
    company = road.demo.company.pk
    chosen = {"_selected_action": [OutboxMessage.objects.filter(state="done").latest("pk").pk]}
    chosen_order = {"_selected_action": [Order.objects.latest("pk").pk], "action": "release"}
    date = {"since_0": "2026-11-01", "since_1": "08:00", "reason": "x"}
    members = {f"memberships-{name}_FORMS": 0 for name in ("TOTAL", "INITIAL")}
    return {
        **{name: (url, {}) for name, url in urls().items() if not name.startswith("auth_")},  # permissions are records
        "index": (reverse("admin:index"), {}),
        "reason": (steps, {**chosen, "action": "give_up"}),
        "no reason": (steps, {**chosen, "action": "give_up", "reason": ""}),
        "given up": (steps, {**chosen, "action": "give_up", "reason": "x"}),
        "queued": (steps, {**chosen, "action": "queue_again", "reason": "x"}),
        "released": (orders, {**chosen_order, "reason": "x"}),
        "preview": (activation, date),
        "refused date": (activation, {**date, "since_0": "2026-12-01"}),
        "no date": (activation, {"reason": ""}),
        "set back": (activation, {**date, "confirm": "1"}),
        "no name": (reverse("admin:accounts_company_change", args=[company]), {"name": "", **members}),
    }


@pytest.mark.once
def test_every_text_of_every_page_is_put_in_the_reader_s_language(
    road: Road, root: Client, arguments: dict[str, list[Any]], asked: set[str]
) -> None:
    road.bol.place_order(sku="NOBODY-KNOWS")
    road.go(rounds=2)
    Beat.objects.create(name="read", at=road.clock())
    left, shown = defaultdict(set), 0
    for name, (url, sent) in looks(road).items():
        answer = root.post(url, sent, follow=True) if sent else root.get(url)
        if answer.status_code == 200 and answer["Content-Type"].startswith("text/html"):
            shown += 1
            for text in texts(answer.content.decode()):
                if "⟦" not in text and "⟧" not in text and re.search("[A-Za-z]{2}", text):
                    left[text].add(name)
    known = of_records()
    assert {text: sorted(left[text])[:3] for text in left if text not in known and not AMOUNT.fullmatch(text)} == {}
    assert shown > 80
    for language in LANGUAGES:
        catalogue = trans_real.translation(language)._catalog
        unknown = {text for text in asked if text not in catalogue and (text, 1) not in catalogue}
        assert sorted(unknown - NAMES) == [], language


def test_every_record_of_the_desk_and_every_code_of_the_engine_has_a_name() -> None:
    shown = {
        model._meta.label
        for page, model_admin in admin.site._registry.items()
        for model in (page, *(inline.model for inline in model_admin.inlines))
    }
    assert shown - RECORDS.keys() == {"auth.Group"}
    codes = [*kinds(), *feeds(), *Verdict]
    assert sorted(code for code in codes if code.replace("_", " ") not in CODES) == []


MARKED = {"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy", "noop"}


def sentences(path: Path) -> list[str]:
    """Return what looks like a text for people in a module, and is not marked as one."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    fine = {id(part) for call in calls if getattr(call.func, "id", "") in MARKED for part in ast.walk(call)}
    fine |= {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}  # docstrings
    texts = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return [node.value for node in texts if id(node) not in fine and re.match(r"[A-Z][a-z]+( [a-z]+)+", node.value)]


def test_no_text_of_the_desk_s_modules_is_left_unmarked() -> None:
    root = Path(settings.BASE_DIR)
    modules = [
        *root.glob("*/admin.py"),
        *root.glob("*/*_admin.py"),
        root / "accounts/admin_base.py",
        root / "ordersync/desk.py",
    ]
    assert len(modules) >= 11
    assert {str(path): found for path in modules if (found := sentences(path))} == {}


def language_of(client: Client, **headers: str) -> str:
    page = client.get(reverse("admin:orders_order_changelist"), headers=headers).content.decode()
    [language] = re.findall(r'<html lang="([a-z-]+)"', page)
    return str(language)


def test_support_reads_in_the_language_of_the_browser_of_the_company_or_of_choice(road: Road, root: Client) -> None:
    """The browser's, until they belong to a company; what they choose at the desk goes before both."""
    assert (language_of(root), language_of(root, accept_language="nl-BE,fr;q=0.5")) == ("en-gb", "nl")
    Company.objects.update(language="de")
    Membership.objects.create(user=User.objects.get(), company=road.demo.company, role="viewer")
    assert language_of(root, accept_language="nl") == "de"

    desk = reverse("admin:index")
    assert f'action="{reverse("set_language")}"' in root.get(desk).content.decode()
    answer = root.post(reverse("set_language"), {"language": "fr", "next": desk})
    assert (answer.status_code, answer["Location"]) == (302, desk)
    assert language_of(root, accept_language="nl") == "fr"
    elsewhere = root.post(reverse("set_language"), {"language": "xx", "next": "https://evil.example/"})
    assert elsewhere["Location"] == "/"
    assert language_of(root) == "fr"
