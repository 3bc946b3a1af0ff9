"""Answers are shared by all workers through the cache; without one, each worker asks for itself."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.cache import cache
from requests.structures import CaseInsensitiveDict

from adapterkit.transport import Answer
from engine.keeping import SharedAnswers

ANSWER = Answer(
    status=200, headers=CaseInsensitiveDict({"Date": "x"}), body={"rate": "21"}, at=datetime(2026, 11, 20, tzinfo=UTC)
)


def test_an_answer_comes_back_whole() -> None:
    SharedAnswers().put("tax", 1000.0, ANSWER, 60)

    assert SharedAnswers().get("tax") == (1000.0, ANSWER)
    assert SharedAnswers().get("carriers") is None
    SharedAnswers().drop("tax")
    assert SharedAnswers().get("tax") is None


def test_a_cache_that_is_away_keeps_nobody_from_asking(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: Any, **__: Any) -> None:
        raise ConnectionError

    SharedAnswers().put("tax", 1000.0, ANSWER, 60)
    monkeypatch.setattr(cache, "get", away)
    monkeypatch.setattr(cache, "set", away)
    monkeypatch.setattr(cache, "delete", away)

    assert SharedAnswers().get("tax") is None
    SharedAnswers().put("tax", 1000.0, ANSWER, 60)
    SharedAnswers().drop("tax")
