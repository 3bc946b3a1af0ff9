"""Amazon's stores: their marketplace ids, currencies, regions, and where their sellers sign in.

Read from the pages "Marketplace IDs", "SP-API Endpoints" and "Seller Central URLs" of developer-docs.amazon.com in
November 2026.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from adapterkit.sentences import say

EUROPE = "https://sellercentral-europe.amazon.com"


@dataclass(frozen=True, slots=True)
class Store:
    """`taxed` says that the prices its buyers see hold the tax already, as everywhere but in North America."""

    country: str
    marketplace_id: str
    currency: str
    region: str
    seller_central: str

    @property
    def taxed(self) -> bool:
        return self.country not in {"US", "CA"}


STORES: tuple[Store, ...] = (
    Store("DE", "A1PA6795UKMFR9", "EUR", "eu", EUROPE),
    Store("FR", "A13V1IB3VIYZZH", "EUR", "eu", EUROPE),
    Store("NL", "A1805IZSGTT6HS", "EUR", "eu", "https://sellercentral.amazon.nl"),
    Store("BE", "AMEN7PMS3EDWL", "EUR", "eu", "https://sellercentral.amazon.com.be"),
    Store("ES", "A1RKKUPIHCS9HS", "EUR", "eu", EUROPE),
    Store("IT", "APJ6JRA9NG5V4", "EUR", "eu", EUROPE),
    Store("IE", "A28R8C7NBKEWEA", "EUR", "eu", "https://sellercentral.amazon.ie"),
    Store("GB", "A1F83G8C2ARO7P", "GBP", "eu", EUROPE),
    Store("SE", "A2NODRKZP88ZB9", "SEK", "eu", "https://sellercentral.amazon.se"),
    Store("PL", "A1C3SOZRARQ6R3", "PLN", "eu", "https://sellercentral.amazon.pl"),
    Store("TR", "A33AVAJ2PDY3EV", "TRY", "eu", "https://sellercentral.amazon.com.tr"),
    Store("AE", "A2VIGQ35RCS4UG", "AED", "eu", "https://sellercentral.amazon.ae"),
    Store("SA", "A17E79C6D8DWNP", "SAR", "eu", "https://sellercentral.amazon.sa"),
    Store("EG", "ARBP9OOSHTCHU", "EGP", "eu", "https://sellercentral.amazon.eg"),
    Store("ZA", "AE08WJ6YKNBMC", "ZAR", "eu", "https://sellercentral.amazon.co.za"),
    Store("IN", "A21TJRUUN4KGV", "INR", "eu", "https://sellercentral.amazon.in"),
    Store("US", "ATVPDKIKX0DER", "USD", "na", "https://sellercentral.amazon.com"),
    Store("CA", "A2EUQ1WTGCTBG2", "CAD", "na", "https://sellercentral.amazon.ca"),
    Store("MX", "A1AM78C64UM0Y8", "MXN", "na", "https://sellercentral.amazon.com.mx"),
    Store("BR", "A2Q3Y263D00KWC", "BRL", "na", "https://sellercentral.amazon.com.br"),
    Store("JP", "A1VC38T7YXB528", "JPY", "fe", "https://sellercentral.amazon.co.jp"),
    Store("AU", "A39IBJ37TRP1C6", "AUD", "fe", "https://sellercentral.amazon.com.au"),
    Store("SG", "A19VAU5U5O7RUS", "SGD", "fe", "https://sellercentral.amazon.sg"),
)
BY_COUNTRY: Mapping[str, Store] = {store.country: store for store in STORES}
BY_ID: Mapping[str, Store] = {store.marketplace_id: store for store in STORES}


class UnknownStore(ValueError):
    """What a merchant typed names no store, or stores of two regions. The text says how to mend it."""


def stores_of(typed: str) -> Sequence[Store]:
    """Return the stores that a merchant named by their countries, for example "NL, DE"; raises `UnknownStore`."""
    countries = [country.strip().upper() for country in typed.replace(";", ",").split(",") if country.strip()]
    countries = ["GB" if country == "UK" else country for country in countries]
    unknown = [country for country in countries if country not in BY_COUNTRY]
    if unknown or not countries:
        names = ", ".join(BY_COUNTRY)
        raise UnknownStore(
            say(
                "Amazon has no store %(unknown)s. Name the countries of your stores, with commas between them: "
                "%(countries)s",
                unknown=", ".join(unknown),
                countries=names,
            )
            if unknown
            else say("Name the countries of your stores, with commas between them: %(countries)s", countries=names)
        )
    found = [BY_COUNTRY[country] for country in dict.fromkeys(countries)]
    if len({store.region for store in found}) > 1:
        raise UnknownStore("These stores are in different regions; connect each region as an account of its own")
    return found
