"""No way of writing a buyer gets through the veil, and what is nobody's stays readable."""

from __future__ import annotations

from typing import Any

import pytest

from orders.veil import HIDDEN, Veil

BUYER = {
    "addresses": [
        {
            "role": "delivery",
            "first_name": "Zoë Anne",
            "last_name": "van der Müller-Li",
            "company": "",
            "lines": ["Lange Straße 4", "Achterhuis"],
            "street": "Lange Straße",
            "house_number": "4",
            "postcode": "1234 AB",
            "city": "Ede",
            "country": "NL",
            "email": "zoe.muller@mail.example",
            "phone": "+31 6 1234 5678",
            "vat_number": "NL001234567B01",
        },
        {"role": "billing", "first_name": "", "last_name": "Ng", "postcode": "9000", "house_number": "112"},
    ]
}


@pytest.mark.parametrize(
    "text",
    [
        "Zoë", "zoe", "ZOE\u0308", "zoe anne", "MULLER", "Müller", "M\u0075\u0308ller", "Mr Li", "mr. ng",
        "lange strasse", "LANGE  STRASSE", "achterhuis", "Ede", "1234AB", "1234-ab", "1234 AB", "9000",
        "0612345678", "06-12 34 56 78", "+31612345678", "0031 6 12345678", "(06) 1234 5678",
        "zoe.muller@mail.example", "zoe.muller%40mail.example", "q=Zo%C3%AB+Anne", "&lt;M&uuml;ller&gt;",
        r"M\u00fcller", "NL 0012.34567.B01", "nl001234567b01", "postcode_1234AB_unknown",
    ],
)  # fmt: skip
def test_what_is_known_of_a_buyer_is_hidden_however_it_is_written(text: str) -> None:
    shown = Veil(BUYER).hide(f"before {text} after")

    assert HIDDEN in shown
    letters = {word.casefold() for word in shown.replace(HIDDEN, " ").split()}
    assert not letters & {
        "zoë",
        "zoe",
        "anne",
        "müller",
        "muller",
        "li",
        "ng",
        "strasse",
        "straße",
        "achterhuis",
        "ede",
    }
    assert not {"12345678", "1234ab"} & {sign.replace("-", "") for sign in letters}


@pytest.mark.parametrize(
    "text",
    [
        "needs_attention", "2026-11-20T09:00:00+00:00", "quantity 4 of 112", "8710400000013", "order-90001",
        "delivered", "linked to the list", "A000123456", "3SABC123456",
    ],
)  # fmt: skip
def test_what_is_nobody_s_stays(text: str) -> None:
    assert Veil(BUYER).hide(text) == text


@pytest.mark.parametrize(
    ("record", "shown"),
    [
        ({"firstName": "Bob", "quantity": 4}, {"firstName": HIDDEN, "quantity": 4}),
        ({"billing": {"anything": "Bob", "n": 7, "country": "NL"}}, {"billing": {"anything": HIDDEN, "n": HIDDEN, "country": "NL"}}),
        ({"shipmentDetails": {"lines": ["Bob"], "countryCode": "BE"}}, {"shipmentDetails": {"lines": [HIDDEN], "countryCode": "BE"}}),
        ({"deliveryPhoneNumber": 31612345678}, {"deliveryPhoneNumber": HIDDEN}),
        ({"body": '{"customer_note": "for Bob", "id": 1}'}, {"body": {"customer_note": HIDDEN, "id": 1}}),
        ({"body": '{"id": 1, "email": "bob@mail.ex'}, {"body": '{"id": 1, "email": "[buyer]'}),
        ({"body": '{"phone": "06\\"12", "id": 1'}, {"body": '{"phone": "[buyer]", "id": 1'}),
        ({"body": "<o><firstname><![CDATA[Bob]]></firstname><id>4</id></o>"}, {"body": "<o><firstname>[buyer]</firstname><id>4</id></o>"}),
        ({"url": "https://shop.example/?billing[email]=bob%40mail.example&page=2"}, {"url": "https://shop.example/?billing[email]=[buyer]&page=2"}),
        ({"total": "12.10", "paid": True, "email": "", "city": None}, {"total": "12.10", "paid": True, "email": "", "city": None}),
    ],
)  # fmt: skip
def test_what_stands_under_a_personal_name_is_hidden_known_or_not(record: Any, shown: Any) -> None:
    assert Veil().hide(record) == shown


def test_what_any_record_told_is_hidden_in_the_others() -> None:
    earlier = {"request": '{"billing": {"first_name": "Wilhelmina", "address_1": "Old Road 7"}}'}
    veil = Veil(BUYER, earlier)

    assert veil.hide(["wilhelmina", "no such place: Old Road, 7", {"Wilhelmina": 1}]) == [
        HIDDEN,
        f"no such place: {HIDDEN}",
        {HIDDEN: 1},
    ]
