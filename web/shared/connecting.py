"""How a connect form answers: in place, so that the secrets just typed are neither sent back nor lost."""

from __future__ import annotations

from typing import Any

from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django_htmx.http import HttpResponseClientRedirect


def answered(request: HttpRequest, context: dict[str, Any], form: Form) -> HttpResponse:
    """Show the whole page, or to a live form only what came of it."""
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "web/_tried.html", context)
    return render(request, "web/connect.html", context, status=422 if form.errors else 200)


def leave_for(request: HttpRequest, url: str, name: str) -> HttpResponse:
    """Send the merchant to another site, called `name`; the policy of our pages lets no form lead there itself."""
    if request.htmx:  # type: ignore[attr-defined]
        return HttpResponseClientRedirect(url)
    return render(request, "web/leave.html", {"url": url, "name": name})


def go_on(request: HttpRequest, to: str, *args: Any) -> HttpResponse:
    """Leave the form for another page."""
    if request.htmx:  # type: ignore[attr-defined]
        return HttpResponseClientRedirect(resolve_url(to, *args))
    return redirect(to, *args)
