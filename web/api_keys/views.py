"""Company > API keys: what programs sign in with."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.flows.make_api_key import make_api_key
from accounts.flows.revoke_api_key import revoke_api_key
from accounts.models import Membership, User
from accounts.scope import owner_page
from web.api_keys.forms import ApiKeyForm
from web.shared.once import keep_once, show_once
from web.shared.posting import posted

SHOWN = 100


@never_cache
@owner_page
def api_keys(request: HttpRequest, member: Membership) -> HttpResponse:
    """List the keys and make one; it is shown on the page that follows, once."""
    form = ApiKeyForm(member.company, posted(request))
    if request.method == "POST" and form.is_valid():
        now, given = timezone.now(), form.cleaned_data
        _key, whole = make_api_key(
            company=member.company,
            name=given["name"],
            scopes=given["scopes"],
            project_id=form.project_id,
            expires_at=form.expires_at(now),
            now=now,
            by=cast(User, request.user),
        )
        keep_once(request, "api_key", whole)
        return redirect("web:api_keys")
    keys = member.company.api_keys.select_related("project", "created_by")
    context = {
        "member": member,
        "keys": keys.order_by(F("revoked_at").desc(nulls_first=True), "-pk")[:SHOWN],
        "form": form,
        "whole_key": show_once(request, "api_key"),
    }
    return render(request, "web/api_keys/api_keys.html", context, status=422 if form.errors else 200)


@require_POST
@owner_page
def revoke(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    key = get_object_or_404(member.company.api_keys.select_related("company"), pk=pk)
    revoked = revoke_api_key(key=key, now=timezone.now(), by=cast(User, request.user))
    told = _("%(name)s is revoked.") if revoked else _("%(name)s was revoked already.")
    messages.success(request, told % {"name": key.name})
    return redirect("web:api_keys")
