"""The returns that buyers announced, and the merchant's answers."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.models import Membership, User
from accounts.scope import manager_page, member_page
from adapterkit.records import ReturnDecision
from orders.models import ReturnLine
from orders.sides.returns import decide_return
from web.returns.forms import ReturnForm
from web.returns.query import returned_lines


@require_GET
@member_page
def returns(request: HttpRequest, member: Membership) -> HttpResponse:
    """List what is sent back, the undecided first."""
    return _show(request, member, request.GET.get("page"))


def _show(
    request: HttpRequest, member: Membership, number: str | None, refused: ReturnForm | None = None
) -> HttpResponse:
    """Show a page of the list; an answer that was `refused` stands where it was given, as it was typed."""
    page = returned_lines(member.company).get_page(number)
    rows = [(line, refused if refused and refused.line == line else ReturnForm(line)) for line in page]
    context = {"member": member, "page": page, "rows": rows}
    return render(request, "web/returns/returns.html", context, status=422 if refused else 200)


@require_POST
@manager_page
def answer(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    line = get_object_or_404(ReturnLine, pk=pk, registered_return__company=member.company)
    form = ReturnForm(line, request.POST)
    if not form.is_valid():
        return _show(request, member, request.POST.get("page"), form)
    decided = decide_return(
        line=line,
        decision=ReturnDecision(form.cleaned_data["decision"]),
        quantity=form.cleaned_data["quantity"],
        now=timezone.now(),
        by=cast(User, request.user),
    )
    messages.success(request, _told(line) if decided else _("This return is answered already."))
    return redirect("web:returns")


def _told(line: ReturnLine) -> str:
    is_test = line.order_line is not None and line.order_line.order.is_test
    return _("Answered. No marketplace is told of a test.") if is_test else _("The marketplace is told.")
