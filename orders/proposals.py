"""Buyers and addresses that do not exist but could: what a test order is filled with when nothing else is asked."""

from __future__ import annotations

from collections.abc import Mapping

from faker import Faker

LOCALES: Mapping[str, str] = {
    "AT": "de_AT",
    "BE": "nl_BE",
    "DE": "de_DE",
    "DK": "da_DK",
    "ES": "es_ES",
    "FI": "fi_FI",
    "FR": "fr_FR",
    "GB": "en_GB",
    "IE": "en_IE",
    "IT": "it_IT",
    "LU": "fr_FR",
    "NL": "nl_NL",
    "PL": "pl_PL",
    "PT": "pt_PT",
    "SE": "sv_SE",
    "US": "en_US",
}
COUNTRIES = tuple(LOCALES)


def proposal(country: str, *, seed: int | None = None, business: bool = False) -> dict[str, str]:
    """Return the fields of an `adapterkit.records.Address` for somebody in this country; with a seed, always the same.

    The e-mail address is in a domain that nobody owns. KeyError for a country that is not in `COUNTRIES`.
    """
    fake = Faker(LOCALES[country])
    if seed is not None:
        fake.seed_instance(seed)
    buyer = {
        "first_name": fake.first_name(),
        "last_name": fake.last_name(),
        "street": fake.street_name(),
        "house_number": str(fake.random_int(1, 250)),
        "house_number_addition": fake.random_element(("", "", "A", "B", "2")),
        "postcode": fake.postcode(),
        "city": fake.city(),
        "country": country,
        "email": f"test.order.{fake.random_int(1000, 9999)}@example.com",
        "phone": fake.phone_number(),
        "company": "",
        "vat_number": "",
    }
    if business:
        vat = fake.vat_id() if hasattr(fake, "vat_id") else f"{country}{fake.random_int(10**7, 10**8 - 1)}"
        buyer |= {"company": fake.company(), "vat_number": vat}
    return buyer
