"""Compiles the word lists of `adapterkit.address_rules` into the patterns that `adapterkit.address_reading` uses."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from adapterkit.address_rules import CARE_OF, LEGAL_FORMS, LOCKERS, MARKS, SHORT_FORMS, Rules, rules_of

Pattern = re.Pattern[str]
START, END = r"(?<![^\W_])", r"(?![^\W_])"  # no letter or digit before, none after
NEVER = r"(?!)"
ORDINAL = r"(?:\.|e|de|ste|er|re|ère|ème|eme|ième|nd|st|rd|th|º|ª|°|o|a)"
VALUE = rf"(?:n(?:r|o|°|º)?\.? ?)?(?:\d+(?: ?[a-z](?!\.))?|[a-z]{{1,2}}\d*)(?: ?[-/.] ?[a-z\d]{{1,4}})*{END}"
TIGHT = rf" ?[-–/+] ?(?:\d{{1,4}}[a-z]?|[a-z]{{1,2}}\d{{0,3}}|[ivx]{{1,5}}){END}"
FRACTION = rf" ?(?:\d{{1,2}}/\d{{1,2}}{END}|[½¼¾])"
SECOND = rf" \d{{1,3}}[a-z]?{END}"
ROMAN = rf" [ivx]{{1,4}}{END}"
STEP = rf"\d+ ?(?:[ºª°]\.?|(?:o|a|r|n|t|er|è){END})(?: ?[a-z]{END})?"


def _compile(pattern: str) -> Pattern:
    return re.compile(pattern, re.IGNORECASE)


def _any(words: str) -> str:
    """Return a pattern of any of the words; one that never matches for none."""
    return f"(?:{words})" if words else NEVER


MARK = rf"{_any(MARKS)}[.°º]{{0,2}} ?"
MARK_ONLY = _compile(rf" *{MARK}")
OF = _compile(  # "Plaza del 2 de Mayo"
    r"d[aeiu]|d[’']|de[lrmns]|dell[aeo’']?|degli|l[aeo]s?|l[’']|el|van|von|am|im|y|et|und|en|i|e"
)
MARKED = _compile(rf"[ ,]+{MARK}\d")
CARE_OF_LINE = _compile(rf"{_any(CARE_OF)}{END}[.:]*(?: |$)")
LEGAL_FORM = _compile(rf"{START}{_any(LEGAL_FORMS)}\.?$")
SHORT_FORM = re.compile(rf"{START}{_any(SHORT_FORMS)}$")
GLUED = re.compile(r"(?<![^\W_])[^\W\d_]{3,}$")  # "Musterstraße12", not "22bis1"
NAME = re.compile(r"[^\W\d_]{2}")  # the least that a street is called


@dataclass(frozen=True, slots=True, kw_only=True)
class Patterns:
    """All patterns of one country. `rules` are what they were made of."""

    rules: Rules
    street: Pattern
    prefix: Pattern
    prefix_only: Pattern
    unit: Pattern  # one part of a building, anywhere
    units: Pattern  # nothing but parts of a building
    addition: Pattern  # all that may follow a house number
    addition_alone: Pattern  # what is an addition even on a line of its own
    number: Pattern
    range: Pattern
    number_alone: Pattern
    number_first: Pattern
    without_number: Pattern
    street_ended: Pattern  # what may stand before a number, and ends in a street's own ending
    claimed: Pattern  # digits that belong to a name
    locker: Pattern
    box: Pattern

    def is_street(self, text: str) -> bool:
        """Whether a word in it, or its beginning, says that this is a street."""
        return bool(self.street.search(text) or self.prefix.match(text))


def patterns_of(country: str) -> Patterns | None:
    """Return a country's patterns; None for one without rules."""
    rules = rules_of(country)
    return _patterns(rules) if rules else None


@cache
def _patterns(rules: Rules) -> Patterns:
    unit, number = _unit(rules), rf"\d{{1,{rules.digits}}}"
    rest = _addition(rules, unit)
    missing, prefixes = _any(rules.missing), _any(rules.prefixes)
    of_box = r"(?: nr\.?)?) ?(?P<number>[a-z]{0,3}\d[\d ]*[a-z]{0,2})"
    return Patterns(
        rules=rules,
        street=_compile(rf"(?:{_any(rules.street_endings)}|{START}{_any(rules.streets)}){END}"),
        prefix=_compile(rf"{prefixes}\.?(?=[ .]|(?<=/))"),
        prefix_only=_compile(rf"{prefixes}[. ]*"),
        unit=_compile(rf"{START}{unit}"),
        units=_compile(rf"(?:{unit}[ ,/.\-–]*)++"),
        addition=_compile(rest),
        addition_alone=_compile(rf"(?:[a-z]|{_any(rules.alone)})\.?"),
        number=_compile(rf"{number}(?!\d)"),
        range=_compile(rf"(?P<from>{number}) ?[-–] ?(?P<to>{number})(?!\d)"),
        number_alone=_compile(rf"(?:{MARK})?{number}(?!\d)(?: ?[-–] ?{number}(?!\d))?{rest}|{missing}\.?"),
        number_first=_compile(_number_first(rules, number)),
        without_number=_compile(rf"(?P<street>.+?)[ ,]+(?P<number>{missing}\.?)(?P<rest>(?:[ ,]+{rest})?)"),
        street_ended=_compile(rf".*{_any(rules.street_endings)}\.?[ ,]*"),
        claimed=_compile(_any(rules.names)),
        locker=_compile(rf"(?P<street>{_any(LOCKERS)}\.?{of_box}"),
        box=_compile(rf"(?P<street>{_any(rules.boxes)}\.?{of_box}"),
    )


def _unit(rules: Rules) -> str:
    counted = rf"(?:\d+|[ivx]+) ?{ORDINAL}?[ -]?{_any(rules.counted)}\.?{END}"
    named = rf"{_any(rules.named)}(?:\.+ ?| |(?=\d)){VALUE}"
    alone = rf"{_any(rules.alone)}\.?{END}"
    return rf"(?:{counted}|{STEP if rules.steps else NEVER}|{named}|{alone})"


def _addition(rules: Rules, unit: str) -> str:
    """Return what may follow a house number: any number of pieces, none of which is ever given back."""
    letter = rf" ?{rules.letters}\d{{0,4}}{END}(?:{SECOND})?"
    pieces = [rf"[ ,/.\-–]*{unit}", TIGHT, FRACTION, letter, ROMAN, *([SECOND] if rules.second_number else [])]
    return rf"(?:{'|'.join(pieces)})*+[ .]*"


def _number_first(rules: Rules, number: str) -> str:
    letter = rf"{' ?' if rules.apart else ''}{rules.letters}(?!['’\w])"
    ordinal = r"\d+(?:st|nd|rd|th|e|er|re|ère|ème|eme|ième)(?!\w)"
    return (
        rf"(?P<number>(?:{MARK})?{number}(?: ?[-–/] ?{number})?)(?P<addition>{letter}|{FRACTION})?"
        rf" (?P<street>(?!(?:et|and|&|bis|ter|quater|quinquies) )(?:[^\W\d_]|{ordinal}).*)"
    )
