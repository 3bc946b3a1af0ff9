"""A session that a login opens."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from xml.sax.saxutils import escape

from adapterkit.auth.base import Account, Outgoing, Signer, TokenCall
from adapterkit.auth.shared import Shared
from adapterkit.auth.signatures import body_of
from adapterkit.errors import AuthenticationFailed, TemporarilyUnavailable

OK = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A session that a login opens and the body of every later call carries; shared and renewed like a token.

    A body sent to `path`, where the login goes too, holds `mark` where the session's id belongs; one without it, or
    sent elsewhere, is left alone. `login` makes the login's body of the account's fields, `opened` reads the id from
    its answer (raises `AdapterError` when refused), `over` tells whether an answer, whatever its status, says that the
    session has ended.
    """

    path: str  # below the base address
    login: Callable[[Mapping[str, str]], bytes]
    opened: Callable[[str], str]
    over: Callable[[bytes], bool]
    account: tuple[str, ...]  # the settings that tell two accounts apart
    mark: str
    content_type: str
    lasts: timedelta

    def signer(self, account: Account) -> Signer:
        return _Session(self, account)


class _Session(Shared):
    def __init__(self, auth: Session, account: Account) -> None:
        self._auth, self._url = auth, account.base_url + auth.path
        super().__init__(account, self._url, *(account.field(name) for name in auth.account))
        self._mark = auth.mark.encode()

    def sign(self, request: Outgoing, scope: str) -> None:
        body = body_of(request)
        self._used = ""
        if str(request.url) == self._url and self._mark in body:
            request.body = body.replace(self._mark, escape(self._take(scope)).encode(), 1)
            request.prepare_content_length(request.body)

    def refused(self, status: int, content: bytes) -> bool:
        return bool(self._used) and (super().refused(status, content) or self._auth.over(content))

    def renew(self) -> bool:
        return bool(self._used) and super().renew()

    def _ask(self, scope: str) -> tuple[str, float]:  # noqa: ARG002 - a login is good for all
        kind = self._auth.content_type
        body = self._auth.login(self._account.fields)
        answer = self._account.send(TokenCall(url=self._url, body=body, content_type=kind, accept=kind, headers={}))
        if answer.status in {401, 403}:
            raise AuthenticationFailed("The login is refused", status=answer.status)
        if answer.status != OK:
            raise TemporarilyUnavailable("The login is not available", status=answer.status)
        return self._auth.opened(str(answer.body)), self._auth.lasts.total_seconds()
