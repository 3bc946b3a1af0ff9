"""Splits a full name, for shops that insist on a first and a last name; pure, and never loses a word."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from adapterkit.address_patterns import LEGAL_FORM, SHORT_FORM

# With these a surname begins.
PARTICLE = re.compile(
    r"van|vande|vander|vanden|de|der|den|het|['’]t|ten|ter|te|op|aan|in|bij|onder|uit|over|tot|voor"
    r"|von|vom|zu|zum|zur|und|af|av|la|le|les|du|des|di|da|dei|del|della|delle|dello|degli|dos|das|do|las|los"
    r"|el|al|ben|bin|ibn",
    re.IGNORECASE,
)
JOINING = re.compile(rf"{PARTICLE.pattern}|y|e", re.IGNORECASE)  # joins the next word to a Spanish surname
# Spanish given names that follow another one: "José Luis García" bears one surname, "José García López" two.
SECOND_GIVEN = re.compile(
    r"luis|carlos|jos[eé]|mar[ií]a|antonio|manuel|javier|[aá]ngel|miguel|francisco|jes[uú]s|isabel|carmen|pilar|ram[oó]n"
    r"|alberto|ignacio|pedro|pablo|juan|fernando|rafael|teresa|dolores|mercedes|rosario|luisa|josefa|victoria|cristina"
    r"|elena|bel[eé]n|rosa|ana|enrique|andr[eé]s|david|vicente",
    re.IGNORECASE,
)
ENGLISH = frozenset({"GB", "IE", "US", "CA"})  # where a name's capital "Van" or "Le" at the beginning is a given name
CAPITAL_SURNAMES = frozenset({"FR", "BE", "LU", "CH"})  # "DUPONT Jean"
CAPITALS = re.compile(r"[^\W\d_a-z]{3,}(?:[-'’][^\W\d_a-z]+)*")
AFTERTHOUGHT = re.compile(r"(?:[ ,]+(?:jr|sr|junior|senior|ii|iii|iv|ph\.?d|m\.?d|esq|\(.*\))\.?)+$", re.IGNORECASE)
COMPANY = re.compile(
    r"(?:sarl|sasu?|eurl|sci|stichting|vereniging|firma|fa\.?|gemeente|association|société|ets\.?) ", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """A name in parts: a company's, or a person's."""

    first_name: str = ""
    last_name: str = ""
    company: str = ""


def split_name(full_name: str, country: str = "") -> Name:
    """Return the parts of a full name: of a single word the last name, of a company neither first nor last name.

    "Anna van der Berg" is Anna, "van der Berg"; "Vries, Jan de" is Jan, "de Vries"; in Spain "María García López" is
    María, "García López". What stands in brackets or follows a name, like "Jr.", stays with the last name. Where a shop
    refuses an empty first name, its adapter decides what to send instead.
    """
    text = " ".join(full_name.split())
    if is_company(text):
        return Name(company=text)
    after = AFTERTHOUGHT.search(text)
    end = after.start() if after and after.start() else len(text)
    first, last = _person(text[:end], country.upper())
    return Name(first_name=first, last_name=last + text[end:])


def is_company(name: str) -> bool:
    """Whether a legal form says that this is a company's name."""
    if COMPANY.match(name):
        return True
    if (found := LEGAL_FORM.search(name)) and found.start():
        return True
    words = name.split()
    return len(words) > 1 and bool(SHORT_FORM.search(name)) and not PARTICLE.fullmatch(words[-2])


def _person(text: str, country: str) -> tuple[str, str]:
    surname, _, given = text.partition(",")
    if surname.strip() and given.strip():
        return _after_comma(surname.strip(), given.split())
    names = text.split()
    if country in CAPITAL_SURNAMES and (found := _in_capitals(names)):
        return found
    start = _spanish_start(names) if country == "ES" else _surname_start(names, country)
    return " ".join(names[:start]), " ".join(names[start:])


def _after_comma(surname: str, given: Sequence[str]) -> tuple[str, str]:
    """Read "Vries, Jan de": the particle belongs before the surname."""
    end = len(given)
    while end > 1 and PARTICLE.fullmatch(given[end - 1]):
        end -= 1
    return " ".join(given[:end]), " ".join((*given[end:], surname))


def _in_capitals(names: Sequence[str]) -> tuple[str, str] | None:
    """Read "DUPONT Jean" and "Jean DUPONT MARTIN"; None where capitals say nothing."""
    capitals = [bool(CAPITALS.fullmatch(name)) for name in names]
    count = sum(capitals)
    if not 0 < count < len(names) or any(PARTICLE.fullmatch(name) for name in names):
        return None
    if all(capitals[:count]):
        return " ".join(names[count:]), " ".join(names[:count])
    if all(capitals[-count:]):
        return " ".join(names[:-count]), " ".join(names[-count:])
    return None


def _surname_start(names: Sequence[str], country: str) -> int:
    """Return the index of the first word of the surname: the first particle, or else the last word."""
    for index, name in enumerate(names[:-1]):
        given = index == 0 and name[0].isupper() and country in ENGLISH
        if PARTICLE.fullmatch(name) and not given:
            return index
    return max(len(names) - 1, 0)


def _spanish_start(names: Sequence[str]) -> int:
    """Return where the two surnames begin, each with its particles: "Ana | de la Torre Ruiz"."""
    if not names or PARTICLE.fullmatch(names[0]):
        return 0
    starts = [index for index in range(1, len(names)) if not JOINING.fullmatch(names[index - 1])]
    match starts:
        case []:
            return 0
        case [only]:
            return only
        case [second, third]:
            return third if SECOND_GIVEN.fullmatch(names[third - 1]) else second
        case _:
            return starts[-2]
