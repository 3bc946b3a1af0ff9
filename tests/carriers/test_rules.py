"""Which carrier a tracking code gives, and what is left of the code."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carriers.rules import Operator, PlanRecord, Rule, Why, check_rule, resolve


def plan(*rules: Rule, default: str = "dhl") -> PlanRecord:
    return PlanRecord(default_carrier=default, rules=rules)


@pytest.mark.parametrize(
    ("operator", "value", "code", "fits", "stripped"),
    [
        (Operator.STARTS_WITH, "PN-", "PN-3SX", True, "3SX"),
        (Operator.STARTS_WITH, "pn-", "PN-3SX", True, "3SX"),
        (Operator.STARTS_WITH, "3S", "X3S", False, "X3S"),
        (Operator.ENDS_WITH, "-NL", "123-NL", True, "123"),
        (Operator.CONTAINS, "/", "12/34", True, "1234"),
        (Operator.EQUALS, "AB", "ab", True, "ab"),
        (Operator.LENGTH, "4", "1234", True, "1234"),
        (Operator.LENGTH, "4", "12345", False, "12345"),
        (Operator.REGEX, "^JV[A-Z]{2}", "JVGL06", True, "06"),
        (Operator.STARTS_WITH, "ALL", "ALL", True, "ALL"),
    ],
)
def test_a_rule_fits_and_strips_its_marker(
    operator: Operator, value: str, code: str, fits: bool, stripped: str
) -> None:
    found = resolve(
        plan(Rule(position=1, operator=operator, value=value, carrier="postnl", strip=True)), tracking_code=code
    )

    assert (found.carrier, found.tracking_code) == ("postnl" if fits else "dhl", stripped)


def test_the_first_rule_wins_then_the_shop_then_the_default_then_nobody() -> None:
    rules = [
        Rule(position=n, operator=Operator.STARTS_WITH, value="3S", carrier=carrier)
        for n, carrier in ((2, "gls"), (1, "postnl"))
    ]

    assert resolve(plan(*rules), tracking_code="3S1").carrier == "postnl"
    assert resolve(plan(*rules), tracking_code="9", shop_carrier_name="D.P.D.").carrier == "dpd"
    assert resolve(plan(*rules), tracking_code="9", shop_carrier_name="Somebody").why is Why.DEFAULT
    assert resolve(plan(*rules, default=""), tracking_code="9").why is Why.NOTHING


@given(st.text(min_size=1, max_size=30), st.text(min_size=1, max_size=6))
def test_stripping_loses_the_marker_and_nothing_else(code: str, marker: str) -> None:
    found = resolve(
        plan(Rule(position=1, operator=Operator.CONTAINS, value=marker, carrier="gls", strip=True)), tracking_code=code
    )

    trimmed = code.strip()
    assert found.tracking_code or not trimmed
    assert len(found.tracking_code) in {len(trimmed)} | set(range(max(len(trimmed) - len(marker) - 4, 0), len(trimmed)))


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|b)*", "[", "x" * 200, ""])
def test_a_dangerous_or_broken_pattern_is_refused_with_a_sentence(pattern: str) -> None:
    assert check_rule(Operator.REGEX, pattern).endswith(".")


@pytest.mark.parametrize(
    "pattern",
    ["A*A*A*A*B", ".*.*.*.*=", "A?A?A?A?AAAA", "[A-Z]*[0-9]*[A-Z]+[0-9]*1", "A{1,9}B{2,}C{,3}D+", "A*?B*?C+?D??E?"],
)
def test_a_pattern_that_could_take_hours_is_refused(pattern: str) -> None:
    assert "at most 3 parts" in check_rule(Operator.REGEX, pattern)
    assert (
        resolve(
            plan(Rule(position=1, operator=Operator.REGEX, value=pattern, carrier="postnl")), tracking_code="A" * 100
        ).why
        == Why.DEFAULT
    )


@pytest.mark.parametrize(
    "pattern",
    [
        r"^3S[A-Z0-9]{9,18}$",
        r"^\d{3}-\d{4}-\d{4}$",
        r"[*+?{}]{2}",
        r"\*\+\?x\{1,2\}",
        "(?:AB|CD)x",
        "^JJD\\d*(00|01)?$",
    ],
)
def test_an_ordinary_pattern_is_fine(pattern: str) -> None:
    assert check_rule(Operator.REGEX, pattern) == ""
