"""How the modules answer: JSON somewhere in a text, and refusals that come with 200."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from adapterkit.dialects import Json
from adapterkit.errors import AdapterError, OutcomeUnknown, Rejected
from adapterkit.spec import Effect, Endpoint
from adapterkit.transport import Answer
from adapterkit.wire import decoded_text
from shops.channable_module import answers, returns

Refusal = Callable[[Mapping[str, Any]], AdapterError | None]
GATEWAY_GAVE_UP = 503  # a cache in front of the shop says so while the shop works on


class Words(str):
    """An answer without JSON in it."""

    __slots__ = ()


@dataclass(frozen=True, kw_only=True)
class ModuleJson(Json):
    """An answer is its JSON, wherever it stands, or its `Words`.

    `refusal` returns the error that an object tells of, None for a good one.
    """

    refusal: Refusal = answers.refusal_of

    def decode(self, raw: bytes) -> Any:
        text = decoded_text(raw)
        found = answers.json_in(text)
        return Words(text) if found is None else found

    def judge(self, answer: Answer, endpoint: Endpoint) -> AdapterError | None:
        if not answer.ok:
            refused = "not authenticated" in answer.words.lower()
            return answers.no_json(answer.words, creating=False) if refused else None
        if isinstance(answer.body, Mapping):
            return _with_status(self.refusal(answer.body), answer.status)
        creating = endpoint.effect is Effect.CREATES
        if isinstance(answer.body, Words) and not answer.body.strip() and not creating:
            return None
        unread = isinstance(answer.body, Words) or (creating and answer.body is not None)
        return answers.no_json(str(answer.body), creating=creating) if unread else None


class OrderHook(ModuleJson):
    """Makes orders, which takes so long that somebody in between may give up."""

    def judge(self, answer: Answer, endpoint: Endpoint) -> AdapterError | None:
        error = super().judge(answer, endpoint)
        if error is None and answer.status == GATEWAY_GAVE_UP:
            return OutcomeUnknown("The shop did not answer in time", remote=answers.words_of(answer.words), status=503)
        return error


class Unjudged(ModuleJson):
    """Whose object, or words, say nothing of what went wrong."""

    def judge(self, answer: Answer, endpoint: Endpoint) -> AdapterError | None:
        return None if answer.ok else super().judge(answer, endpoint)


def _with_status(error: AdapterError | None, status: int) -> AdapterError | None:
    if error is not None:
        error.status = status
    return error


def _when_asked_nothing(answer: Mapping[str, Any]) -> AdapterError | None:
    """The order hook is posted nothing to see whether it is ready; that nothing came is what it complains of last."""
    error = answers.refusal_of(answer)
    return None if error is not None and "post data empty" in error.remote.lower() else error


def _when_told_an_address(answer: Mapping[str, Any]) -> AdapterError | None:
    if error := answers.refusal_of(answer):
        return Rejected("The module does not post its stock; switch its item updates on", remote=error.remote)
    return None


MODULE, CREATE, CHECK = ModuleJson(), OrderHook(), ModuleJson(refusal=_when_asked_nothing)
RETURNS, STOCK_ADDRESS = ModuleJson(refusal=returns.refusal_of), ModuleJson(refusal=_when_told_an_address)
DATA, UNJUDGED = ModuleJson(refusal=lambda _: None), Unjudged()
