"""What can go wrong, by what the caller does next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class OrderSyncError(Exception):
    """Base of all."""


class Unavailable(OrderSyncError):
    """No answer, however often it was asked; try again later. A change that was asked for may have happened: asking
    for it again with the same `idempotency_key` is safe."""


class Refused(OrderSyncError):
    """The request was refused; repeating it changes nothing.

    `code` is stable, `detail` says what happened and `mend` what to do, `errors` which fields are wrong.
    """

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        self.status = status
        self.code = str(problem.get("code", ""))
        self.detail = str(problem.get("detail", ""))
        self.mend = str(problem.get("mend", ""))
        self.errors: list[Mapping[str, str]] = list(problem.get("errors", ()))
        super().__init__(f"{status} {self.code}: {self.detail} {self.mend}".strip())
