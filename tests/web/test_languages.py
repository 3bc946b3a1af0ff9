"""Every text is there in every language: nothing untranslated, nothing doubtful, no placeholder lost."""

from __future__ import annotations

import gettext
import re
import shutil
import string
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po
from django.conf import settings
from django.core.management import call_command
from django.urls import reverse
from django.utils import translation

from adapterkit.spec import Setting
from marketplaces.registry import all_marketplaces
from orders import wording
from shops.registry import all_shops
from tests.road import Road
from tests.web.test_pages import signed_in
from web import adapter_words, audit_words

ROOT = Path(settings.BASE_DIR)
LANGUAGES = [code for code, _ in settings.LANGUAGES if code != "en-gb"]


def catalogue(language: str) -> Catalog:
    with (ROOT / "locale" / language / "LC_MESSAGES" / "django.po").open("rb") as file:
        return read_po(file, locale=language)


def texts(message: Message) -> tuple[list[str], list[str]]:
    ids = [message.id] if isinstance(message.id, str) else list(message.id)
    strings = [message.string] if isinstance(message.string, str) else list(message.string)
    return ids, strings


def placeholders(text: str) -> list[str]:
    return sorted(re.findall(r"%\(\w+\)[sd]|\{\w*\}", text))


def test_four_languages_are_offered() -> None:
    assert [code for code, _ in settings.LANGUAGES] == ["en-gb", "fr", "nl", "de"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_untranslated_fuzzy_or_short_of_a_placeholder(language: str) -> None:
    wrong = []
    for message in catalogue(language):
        if not message.id:
            continue
        ids, strings = texts(message)
        lost = any(placeholders(text) != placeholders(ids[-1]) for text in strings)
        if message.fuzzy or not all(text.strip() for text in strings) or lost:
            wrong.append(message.id)
    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_compiled_is_what_is_written(language: str) -> None:
    with (ROOT / "locale" / language / "LC_MESSAGES" / "django.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    for message in catalogue(language):
        if message.id:
            ids, strings = texts(message)
            found = (
                [compiled.ngettext(*ids, 1), compiled.ngettext(*ids, 2)]
                if len(ids) == 2
                else [compiled.gettext(ids[0])]
            )
            assert found == strings, "run: ./run compilemessages"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_of_the_code_is_in_the_catalogue(language: str, tmp_path: Path, monkeypatch: Any) -> None:
    if shutil.which("xgettext") is None:
        pytest.skip("xgettext is not installed: texts are compared with the sentences of the code only")
    for name in ("locale", "web", "orders", "carriers", "connections", "accounts", "stock", "templates"):
        shutil.copytree(ROOT / name, tmp_path / name)
    shutil.rmtree(tmp_path / "templates" / "admin")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(settings, "LOCALE_PATHS", [str(tmp_path / "locale")])
    known = {message.id for message in catalogue(language)}
    call_command("makemessages", locale=[language], no_obsolete=True, no_location=True, verbosity=0)
    with (tmp_path / "locale" / language / "LC_MESSAGES" / "django.po").open("rb") as file:
        found = {message.id for message in read_po(file, locale=language)}
    assert found - known == set(), "run: ./run makemessages -l fr -l nl -l de, and translate"


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_of_events_problems_and_changes_are_translated(language: str) -> None:
    sentences = [*wording.EVENTS.values(), *audit_words.WORDS.values()]
    sentences += [text for problem in wording.PROBLEMS.values() for text in problem if text]
    known = {message.id for message in catalogue(language)}
    assert [text for text in sentences if text not in known] == []
    for text in sentences:
        assert all(name is None or name.isidentifier() for _, name, _, _ in string.Formatter().parse(text))


def test_the_words_of_every_adapter_s_settings_are_listed() -> None:
    specs = [adapter.spec for adapter in (*all_marketplaces().values(), *all_shops().values())]
    words = {word for spec in specs for setting in spec.settings for word in _words(setting)}
    assert words - adapter_words.WORDS == set()


def _words(setting: Setting) -> list[str]:
    return [word for word in (setting.label, setting.help, *(name for _, name in setting.choices)) if word]


@pytest.mark.django_db
@pytest.mark.parametrize(("language", "orders"), [("fr", "Commandes"), ("nl", "Orders"), ("de", "Bestellungen")])
def test_pages_numbers_and_sentences_follow_the_company(road: Road, language: str, orders: str) -> None:
    road.bol.place_order(sku="TST-001", quantity=2)
    road.bol.place_order(sku="NOBODY-KNOWS")
    road.go(rounds=2)
    company = road.demo.company
    type(company).objects.update(language=language)
    text = signed_in(company).get(reverse("web:orders") + "?tab=attention").content.decode()
    everything = signed_in(company).get(reverse("web:orders")).content.decode()

    assert f'<html lang="{language}">' in text
    assert f">{orders}</h1>" in text
    assert "24,20" in everything
    assert "24.20" not in everything
    with translation.override(language):
        why = wording.explain("unknown_product", {"skus": "NOBODY-KNOWS"})
    assert why.title != "Unknown product"
    assert why.title in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_connect_guide_is_there_with_as_many_steps(language: str) -> None:
    for folder in [*(ROOT / "marketplaces").glob("*/connect.md"), *(ROOT / "shops").glob("*/connect.md")]:
        own = folder.with_name(f"connect.{language}.md")
        steps = [len(re.findall(r"^\d+\. ", path.read_text(encoding="utf-8"), re.MULTILINE)) for path in (folder, own)]
        assert steps[0] == steps[1] > 0, own
