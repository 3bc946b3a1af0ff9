"""Refusals speak the caller's language, as its Accept-Language weighs them; the schema is the same for everyone."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import translation

from api.problems import PROBLEMS
from tests.api.calls import program
from tests.road import Road

pytestmark = [pytest.mark.django_db, pytest.mark.either]
TITLES = {
    "en-gb": "There is no such thing",
    "fr": "Cela n'existe pas",
    "nl": "Dat bestaat niet",
    "de": "Das gibt es nicht",
}
WISHES = {
    "nl": "nl",
    "de-AT, en;q=0.5": "de",
    "fr-CA;q=0.9, nl;q=0.95": "nl",
    "da, nl;q=0.8, fr;q=0.9": "fr",
    "nl;q=0, de;q=0.1": "de",
    "da, sv;q=0.5": "en-gb",
    "da, *;q=0.5": "en-gb",
    "": "en-gb",
    "FR": "fr",
    "not a language, ;;q=x": "en-gb",
}


@pytest.mark.parametrize("wish", WISHES)
def test_a_refusal_is_told_in_the_language_that_the_caller_likes_best(road: Road, wish: str) -> None:
    client, language = program(road.demo.company, **{"Accept-Language": wish}), WISHES[wish]
    root = f"/channable/v2/companies/{road.demo.company.pk}/projects/{road.demo.connection.project_id}"

    found = client.get("/api/v1/orders/987654")
    dialect = client.get(f"{root}/orders/987654")
    nobody = Client().get("/api/v1/orders", headers={"Accept-Language": wish})

    assert (found.json()["title"], found["Content-Language"]) == (TITLES[language], language)
    assert "Accept-Language" in found["Vary"]
    assert dialect["Content-Language"] == nobody["Content-Language"] == language
    assert dialect.json()["message"].endswith(found.json()["mend"])
    assert len({found.json()["mend"], nobody.json()["mend"]}) == 2


def test_every_refusal_is_told_in_each_language() -> None:
    told = {}
    for language in TITLES:
        with translation.override(language):
            told[language] = {code: (str(title), str(mend)) for code, (title, mend) in PROBLEMS.items()}

    for code in PROBLEMS:
        assert len({told[language][code] for language in TITLES}) == len(TITLES), code


@pytest.mark.once
@pytest.mark.parametrize("asked", [{}, {"lang": "fr"}, {"lang": "../x"}, {"version": "9"}])
def test_the_schema_does_not_change_with_the_caller_s_language(asked: dict[str, str]) -> None:
    english = Client().get("/api/v1/schema", headers={"Accept-Language": "en"})

    for language in TITLES:
        told = Client().get("/api/v1/schema", asked, headers={"Accept-Language": language})
        assert (told.status_code, told["Content-Language"]) == (200, "en-gb")
        assert told.content == english.content
