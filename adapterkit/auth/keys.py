"""Kinds whose secret itself travels: in a header, or in the address."""

from __future__ import annotations

from dataclasses import dataclass

from adapterkit.auth.base import Account, Outgoing, Signer
from adapterkit.redaction import basic_token


@dataclass(frozen=True, slots=True, kw_only=True)
class HeaderKey:
    """A header with the value of one setting after `prefix` (such as "Bearer "): a key, or who calls.

    `setting` is its name among the spec's settings, secret or not.
    """

    setting: str
    header: str = "Authorization"
    prefix: str = ""

    def signer(self, account: Account) -> Signer:
        return HeaderSigner(self.header, self.prefix + account.field(self.setting))


@dataclass(frozen=True, slots=True, kw_only=True)
class Basic:
    """HTTP Basic with two settings."""

    username: str
    password: str

    def signer(self, account: Account) -> Signer:
        token = basic_token(account.field(self.username), account.field(self.password))
        account.redactor.learn(token)
        return HeaderSigner("Authorization", f"Basic {token}")


@dataclass(frozen=True, slots=True, kw_only=True)
class PathKey:
    """A key that stands in the address: it fills `{name}` in every endpoint's path. `setting` names the secret."""

    setting: str
    name: str = "key"

    def signer(self, account: Account) -> Signer:
        signer = Signer()
        signer.path = {self.name: account.field(self.setting)}
        return signer


class HeaderSigner(Signer):
    def __init__(self, name: str, value: str) -> None:
        self._name, self._value = name, value
        self.headers = frozenset({name})

    def sign(self, request: Outgoing, scope: str) -> None:  # noqa: ARG002 - one key for all
        request.headers[self._name] = self._value
