"""Pages of records: one that cannot be read stops no other, and what is known is left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from adapterkit.payload import Unmappable, count, new_to, read, translated, unread


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
