"""Kinds made of others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from adapterkit.auth.base import Account, Auth, Outgoing, Signer


@dataclass(frozen=True, slots=True, kw_only=True)
class AllOf:
    """Several kinds in one account, each for what it knows: a key in some paths, a session in some bodies."""

    auths: tuple[Auth, ...]

    def signer(self, account: Account) -> Signer:
        return _AllOf([auth.signer(account) for auth in self.auths])


class _AllOf(Signer):
    def __init__(self, signers: Sequence[Signer]) -> None:
        self._signers, self._refused = signers, list[Signer]()
        self.path = dict(chain.from_iterable(signer.path.items() for signer in signers))
        self.headers = frozenset(chain.from_iterable(signer.headers for signer in signers))

    def sign(self, request: Outgoing, scope: str) -> None:
        for signer in self._signers:
            signer.sign(request, scope)

    def refused(self, status: int, content: bytes) -> bool:
        self._refused = [signer for signer in self._signers if signer.refused(status, content)]
        return bool(self._refused)

    def renew(self) -> bool:
        return any(signer.renew() for signer in self._refused)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthBySetting:
    """The merchant chose how requests are signed: `choices` by the value of `setting`, the first one by default."""

    setting: str
    choices: Mapping[str, Auth]

    def signer(self, account: Account) -> Signer:
        chosen = self.choices.get(account.field(self.setting)) or next(iter(self.choices.values()))
        return chosen.signer(account)
