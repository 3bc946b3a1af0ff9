"""Support staff see everybody's records, so they prove twice who they are."""

from __future__ import annotations

from collections.abc import Callable

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _


class StaffTwoFactor:
    """Sends support staff without an authenticator app to its set-up before any page of the admin."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        admin = request.path.startswith(reverse("admin:index"))
        staff = settings.ORDERSYNC_REQUIRE_STAFF_TWO_FACTOR and user.is_authenticated and user.is_staff
        if admin and staff and not is_mfa_enabled(user):
            messages.info(request, _("Set up two-factor authentication first; the support pages need it."))
            return redirect("mfa_activate_totp")
        return self.get_response(request)
