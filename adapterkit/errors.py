"""Errors of a remote side, by what the caller must do next.

AdapterError
├── TemporarilyUnavailable   did not happen; try again later
│   └── RateLimited          the same; `retry_after` seconds if the remote side said so
├── OutcomeUnknown           may have happened: look before repeating
├── AuthenticationFailed     the credentials are refused: ask the merchant to reconnect
├── MalformedResponse        read, but not in the agreed form: keep it, tell the developers
└── Rejected                 the remote side says no; repeating changes nothing
    ├── NotFound             the thing addressed does not exist there
    └── AlreadyExists        what was to be created is there

Texts never hold a secret: `adapterkit.transport` removes them before an error is made.
"""

from __future__ import annotations


class AdapterError(Exception):
    """Base of all. `message` says what it means and how to mend it; `remote` is what the remote side said, cut.

    The merchant reads both. The message is ours and is translated: it stands whole in the code, or is a sentence with
    values made by `adapterkit.sentences.say`.
    """

    def __init__(self, message: str, *, remote: str = "", status: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.remote = remote
        self.status = status

    def __str__(self) -> str:
        return f"{self.message}: {self.remote}" if self.remote else self.message


class TemporarilyUnavailable(AdapterError):
    """The call did not happen (no connection, 503, maintenance page); it will work later.

    `retry_after` (seconds) is given when the remote side named a time. `asked` is False where it was not even asked.
    """

    asked = True

    def __init__(
        self, message: str, *, remote: str = "", status: int | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(message, remote=remote, status=status)
        self.retry_after = retry_after


class RateLimited(TemporarilyUnavailable):
    """Too many calls: by the remote side's answer, or by our own pacer, which did not ask."""


class OutcomeUnknown(AdapterError):
    """A write was sent and its answer did not arrive or could not be read. It may have happened."""


class AuthenticationFailed(AdapterError):
    """The remote side refuses the credentials.

    `by` names the endpoint that refused them: it may be the only one they do not open. It is empty where the word of
    one is enough: who gives out tokens, or an answer that tells of the credentials themselves.
    """

    by = ""


class MalformedResponse(AdapterError):
    """A read was answered in a form that the adapter does not know."""


class Rejected(AdapterError):
    """The remote side refuses the call for good. `code` is its machine-readable reason where it has one."""

    def __init__(self, message: str, *, remote: str = "", status: int | None = None, code: str = "") -> None:
        super().__init__(message, remote=remote, status=status)
        self.code = code


class NotFound(Rejected):
    """What was addressed does not exist at the remote side."""


class AlreadyExists(Rejected):
    """What was to be created carries an id, a number or a reference that is taken there: perhaps by an earlier try."""
