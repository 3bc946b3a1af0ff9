"""The returns that buyers announced, and the merchant's answers."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts.models import Membership, User
from accounts.scope import manager_page, member_page
from adapterkit.records import ReturnDecision
from orders.flows.answer_return import decide_return
from orders.models import ReturnLine
from web.forms import ReturnForm
from web.queries import PER_PAGE, returned_lines


@require_GET
@member_page
def returns(request: HttpRequest, member: Membership) -> HttpResponse:
    """List what is sent back, the undecided first."""
    page = Paginator(returned_lines(member.company), PER_PAGE).get_page(request.GET.get("page"))
    rows = [(line, ReturnForm(line)) for line in page]
    return render(request, "web/returns.html", {"member": member, "page": page, "rows": rows})


@require_POST
@manager_page
def answer(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    line = get_object_or_404(ReturnLine, pk=pk, registered_return__company=member.company)
    form = ReturnForm(line, request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
        return redirect("web:returns")
    decided = decide_return(
        line=line,
        decision=ReturnDecision(form.cleaned_data["decision"]),
        quantity=form.cleaned_data["quantity"],
        now=timezone.now(),
        by=cast(User, request.user),
    )
    messages.success(request, "The marketplace is told." if decided else "This return is answered already.")
    return redirect("web:returns")
