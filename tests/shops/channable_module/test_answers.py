"""Everything that a module complains of becomes an outcome, and JSON is found wherever it stands."""

from __future__ import annotations

from typing import Any

import pytest

from adapterkit.errors import AuthenticationFailed, NotFound, Rejected, TemporarilyUnavailable
from shops.channable_module.answers import json_in, refusal_of

CASES = [
    ("Invalid token", AuthenticationFailed, ""),
    ("Unknown Token", AuthenticationFailed, ""),
    ("Token param missing in request", AuthenticationFailed, ""),
    ("Token not set in admin", AuthenticationFailed, ""),
    ("Order import not enabled", AuthenticationFailed, ""),
    ("Extension not enabled!", AuthenticationFailed, ""),
    ("IP: 10.1.2.3 not on the whitelist", AuthenticationFailed, ""),
    ("Not Access (ip restriction)", AuthenticationFailed, ""),
    ('The return with id "7" does not exist.', NotFound, "not_found"),
    ("Return with id 7 not found", NotFound, "not_found"),
    ("Store param missing in request", Rejected, "store"),
    ("LVB Orders not enabled", Rejected, "lvb"),
    ("No order found with Increment ID: M-1", NotFound, "not_found"),
    ("No order found", NotFound, "not_found"),
    ("Not a Channable order", Rejected, "foreign"),
    ("Order with Increment ID 1 is not a Channable Order", Rejected, "foreign"),
    (['Product "T-shirt M" not found in catalog (ID: 999)'], Rejected, "unknown_product"),
    (["Product not found in database"], Rejected, "unknown_product"),
    ('The requested quantity for "T-shirt M" is not available.', Rejected, "out_of_stock"),
    ('Could not import order 5: Product "Mug" => The requested qty is not available', Rejected, "out_of_stock"),
    ('Product "Mug" not available in requested quantity', Rejected, "out_of_stock"),
    (["Product out of stock", "Product out of stock"], Rejected, "out_of_stock"),
    ('"USD" not in available currencies for this store', Rejected, "currency"),
    ('Product "Gift" has required options, this is not supported (ID: 4)', Rejected, "product"),
    ("Please check shipping address information. Please enter the city.", Rejected, "address"),
    ('Please check the shipping address information. "city" is required. Enter and try again.', Rejected, "address"),
    (["Invalid address data, missing mandatory data, Property Address->lastname is not valid"], Rejected, "address"),
    ('<br />\n<b>Warning</b>: Undefined array key "billing" in <b>x.php</b>', Rejected, "php"),
    (
        "SQLSTATE[40001]: Serialization failure: 1213 Deadlock found; try restarting transaction",
        TemporarilyUnavailable,
        "",
    ),
    ("SQLSTATE[HY000]: General error: 1205 Lock wait timeout exceeded", TemporarilyUnavailable, ""),
    ("Something nobody has seen before", Rejected, ""),
    ("", Rejected, ""),
]


@pytest.mark.parametrize(("errors", "kind", "code"), CASES)
def test_every_complaint_says_what_to_do(errors: Any, kind: type[Exception], code: str) -> None:
    error = refusal_of({"validated": "false", "errors": errors})

    assert error is not None
    assert (type(error), getattr(error, "code", "")) == (kind, code)
    assert error.message
    assert "<" not in error.remote


@pytest.mark.parametrize(
    "title", ["Unknown Token", "Order import not enabled", "Deadlock", "LVB orders", 'a "quoted" one']
)
def test_a_product_s_title_decides_nothing(title: str) -> None:
    error = refusal_of({"validated": "false", "errors": f'Product "{title}" not found in catalog (ID: 3)'})

    assert isinstance(error, Rejected)
    assert error.code == "unknown_product"


@pytest.mark.parametrize("answer", [{"validated": "true", "order_id": "1"}, {"id": "1", "status": "complete"}])
def test_a_good_answer_is_none(answer: dict[str, Any]) -> None:
    assert refusal_of(answer) is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"validated":"true","order_id":"1"}', {"validated": "true", "order_id": "1"}),
        (
            '<br />\n<b>Notice</b>: x[0] in <b>a.php</b> on line <b>3</b><br />\n{"validated":"true"}',
            {"validated": "true"},
        ),
        (
            'Property Address->city is not valid{"validated":"false","errors":["x"]}',
            {"validated": "false", "errors": ["x"]},
        ),
        ('\ufeff[{"id":"1"}]', [{"id": "1"}]),
        ("Not authenticated", None),
        ("", None),
        ("[" * 5000, None),
    ],
)
def test_json_is_found_among_other_words(text: str, found: Any) -> None:
    assert json_in(text) == found
