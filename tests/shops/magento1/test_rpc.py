"""XML-RPC as Zend and others write it, with what a shop's PHP and its customers put into it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from xmlrpc import client

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shops.magento1 import rpc

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


def answer(value: str) -> str:
    return f"{HEAD}<methodResponse><params><param><value>{value}</value></param></params></methodResponse>"


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("<string>100000001</string>", "100000001"),
        ("plain", "plain"),
        ("", ""),
        ("<string/>", ""),
        ("<int>-7</int>", -7),
        ("<i4> 8 </i4>", 8),
        ("<i8>9000000000</i8>", 9000000000),
        ("<boolean>1</boolean>", True),
        ("<boolean>0</boolean>", False),
        ("<double>57.3500</double>", Decimal("57.35")),
        ("<nil/>", None),
        ('<ex:nil xmlns:ex="http://ws.apache.org/xmlrpc/namespaces/extensions"/>', None),
        ("<dateTime.iso8601>20261120T09:00:00</dateTime.iso8601>", "20261120T09:00:00"),
        ("<array><data/></array>", []),
        ("<array><data><value><int>1</int></value><value>b</value></data></array>", [1, "b"]),
        ("<struct/>", {}),
        ("<struct><member><name>a</name><value><nil/></value></member></struct>", {"a": None}),
        ("<string>Caf&#233; &amp; K\u0153nig</string>", "Café & K\u0153nig"),
    ],
)
def test_every_kind_of_value_is_read(written: str, value: Any) -> None:
    assert rpc.value_in(answer(written)) == value


@pytest.mark.parametrize(
    "around",
    [
        "<br />\n<b>Warning</b>: Undefined index in /var/www/app/code/local/X.php on line 3<br />\n{}",
        "{}\n<!-- 0.34s -->",
        "\ufeff  {}",
    ],
)
def test_what_php_says_around_an_answer_is_passed_over(around: str) -> None:
    assert rpc.value_in(around.format(answer("<int>1</int>"))) == 1


@pytest.mark.parametrize(
    "forbidden", ["\x0b", "\x00", "\x1f", "\uffff", "&#11;", "&#x1F;", "&#xb;", "&#0;", "&#00008;"]
)
def test_a_character_that_xml_cannot_hold_costs_itself_alone(forbidden: str) -> None:
    assert rpc.value_in(answer(f"<string>Anouk{forbidden} de\tVries&#10;</string>")) == "Anouk de\tVries\n"


def test_a_fault_is_told_with_its_number() -> None:
    fault = "<fault><value><struct><member><name>faultCode</name><value><int>100</int></value></member><member><name>faultString</name><value><string>Requested order not exists.</string></value></member></struct></value></fault>"
    with pytest.raises(rpc.Fault) as caught:
        rpc.value_in(f"{HEAD}<methodResponse>{fault}</methodResponse>")

    assert (caught.value.code, caught.value.message) == (100, "Requested order not exists.")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<!doctype html><title>Maintenance</title>",
        "{}",
        answer("<int>x</int>"),
        answer("<double>12,5</double>"),
        answer("<struct><member><name>a</name></member></struct>"),
        answer("<string>cut")[:90],
        f"{HEAD}<methodResponse><params/></methodResponse>",
        f"{HEAD}<methodResponse><fault><value>odd</value></fault></methodResponse>",
        f"{HEAD}<methodCall><methodName>login</methodName></methodCall>",
        f'{HEAD}<!DOCTYPE x [<!ENTITY a "aaaa">]><methodResponse><params><param><value>&a;</value></param></params></methodResponse>',
    ],
)
def test_what_is_no_answer_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whichever part of it is wrong
        rpc.value_in(text)


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**31), 2**31 - 1)
    | st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff")),
    lambda inner: st.lists(inner) | st.dictionaries(st.text("abc_", min_size=1), inner),
)


@given(VALUES)
def test_what_is_written_is_read_back(value: Any) -> None:
    assert rpc.value_in(client.dumps((value,), methodresponse=True, allow_none=True)) == value
    assert rpc.call_in(rpc.written("call", rpc.MARK, "sales_order.list", [value]).decode()) == (
        "call",
        [rpc.MARK, "sales_order.list", [value]],
    )
