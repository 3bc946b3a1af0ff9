"""Pages of records: one that cannot be read stops no other, and what is known is left out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any
from xml.etree.ElementTree import Element

import pytest

from adapterkit.payload import Unmappable, amount, count, flag, new_to, read, translated, unread
from adapterkit.records import Discount, fingerprint


@dataclass(frozen=True)
class Item:
    name: str
    fingerprint: str


def test_what_cannot_be_read_is_named_with_what_came_and_the_others_are_read() -> None:
    rows: list[Any] = [{"id": 1, "n": 2}, {"id": 2, "n": "two"}, {"id": 3}, None, {"id": 5, "n": 7}]

    items, unreadable = translated(rows, lambda row: read(row, "n", count))

    assert items == [2, 7]
    assert [(one.record_id, one.payload) for one in unreadable] == [("2", rows[1]), ("3", rows[2]), ("", None)]
    assert "two" in unreadable[0].reason
    assert "n is missing" in unreadable[1].reason


def test_what_is_nothing_of_ours_is_left_out() -> None:
    assert translated([1, 2, 3, 4], lambda row: row if row % 2 else None) == ([1, 3], [])


def test_a_mistake_that_is_not_the_records_own_is_not_hidden() -> None:
    def broken(row: object) -> object:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        translated([1], broken)


def test_the_id_stands_where_the_remote_side_has_it() -> None:
    assert unread({"number": 7}, Unmappable("x"), "number").record_id == "7"
    assert unread({"number": None}, Unmappable("x"), "number").record_id == ""


def test_only_what_is_known_as_it_is_now_is_left_out() -> None:
    items = [Item("a", "1"), Item("b", "2")]
    asked = []

    def known(marks: Any) -> set[str]:
        asked.append(dict(marks))
        return {"a"}

    assert new_to(known, items, lambda item: item.name) == (items[1],)
    assert new_to(known, [], lambda item: item.name) == ()
    assert asked == [{"a": "1", "b": "2"}]


def test_a_fingerprint_is_of_what_a_record_says_in_whatever_order() -> None:
    moment = datetime(2026, 3, 1, 12, tzinfo=UTC)
    record = {"id": 1, "price": Decimal("12.10"), "at": moment, "on": date(2026, 3, 1), "rows": [1.5, None, True]}

    assert fingerprint(record) == "59e29feaf368ffe4d32f81bbc3cbcc9b55fccc8c"
    assert fingerprint(MappingProxyType(dict(reversed(record.items())))) == fingerprint(record)
    assert fingerprint({**record, "rows": (1.5, None, True)}) == fingerprint(record)
    assert fingerprint({**record, "price": Decimal("12.1")}) != fingerprint(record)
    marks = [fingerprint({"of": Discount(title="Sale", amount=Decimal(amount))}) for amount in ("4.20", "4.20", "4.2")]
    assert [mark == marks[0] for mark in marks] == [True, True, False]


@pytest.mark.parametrize("held", [Element("order"), {1, 2}, b"raw", object()])
def test_a_record_that_holds_an_object_has_no_fingerprint(held: object) -> None:
    with pytest.raises(TypeError, match=f"holds {type(held).__name__}, which is no plain value"):
        fingerprint({"rows": [held]})


@pytest.mark.parametrize(("convert", "value"), [(count, "2"), (count, 2.0), (flag, "true"), (flag, 1), (amount, 12.1)])
def test_what_json_would_not_hold_is_refused(convert: Any, value: object) -> None:
    with pytest.raises(Unmappable, match=f"n is {value!r}, which cannot be read"):
        read({"n": value}, "n", convert)
