"""Street, number and addition are read right or not at all, and no word is ever lost."""

from __future__ import annotations

from dataclasses import replace

import pytest
from faker import Faker
from hypothesis import given
from hypothesis import strategies as st

from adapterkit.address_reading import Parts, read, words
from adapterkit.address_rules import RULES
from adapterkit.addresses import fit, normalised, parts_of, street_line, written
from adapterkit.records import Address
from tests.adapterkit import odd_addresses, street_addresses
from tests.adapterkit.street_addresses import Row

READ = {code: [*rows, *odd_addresses.READ.get(code, ())] for code, rows in street_addresses.READ.items()}
UNREAD = {code: [*rows, *odd_addresses.UNREAD.get(code, ())] for code, rows in street_addresses.UNREAD.items()}
ROWS = [pytest.param(country, row, id=f"{country}: {row[0]}") for country, rows in READ.items() for row in rows]
KEPT = [pytest.param(country, raw, id=f"{country}: {raw}") for country, rows in UNREAD.items() for raw in rows]
COUNTRIES = st.sampled_from([*RULES, "JP"])
PIECES = st.sampled_from(
    ("12", "12a", "3e", "1/3", "12-14", "bus", "4", "Top", "Apt", "4B", "#", "&", "bis", "s/n", "snc", "Q7", "17.", "1944", ",",
     ";", "(", ")", "/", "-", "º", "½", "c/o", "BV", "rue", "straat", "St", "Postbus", "Packstation", "PO", "Box", "m.", "lok.",
     "n°", "km", "BP", "Nr.", "Apt.", "km 5,3", "r", "rue du 8 Mai", "Via Roma", "Hafenstraße", "e\u0301", "😀")
)  # fmt: skip
LINES = st.lists(
    st.one_of(
        st.text(max_size=40),
        st.lists(st.one_of(PIECES, st.text(max_size=6)), max_size=8).map(" ".join),
        st.sampled_from([row[0] for rows in READ.values() for row in rows]),
    ),
    max_size=4,
).map(tuple)


def lines_of(raw: str) -> tuple[str, ...]:
    return tuple(raw.split(" ¶ "))


def test_the_table_covers_all_ten_countries() -> None:
    assert {country: len(READ[country]) >= 13 for country in RULES} == dict.fromkeys(RULES, True)
    assert len(RULES) == 10
    assert len(ROWS) + len(KEPT) >= 600


@pytest.mark.parametrize(("country", "row"), ROWS)
def test_an_address_is_read(country: str, row: Row) -> None:
    raw, street, number, addition, supplement = row
    expected = Parts(street=street, house_number=number, house_number_addition=addition, supplement=supplement)
    assert read(lines_of(raw), country) == expected


@pytest.mark.parametrize(("country", "raw"), KEPT)
def test_what_cannot_be_read_with_confidence_stays_as_it_is(country: str, raw: str) -> None:
    address = Address(lines=lines_of(raw), country=country, last_name="Jansen")
    assert normalised(address) == address
    assert written(address) == tuple(line for line in lines_of(raw) if line)


@pytest.mark.parametrize("locale", ["nl_NL", "nl_BE", "de_DE", "de_AT", "es_ES", "it_IT", "pl_PL", "en_US"])
def test_every_made_up_address_with_a_number_is_read(locale: str) -> None:
    fake = Faker(locale)
    fake.seed_instance(1)
    raws = [fake.street_address().strip() for _ in range(100)]
    assert [raw for raw in raws if read(raw.split("\n"), locale[-2:]) is None] == []


@given(lines=LINES, country=COUNTRIES)
def test_no_word_is_lost_or_invented(lines: tuple[str, ...], country: str) -> None:
    address = Address(lines=lines, country=country)
    found = normalised(address)
    assert found.lines == lines
    if found.street:
        said = (found.street, found.house_number, found.house_number_addition, found.supplement)
        assert words(*said) == words(*lines)
    else:
        assert found == address
    assert normalised(found) == found
    assert words(*written(found)) == words(*lines)
    again = replace(found, lines=())
    if found.street:
        assert words(*written(again)) == words(*lines)


def test_parts_that_the_marketplace_gave_are_left_alone() -> None:
    given_parts = Address(
        lines=("Kerkstraat 12 A",), street="Kerkstraat 12", house_number="12", house_number_addition="A", country="NL"
    )
    assert normalised(given_parts) == given_parts
    assert normalised(Address(street="Kerkstraat", country="NL")) == Address(street="Kerkstraat", country="NL")


def test_a_house_number_inside_the_street_is_found_when_its_field_is_empty() -> None:
    found = normalised(
        Address(street="Kerkstraat 12 bis", house_number_addition="A", supplement="Toren", lines=("?",), country="NL")
    )
    assert parts_of(found) == Parts(
        street="Kerkstraat", house_number="12", house_number_addition="bis A", supplement="Toren"
    )
    assert found.lines == ("?",)


def test_a_given_supplement_is_kept_beside_what_is_read() -> None:
    found = normalised(Address(lines=("Kerkstraat 12, 2e etage",), supplement="Toren", country="NL"))
    assert found.supplement == "2e etage, Toren"
    same = normalised(Address(lines=("Kerkstraat 12", "2e etage"), supplement="2e etage", country="NL"))
    assert same.supplement == "2e etage"


def test_an_unread_address_has_its_first_line_as_the_street() -> None:
    assert parts_of(Address(lines=("", "xyz", "Zimmer"), supplement="Hof", country="DE")) == Parts(
        street="xyz", supplement="Zimmer, Hof"
    )
    assert parts_of(Address()) == Parts(street="")


@pytest.mark.parametrize(
    ("country", "number", "addition", "line"),
    [
        ("NL", "12", "A", "Kerkstraat 12 A"),
        ("NL", "12", "3", "Kerkstraat 12-3"),
        ("NL", "12", "3 hoog", "Kerkstraat 12-3 hoog"),
        ("BE", "12", "bus 4", "Kerkstraat 12 bus 4"),
        ("BE", "12", "4", "Kerkstraat 12/4"),
        ("DE", "1", "1/3", "Kerkstraat 1 1/3"),
        ("PL", "12", "5", "Kerkstraat 12/5"),
        ("ES", "5", "3º 2ª", "Kerkstraat 5 3º 2ª"),
        ("FR", "12", "bis", "12 bis Kerkstraat"),
        ("GB", "12", "", "12 Kerkstraat"),
        ("JP", "12", "3", "Kerkstraat 12 3"),
        ("NL", "", "", "Kerkstraat"),
    ],
)
def test_the_street_line_follows_the_country(country: str, number: str, addition: str, line: str) -> None:
    address = Address(street="Kerkstraat", house_number=number, house_number_addition=addition, country=country)
    assert street_line(address) == line


def test_a_shop_gets_the_raw_lines_until_they_are_corrected() -> None:
    address = normalised(Address(lines=("Flat 3, 12 High St", "Little Snoring"), country="GB"))
    assert written(address) == ("Flat 3, 12 High St", "Little Snoring")
    assert written(replace(address, house_number="14")) == ("14 High St", "Flat 3, Little Snoring")
    assert written(Address(lines=("Kerkstraat",), house_number="12", supplement="Toren", country="NL")) == (
        "Kerkstraat",
        "12",
        "Toren",
    )


@pytest.mark.parametrize(
    ("lines", "count", "width", "rows", "rest"),
    [
        (("Kerkstraat 12", "2e etage"), 2, 35, ("Kerkstraat 12", "2e etage"), ""),
        (("Kerkstraat 12", "2e etage", "Toren"), 2, 35, ("Kerkstraat 12", "2e etage, Toren"), ""),
        (("Kerkstraat 12", "2e etage"), 1, 35, ("Kerkstraat 12, 2e etage",), ""),
        (("Professor Willemsstraat 23", "Toren"), 3, 12, ("Professor Wi", "llemsstraat", "23, Toren"), ""),
        (("Lange Kerkstraat 12", "2e etage"), 2, 10, ("Lange", "Kerkstraat"), "12, 2e etage"),
        (("Lange Kerkstraat 12", "2e etage"), 3, 16, ("Lange Kerkstraat", "12", "2e etage"), ""),
        (("  ", ""), 2, 10, (), ""),
    ],
)
def test_lines_are_fitted_into_rows(
    lines: tuple[str, ...], count: int, width: int, rows: tuple[str, ...], rest: str
) -> None:
    assert fit(lines, count=count, width=width) == (rows, rest)


@given(lines=LINES, count=st.integers(1, 4), width=st.integers(1, 60))
def test_fitting_loses_no_character(lines: tuple[str, ...], count: int, width: int) -> None:
    rows, rest = fit(lines, count=count, width=width)
    assert len(rows) <= count
    assert all(0 < len(row) <= width for row in rows)
    assert _ink((*rows, rest)) == _ink(lines)


def _ink(texts: tuple[str, ...]) -> str:
    """All characters but spaces, and the commas that joining adds."""
    return "".join("".join(texts).replace(",", "").split())
