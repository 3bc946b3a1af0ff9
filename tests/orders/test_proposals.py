"""Made-up buyers could be real: each country's own forms of postcodes, telephone and VAT numbers."""

from __future__ import annotations

import re

import pytest

from marketplaces.registry import all_marketplaces
from orders.obstacles import known_countries
from orders.proposals import COUNTRIES, proposal

# Postcode, telephone and VAT number. VAT: https://ec.europa.eu/taxation_customs/vies/#/faq (question 11), and the
# countries' own.
FORMS = {
    "AE": (r"00000", "+971", r"1\d{14}"),
    "AT": (r"[1-9]\d{3}", "+43", r"ATU\d{8}"),
    "AU": (r"2\d{3}", "+61", r"\d{11}"),
    "BE": (r"[1-9]\d{3}", "+32", r"BE[01]\d{9}"),
    "BG": (r"[1-9]\d{3}", "+359", r"BG\d{9,10}"),
    "BR": (r"0\d{4}-\d{3}", "+55", r"\d{14}"),
    "CA": (r"[A-Z]\d[A-Z] \d[A-Z]\d", "+1", r"\d{9}RT0001"),
    "CH": (r"[1-9]\d{3}", "+41", r"CHE\d{9}MWST"),
    "CZ": (r"[1-9]\d\d \d\d", "+420", r"CZ\d{8,10}"),
    "DE": (r"\d{5}", "+49", r"DE\d{9}"),
    "DK": (r"\d{4}", "+45", r"DK\d{8}"),
    "EE": (r"\d{5}", "+372", r"EE\d{9}"),
    "EG": (r"11\d{3}", "+20", r"\d{9}"),
    "ES": (r"[0-5]\d{4}", "+34", r"ES[A-Z0-9]\d{7}[A-Z0-9]"),
    "FI": (r"\d{5}", "+358", r"FI\d{8}"),
    "FR": (r"\d{5}", "+33", r"FR[A-Z0-9]{2}\d{9}"),
    "GB": (r"[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}", "+44", r"GB\d{9}"),
    "GR": (r"\d{3} \d\d", "+30", r"EL\d{9}"),
    "HR": (r"\d{5}", "+385", r"HR\d{11}"),
    "HU": (r"\d{4}", "+36", r"HU\d{8}"),
    "IE": (r"[A-Z]\d\d [A-Z\d]{4}", "+353", r"IE\d[A-Z\d]\d{5}[A-Z]{1,2}"),
    "IN": (r"40\d{4}", "+91", r"27[A-Z]{5}\d{4}[A-Z]1Z\d"),
    "IT": (r"\d{5}", "+39", r"IT\d{11}"),
    "JP": (r"1\d\d-\d{4}", "+81", r"T\d{13}"),
    "LT": (r"LT-\d{5}", "+370", r"LT(\d{9}|\d{12})"),
    "LU": (r"\d{4}", "+352", r"LU\d{8}"),
    "LV": (r"LV-\d{4}", "+371", r"LV\d{11}"),
    "MX": (r"0\d{4}", "+52", r"[A-Z]{3}\d{6}[A-Z]{3}"),
    "NL": (r"[1-9]\d{3} [A-Z]{2}", "+31", r"NL\d{9}B\d\d"),
    "NO": (r"\d{4}", "+47", r"\d{9}MVA"),
    "PL": (r"\d\d-\d{3}", "+48", r"PL\d{10}"),
    "PT": (r"[1-9]\d{3}-\d{3}", "+351", r"PT\d{9}"),
    "RO": (r"\d{6}", "+40", r"RO\d{2,10}"),
    "SA": (r"1\d{4}", "+966", r"3\d{13}3"),
    "SE": (r"\d{3} \d\d", "+46", r"SE\d{10}01"),
    "SG": (r"5\d{5}", "+65", r"M\d{8}[A-Z]"),
    "SI": (r"\d{4}", "+386", r"SI\d{8}"),
    "SK": (r"\d{3} \d\d", "+421", r"SK\d{10}"),
    "TR": (r"34\d{3}", "+90", r"\d{10}"),
    "US": (r"\d{5}", "+1", r""),
    "ZA": (r"2\d{3}", "+27", r"4\d{9}"),
}
WHOLE = ("first_name", "last_name", "street", "house_number", "city")


@pytest.mark.parametrize("country", COUNTRIES)
@pytest.mark.parametrize("seed", range(5))
def test_a_business_could_be_of_its_country(country: str, seed: int) -> None:
    buyer = proposal(country, seed=seed, business=True)
    postcode, phone, vat = FORMS[country]

    assert all(buyer[name] for name in (*WHOLE, "company"))
    assert re.fullmatch(postcode, buyer["postcode"])
    assert buyer["phone"].startswith(f"{phone} ")
    assert re.fullmatch(vat, buyer["vat_number"])
    assert (buyer["country"], buyer["email"].endswith("@example.com")) == (country, True)
    assert bool(buyer["region"]) is (country in {"AU", "BR", "CA", "IN", "JP", "MX", "US"})


@pytest.mark.parametrize("country", COUNTRIES)
def test_somebody_has_neither_company_nor_vat_number_and_is_the_same_for_the_same_seed(country: str) -> None:
    buyer = proposal(country, seed=3)

    assert (buyer["company"], buyer["vat_number"]) == ("", "")
    assert proposal(country, seed=3) == buyer
    assert proposal(country, seed=4) != buyer


def test_every_country_of_a_marketplace_has_buyers() -> None:
    assert set(COUNTRIES) == set(FORMS) <= known_countries()
    assert {country for adapter in all_marketplaces().values() for country in adapter.spec.countries} <= set(COUNTRIES)
