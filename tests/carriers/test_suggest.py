"""Carriers by the look of a code. The valid numbers are published examples; each is spoilt in one digit, too."""

from __future__ import annotations

import pytest

from carriers.suggest import Suggestion, s10_is_valid, sscc_is_valid, suggest, ups_is_valid


@pytest.mark.parametrize(
    ("code", "carrier", "certain", "prefix"),
    [
        ("RR473124829GB", "royal-mail", True, ""),  # UPU S10, the example of the standard's own description
        ("1Z5R89390357567127", "ups", True, "1Z"),
        ("1z 5R8 939 03 5756 712 7", "ups", True, "1Z"),
        ("3SABCD1234567", "postnl", False, "3S"),
        ("JVGL0612345678", "dhl", False, "JVGL"),
    ],
)
def test_looks_like(code: str, carrier: str, certain: bool, prefix: str) -> None:
    assert suggest(code) == Suggestion(carrier, certain, prefix)


@pytest.mark.parametrize(
    "code", ["RR473124828GB", "1Z5R89390357567128", "", "HELLO", "RR473124829XX", "12345678901234"]
)
def test_looks_like_nobody_s(code: str) -> None:
    assert suggest(code) is None


@pytest.mark.parametrize("digit", range(10))
def test_only_one_check_digit_fits(digit: int) -> None:
    assert s10_is_valid(f"RR47312482{digit}GB") is (digit == 9)
    assert ups_is_valid(f"1Z5R8939035756712{digit}") is (digit == 7)
    assert sscc_is_valid(f"10614141000000041{digit}") is (digit == 5)
