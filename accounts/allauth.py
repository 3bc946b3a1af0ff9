"""How django-allauth signs people in here: by e-mail address, without public sign-up, its secrets encrypted."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.http import HttpRequest

from accounts.credentials import cipher


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """People come by invitation (`accounts.flows.invite_member`) or are made by the operator."""

    def is_open_for_signup(self, _: HttpRequest) -> bool:
        return False


class MfaAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Secrets of authenticator apps and recovery codes are stored with the keys that credentials are stored with."""

    def encrypt(self, text: str) -> str:
        return cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return cipher().decrypt(encrypted_text.encode()).decode()
