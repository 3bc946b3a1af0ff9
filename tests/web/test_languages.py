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

from adapterkit.creation import holds
from adapterkit.spec import Setting
from connections.models import Direction
from marketplaces.registry import all_marketplaces
from orders import messages
from orders.models import Order
from orders.words import events, problems
from shops.registry import all_shops
from tests.road import Road
from tests.said_in_code import PLACEHOLDER, said_in, sources
from tests.web.test_pages import signed_in
from web.shared import audit_words

pytestmark = pytest.mark.either
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
            if len(ids) == 2:
                found = [compiled.ngettext(*ids, 1), compiled.ngettext(*ids, 2)]
            elif message.context:
                found = [compiled.pgettext(message.context, ids[0])]
            else:
                found = [compiled.gettext(ids[0])]
            assert found == strings, "run: ./run compilemessages"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_of_the_code_is_in_the_catalogue(language: str, tmp_path: Path, monkeypatch: Any) -> None:
    if shutil.which("xgettext") is None:
        pytest.skip("xgettext is not installed: texts are compared with the sentences of the code only")
    for name in (
        "adapterkit",
        "marketplaces",
        "shops",
        "locale",
        "api",
        "web",
        "webhooks",
        "orders",
        "carriers",
        "connections",
        "engine",
        "ordersync",
        "accounts",
        "stock",
        "templates",
    ):
        shutil.copytree(ROOT / name, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(settings, "LOCALE_PATHS", [str(tmp_path / "locale")])
    known = {message.id for message in catalogue(language)}
    call_command("makemessages", locale=[language], no_obsolete=True, no_location=True, verbosity=0)
    with (tmp_path / "locale" / language / "LC_MESSAGES" / "django.po").open("rb") as file:
        found = {message.id for message in read_po(file, locale=language)}
    assert found - known == set(), "run: ./run makemessages -l fr -l nl -l de, and translate"


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_of_events_problems_and_changes_are_translated(language: str) -> None:
    sentences = [*events.EVENTS.values(), *audit_words.WORDS.values()]
    sentences += [text for problem in problems.PROBLEMS.values() for text in problem if text]
    known = {message.id for message in catalogue(language)}
    assert [text for text in sentences if text not in known] == []
    for text in sentences:
        assert all(name is None or name.isidentifier() for _, name, _, _ in string.Formatter().parse(text))


def test_every_code_that_a_step_can_end_with_is_put_in_words() -> None:
    called = re.compile(r'\b(?:held|rejected|later|discarded)\(\s*"([a-z_]+)"|"(discarded_by_person)"')
    named = re.compile(r'\bcode="([a-z_]+)"')
    parts = ("orders", "stock", "engine", "connections")
    sources = [path.read_text(encoding="utf-8") for part in parts for path in (ROOT / part).rglob("*.py")]
    found = {"".join(groups) for source in sources for groups in called.findall(source)}
    found |= {code for source in sources for code in named.findall(source)} - events.EVENTS.keys()
    found |= {direction.column for direction in Direction if direction != Direction.FETCH}
    found |= {hold for hold in Order.Hold.values if hold} | {messages.TO_BE_ACKNOWLEDGED}
    assert len(found) > 40
    assert sorted(found - problems.PROBLEMS.keys()) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_of_every_adapter_s_spec_are_translated(language: str) -> None:
    specs = [adapter.spec for adapter in (*all_marketplaces().values(), *all_shops().values())]
    words = {word for spec in specs for setting in spec.settings for word in _words(setting)}
    for adapter in all_shops().values():
        words |= {adapter.spec.caution, adapter.spec.shipping_method}
        words |= {adapter.spec.remaining_window} if holds(adapter) else set()
    known = {message.id for message in catalogue(language)}
    assert sorted(words - known - {""}) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_adapters_say_is_translated_with_the_same_values(language: str) -> None:
    found = said_in(sources(ROOT))
    catalogued = {message.id: message.string for message in catalogue(language)}

    assert found.wrong == set(), "a text put together in the code cannot be translated: use adapterkit.sentences.say"
    assert len(found.said) > 180
    assert sorted(found.said - catalogued.keys()) == []
    for sentence in found.said:
        assert sorted(PLACEHOLDER.findall(catalogued[sentence])) == sorted(PLACEHOLDER.findall(sentence))


@pytest.mark.parametrize(
    "code",
    [
        "raise Rejected(f'The shop has no carrier {carrier}')",
        "raise Rejected('The shop has no carrier ' + carrier)",
        "raise errors.Rejected('The shop has no carrier %s' % carrier)",
        "raise Rejected('The shop has no carrier {}'.format(carrier))",
        "raise Rejected(carrier)",
        "raise Mine(f'no {carrier}')\nclass Mine(Rejected): pass",
        "REASON = f'no {carrier}'\nraise Rejected(REASON)",
        "kind(f'no {carrier}', remote=words)",
        "partial(NotFound, f'no {carrier}', code='gone')",
        "raise Rejected(say('no %(carrier)s', shop=carrier))",
        "raise Rejected(say(f'no {carrier}'))",
        "raise Unmappable(f'{field} is missing')",
        "Submission(state=state, message=words or f'Amazon answers {status}')",
        "Unreadable(record_id=number, reason=f'{error}')",
    ],
)
def test_a_text_put_together_in_an_adapter_is_found(code: str) -> None:
    line = 1 + code.startswith("REASON")

    assert said_in({"shops/mine/adapter.py": code}).wrong == {f"shops/mine/adapter.py:{line}"}


def test_a_sentence_is_found_wherever_it_stands() -> None:
    code = """
WHY = "a" " whole sentence"
def explain(status):
    if status:
        return NotFound("gone" if status == 404 else say("no %(call)s", call=status), remote="")
    raise Rejected(WHY)
TABLE = (("x", partial(Rejected, "tabled", code="x")),)
"""
    found = said_in({"shops/mine/adapter.py": code})

    assert found.wrong == set()
    assert found.said == {"a whole sentence", "gone", "no %(call)s", "tabled"}


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
        why = problems.explain("unknown_product", {"skus": "NOBODY-KNOWS"})
    assert why.title != "Unknown product"
    assert why.title in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_connect_guide_is_there_with_as_many_steps(language: str) -> None:
    for folder in [*(ROOT / "marketplaces").glob("*/connect.md"), *(ROOT / "shops").rglob("connect.md")]:
        own = folder.with_name(f"connect.{language}.md")
        steps = [len(re.findall(r"^\d+\. ", path.read_text(encoding="utf-8"), re.MULTILINE)) for path in (folder, own)]
        assert steps[0] == steps[1] > 0, own
