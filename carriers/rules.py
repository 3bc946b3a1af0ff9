"""Which carrier brings a parcel: the plan's rules on the code, else what the shop says, else the default; pure.

No carrier is an answer too: the shipment is then held and shown, never reported with a guess.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext as _

from carriers.catalogue import recognise

LONGEST_PATTERN = 100
LONGEST_CODE = 100
NESTED = re.compile(r"[+*}]\)?[+*{]|\([^)]*[+*|][^)]*\)[+*{]")
# With each of them the time to say no grows by another power of the code's length.
MOST_REPEATS = 3
PLAIN = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]")  # what repeats nothing, whatever it holds
REPEATS = re.compile(r"[*+]|\{\d*,\d*\}|(?<![*+?}(])\?")


class Operator(StrEnum):
    STARTS_WITH = "starts_with"
    ENDS_WITH = "ends_with"
    CONTAINS = "contains"
    EQUALS = "equals"
    REGEX = "regex"
    LENGTH = "length"

    @property
    def label(self) -> str:
        """In words; translated where it is shown."""
        return self.value.replace("_", " ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    position: int
    operator: Operator
    value: str
    carrier: str
    strip: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRecord:
    default_carrier: str = ""
    rules: Sequence[Rule] = ()


class Why(StrEnum):
    RULE = "rule"
    SHOP = "shop"  # the shop named a carrier that we know
    DEFAULT = "default"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """`tracking_code` is the code as it is reported: trimmed, and without the marker of a rule that strips it."""

    carrier: str
    tracking_code: str
    why: Why
    position: int | None = None


def resolve(plan: PlanRecord | None, *, tracking_code: str, shop_carrier_name: str = "") -> Resolution:
    """Return the carrier of a parcel; an empty one when neither rule, shop nor default decides."""
    code = tracking_code.strip()
    plan = plan or PlanRecord()
    for rule in sorted(plan.rules, key=lambda rule: rule.position):
        found = _match(rule, code)
        if found is not None:
            stripped = _without(code, found) if rule.strip else code
            return Resolution(carrier=rule.carrier, tracking_code=stripped, why=Why.RULE, position=rule.position)
    if shop_carrier_name and (named := recognise(shop_carrier_name)):
        return Resolution(carrier=named, tracking_code=code, why=Why.SHOP)
    why = Why.DEFAULT if plan.default_carrier else Why.NOTHING
    return Resolution(carrier=plan.default_carrier, tracking_code=code, why=why)


def check_rule(operator: Operator, value: str) -> str:
    """Return what is wrong with a rule, in a sentence for its author; empty when it is fine."""
    if not value:
        return _("Say what to look for in the tracking code.")
    if operator is Operator.LENGTH and not (value.isdecimal() and 0 < int(value) <= LONGEST_CODE):
        return _("The length is a whole number from 1 to %(most)d.") % {"most": LONGEST_CODE}
    if operator is Operator.REGEX:
        return _check_pattern(value)
    return ""


def _check_pattern(pattern: str) -> str:
    if len(pattern) > LONGEST_PATTERN:
        return _("A pattern has at most %(most)d characters.") % {"most": LONGEST_PATTERN}
    plain = PLAIN.sub("x", pattern)
    if NESTED.search(plain):
        # Such patterns can take hours on a short code.
        return _("A repeated group may not hold a repeat or a choice itself. Write it without the group.")
    if len(REPEATS.findall(plain)) > MOST_REPEATS:
        return _("A pattern has at most %(most)d parts that may come more or less often.") % {"most": MOST_REPEATS}
    try:
        re.compile(pattern)
    except re.error as error:
        return _("This is no valid pattern: %(error)s.") % {"error": error}
    return ""


def _match(  # noqa: PLR0911 - one operator each
    rule: Rule, code: str
) -> tuple[int, int] | None:
    """Return where the marker of a rule stands in the code, None when it does not fit. Capitals do not matter."""
    if not code or len(code) > LONGEST_CODE:
        return None
    text, value = code.upper(), rule.value.upper()
    if len(text) != len(code):  # a letter whose capital is longer: positions would not fit
        text, value = code, rule.value
    match rule.operator:
        case Operator.STARTS_WITH:
            return (0, len(value)) if text.startswith(value) else None
        case Operator.ENDS_WITH:
            return (len(text) - len(value), len(text)) if text.endswith(value) else None
        case Operator.CONTAINS:
            at = text.find(value)
            return (at, at + len(value)) if at >= 0 else None
        case Operator.EQUALS:
            return (0, 0) if text == value else None
        case Operator.LENGTH:
            return (0, 0) if len(text) == int(value) else None
        case Operator.REGEX:
            found = None if _check_pattern(rule.value) else re.search(rule.value, code, re.IGNORECASE)
            return found.span() if found else None


def _without(code: str, span: tuple[int, int]) -> str:
    """Take the marker out; a code that would be empty without it is kept whole."""
    return (code[: span[0]] + code[span[1] :]).strip() or code
