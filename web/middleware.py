"""Shows each page in the terms of its company, language and time zone, and ends live parts with their session."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.utils import timezone, translation
from django_htmx.http import HttpResponseClientRefresh

from accounts.scope import company_terms


class CompanyTerms:
    """Signed-in people read in their company's language, unless they chose another; everybody else in the browser's."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        terms = company_terms(request)
        if terms is None:
            return self.get_response(request)
        zone, language = terms
        if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
            translation.activate(language)
            request.LANGUAGE_CODE = translation.get_language()
        with timezone.override(zoneinfo.ZoneInfo(zone)):
            return self.get_response(request)


class LiveParts:
    """A live part of a page whose session is over reloads the page, which leads to the sign-in and back."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = self.get_response(request)
        to_sign_in = answer.headers.get("Location", "").startswith(resolve_url(settings.LOGIN_URL))
        return HttpResponseClientRefresh() if to_sign_in and request.htmx else answer  # type: ignore[attr-defined]
