"""Who works in the company: members and their roles, invitations, and the seat that is taken."""

from __future__ import annotations

import logging
from smtplib import SMTPException
from typing import cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.core.mail import send_mail
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.audit import write_audit
from accounts.flows.accept_invitation import accept_invitation, open_invitation
from accounts.flows.change_member import LastOwner, change_role, remove_member
from accounts.flows.invite_member import MemberAlready, invite_member
from accounts.models import Invitation, Membership, User
from accounts.scope import member_page, owner_page
from web.members.forms import InvitationForm, JoinForm, RoleForm
from web.shared.posting import posted

logger = logging.getLogger(__name__)


@require_GET
@member_page
def members(request: HttpRequest, member: Membership) -> HttpResponse:
    return _members(request, member, InvitationForm())


def _members(request: HttpRequest, member: Membership, form: InvitationForm, status: int = 200) -> HttpResponse:
    company = member.company
    context = {
        "member": member,
        "members": company.memberships.select_related("user").order_by("pk"),
        "invitations": company.invitations.filter(accepted_at=None).order_by("pk"),
        "roles": Membership.Role.choices,
        "form": form,
        "now": timezone.now(),
    }
    return render(request, "web/members/members.html", context, status=status)


@require_POST
@owner_page
def invite(request: HttpRequest, member: Membership) -> HttpResponse:
    form = InvitationForm(request.POST)
    if not form.is_valid():
        return _members(request, member, form, 422)
    email, by = form.cleaned_data["email"], cast(User, request.user)
    try:
        token = invite_member(
            company=member.company, email=email, role=form.cleaned_data["role"], now=timezone.now(), by=by
        )
    except MemberAlready:
        form.add_error("email", _("This person is a member already."))
        return _members(request, member, form, 422)
    link = request.build_absolute_uri(reverse("web:join", args=[token]))
    text = render_to_string("web/members/invitation.txt", {"company": member.company, "by": by, "link": link})
    subject = _("Your seat at %(company)s") % {"company": " ".join(member.company.name.split())}
    try:
        send_mail(subject, text, settings.DEFAULT_FROM_EMAIL, [email])
    except (OSError, SMTPException):
        logger.exception("An invitation could not be mailed")
        form.add_error(None, _("The mail could not be sent just now. Send the invitation again in a moment."))
        return _members(request, member, form, 422)
    messages.success(request, _("%(email)s is invited. The link in the mail works for a week.") % {"email": email})
    return redirect("web:members")


@require_POST
@owner_page
def withdraw(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """Take an invitation back; gone is gone, so that a second click does no harm."""
    found = member.company.invitations.filter(pk=pk, accepted_at=None).first()
    if found is None and not Invitation.objects.filter(pk=pk, company=member.company).exists():
        raise Http404
    if found is not None:
        found.delete()
        write_audit(
            member.company, cast(User, request.user), "invitation_withdrawn", f"member:{found.email}", timezone.now()
        )
    messages.success(request, _("The invitation is withdrawn."))
    return redirect("web:members")


@require_POST
@owner_page
def change_member(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    other = get_object_or_404(member.company.memberships.select_related("user", "company"), pk=pk)
    form = RoleForm(request.POST)
    try:
        if "remove" in request.POST:
            remove_member(member=other, now=timezone.now(), by=cast(User, request.user))
            messages.success(request, _("%(email)s is no longer a member.") % {"email": other.user.email})
        elif form.is_valid():
            role = form.cleaned_data["role"]
            change_role(member=other, role=role, now=timezone.now(), by=cast(User, request.user))
            messages.success(request, _("The role is changed."))
        else:
            messages.error(request, _("There is no such role; choose one of the list."))
    except LastOwner:
        messages.error(request, _("A company keeps at least one owner. Make somebody else an owner first."))
        return redirect("web:members")
    return redirect("web:members" if other.pk != member.pk else "web:overview")


def join(request: HttpRequest, token: str) -> HttpResponse:
    """The link of an invitation: a new person makes an account, a known one signs in and accepts."""
    invitation = open_invitation(token, timezone.now())
    if invitation is None:
        return render(request, "web/members/join_closed.html", status=404)
    known = User.objects.filter(email__iexact=invitation.email).first()
    form = None if known else JoinForm(posted(request), email=invitation.email)
    if request.method == "POST":
        if form is not None and form.is_valid():
            known = User.objects.create_user(
                invitation.email, form.cleaned_data["password"], name=form.cleaned_data["name"]
            )
            login(request, known)
        signed_in = request.user if request.user.is_authenticated else None
        if signed_in is not None and accept_invitation(invitation=invitation, user=signed_in, now=timezone.now()):
            messages.success(request, _("Welcome to %(company)s.") % {"company": invitation.company})
            return redirect("web:overview")
    context = {"invitation": invitation, "form": form, "known": known}
    return render(request, "web/members/join.html", context, status=422 if form is not None and form.errors else 200)
