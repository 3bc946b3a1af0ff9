"""What we say to the merchant of a remote side: English sentences that can be told in other languages as well.

A sentence without values is a plain text. One with values is made by `say`; whoever stores it keeps template and values
apart (`kept`), and whoever shows it translates the template before the values go in (`retold`). `makemessages` finds
the templates where they stand: in `say`, in an error's first argument, and whatever is marked with `noop`. Words of the
remote side itself are values or plain texts of their own, and stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

Kept = str | dict[str, Any]
Shown = Callable[[str, str], str]


class Sentence(str):
    """The English text, with what it was made of. A value that is a sentence itself is translated too."""

    template: str
    values: Mapping[str, str]


def noop(text: str) -> str:
    """Mark a text that is shown in the merchant's language, such as a setting's label."""
    return text


def say(template: str, /, **values: str | int | Decimal) -> Sentence:
    """Return a sentence; `%(name)s` in the template stands for the value of that name.

    A value named `amount`, `shop` or `marketplace` is shown in the reader's way of writing amounts when it is one.
    Without values the template stands for itself, and one that is a sentence already is returned.
    """
    if isinstance(template, Sentence):
        return template
    texts = {name: value if isinstance(value, Sentence) else str(value) for name, value in values.items()}
    sentence = Sentence(template % texts if texts else template)
    sentence.template, sentence.values = template, texts
    return sentence


def said(error: Exception) -> str:
    """Return what an exception says; as the sentence that it was made with, where it was."""
    first = error.args[0] if error.args else ""
    return first if isinstance(first, Sentence) else str(error)


def cleaned(text: str, clean: Callable[[str], str]) -> str:
    """Return the text, or the sentence with `clean` done to every value."""
    if not isinstance(text, Sentence):
        return clean(text)
    return say(text.template, **{name: cleaned(value, clean) for name, value in text.values.items()})


def kept(text: str) -> Kept:
    """Return what JSON keeps of a text or sentence."""
    if not isinstance(text, Sentence):
        return text
    return {"text": text.template, "values": {name: kept(value) for name, value in text.values.items()}}


def retold(told: Mapping[str, Any], translate: Callable[[str], str], shown: Shown) -> str:
    """Return a kept sentence in the language of `translate`; `shown` writes each value, which it is given by name.

    What it lacks is left out: rows may be older than the words.
    """
    values = told.get("values") or {}
    texts = {
        name: retold(value, translate, shown) if isinstance(value, Mapping) else shown(name, str(value))
        for name, value in values.items()
    }
    text = translate(str(told.get("text", "")))
    return text % _Gaps(texts) if texts else text


def in_english(told: Kept) -> str:
    """Return a kept sentence as it was made."""
    return retold(told, str, lambda _, value: value) if isinstance(told, Mapping) else str(told)


class _Gaps(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return ""
