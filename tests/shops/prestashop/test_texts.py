"""PrestaShop takes every name and address, and no character of them is lost."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapterkit.records import Address, PickupPoint
from shops.prestashop import texts
from shops.prestashop.rules import VALID
from tests.contract.test_shops import order

BASE = Address(
    first_name="Anouk",
    last_name="de Vries",
    street="Keizersgracht",
    house_number="12",
    postcode="1015CJ",
    city="Amsterdam",
    country="NL",
    phone="+31 20 1234567",
)


@pytest.mark.parametrize(
    ("first", "last", "made", "beside"),
    [
        ("Anouk", "de Vries", ("Anouk", "de Vries"), []),
        ("Seán", "O'Neill", ("Seán", "O'Neill"), []),
        ("Anne-Marie", "s-Hertogenbosch", ("Anne-Marie", "s-Hertogenbosch"), []),
        ("Jan 2e", "Straße", ("Jan e", "Straße"), ["Name: Jan 2e Straße"]),
        ("Mary", "Neill (buur)", ("Mary", "Neill buur"), ["Name: Mary Neill (buur)"]),
        ("J.P.", "Bakker", ("J. P.", "Bakker"), []),
        ("", "Anna van der Berg", ("Anna", "van der Berg"), []),
        ("", "Prince", ("-", "Prince"), []),
        ("", "42", ("-", "-"), ["Name: 42"]),
    ],
)
def test_names_are_made_valid_and_kept_whole_beside(
    first: str, last: str, made: tuple[str, str], beside: list[str]
) -> None:
    fields = texts.names_of(replace(BASE, first_name=first, last_name=last))

    assert (fields.values["firstname"], fields.values["lastname"], fields.beside) == (*made, beside)


def test_a_company_s_name_stands_for_a_person_s() -> None:
    fields = texts.address_of(
        replace(BASE, first_name="", last_name="", company="Bakker & Zn. B.V."), region_known=True
    )

    assert fields.values["lastname"] == "Bakker & Zn. B. V."
    assert fields.values["company"] == "Bakker & Zn. B.V."


def test_the_address_s_lines_keep_what_the_shop_takes_and_the_rest_stands_beside() -> None:
    address = replace(
        BASE,
        street="",
        house_number="",
        lines=("Rue de l'Église 12", "3ème étage @ gauche {B}", "code porte 1234"),
        region="Île-de-France",
        phone="tel: 06",
    )

    fields = texts.address_of(address, region_known=False)

    assert fields.values["address1"] == "Rue de l'Église 12"
    assert fields.values["address2"] == "3ème étage gauche B, code porte 1234"
    assert fields.beside == [
        "Address: Rue de l'Église 12, 3ème étage @ gauche {B}, code porte 1234",
        "Phone: tel: 06",
        "Region: Île-de-France",
    ]


def test_what_finds_no_room_beside_the_address_stands_in_the_note() -> None:
    long = " ".join(f"word{n}" for n in range(80))
    wanted = replace(
        order("12.10"),
        delivery=replace(BASE, street="", lines=("@" + long,)),
        billing=None,
        remark="Ring <twice>",
        customer_reference="PO 7",
        pickup_point=PickupPoint(code="PP1", name="Bruna"),
        is_test=True,
    )
    assert wanted.delivery

    other, rest = texts.beside_of(wanted, texts.address_of(wanted.delivery, region_known=False), delivery=True)
    note = texts.note_of(wanted, "bol-A1")

    assert other.startswith("TEST ORDER - do not ship\nPick-up point: Bruna PP1\nAddress: @word0")
    assert len(other) <= 300
    assert f"{other} {rest}".replace("\n", " ").count("word") == 80
    assert note.split("\n") == ["bol-A1", "TEST ORDER - do not ship", "Ring ‹twice›", "PO 7", rest]


TEXT = st.text(max_size=60)


FIELDS = ("first_name", "last_name", "company", "city", "postcode", "phone", "vat_number")


@given(given_texts=st.fixed_dictionaries(dict.fromkeys(FIELDS, TEXT)), line=st.text(max_size=400))
def test_every_text_is_made_valid_and_no_character_is_lost(given_texts: dict[str, str], line: str) -> None:
    address = Address(**given_texts, lines=(line,), country="NL")
    wanted = replace(order("12.10"), delivery=address, billing=None)

    fields = texts.address_of(address, region_known=False)
    other, _ = texts.beside_of(wanted, fields, delivery=True)

    for name, value in {**fields.values, "other": other}.items():
        assert VALID[name].fits(value), (name, value)
    told = " ".join([*fields.values.values(), other, texts.note_of(wanted, "bol-A1")]).translate(texts.BRACKETS)
    for text in (*given_texts.values(), line):
        for word in texts.plain(text).translate(texts.BRACKETS).split():
            bare = re.sub(r"\s", "", told)
            assert all(piece in bare for piece in re.split(r"\s", word))
