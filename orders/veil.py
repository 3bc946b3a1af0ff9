"""Takes a buyer out of records that leave the house; pure.

Two ways, because each alone lets something through: whatever stands under a name for personal data is hidden, known or
not; and what stood there is hidden wherever else it appears, in error texts and URLs, however it is written.
"""

from __future__ import annotations

import html
import json
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import unquote_plus

HIDDEN = "[buyer]"
WORD = 3  # letters of a word that is hidden without looking; a shorter one only where it is a name
PUBLIC = re.compile(r"country(code|iso|id|iso2)?|language|locale|id|role|order|currency")
# Names of fields, without marks and capitals.
FIELD = re.compile(
    r"(first|last|sur|middle|family|given|full|nick|user|contact|customer|buyer|recipient|pickuppoint)name"
    r"|salutation|company(name)?|organi[sz]ation(name)?|\w*street\w*|\w*address(line)?\d*|house(no|number)\w*"
    r"|extraaddressinformation|supplement|lines|(zip|post|postal)(code)?|city|town|\w*e?mail(address)?"
    r"|\w*(phone|mobile|fax)(number)?|\w*vat(number|id|no)?|tax(id|number)|(kvk|chamberofcommerce)\w*|iban"
    r"|customer(note|reference|ipaddress|useragent|message|comment)|(order)?remarks?|comments?|orderreference"
    r"|cancellationreason|birth\w*"
)
NAME = re.compile(r"(first|last|sur|middle|family|given|full|nick|user|contact|customer|buyer|recipient)?name|company")
HOLDER = re.compile(
    r"(billing|shipping|invoice|customer|buyer|recipient)(details|info|)|(shipment|delivery)(details|info)"
    r"|\w*address(es)?|pickuppoint"
)
PARTICLES = {"and", "the", "van", "von", "den", "der", "het", "ten", "ter", "des", "del", "dos", "las", "los"}
DECODED: tuple[Callable[[str], str], ...] = (unquote_plus, html.unescape)
NESTED = re.compile(r"\s*[\[{]")
# Fields in what is not JSON, or is cut in the midst of it: a member, an element, a form's field.
MEMBER = re.compile(r'"([\w.-]+)"(\s*:\s*)"(?:\\.|[^"\\])*("|$)', re.DOTALL)
ELEMENT = re.compile(r"<([\w:.-]+)(\s[^>]*)?>([^<]*|\s*<!\[CDATA\[.*?\]\]>\s*)(?=</|$)", re.DOTALL)
PAIR = re.compile(r"(?<![\w.-])([\w.\[\]-]+)=([^&\s\"'<>]+)")


class Veil:
    """Made of records that hold the buyer; `hide` returns others, or the same, without."""

    def __init__(self, *records: Any) -> None:
        found: dict[str, bool] = {}
        for record in records:
            for text, is_name in _personal(record):
                found[text] = found.get(text, False) or is_name
        self._pattern = _pattern(found)

    def hide(self, value: Any, name: str = "", *, inside: bool = False) -> Any:
        """Return a copy; a text that holds JSON becomes what it holds. `inside`: within a record about a buyer."""
        if isinstance(value, Mapping):
            held = inside or bool(HOLDER.fullmatch(_plain(name)))
            return {self._clean(str(key)): self.hide(item, str(key), inside=held) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.hide(item, name, inside=inside) for item in value]
        if value in (None, "") or isinstance(value, bool):
            return value
        if _is_personal(name, inside):
            return HIDDEN
        if isinstance(value, str):
            nested = _decoded(value)
            return self._text(value) if nested is None else self.hide(nested, name, inside=inside)
        return HIDDEN if self._clean(str(value)) != str(value) else value

    def _text(self, text: str) -> str:
        text = MEMBER.sub(lambda at: f'"{at[1]}"{at[2]}"{HIDDEN}{at[3]}' if _is_personal(at[1]) else at[0], text)
        text = ELEMENT.sub(lambda at: f"<{at[1]}{at[2] or ''}>{HIDDEN}" if _is_personal(at[1]) else at[0], text)
        text = PAIR.sub(lambda at: f"{at[1]}={HIDDEN}" if _is_personal(at[1]) else at[0], text)
        return self._clean(text)

    def _clean(self, text: str) -> str:
        """Hide what is known of the buyer, also where it is written for a URL, a web page or inside other JSON."""
        text = self._without(text)
        for decode in (*DECODED, _unescaped):
            read = decode(text)
            if read != text and (shown := self._without(read)) != read:
                text = shown
        return text

    def _without(self, text: str) -> str:
        if self._pattern is None:
            return text
        folded, places = _folded(text)
        kept, end = [], 0
        for at in self._pattern.finditer(folded):
            first, last = places[at.start()], places[at.end() - 1]
            kept += [text[end:first], HIDDEN]
            end = last + 1
            while end < len(text) and unicodedata.combining(text[end]):
                end += 1  # an accent that stands behind its letter goes with it
        return "".join([*kept, text[end:]])


def _personal(value: Any, name: str = "", *, inside: bool = False) -> Iterator[tuple[str, bool]]:
    """Yield what stands under names for personal data, and whether it names somebody."""
    if isinstance(value, Mapping):
        held = inside or bool(HOLDER.fullmatch(_plain(name)))
        for key, item in value.items():
            yield from _personal(item, str(key), inside=held)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _personal(item, name, inside=inside)
    elif isinstance(value, str) and (nested := _decoded(value)) is not None:
        yield from _personal(nested, name, inside=inside)
    elif value not in (None, "") and not isinstance(value, bool) and _is_personal(name, inside):
        yield str(value).strip(), bool(NAME.fullmatch(_plain(name)))


def _is_personal(name: str, inside: bool = False) -> bool:
    plain = _plain(name)
    return bool(FIELD.fullmatch(plain)) or (inside and not PUBLIC.fullmatch(plain))


def _plain(name: str) -> str:
    """`billing[first_name]` and `ns:FirstName` both name `firstname`."""
    last = re.split(r"[.:\[]", name.rstrip("]"))[-1]
    return re.sub(r"[^a-z0-9]", "", last.lower())


def _decoded(text: str) -> Any:
    """Return what a text holds when it is a JSON object or list, else None."""
    if not NESTED.match(text):
        return None
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict | list) else None


def _unescaped(text: str) -> str:
    return re.sub(r"\\u([0-9a-fA-F]{4})", lambda at: chr(int(at[1], 16)), text).replace("\\/", "/")


def _pattern(found: Mapping[str, bool]) -> re.Pattern[str] | None:
    forms: set[str] = set()
    for text, is_name in found.items():
        forms |= set(_forms(_folded(text)[0], is_name))
    longest_first = sorted(forms, key=len, reverse=True)
    return re.compile("|".join(longest_first)) if forms else None


def _forms(text: str, is_name: bool) -> Iterator[str]:
    """Yield patterns: of the whole text, of each word of a name, and of a telephone number without its beginning."""
    length = sum(sign.isalnum() for sign in text)
    if length > WORD or (length == WORD and (is_name or text.isalpha())):  # a house number alone names nobody
        yield _loose(text, length)
    for word in re.findall(r"\w+", text) if is_name else ():
        if len(word) >= WORD and word not in PARTICLES:
            yield _loose(word, len(word))
        elif len(word) < WORD and word.isalpha():
            yield rf"(?<!\w){re.escape(word)}(?!\w)"
    digits = re.sub(r"\D", "", text)
    if len(digits) >= 9 and not re.search("[a-z]", text):  # noqa: PLR2004 - national numbers have nine and more
        yield r"(?:\+|\b)[\d\s()./-]*" + r"[\s()./-]*".join(digits[-8:]) + r"(?!\d)"


def _loose(text: str, length: int) -> str:
    """Marks and spaces may differ, among digits there may be some or none; short texts hide no part of others."""
    words = re.sub(r"[\W_]+", " ", text).strip()
    if words.isdigit() and length <= WORD * 2:
        return rf"(?<!\w){words}(?!\w)"
    if re.search(r"\d", words):
        return r"(?<!\d)" + r"[\W_]*".join(map(re.escape, words.replace(" ", ""))) + r"(?!\d)"
    body = r"[\W_]+".join(map(re.escape, words.split()))
    return rf"(?<![^\W\d_]){body}(?![^\W\d_])" if length <= WORD + 1 else body


def _folded(text: str) -> tuple[str, Sequence[int]]:
    """Return the text without capitals and accents, and for each of its signs the place where it came from."""
    if text.isascii():
        return text.lower(), range(len(text))
    signs, places = [], []
    for place, sign in enumerate(text):
        for part in unicodedata.normalize("NFKD", sign.casefold()):
            if not unicodedata.combining(part):
                signs.append(part)
                places.append(place)
    return "".join(signs), places
