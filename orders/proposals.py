"""Buyers and addresses that do not exist but could: what a test order is filled with when nothing else is asked.

VAT numbers have the form that the European Commission publishes for each country (VIES, "VAT number structure"), or the
country's own outside of the Union. Telephone numbers are of mobile ranges; British, French and American ones of those
that are kept for films (Ofcom, ARCEP, NANPA).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from faker import Faker

LETTERS = "ACDEFHKNPRTVWXY"  # the letters of Irish postcodes; none of them is taken for a digit


@dataclass(frozen=True, slots=True)
class Country:
    """`phone`, `vat` and `postcode` are patterns: # a digit, % one that is not nought, ? a letter.

    Without a postcode that of the locale is right.
    """

    locale: str
    phone: str
    vat: str
    postcode: str = ""


TABLE: Mapping[str, Country] = {
    "AE": Country("en_GB", "+971 50 ### ####", "1#########00003", "00000"),
    "AT": Country("de_AT", "+43 664 #######", "ATU########", "%###"),
    "AU": Country("en_AU", "+61 491 570 ###", "%##########", "2###"),
    "BE": Country("nl_BE", "+32 47# ## ## ##", "BE0#########", "%###"),
    "BG": Country("bg_BG", "+359 88 ### ####", "BG#########", "%###"),
    "BR": Country("pt_BR", "+55 11 9#### ####", "##############", "0%###-###"),
    "CA": Country("en_CA", "+1 (416) 555-01##", "#########RT0001", "M%? #?#"),
    "CH": Country("de_CH", "+41 79 ### ## ##", "CHE#########MWST", "%###"),
    "CZ": Country("cs_CZ", "+420 60# ### ###", "CZ########", "%## ##"),
    "DE": Country("de_DE", "+49 151 ########", "DE%########", "%####"),
    "DK": Country("da_DK", "+45 2# ## ## ##", "DK%#######", "%###"),
    "EE": Country("et_EE", "+372 5### ####", "EE10#######", "%####"),
    "EG": Country("en_GB", "+20 10 #### ####", "#########", "11###"),
    "ES": Country("es_ES", "+34 6## ### ###", "ESB########", "2####"),
    "FI": Country("fi_FI", "+358 40 #######", "FI########", "%####"),
    "FR": Country("fr_FR", "+33 6 39 98 ## ##", "FR###########", "7####"),
    "GB": Country("en_GB", "+44 7700 900###", "GB#########"),
    "GR": Country("el_GR", "+30 69# ### ####", "EL#########", "%## ##"),
    "HR": Country("hr_HR", "+385 91 ### ####", "HR###########", "%####"),
    "HU": Country("hu_HU", "+36 30 ### ####", "HU########", "%###"),
    "IE": Country("en_IE", "+353 85 ### ####", "IE#######W", "D0% ?#?#"),
    "IN": Country("en_IN", "+91 9########%", "27?????####?1Z#", "40####"),
    "IT": Country("it_IT", "+39 34# ### ####", "IT###########", "%####"),
    "JP": Country("ja_JP", "+81 90 #### ####", "T#############", "1##-####"),
    "LT": Country("lt_LT", "+370 6## #####", "LT#########", "LT-#####"),
    "LU": Country("fr_FR", "+352 621 ######", "LU########", "%###"),
    "LV": Country("lv_LV", "+371 2### ####", "LV4##########", "LV-%###"),
    "MX": Country("es_MX", "+52 55 #### ####", "???######???", "0%###"),
    "NL": Country("nl_NL", "+31 6 ########", "NL%########B01", "%### ??"),
    "NO": Country("no_NO", "+47 4## ## ###", "#########MVA", "%###"),
    "PL": Country("pl_PL", "+48 5## ### ###", "PL%#########", "##-###"),
    "PT": Country("pt_PT", "+351 91# ### ###", "PT5########", "%###-###"),
    "RO": Country("ro_RO", "+40 72# ### ###", "RO%#######", "######"),
    "SA": Country("en_GB", "+966 5# ### ####", "3#############3", "1####"),
    "SE": Country("sv_SE", "+46 70 ### ## ##", "SE%#########01", "%## ##"),
    "SG": Country("en_GB", "+65 8### ####", "M########?", "5#####"),
    "SI": Country("sl_SI", "+386 40 ### ###", "SI%#######", "%###"),
    "SK": Country("sk_SK", "+421 90# ### ###", "SK2#########", "8## ##"),
    "TR": Country("tr_TR", "+90 53# ### ## ##", "##########", "34###"),
    "US": Country("en_US", "+1 (2%%) 555-01##", ""),
    "ZA": Country("en_GB", "+27 82 ### ####", "4#########", "2###"),
}
# Streets and cities where the locale knows none of its own.
PLACES: Mapping[str, tuple[Sequence[str], Sequence[str]]] = {
    "AE": (("Sheikh Zayed Road", "Al Wasl Road"), ("Dubai", "Abu Dhabi", "Sharjah")),
    "AU": (("George Street", "Pitt Street"), ("Sydney", "Newcastle", "Wollongong")),
    "BR": (("Rua Augusta", "Avenida Paulista"), ("São Paulo",)),
    "CA": (("Queen Street", "Yonge Street"), ("Toronto",)),
    "EG": (("Talaat Harb Street", "Ramses Street"), ("Cairo", "Giza")),
    "IN": (("Linking Road", "Hill Road"), ("Mumbai",)),
    "JP": (("千代田", "丸の内"), ("千代田区", "中央区")),
    "MX": (("Avenida Juárez", "Calle Madero"), ("Ciudad de México",)),
    "SA": (("King Fahd Road", "Olaya Street"), ("Riyadh",)),
    "SG": (("Orchard Road", "Bukit Timah Road"), ("Singapore",)),
    "TR": (("İstiklal Caddesi", "Bağdat Caddesi"), ("İstanbul",)),
    "ZA": (("Long Street", "Main Road"), ("Johannesburg", "Sandton")),
    "BG": (("ул. Раковски", "ул. Витоша"), ("София", "Варна", "Пловдив")),
    "EE": (("Pikk", "Aia", "Kooli"), ("Tallinn", "Tartu", "Pärnu")),
    "IE": (("Main Street", "Church Road", "Station Road"), ("Dublin",)),
    "LT": (("Vilniaus g.", "Mokyklos g."), ("Vilnius", "Kaunas", "Klaipėda")),
    "LU": (("rue de la Gare", "Grand-Rue"), ("Luxembourg", "Dudelange", "Differdange")),
    "LV": (("Skolas iela", "Dārza iela"), ("Rīga", "Liepāja", "Jelgava")),
}
# Where an address is not whole without its state or province: that of the places above.
REGIONS: Mapping[str, str] = {"AU": "NSW", "BR": "SP", "CA": "ON", "IN": "MH", "JP": "東京都", "MX": "CDMX"}
COUNTRIES = tuple(TABLE)


def proposal(country: str, *, seed: int | None = None, business: bool = False) -> dict[str, str]:
    """Return the fields of an `adapterkit.records.Address` for somebody in this country; with a seed, always the same.

    The e-mail address is in a domain that nobody owns. KeyError for a country that is not in `COUNTRIES`.
    """
    form, fake = TABLE[country], Faker(TABLE[country].locale)
    if seed is not None:
        fake.seed_instance(seed)
    streets, cities = PLACES.get(country, ((), ()))
    return {
        "first_name": fake.first_name(),
        "last_name": fake.last_name(),
        "street": fake.random_element(streets) if streets else fake.street_name(),
        "house_number": str(fake.random_int(1, 250)),
        "house_number_addition": fake.random_element(("", "", "A", "B")),
        "postcode": fake.bothify(form.postcode, letters=LETTERS) if form.postcode else fake.postcode(),
        "city": fake.random_element(cities) if cities else fake.city(),
        "region": fake.state_abbr(include_territories=False) if country == "US" else REGIONS.get(country, ""),
        "country": country,
        "email": f"test.order.{fake.random_int(1000, 9999)}@example.com",
        "phone": fake.numerify(form.phone),
        "company": fake.company() if business else "",
        "vat_number": fake.bothify(form.vat, letters=LETTERS) if business else "",
    }
