"""Company > Webhooks: where programs are told what happens, and the log of what they were told."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.models import Membership, User
from accounts.scope import owner_page
from engine.models import Lane
from web.shared.once import keep_once, show_once
from web.shared.posting import posted
from web.webhooks.forms import ReplayForm, WebhookForm
from web.webhooks.query import log_page, message_of, own
from webhooks.event_types import EventType
from webhooks.flows import make_webhook as making
from webhooks.flows import replay_messages as replaying
from webhooks.flows.change_webhook import change_webhook
from webhooks.flows.remove_webhook import remove_webhook
from webhooks.flows.rotate_secret import rotate_secret
from webhooks.flows.send_test import send_test
from webhooks.flows.skip_message import skip_message
from webhooks.flows.switch_webhook import switch_webhook
from webhooks.log import entries, tries
from webhooks.models import WebhookEndpoint


@require_GET
@owner_page
def webhooks(request: HttpRequest, member: Membership) -> HttpResponse:
    endpoints = list(own(member).order_by("pk"))
    troubled = Lane.objects.filter(key__in=[endpoint.lane for endpoint in endpoints], failures__gt=0)
    lanes = set(troubled.values_list("key", flat=True))
    rows = [(endpoint, endpoint.lane in lanes) for endpoint in endpoints]
    context = {"member": member, "rows": rows, "all_types": len(EventType)}
    return render(request, "web/webhooks/webhooks.html", context)


@owner_page
def new_webhook(request: HttpRequest, member: Membership) -> HttpResponse:
    form = WebhookForm(member.company, posted(request))
    if request.method == "POST" and form.is_valid():
        given, by = form.cleaned_data, cast(User, request.user)
        wish = {"url": given["url"], "types": given["types"], "project_id": form.project_id}
        try:
            endpoint, secret = making.make_webhook(company=member.company, now=timezone.now(), by=by, **wish)
        except making.TooMany:
            form.add_error(None, _("Your company has as many webhooks as it may. Remove one that is not needed."))
        else:
            keep_once(request, f"webhook:{endpoint.pk}", secret)
            return redirect("web:webhook", endpoint.pk)
    context = {"member": member, "form": form}
    return render(request, "web/webhooks/webhook_form.html", context, status=422 if form.errors else 200)


@never_cache
@require_GET
@owner_page
def webhook(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    endpoint = get_object_or_404(own(member), pk=pk)
    return _webhook(request, member, endpoint, ReplayForm())


def _webhook(
    request: HttpRequest, member: Membership, endpoint: WebhookEndpoint, form: ReplayForm, status: int = 200
) -> HttpResponse:
    undelivered = request.GET.get("only") == "undelivered"
    page, older = log_page(endpoint, undelivered=undelivered, before=request.GET.get("before", ""))
    context = {
        "member": member,
        "endpoint": endpoint,
        "trouble": Lane.objects.filter(key=endpoint.lane, failures__gt=0).first(),
        "entries": entries(page),
        "older": older,
        "undelivered": undelivered,
        "form": form,
        "secret": show_once(request, f"webhook:{endpoint.pk}"),
    }
    return render(request, "web/webhooks/webhook.html", context, status=status)


@owner_page
def webhook_settings(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    endpoint = get_object_or_404(own(member), pk=pk)
    form = WebhookForm.of(endpoint, posted(request))
    if request.method == "POST" and form.is_valid():
        change_webhook(
            endpoint=endpoint,
            url=form.cleaned_data["url"],
            types=form.cleaned_data["types"],
            project_id=form.project_id,
            enabled=endpoint.enabled,
            now=timezone.now(),
            by=cast(User, request.user),
        )
        messages.success(request, _("Saved."))
        return redirect("web:webhook", pk)
    context = {"member": member, "endpoint": endpoint, "form": form}
    return render(request, "web/webhooks/webhook_form.html", context, status=422 if form.errors else 200)


@require_POST
@owner_page
def test(_request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    message = send_test(endpoint=get_object_or_404(own(member), pk=pk), now=timezone.now())
    return redirect("web:webhook_message", pk, message.pk) if message else redirect("web:webhooks")


@require_POST
@owner_page
def rotate(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    endpoint = get_object_or_404(own(member), pk=pk)
    secret = rotate_secret(endpoint=endpoint, now=timezone.now(), by=cast(User, request.user))
    if secret:
        keep_once(request, f"webhook:{pk}", secret)
    return redirect("web:webhook", pk)


@require_POST
@owner_page
def switch(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """Switch the endpoint off, or with `on` in the form on."""
    endpoint, on = get_object_or_404(own(member), pk=pk), "on" in request.POST
    switch_webhook(endpoint=endpoint, on=on, now=timezone.now(), by=cast(User, request.user))
    told = _("It is on; what was kept for it is sent now.") if on else _("It is off; what happens is kept for it.")
    messages.success(request, told)
    return redirect("web:webhook", pk)


@require_POST
@owner_page
def remove(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    endpoint = get_object_or_404(own(member), pk=pk)
    remove_webhook(endpoint=endpoint, now=timezone.now(), by=cast(User, request.user))
    messages.success(request, _("%(address)s is told nothing any more.") % {"address": endpoint})
    return redirect("web:webhooks")


@require_POST
@owner_page
def replay(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """Send once more what happened in a time."""
    endpoint, form = get_object_or_404(own(member), pk=pk), ReplayForm(request.POST)
    if not form.is_valid():
        return _webhook(request, member, endpoint, form, 422)
    now, by = timezone.now(), cast(User, request.user)
    try:
        count = replaying.replay_range(endpoint=endpoint, now=now, by=by, **form.cleaned_data)
    except replaying.EndpointOff:
        messages.error(request, _("Switch it on first; what it missed is sent then."))
    except replaying.TooMany:
        form.add_error("until", _("This time holds more than 10,000 messages. Take a shorter one."))
        return _webhook(request, member, endpoint, form, 422)
    else:
        told = ngettext("%(count)d message is sent again.", "%(count)d messages are sent again.", count)
        messages.success(request, told % {"count": count})
    return redirect("web:webhook", pk)


@require_GET
@owner_page
def message(request: HttpRequest, member: Membership, pk: int, message: int) -> HttpResponse:
    """One message with its tries; live while its first try is on its way."""
    found = message_of(member, pk, message)
    (entry,) = entries([found])
    context = {
        "member": member,
        "endpoint": found.endpoint,
        "entry": entry,
        "tries": tries(entry),
        "moving": entry.state == "waiting" and not (entry.message.status or entry.message.error),
    }
    template = "web/webhooks/_webhook_message.html" if request.htmx else "web/webhooks/webhook_message.html"  # type: ignore[attr-defined]
    return render(request, template, context)


@require_POST
@owner_page
def replay_message(request: HttpRequest, member: Membership, pk: int, message: int) -> HttpResponse:
    found = message_of(member, pk, message)
    try:
        replayed = replaying.replay_message(message=found, now=timezone.now())
    except replaying.EndpointOff:
        messages.error(request, _("Switch it on first; what it missed is sent then."))
    else:
        told = _("It is sent again.") if replayed else _("It is being sent at this moment.")
        messages.success(request, told)
    return redirect("web:webhook_message", pk, message)


@require_POST
@owner_page
def skip(request: HttpRequest, member: Membership, pk: int, message: int) -> HttpResponse:
    found = message_of(member, pk, message)
    skipped = skip_message(message=found, now=timezone.now(), by=cast(User, request.user))
    told = _("It is left out; later ones go on.") if skipped else _("It is settled, or is being sent at this moment.")
    messages.success(request, told)
    return redirect("web:webhook_message", pk, message)
