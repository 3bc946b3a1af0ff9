"""Words by which rows are found: short keys in a table of their own, looked up by their beginning.

A key table has one row for each word of a thing, the thing's id and the word in the form that `fold` gives it. So a
beginning is found by an index, in any database and among any number of things.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from django.db.models.lookups import In

LONGEST = 64  # bytes of a key
FEW = 10_000  # keys whose things are all looked up
MOST_WORDS = 6  # of a question; further ones are not looked at
AFTER_ALL = b"\xff"  # comes after every byte of UTF-8
MARKS = re.compile(r"[\W_]+")  # all but letters and digits, accents that stand alone included
# Letters that are no base letter with a mark, and what people type in their place.
PLAIN = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"})
Thing = TypeVar("Thing", bound=Model)
Key = TypeVar("Key", bound=Model)


def fold(text: str) -> bytes:
    """Return letters and digits alone, without case and accents: `Müller-Ålund 1` becomes `mulleralund1`."""
    plain = text.casefold()
    if not plain.isascii():
        plain = unicodedata.normalize("NFKD", plain).translate(PLAIN)
    return MARKS.sub("", plain).encode()[:LONGEST]


class Gathered(In):
    """As `in`, but the list is made first, and then looked up in an index.

    PostgreSQL else guesses how many there will be, and for a wrong guess goes through all rows in search of a few.
    """

    lookup_name = "gathered"

    def get_rhs_op(self, connection: Any, rhs: str) -> str:
        return f"= ANY(ARRAY{rhs})" if connection.vendor == "postgresql" else super().get_rhs_op(connection, rhs)


def find(
    things: QuerySet[Thing], keys: QuerySet[Key], text: str, *, of: str, also: Sequence[bytes] = ()
) -> QuerySet[Thing]:
    """Return the things that have a key which begins with the whole text or one of `also`, or one for each word.

    `of` is what a key calls its thing, whose primary key has the lookup `Gathered`. At most one statement.
    """
    whole, words = fold(text), [word for word in map(fold, text.split()) if word][:MOST_WORDS]
    if not whole:
        return things.none()
    found = begin_with(keys, whole).values(of)
    others = [begin_with(keys, word).values(of) for word in also]
    if len(words) > 1:
        others.append(_with_each(keys, words, of))
    if others:
        return things.filter(pk__gathered=found.union(*others))
    # Of so many the first of all things soon hold a page.
    many = found[FEW:].exists()
    return things.filter(pk__in=found) if many else things.filter(pk__gathered=found)


def _with_each(keys: QuerySet[Key], words: Sequence[bytes], of: str) -> QuerySet[Key, Any]:
    """Return the things that have a key for each word; the database begins with which it likes."""
    first, *others = words
    found = begin_with(keys, first)
    for word in others:
        found = found.filter(**{f"{of}__in": begin_with(keys, word).values(of)})
    return found.values(of)


def begin_with(keys: QuerySet[Key], word: bytes) -> QuerySet[Key]:
    return keys.filter(key__gte=word, key__lt=word + AFTER_ALL)
