"""How django-allauth signs people in here: who may make an account, what is encrypted, what is said."""

from __future__ import annotations

import logging
import time
from smtplib import SMTPException
from typing import Any, ClassVar

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.credentials import reveal, veil
from accounts.models import Membership, User

logger = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    error_messages: ClassVar = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": _(
            "This e-mail address and password do not belong together. Capitals matter in the password."
        ),
        "incorrect_password": _("This is not your password. Capitals matter."),
        "enter_current_password": _("This is not your present password. Capitals matter."),
        "too_many_login_attempts": _(
            "That was wrong too often. Wait a quarter of an hour, or choose a new password by mail."
        ),
        "duplicate_email": _("This is your address already."),
        "rate_limited": _("That was too often in a short time. Wait a few minutes and try again."),
    }

    def is_open_for_signup(self, _: HttpRequest) -> bool:
        """Whether anybody may make an account. People with an invitation make theirs on its page, open or not."""
        return bool(settings.ORDERSYNC_OPEN_SIGN_UP)

    def new_user(self, request: HttpRequest) -> User:
        user: User = super().new_user(request)
        user.address_is_proven = False
        return user

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """A sign-in of the last minutes counts too, so that nobody types the same password twice in a row."""
        records = get_authentication_records(context.request, context.request.user)
        if records and time.time() - records[-1]["at"] < app_settings.REAUTHENTICATION_TIMEOUT:
            return False
        return bool(super().is_reauthentication_required(app=app, **kwargs))

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Support staff who belong to no company start in the admin."""
        if request.user.is_staff and not Membership.objects.filter(user=request.user.pk).exists():
            return reverse("admin:index")
        return str(super().get_login_redirect_url(request))

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send a mail; a mail server that is away neither undoes the change nor tells whose address is known."""
        try:
            super().send_mail(template_prefix, email, context)
        except (OSError, SMTPException):
            logger.exception("A mail could not be sent (%s)", template_prefix)


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """The secrets of authenticator apps are encrypted like credentials."""

    error_messages: ClassVar = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _("This code is not right. It changes every half minute; take the one that is shown now."),
    }

    def encrypt(self, text: str) -> str:
        return veil(text)

    def decrypt(self, encrypted_text: str) -> str:
        return reveal(encrypted_text)
