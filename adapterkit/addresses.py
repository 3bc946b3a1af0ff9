"""Street, house number and addition for every marketplace and shop; pure.

Marketplaces give an address as raw lines or in parts; shops want the one or the other. The raw lines always stay as
received, and what is made of them never loses a word: an address that cannot be read with confidence keeps its lines
and has no parts.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from dataclasses import replace

from adapterkit.address_reading import Parts, read, words
from adapterkit.address_rules import rules_of
from adapterkit.records import Address

NUMBER_ADDED = re.compile(r"(?!\d+/\d+$)\d+(?![^\W_])")  # "3" or "3 hoog", but no fraction and no "3º"


def normalised(address: Address) -> Address:
    """Return the address with its parts read from the raw lines, or as it is where that cannot be done with confidence.

    Parts that the marketplace gave are left alone, unless the house number stands in the street and its own field is
    empty. A post-office box in a country that writes numbers first, "PO Box 12", is a street without a number. May be
    repeated: a normalised address comes back equal. The import does this for every order; adapters need not.
    """
    if address.house_number:
        return address
    lines = (address.street,) if address.street else address.lines
    parts = read(lines, address.country)
    if parts is None:
        return address
    beside = "" if address.supplement in lines else address.supplement
    return replace(
        address,
        street=parts.street,
        house_number=parts.house_number,
        house_number_addition=_joined(" ", parts.house_number_addition, address.house_number_addition),
        supplement=_joined(", ", parts.supplement, beside),
    )


def parts_of(address: Address) -> Parts:
    """Return the parts for a shop that has a field for each.

    Of an address that was not read, the first line is the street and the others are the supplement.
    """
    if address.street:
        return Parts(
            street=address.street,
            house_number=address.house_number,
            house_number_addition=address.house_number_addition,
            supplement=address.supplement,
        )
    first, *rest = [line for line in address.lines if line.strip()] or [""]
    return Parts(
        street=first,
        house_number=address.house_number,
        house_number_addition=address.house_number_addition,
        supplement=_joined(", ", *rest, address.supplement),
    )


def written(address: Address) -> tuple[str, ...]:
    """Return the lines for a shop that takes lines, none of them empty.

    These are the raw lines, as long as the parts still say the same; after a correction, or where the marketplace gave
    only parts, they are written from the parts in the country's own order.
    """
    lines = tuple(line for line in address.lines if line.strip())
    if not address.street:
        beside = (_number(address), address.supplement)
        return lines + tuple(text for text in beside if words(text) - words(*lines))
    unread = replace(address, street="", house_number="", house_number_addition="", supplement="")
    if lines and parts_of(normalised(unread)) == parts_of(address):
        return lines
    return tuple(line for line in (street_line(address), address.supplement) if line)


def street_line(address: Address) -> str:
    """Return street, number and addition in the order of the address's country: "Kerkstraat 12-3", "12 bis rue X"."""
    rules = rules_of(address.country)
    street = (address.street, _number(address))
    return _joined(" ", *(reversed(street) if rules and rules.number_first else street))


def fit(lines: Sequence[str], *, count: int, width: int) -> tuple[tuple[str, ...], str]:
    """Return at most `count` lines of at most `width` characters, and what found no room, for a note.

    `count` and `width` are at least 1. Each line keeps its own row where it can. Otherwise the text flows on in the
    next row; it is broken between words, and within a word only where the word alone is longer than a row. No
    character but spaces is ever lost.
    """
    kept = [" ".join(line.split()) for line in lines if line.strip()]
    last = ", ".join(kept[count - 1 :])
    if len(kept) > count and max(map(len, (*kept[: count - 1], last))) <= width:
        kept = [*kept[: count - 1], last]
    rows = [row for line in kept for row in _wrapped(line, width)]
    if len(rows) > count:
        rows = _wrapped(", ".join(kept), width)
    return tuple(rows[:count]), " ".join(rows[count:])


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, break_on_hyphens=False, expand_tabs=False)


def _number(address: Address) -> str:
    number, addition, rules = address.house_number, address.house_number_addition, rules_of(address.country)
    joint = rules.joint if rules and number and NUMBER_ADDED.match(addition) else " "
    return _joined(joint, number, addition)


def _joined(separator: str, *texts: str) -> str:
    return separator.join(text for text in texts if text)
