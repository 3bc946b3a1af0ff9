"""Signing in and out, and choosing a company."""

from __future__ import annotations

from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from accounts.models import Membership
from accounts.scope import SESSION_KEY, member_page
from web.forms import SignInForm


class SignIn(LoginView):
    template_name = "web/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True


@require_POST
@member_page
def choose_company(request: HttpRequest, _: Membership, pk: int) -> HttpResponse:
    mine = get_object_or_404(Membership, user=request.user, company=pk)
    request.session[SESSION_KEY] = mine.company_id
    return redirect("web:overview")
