"""No cell of an export is worked out as a formula, whatever separates cells where it is opened."""

from __future__ import annotations

import re

import pytest

from web.orders.spreadsheet import harmless


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("=1+1", "'=1+1"),
        ("+49 151", "'+49 151"),
        ("-5", "'-5"),
        ("@SUM(A1)", "'@SUM(A1)"),
        (" =1", " '=1"),
        ("\t=1", "\t'=1"),
        ("1 x A; =cmd|' /C calc'!A0", "1 x A; '=cmd|' /C calc'!A0"),
        ("a;=HYPERLINK(1)", "a;'=HYPERLINK(1)"),
        ('a";=1', "a\";'=1"),
        ("a,@b", "a,'@b"),
        ("a\n-b", "a\n'-b"),
        ("\uff1d1", "'\uff1d1"),
    ],
)
def test_a_formula_is_marked_as_text(text: str, shown: str) -> None:
    assert harmless(text) == shown
    for separator in (";", ",", "\t", "|", "\n"):
        cells = [re.sub(r'^["\s]+', "", cell) for cell in shown.split(separator)]
        assert not any(cell.startswith(("=", "+", "-", "@")) for cell in cells)


@pytest.mark.parametrize(
    "text", ["", "A0000001", "bol-A1", "1 x TST-001; 2 x B-2", "12.10", "2026-11-20T09:00:00+00:00"]
)
def test_what_is_no_formula_stays(text: str) -> None:
    assert harmless(text) == text
