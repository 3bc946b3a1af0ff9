"""Every query of a page starts here: with the company that the signed-in person is a member of."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase

from accounts.models import Membership

P = ParamSpec("P")
SESSION_KEY = "company"


def membership_of(request: HttpRequest) -> Membership:
    """Return the membership the person works in: the one chosen in the session, else the first; 404 for strangers."""
    member = _membership(request)
    if member is None:
        raise Http404("No company")
    return member


def company_terms(request: HttpRequest) -> tuple[str, str] | None:
    """Return time zone and language of the company the person works in; None for strangers."""
    member = _membership(request) if request.user.is_authenticated else None
    return (member.company.time_zone, member.company.language) if member else None


def _membership(request: HttpRequest) -> Membership | None:
    """One statement a request."""
    if not hasattr(request, "membership"):
        mine = Membership.objects.filter(user=request.user.pk).select_related("company").order_by("pk")
        chosen = request.session.get(SESSION_KEY)
        found = (mine.filter(company=chosen).first() if chosen else None) or mine.first()
        request.membership = found  # type: ignore[attr-defined]
    return cast("Membership | None", request.membership)  # type: ignore[attr-defined]


def member_page(
    view: Callable[Concatenate[HttpRequest, Membership, P], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """A page for every member of the company."""

    @login_required
    @wraps(view)
    def page(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        return view(request, membership_of(request), *args, **kwargs)

    return page  # type: ignore[return-value]


def owner_page(
    view: Callable[Concatenate[HttpRequest, Membership, P], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """A page about the company itself: for owners."""

    @login_required
    @wraps(view)
    def page(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        member = membership_of(request)
        if not member.is_owner:
            raise PermissionDenied
        return view(request, member, *args, **kwargs)

    return page  # type: ignore[return-value]


def manager_page(
    view: Callable[Concatenate[HttpRequest, Membership, P], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """A page that changes something: for owners and managers."""

    @login_required
    @wraps(view)
    def page(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        member = membership_of(request)
        if not member.may_change:
            raise PermissionDenied
        return view(request, member, *args, **kwargs)

    return page  # type: ignore[return-value]
