"""Which carrier a tracking code looks like: by its pattern, and by its check digit where the carrier has one; pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

S10_COUNTRIES = {"NL": "postnl", "BE": "bpost", "DE": "dhl-de", "FR": "colissimo", "GB": "royal-mail"}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`certain`: a check digit agrees, not only the pattern. `prefix` is what a rule could look for; may be empty."""

    carrier: str
    certain: bool
    prefix: str = ""


def suggest(tracking_code: str) -> Suggestion | None:
    """Return the carrier a code looks like, None when it looks like no one's in particular."""
    code = re.sub(r"[\s-]", "", tracking_code).upper()
    for look in (_s10, _ups, _sscc, _by_prefix):
        found = look(code)
        if found is not None:
            return found
    return None


def s10_is_valid(code: str) -> bool:
    """Check a postal item's code, UPU standard S10: weights 8 6 4 2 3 5 9 7, modulo 11."""
    digits, check = code[2:10], int(code[10])
    rest = 11 - sum(int(digit) * weight for digit, weight in zip(digits, (8, 6, 4, 2, 3, 5, 9, 7), strict=True)) % 11
    return check == {10: 0, 11: 5}.get(rest, rest)


def ups_is_valid(code: str) -> bool:
    """Check a UPS code: 1Z, then fifteen characters and a check digit, modulo 10, every second one doubled."""
    values = [int(sign) if sign.isdigit() else (ord(sign) - 63) % 10 for sign in code[2:17]]
    total = sum(value * (2 if at % 2 else 1) for at, value in enumerate(values))
    return int(code[17]) == -total % 10


def sscc_is_valid(code: str) -> bool:
    """Check a serial shipping container code, GS1: eighteen digits, weights 3 and 1, modulo 10."""
    total = sum(int(digit) * (3 if at % 2 == 0 else 1) for at, digit in enumerate(code[:17]))
    return int(code[17]) == -total % 10


def _s10(code: str) -> Suggestion | None:
    if not re.fullmatch(r"[A-Z]{2}\d{9}[A-Z]{2}", code):
        return None
    carrier = S10_COUNTRIES.get(code[-2:])
    return Suggestion(carrier, certain=True) if carrier and s10_is_valid(code) else None


def _ups(code: str) -> Suggestion | None:
    fits = re.fullmatch(r"1Z[A-Z0-9]{15}\d", code)
    return Suggestion("ups", certain=True, prefix="1Z") if fits and ups_is_valid(code) else None


def _sscc(code: str) -> Suggestion | None:
    """DHL Paket's codes are SSCCs that begin with 0034; the application identifier 00 may stand before them."""
    fits = re.fullmatch(r"(?:00)?(34\d{16})", code)
    return Suggestion("dhl-de", certain=True, prefix="0034") if fits and sscc_is_valid(fits[1]) else None


def _by_prefix(code: str) -> Suggestion | None:
    for pattern, carrier, prefix in PREFIXES:
        if re.fullmatch(pattern, code):
            return Suggestion(carrier, certain=False, prefix=prefix)
    return None


PREFIXES: tuple[tuple[str, str, str], ...] = (
    (r"3S[A-Z0-9]{9,18}", "postnl", "3S"),
    (r"JVGL\d{8,20}", "dhl", "JVGL"),
    (r"JJD\d{16,20}", "dhl", "JJD"),
    (r"3232\d{20}", "bpost", "3232"),
)
