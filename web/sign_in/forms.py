"""django-allauth's forms in the look and the words of the pages."""

from __future__ import annotations

from typing import Any

from allauth.account import forms as account
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms as mfa
from allauth.mfa.totp import forms as totp
from django.core.cache import cache
from django.utils.translation import gettext_lazy as _

from web.shared.styled import Styled

CODE_LIFE = 120  # seconds, longer than a code is taken


class Worded(Styled):
    """Our labels, no placeholders, and help only where it is meant."""

    labels: dict[str, Any] = {}  # noqa: RUF012 - each form names its own
    with_help: frozenset[str] = frozenset()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.label = self.labels.get(name, field.label)
            field.widget.attrs.pop("placeholder", None)
            if name not in self.with_help:
                field.help_text = ""


class SignInForm(Worded, account.LoginForm):  # type: ignore[misc]
    labels = {  # noqa: RUF012
        "login": _("E-mail address"),
        "password": _("Password"),
        "remember": _("Stay signed in for two weeks on this device"),
    }


class SignUpForm(Worded, account.SignupForm):  # type: ignore[misc]
    labels = {"email": _("E-mail address"), "password1": _("Choose a password")}  # noqa: RUF012
    with_help = frozenset({"password1"})


class ConfirmForm(Worded, account.ReauthenticateForm):  # type: ignore[misc]
    labels = {"password": _("Password")}  # noqa: RUF012


class ChangePassword(Worded, account.ChangePasswordForm):  # type: ignore[misc]
    labels = {  # noqa: RUF012
        "oldpassword": _("Present password"),
        "password1": _("New password"),
        "password2": _("New password again"),
    }
    with_help = frozenset({"password1"})


class SetPassword(Worded, account.SetPasswordForm):  # type: ignore[misc]
    labels = {"password1": _("New password"), "password2": _("New password again")}  # noqa: RUF012
    with_help = frozenset({"password1"})


class NewPassword(Worded, account.ResetPasswordKeyForm):  # type: ignore[misc]
    labels = {"password1": _("New password"), "password2": _("New password again")}  # noqa: RUF012
    with_help = frozenset({"password1"})


class ForgottenForm(Worded, account.ResetPasswordForm):  # type: ignore[misc]
    labels = {"email": _("E-mail address")}  # noqa: RUF012


class AddressForm(Worded, account.AddEmailForm):  # type: ignore[misc]
    labels = {"email": _("New e-mail address")}  # noqa: RUF012


class Digits(Worded):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].widget.attrs |= {"inputmode": "numeric", "autofocus": True}


class OneTime(Digits):
    """A code is taken once, for as long as it could be given again."""

    labels = {"code": _("Code from your app, or a recovery code")}  # noqa: RUF012

    def clean_code(self) -> str:
        code: str = super().clean_code()  # type: ignore[misc]
        if not cache.add(f"second-factor:{self.user.pk}:{code.strip()}", True, CODE_LIFE):  # type: ignore[attr-defined]
            raise get_adapter().validation_error("incorrect_code")
        return code


class CodeForm(OneTime, mfa.AuthenticateForm):  # type: ignore[misc]
    pass


class ConfirmCodeForm(OneTime, mfa.ReauthenticateForm):  # type: ignore[misc]
    pass


class FirstCodeForm(Digits, totp.ActivateTOTPForm):  # type: ignore[misc]
    labels = {"code": _("Code that the app shows now")}  # noqa: RUF012
