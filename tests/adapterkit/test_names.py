"""Full names are split where people would, and no word of them is ever lost."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapterkit.names import Name, split_name

PERSONS = [
    ("Jan Jansen", "NL", "Jan", "Jansen"),
    ("Jan de Vries", "NL", "Jan", "de Vries"),
    ("Anna van der Berg", "NL", "Anna", "van der Berg"),
    ("Jan Peter van 't Hof", "NL", "Jan Peter", "van 't Hof"),
    ("J.P. Balkenende", "NL", "J.P.", "Balkenende"),
    ("de Vries", "NL", "", "de Vries"),
    ("Jansen", "NL", "", "Jansen"),
    ("Vries, Jan de", "NL", "Jan", "de Vries"),
    ("Jansen, Piet", "NL", "Piet", "Jansen"),
    ("  Jan   Jansen ", "NL", "Jan", "Jansen"),
    ("Jan & Marie Jansen", "NL", "Jan & Marie", "Jansen"),
    ("Jan Jansen (buurman)", "NL", "Jan", "Jansen (buurman)"),
    ("Jan Sas", "NL", "Jan", "Sas"),
    ("Van Damme", "BE", "", "Van Damme"),
    ("Ahmed El Amrani", "BE", "Ahmed", "El Amrani"),
    ("Karl-Theodor zu Guttenberg", "DE", "Karl-Theodor", "zu Guttenberg"),
    ("Dr. Anna Müller", "DE", "Dr. Anna", "Müller"),
    ("Otto von der Heide", "DE", "Otto", "von der Heide"),
    ("DUPONT Jean", "FR", "Jean", "DUPONT"),
    ("Jean Pierre DUPONT MARTIN", "FR", "Jean Pierre", "DUPONT MARTIN"),
    ("Jean d'Ormesson", "FR", "Jean", "d'Ormesson"),
    ("Pierre Le Gall", "FR", "Pierre", "Le Gall"),
    ("María García López", "ES", "María", "García López"),
    ("María García", "ES", "María", "García"),
    ("José Luis García", "ES", "José Luis", "García"),
    ("José Luis García López", "ES", "José Luis", "García López"),
    ("María del Carmen Pérez", "ES", "María del Carmen", "Pérez"),
    ("María del Carmen Pérez Gómez", "ES", "María del Carmen", "Pérez Gómez"),
    ("Juan de la Cruz", "ES", "Juan", "de la Cruz"),
    ("Ana de la Torre Ruiz", "ES", "Ana", "de la Torre Ruiz"),
    ("José Ortega y Gasset", "ES", "José", "Ortega y Gasset"),
    ("MARIA DE SA", "ES", "MARIA", "DE SA"),
    ("Luca De Luca", "IT", "Luca", "De Luca"),
    ("Van Morrison", "GB", "Van", "Morrison"),
    ("John Smith Jr.", "US", "John", "Smith Jr."),
    ("John Smith, Jr.", "US", "John", "Smith, Jr."),
    ("Jan Kowalski", "PL", "Jan", "Kowalski"),
    ("", "NL", "", ""),
    (",", "NL", "", ","),
]
COMPANIES = [
    ("Bakkerij Jansen B.V.", "NL"),
    ("Jansen BV", "NL"),
    ("Stichting De Brug", "NL"),
    ("Müller GmbH & Co. KG", "DE"),
    ("Nestlé SA", "CH"),
    ("SARL Dupont", "FR"),
    ("Esempio S.r.l.", "IT"),
    ("Kowalski Sp. z o.o.", "PL"),
    ("Example, Inc.", "US"),
]


@pytest.mark.parametrize(("full_name", "country", "first", "last"), PERSONS)
def test_a_person_has_a_first_and_a_last_name(full_name: str, country: str, first: str, last: str) -> None:
    assert split_name(full_name, country) == Name(first_name=first, last_name=last)


@pytest.mark.parametrize(("full_name", "country"), COMPANIES)
def test_a_company_has_neither(full_name: str, country: str) -> None:
    assert split_name(full_name, country) == Name(company=full_name)


PIECES = ("de", "van", "DUPONT", "Jan", "y", "BV", "SA", "Jr.", "(x)", ",", "&", "José", "Luis", "'t")
NAMES = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=5)))


@given(full_name=NAMES.map(" ".join), country=st.sampled_from(["NL", "FR", "ES", "GB", ""]))
def test_no_character_of_a_name_is_lost(full_name: str, country: str) -> None:
    name = split_name(full_name, country)
    found = Counter("".join(f"{name.first_name}{name.last_name}{name.company}".split()))
    # The comma of "Vries, Jan de" is what the order of the parts says.
    assert Counter("".join(full_name.split())) - found <= Counter(",")
    assert found <= Counter(full_name)
