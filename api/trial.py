"""Spoils answers to a program that is being certified, as networks and servers do, and notes what it does then.

Only the connection under trial is touched, and only by `manage.py certify`; see `Certification`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpResponseBase
from django.utils import timezone
from rest_framework.exceptions import APIException, Throttled

from api.caller import Caller
from api.models import Certification, Met
from api.problems import Conflict

WAIT = 2  # seconds that a program is asked to wait


class AnswerLost(APIException):
    """It happened, and the program does not hear of it."""

    status_code = 504
    default_code = "answer_lost"
    default_detail = "The gateway timed out"


class Trial:
    """The trial that a request belongs to, if any; one statement. Every method does nothing where there is none."""

    def __init__(self, caller: Caller, order: int | None = None) -> None:
        running = Certification.objects.filter(ended_at=None, connection__in=caller.connections)
        if order is not None:
            running = running.filter(connection__orders__id=order)
        self._running = running.first()

    def throttle_once(self, what: str) -> None:
        """Ask the program to wait, the first time it does this; raises `Throttled`."""
        if self._running and self._first(f"throttled:{what}"):
            raise Throttled(WAIT)
        self.note(f"{what}:after")

    def lose_once(self, what: str) -> None:
        """Lose the answer, the first time it does this; raises `AnswerLost`. What was asked for has happened."""
        if self._running and self._first(f"lost:{what}"):
            raise AnswerLost

    def note(self, what: str) -> None:
        if self._running:
            self._first(what)

    def doubled(self, rows: list[Any]) -> list[Any]:
        """Tell everything twice and backwards, as a list does that shifts while it is read."""
        return [*reversed(rows), *reversed(rows)] if self._running else rows

    def _first(self, what: str) -> bool:
        _, first = Met.objects.get_or_create(
            certification=self._running, what=what[:60], defaults={"at": timezone.now()}
        )
        return first


def tried(caller: Caller, order: int, what: str, act: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    """Have a change made with the mishaps of a trial around it."""
    trial = Trial(caller, order)
    trial.throttle_once(what)
    try:
        response = act()
    except Conflict as conflict:
        trial.note(f"conflict:{conflict.get_codes()}:{order}")
        raise
    trial.lose_once(f"{what}:{order}")
    return response
