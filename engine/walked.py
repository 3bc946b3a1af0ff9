"""Which records a walk has met, so that at the end of one that went in parts it is known what it never met."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable
from hashlib import blake2b
from heapq import merge

from engine.models import SyncCursor, WalkedPage

SIZE = 8  # bytes that stand for a record; of a hundred million, two are taken for one once in three thousand walks


def mark(record_id: str) -> bytes:
    """Return what stands for a record."""
    return blake2b(record_id.encode(), digest_size=SIZE).digest()


class Met:
    """The records of a whole walk, in a few bytes each."""

    def __init__(self, parts: Iterable[bytes]) -> None:
        self._marks = array("Q")
        # Page by page, so that no more than the marks themselves is held of a walk however long.
        for one in merge(*map(_sorted, parts)):
            if not self._marks or self._marks[-1] != one:
                self._marks.append(one)

    def __contains__(self, record_id: object) -> bool:
        [wanted] = array("Q", mark(str(record_id)))
        place = bisect_left(self._marks, wanted)
        return place < len(self._marks) and self._marks[place] == wanted

    def __len__(self) -> int:
        return len(self._marks)


def _sorted(part: bytes) -> array[int]:
    marks = array("Q")
    marks.frombytes(part)
    return array("Q", sorted(marks))


def keep(cursor: SyncCursor, marks: bytes, *, first: bool) -> None:
    """Store what a part of a walk met, in the transaction that stores where it goes on."""
    if first:
        WalkedPage.objects.filter(cursor=cursor).delete()
    if marks:
        WalkedPage.objects.create(cursor=cursor, marks=marks)


def take(cursor: SyncCursor) -> list[bytes]:
    """Return what the earlier parts of a walk met; they are forgotten, since it is over."""
    rows = WalkedPage.objects.filter(cursor=cursor)
    parts = [bytes(marks) for marks in rows.values_list("marks", flat=True)]
    rows.delete()
    return parts
