"""Names and addresses in the form that PrestaShop takes, without losing a character; pure.

PrestaShop refuses a whole customer or address over one character of a name ("Jan 2e", "Vries (de)"). What it refuses is
left out of the field, and the whole text goes into the address's `other`, what finds no room there into the order's
note. Widths and characters are those of `classes/Address.php` and `classes/Validate.php`.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

from adapterkit.addresses import fit, written
from adapterkit.names import split_name
from adapterkit.records import Address, Order

NAME = re.compile(r"""[0-9!<>,;?=+()/\\@#"°*`{}_^$%:¤|\[\]]""")  # isCustomerName, stricter than isName of addresses
DOTS = re.compile(r"([.。])(?=\S)")  # isCustomerName: a dot ends a word, so that no web address is a name
STREET = re.compile(r"[!<>?=+@{}_$%]")  # isAddress
CITY = re.compile(r"""[!<>;?=+@#"°{}_$%]""")  # isCityName
GENERIC = re.compile(r"[<>={}]")  # isGenericName
POSTCODE = re.compile(r"[^A-Za-z0-9 -]")  # isPostCode
PHONE = re.compile(r"[^+0-9. ()/-]")  # isPhoneNumber
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff\ud800-\udfff]")  # no text in XML may hold these
BRACKETS = str.maketrans("<>{}", "‹›❴❵")  # isMessage of `other`, and notes are cleaned as HTML
OTHER = 300  # characters
NONE = "-"  # for a field that must not be empty
TEST = "TEST ORDER - do not ship"


@dataclass(slots=True)
class Fields:
    """The fields of one record, and beside them what did not go into them."""

    values: dict[str, str] = field(default_factory=dict)
    beside: list[str] = field(default_factory=list)

    def put(self, name: str, text: str, refused: re.Pattern[str], width: int, label: str) -> None:
        """Set a field to what the shop takes of a text; the whole text stands beside it when something is missing."""
        kept = valid(text, refused)[:width].strip()
        self.values[name] = kept
        if kept != plain(text) and f"{label}: {plain(text)}" not in self.beside:
            self.beside.append(f"{label}: {plain(text)}")


def plain(text: str) -> str:
    """Return a text on one line, without what no XML may hold."""
    return " ".join(CONTROL.sub(" ", text).split())


def valid(text: str, refused: re.Pattern[str]) -> str:
    return " ".join(refused.sub(" ", plain(text)).split())


def names_of(address: Address) -> Fields:
    """Return `firstname` and `lastname`, neither of them empty: of a company its name is the last one."""
    fields = Fields()
    first, last = address.first_name, address.last_name
    if not first or not last:
        parts = split_name(address.name, address.country)
        first, last = parts.first_name, parts.last_name or parts.company
    for name, text in (("firstname", first), ("lastname", last)):
        fields.values[name] = " ".join(DOTS.sub(r"\1 ", valid(text, NAME)).split())[:255].strip()
    if _letters("".join(fields.values.values())) != _letters(plain(address.name)):
        fields.beside.append(f"Name: {plain(address.name)}")
    fields.values = {name: text or NONE for name, text in fields.values.items()}
    return fields


def _letters(text: str) -> Counter[str]:
    return Counter(text.replace(" ", ""))


def address_of(address: Address, *, region_known: bool) -> Fields:
    """Return the fields of an address that are texts; `region_known` says that the shop has the region as a state."""
    fields = names_of(address)
    fields.put("company", address.company, GENERIC, 255, "Company")
    lines = [plain(line) for line in written(address)]
    rows, rest = fit([valid(line, STREET) for line in lines], count=2, width=128)
    fields.values["address1"], fields.values["address2"] = (*rows, NONE, "")[:2] if rows else (NONE, "")
    if rest or any(STREET.search(line) for line in lines):
        fields.beside.append(f"Address: {', '.join(lines)}")
    fields.put("postcode", address.postcode, POSTCODE, 12, "Postcode")
    fields.put("city", address.city, CITY, 64, "City")
    fields.values["city"] = fields.values["city"] or NONE
    fields.put("phone", address.phone, PHONE, 32, "Phone")
    fields.put("vat_number", address.vat_number, GENERIC, 32, "VAT number")
    if address.region and not region_known:
        fields.beside.append(f"Region: {plain(address.region)}")
    return fields


def beside_of(order: Order, fields: Fields, *, delivery: bool) -> tuple[str, str]:
    """Return the address's `other`, and what found no room in it."""
    notes = list(fields.beside)
    if delivery and order.pickup_point:
        point = plain(f"{order.pickup_point.name} {order.pickup_point.code}")
        notes.insert(0, f"Pick-up point: {point}")
    if order.is_test:
        notes.insert(0, TEST)
    text = "\n".join(notes).translate(BRACKETS)
    if len(text) <= OTHER:
        return text, ""
    cut = max(text.rfind(" ", 0, OTHER), text.rfind("\n", 0, OTHER), OTHER // 2)
    return text[:cut].rstrip(), text[cut:].strip()


def note_of(order: Order, reference: str, carrier: str = "") -> str:
    """Return the order's note: our reference, and what has no field in the shop. `carrier` is the order's by name."""
    lines = [reference, *([TEST] if order.is_test else []), plain(order.remark), plain(order.customer_reference)]
    method = plain(order.shipping_method)
    if method and method.casefold() != carrier.casefold():
        lines.append(f"Shipping method: {method}")
    for address, delivery in ((order.delivery, True), (order.billing, False)):
        if address is not None and (delivery or address != order.delivery):
            fields = address_of(address, region_known=False)  # a region that is known stood last and is said twice
            lines.append(beside_of(order, fields, delivery=delivery)[1].replace("\n", " "))
    return "\n".join(line.translate(BRACKETS) for line in lines if line)
