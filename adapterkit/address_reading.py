"""Reads street, number and addition out of raw address lines, by the data of `adapterkit.address_rules`; pure.

What cannot be read with confidence is not read: `read` returns None. What it returns holds every word and every number
of the lines, and no other (`words` says what counts).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto

from adapterkit.address_patterns import (
    CARE_OF_LINE,
    GLUED,
    MARK_ONLY,
    MARKED,
    NAME,
    OF,
    SHORT_FORM,
    Patterns,
    patterns_of,
)
from adapterkit.names import is_company

LONGEST = 300  # characters of a line that is still read; no street is longer
WORD = re.compile(r"[^\W\d_]+|\d+|[^\w\s,;.:/()|\-–—]|_")
# A comma between digits is no border: "km 12,5".
BORDER = re.compile(r",(?!\d)|(?<!\d),|[;|\n()]| (?=c/o[ :])", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """A street address in the parts that shops ask for."""

    street: str
    house_number: str = ""
    house_number_addition: str = ""
    supplement: str = ""


class Kind(Enum):
    TEXT = auto()
    NUMBER = auto()  # a house number with nothing before it
    UNIT = auto()  # a part of a building: "Flat 3", "2e etage"
    BESIDE = auto()  # somebody or something at the address: "c/o Jansen", "Jansen BV"


@dataclass(frozen=True, slots=True)
class Segment:
    text: str
    line: int
    kind: Kind


@dataclass(frozen=True, slots=True)
class Candidate:
    """A reading of the segments `first` to `last` as street and number; of several, the one with the highest rank."""

    rank: int
    first: int
    last: int
    parts: Parts


LOCKER, KNOWN_STREET, SOME_STREET, BOX = 3, 2, 1, 0  # ranks


def words(*texts: str) -> Counter[str]:
    """Return what may not be lost: each run of letters, each run of digits, and each symbol that is no punctuation."""
    return Counter(word for text in texts for word in WORD.findall(text))


def read(lines: Sequence[str], country: str) -> Parts | None:
    """Return the parts of the raw lines of an address; None unless there is exactly one convincing reading."""
    patterns = patterns_of(country)
    if patterns is None or any(len(line) > LONGEST for line in lines):
        return None
    segments = list(_segments(lines, patterns))
    candidates = list(_candidates(segments, patterns))
    highest = max((candidate.rank for candidate in candidates), default=None)
    best = [candidate for candidate in candidates if candidate.rank == highest]
    if len(best) != 1:
        return None
    parts = _completed(best[0], segments, patterns)
    found = words(parts.street, parts.house_number, parts.house_number_addition, parts.supplement)
    return parts if found == words(*lines) else None


def _segments(lines: Sequence[str], patterns: Patterns) -> Iterator[Segment]:
    for number, line in enumerate(lines):
        for piece in BORDER.split(line):
            if text := " ".join(piece.split()):
                yield Segment(text, number, _kind(text, patterns))


def _kind(text: str, patterns: Patterns) -> Kind:
    if CARE_OF_LINE.match(text) or _is_company(text, patterns):
        return Kind.BESIDE
    if patterns.units.fullmatch(text):
        return Kind.UNIT
    if patterns.number_alone.fullmatch(text):
        return Kind.NUMBER
    return Kind.TEXT


def _is_company(text: str, patterns: Patterns) -> bool:
    """Whether a line names a company; "Viale Europa snc" is a street without numbers, and "Hoofdweg 12 AS" a flat."""
    street = patterns.is_street(text) and (patterns.without_number.fullmatch(text) or SHORT_FORM.search(text))
    return is_company(text) and not street


def _candidates(segments: Sequence[Segment], patterns: Patterns) -> Iterator[Candidate]:
    for index, segment in enumerate(segments):
        if segment.kind in (Kind.TEXT, Kind.UNIT) and (found := _box(segment.text, patterns)):
            yield Candidate(found[0], index, index, found[1])
        elif segment.kind is Kind.TEXT and (parts := _street(segment.text, patterns)):
            if index and _goes_on(segment.text, segments[index - 1].text, patterns):
                continue
            yield Candidate(_rank(parts, patterns), index, index, parts)
        elif index + 1 < len(segments) and (parts := _joined(segment, segments[index + 1], patterns)):
            yield Candidate(_rank(parts, patterns), index, index + 1, parts)


def _goes_on(text: str, before: str, patterns: Patterns) -> bool:
    """Whether a piece goes on with the number of the street before it: "Carrer de Balmes, 250 interior 3"."""
    return text[0].isdigit() and not patterns.rules.number_first and patterns.is_street(before)


def _rank(parts: Parts, patterns: Patterns) -> int:
    return KNOWN_STREET if patterns.is_street(parts.street) else SOME_STREET


def _box(text: str, patterns: Patterns) -> tuple[int, Parts] | None:
    """Read an automat or a post-office box. Where the number comes first, shops want "PO Box 12" as the street."""
    if found := patterns.locker.fullmatch(text):
        return LOCKER, Parts(street=found["street"], house_number=found["number"])
    if found := patterns.box.fullmatch(text):
        if patterns.rules.number_first:
            return BOX, Parts(street=text)
        return BOX, Parts(street=found["street"], house_number=found["number"])
    return None


def _joined(segment: Segment, following: Segment, patterns: Patterns) -> Parts | None:
    """Read a street and its number that a comma or the end of a line separates."""
    kinds, text = (segment.kind, following.kind), f"{segment.text} {following.text}"
    if kinds == (Kind.TEXT, Kind.NUMBER) and not any(_digits(segment.text, patterns)):
        return _number_last(text, patterns)
    if kinds == (Kind.NUMBER, Kind.TEXT) and not any(_digits(following.text, patterns)):
        return _number_first(text, patterns)
    return None


def _street(text: str, patterns: Patterns) -> Parts | None:
    if patterns.box.match(text):
        return None  # "BP 45 Rue Haute 5": a box and a street
    usual, unusual = _number_last, _number_first
    if patterns.rules.number_first:
        usual, unusual = unusual, usual
    if parts := usual(text, patterns):
        return parts
    parts = unusual(text, patterns)
    return parts if parts and patterns.prefix.match(parts.street) else None


def _number_first(text: str, patterns: Patterns) -> Parts | None:
    """Read "12 bis rue de la Paix", with parts of a building before and after it: "Flat 3 12 High Street"."""
    before, found = "", patterns.number_first.fullmatch(text)
    if not found and (unit := patterns.unit.match(text)):
        before, found = unit.group(), patterns.number_first.fullmatch(text[unit.end() :].strip())
    if not found:
        return None
    street, after = _without_units(found["street"], patterns)
    if not NAME.search(street):
        return None
    return Parts(
        street=street,
        house_number=found["number"],
        house_number_addition=(found["addition"] or "").strip(),
        supplement=", ".join(part for part in (before, after) if part),
    )


def _without_units(street: str, patterns: Patterns) -> tuple[str, str]:
    for unit in patterns.unit.finditer(street):
        if unit.start() and patterns.units.fullmatch(street, unit.start()):
            return street[: unit.start()].rstrip(" -–/,"), street[unit.start() :]
    return street, ""


def _number_last(text: str, patterns: Patterns) -> Parts | None:
    """Read "2e Oosterparkstraat 17 hs": the leftmost number that only an addition follows."""
    for start in _digits(text, patterns):
        for number in _numbers(text, start, patterns):
            rest = text[start + len(number) :]
            if patterns.addition.fullmatch(rest):
                parts = Parts(
                    street=text[:start].rstrip(" ,"), house_number=number, house_number_addition=rest.strip(" ,.-–/+")
                )
                return parts if _convinces(parts, text, start, patterns) else None
        if _named(text[:start], patterns) and not MARKED.match(text, start + len(number)):
            break  # "Hafenstraße 9 Rampe 4", "Via Lavoro 5 cap. 3": more than an addition follows the number
    if found := patterns.without_number.fullmatch(text):
        return Parts(
            street=found["street"].rstrip(" ,"),
            house_number=found["number"],
            house_number_addition=found["rest"].strip(" ,.-–/"),
        )
    return None


def _named(before: str, patterns: Patterns) -> bool:
    """Whether a whole street stands there, so that the number after it is its house number."""
    if patterns.street_ended.fullmatch(before):
        return True
    prefix = patterns.prefix.match(before)
    name = before[prefix.end() :].strip(" .,").split() if prefix else []
    return bool(name) and not OF.fullmatch(name[-1])


def _digits(text: str, patterns: Patterns) -> Iterator[int]:
    """Yield where a house number may begin: not in a street's name, nor after a dash, nor at the very beginning."""
    claimed = [found.span() for found in patterns.claimed.finditer(text)]
    for run in re.finditer(r"\d+", text):
        before = text[: run.start()]
        glued = bool(before) and before[-1].isalpha()
        if any(start <= run.start() < end for start, end in claimed):
            continue
        if not before or before[-1] in "-–/+&#" or (glued and not GLUED.search(before)):
            continue
        if not MARK_ONLY.fullmatch(before) and not patterns.prefix_only.fullmatch(before):
            yield run.start()


def _numbers(text: str, start: int, patterns: Patterns) -> Iterator[str]:
    """Yield what may be the house number that begins there: "12-14" where that is one, then "12"."""
    found = patterns.range.match(text, start)
    if found and patterns.rules.ranges and int(found["from"]) < int(found["to"]):
        yield found.group()
    if found := patterns.number.match(text, start):
        yield found.group()


def _convinces(parts: Parts, text: str, start: int, patterns: Patterns) -> bool:
    """Whether the number is a house number, and not that of a flat or the second of two."""
    known = bool(NAME.search(parts.street)) or bool(patterns.claimed.fullmatch(parts.street))
    for unit in patterns.unit.finditer(text):
        if unit.start() < start < unit.end() and patterns.is_street(text[: unit.start()]):
            return False
    in_name = any(found.end() == len(parts.street) for found in patterns.claimed.finditer(text))
    two_numbers = parts.street[-1:].isdigit() and not in_name
    return known and not (two_numbers and not patterns.unit.match(parts.house_number_addition))


def _completed(chosen: Candidate, segments: Sequence[Segment], patterns: Patterns) -> Parts:
    """Put what stands around the street into the addition or the supplement."""
    parts, line = chosen.parts, segments[chosen.last].line
    rest = list(segments[chosen.last + 1 :])
    additions = [parts.house_number_addition] if parts.house_number_addition else []
    if rest and not additions and parts.house_number and patterns.addition_alone.fullmatch(rest[0].text):
        additions.append(rest.pop(0).text)
    while rest and patterns.rules.units_join and rest[0].line == line and rest[0].kind in (Kind.UNIT, Kind.NUMBER):
        additions.append(rest.pop(0).text)
    around = [*(segment.text for segment in segments[: chosen.first]), parts.supplement]
    around += [segment.text for segment in rest]
    return replace(
        parts, house_number_addition=" ".join(additions), supplement=", ".join(text for text in around if text)
    )
