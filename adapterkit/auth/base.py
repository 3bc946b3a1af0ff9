"""What a kind of signing is, and what it is given to work with."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Protocol

from adapterkit.auth.store import TokenStore
from adapterkit.redaction import Redactor


class Outgoing(Protocol):
    """A request that is about to be sent; what signs it may change anything of it."""

    method: str | None
    url: str | None
    body: bytes | str | None

    @property
    def headers(self) -> MutableMapping[str, str]: ...

    def prepare_content_length(self, body: bytes | str | None) -> None:
        """Put the length of a body that was changed into the headers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenCall:
    """A call that brings a token: posted unsigned, paced in a bucket of its own, its bodies never recorded."""

    url: str
    body: bytes
    content_type: str
    accept: str = "application/json"
    headers: Mapping[str, str]


class TokenAnswer(Protocol):
    """`body` is the decoded JSON, or the text where it is none."""

    @property
    def status(self) -> int: ...
    @property
    def body(self) -> object: ...


class SecretStore(Protocol):
    """Where an account's secrets lie, for a kind whose secret the remote side replaces."""

    def current(self, setting: str) -> str:
        """Read a secret anew: another worker may have stored its successor. Empty where nothing can be told."""

    def replace(self, setting: str, old: Collection[str], new: str) -> None:
        """Store the successor of these; one that is none of them was entered meanwhile, and stays."""


class NoSecretStore:
    """For an account that is stored nowhere: what replaces a secret is known to the token store alone."""

    def current(self, setting: str) -> str:  # noqa: ARG002 - the protocol's
        return ""

    def replace(self, setting: str, old: Collection[str], new: str) -> None:
        """Nowhere to put it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What a signer works with. `fields` are the account's settings and credentials together.

    `send` raises `TemporarilyUnavailable` where no answer comes, and `RateLimited` where it asks us to wait. What a
    signer learns of secrets, it tells the `redactor`.
    """

    base_url: str
    fields: Mapping[str, str]
    tokens: TokenStore
    secrets: SecretStore
    send: Callable[[TokenCall], TokenAnswer]
    redactor: Redactor

    def field(self, name: str) -> str:
        return self.fields.get(name, "")


class Signer:
    """Signs requests; `renew` is called once after a refusal and says whether trying again makes sense."""

    path: Mapping[str, str] = {}  # what fills names in every endpoint's path
    headers: frozenset[str] = frozenset()  # those that prove who we are: nobody else sets them, and none is recorded
    refusals: frozenset[int] = frozenset({401})  # the statuses with which a signature that ran out is answered

    def sign(self, request: Outgoing, scope: str) -> None:
        """Add what proves who we are. `scope` is the endpoint's: what its token is to be good for."""

    def refused(self, status: int, content: bytes) -> bool:  # noqa: ARG002 - a session's end stands in the content
        """Whether an answer says that what proves who we are has run out."""
        return status in self.refusals

    def renew(self) -> bool:
        return False


class Auth(Protocol):
    """A kind of signing, as a spec declares it. An adapter may bring one of its own."""

    def signer(self, account: Account) -> Signer: ...
