"""The company itself: subscription, settings, and who changed what."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.audit import write_audit
from accounts.flows.add_module import add_module
from accounts.models import Membership, ModuleSubscription, User
from accounts.modules import ModuleNeeded, offered
from accounts.scope import SESSION_KEY, manager_page, member_page, owner_page
from connections.flows.end_module import depending, end_module
from web.company.forms import CompanyForm
from web.shared.posting import posted

AUDIT_PER_PAGE = 50


@require_POST
@member_page
def choose_company(request: HttpRequest, _: Membership, pk: int) -> HttpResponse:
    mine = get_object_or_404(Membership, user=request.user, company__pk=pk)
    request.session[SESSION_KEY] = mine.company_id
    return redirect("web:overview")


@require_GET
@member_page
def subscription(request: HttpRequest, member: Membership) -> HttpResponse:
    rows = [(module, depending(member.company, module.module)) for module in offered(member.company)]
    return render(request, "web/company/subscription.html", {"member": member, "rows": rows})


@require_POST
@owner_page
def change_module(request: HttpRequest, member: Membership, module: str) -> HttpResponse:
    if module not in ModuleSubscription.Module.values:
        raise Http404
    terms = {"company": member.company, "module": module, "now": timezone.now(), "by": cast(User, request.user)}
    name = ModuleSubscription.Module(module).label
    if "end" in request.POST:
        ended = end_module(**terms)  # type: ignore[arg-type]
        told = _("%(module)s has ended.") if ended else _("%(module)s has ended already.")
        messages.success(request, told % {"module": name})
        return redirect("web:subscription")
    try:
        added = add_module(**terms)  # type: ignore[arg-type]
    except ModuleNeeded as needed:
        first = ModuleSubscription.Module(needed.needed).label
        messages.error(request, _("Add %(first)s first; %(module)s needs it.") % {"first": first, "module": name})
    else:
        told = _("%(module)s is active.") if added else _("%(module)s is active already.")
        messages.success(request, told % {"module": name})
    return redirect("web:subscription")


@owner_page
def company_settings(request: HttpRequest, member: Membership) -> HttpResponse:
    form = CompanyForm(posted(request), instance=member.company)
    if request.method == "POST" and form.is_valid():
        form.save()
        write_audit(
            member.company,
            cast(User, request.user),
            "company_changed",
            f"company:{member.company_id}",
            timezone.now(),
            fields=", ".join(form.changed_data),
        )
        messages.success(request, _("Saved."))
        return redirect("web:company_settings")
    status = 422 if form.errors else 200
    return render(request, "web/company/settings.html", {"member": member, "form": form}, status=status)


@require_GET
@manager_page
def changes(request: HttpRequest, member: Membership) -> HttpResponse:
    """List who changed what, support staff included."""
    entries = member.company.audit_entries.select_related("actor").order_by("-at", "-pk")
    page = Paginator(entries, AUDIT_PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "web/company/changes.html", {"member": member, "page": page})
