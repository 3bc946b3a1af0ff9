"""Whose fault it is when the database refuses something: nobody's, and it is tried again, or the record's own."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeVar

from django.db import InterfaceError, OperationalError

T = TypeVar("T")
logger = logging.getLogger(__name__)
TRIES = 5
# Classes of SQLSTATE (PostgreSQL, appendix A). Given up for another transaction's sake, it goes through when repeated:
# 40 deadlock and serialisation, 55 a lock that is not to be had.
GIVEN_UP = frozenset({"40", "55"})
# Passing as well, but not at once: 08 connection, 53 resources, 57 an operator's doing, 58 the machine's own trouble.
PASSING = GIVEN_UP | {"08", "53", "57", "58"}


def is_passing(error: BaseException) -> bool:
    """Whether the database's refusal says nothing about the record: the same may be stored later."""
    if isinstance(error, InterfaceError):
        return True
    return isinstance(error, OperationalError) and _class(error) in PASSING | {""}


def persist(work: Callable[[], T]) -> T:
    """Do the work, which opens a transaction of its own, and do it again a few times where it was given up for another.

    The work may have been begun before: what it changes outside the database is to be the same each time.
    """
    for _ in range(TRIES - 1):
        try:
            return work()
        except OperationalError as error:
            if _class(error) not in GIVEN_UP:
                raise
            logger.info("The database gave a transaction up (%s); it is done again", _class(error))
    return work()


def _class(error: BaseException) -> str:
    """Return the class of the SQLSTATE (psycopg2 calls it `pgcode`), empty where none is told, as by SQLite."""
    return (getattr(error.__cause__, "pgcode", None) or "")[:2]
