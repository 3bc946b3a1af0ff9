"""Set-up > Orders: the order connections and their tabs."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.models import Membership, User
from accounts.modules import ModuleNeeded
from accounts.scope import manager_page, member_page
from adapterkit.errors import AdapterError
from connections.flows.archive_connection import archive_connection
from connections.flows.change_connection import change_connection
from connections.flows.pause_connection import pause_connection
from connections.flows.pause_direction import pause_direction
from connections.flows.set_up_connection import ConnectedAlready, Wish, set_up_connection
from connections.models import Direction
from marketplaces.registry import all_marketplaces
from orders.flows.activate_connection import NotReady, activate_connection
from orders.reading.backlogs import backlog, unfetched
from orders.setup_list import StepState, setup_list
from web.connections.forms import ConnectionForm, ConnectionSettingsForm
from web.connections.query import connection_details
from web.connections.words import step_words
from web.shared.cards import marketplace_cards
from web.shared.posting import posted
from web.shared.query import ConnectionCard, connection_card, connection_cards, own_connection
from web.shared.refusals import refusal_text


@require_GET
@member_page
def connections(request: HttpRequest, member: Membership) -> HttpResponse:
    context = {"member": member, "cards": connection_cards(member.company)}
    return render(request, "web/connections/connections.html", context)


@manager_page
def new_connection(request: HttpRequest, member: Membership) -> HttpResponse:
    """First the marketplace, then the rest; saved inactive."""
    code = request.GET.get("marketplace", "")
    if code not in all_marketplaces():
        return render(
            request, "web/connections/choose_marketplace.html", {"member": member, "cards": marketplace_cards()}
        )
    spec = all_marketplaces()[code].spec
    if not member.company.projects.exists():
        messages.info(request, _("Make a project for your shop first; the connection brings its orders there."))
        return redirect("web:new_project")
    if not member.company.marketplace_accounts.filter(marketplace=code).exists():
        messages.info(request, _("Connect your %(marketplace)s account first.") % {"marketplace": spec.name})
        return redirect("web:new_account", code)
    form = ConnectionForm(spec, member.company, posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            wish = Wish(**{name: form.cleaned_data[name] for name in form.Meta.fields})
            made = set_up_connection(wish=wish, now=timezone.now(), by=cast(User, request.user))
        except ConnectedAlready as already:
            told = _("“%(name)s” brings these orders to a shop already. Archive it first, or choose another country.")
            elsewhere = _(
                "The same seller account is connected to this shop from elsewhere in OrderSync. Have that connection "
                "ended first, or ask support."
            )
            form.add_error(None, told % {"name": already.other.name} if already.other else elsewhere)
        except ModuleNeeded:
            form.add_error(None, _("Add the module Order connections under Company > Subscription first."))
        else:
            messages.success(request, _("Saved, inactive. The list below shows what is left to do."))
            return redirect("web:connection", made.pk)
    status = 422 if form.errors else 200
    return render(
        request, "web/connections/new_connection.html", {"member": member, "form": form, "spec": spec}, status=status
    )


def _card(member: Membership, pk: int) -> ConnectionCard:
    card = connection_card(member.company, pk)
    if card is None:
        raise Http404
    return card


@require_GET
@member_page
def connection(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """The overview: what is left to do, and what goes on."""
    card = _card(member, pk)
    steps = [(check, step_words(check, card.connection)) for check in setup_list(card.connection)]
    context = {
        "member": member,
        "card": card,
        "connection": card.connection,
        "steps": steps,
        "ready": all(check.state == StepState.DONE for check, _words in steps),
    }
    return render(request, "web/connections/connection.html", context)


@member_page
def connection_settings(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    if request.method == "POST" and not member.may_change:
        return HttpResponse(status=403)
    card = _card(member, pk)
    found = own_connection(member, pk)
    form = ConnectionSettingsForm(posted(request), instance=found)
    if request.method == "POST" and form.is_valid():
        change_connection(connection=found, fields=form.changed_data, now=timezone.now(), by=cast(User, request.user))
        messages.success(request, _("Saved."))
        return redirect("web:connection_settings", pk)
    now, paused = timezone.now(), {direction for direction in Direction if getattr(found, direction.column)}
    directions = [(way, way in paused, backlog(found, way, now) if way in paused else 0) for way in Direction]
    context = {"member": member, "card": card, "connection": found, "form": form, "directions": directions}
    return render(request, "web/connections/connection_settings.html", context, status=422 if form.errors else 200)


@require_GET
@member_page
def unfetched_orders(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """A piece of the settings page: how many orders wait at the marketplace while fetching is paused."""
    found = own_connection(member, pk)
    context: dict[str, int | str] = {}
    try:
        context["count"] = unfetched(found, timezone.now())
    except AdapterError as error:
        context["problem"] = refusal_text(error)
    return render(request, "web/connections/_unfetched.html", context)


@require_GET
@member_page
def connection_carriers(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """Which carrier plan decides here: the connection's own, or the project's."""
    card = _card(member, pk)
    plan = card.connection.carrier_plan or card.connection.project.carrier_plan
    context = {"member": member, "card": card, "connection": card.connection, "plan": plan}
    return render(request, "web/connections/connection_carriers.html", context)


@require_GET
@member_page
def connection_activity(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    """What was read, what could not be, and when what is read next."""
    details = connection_details(member.company, pk)
    if details is None:
        raise Http404
    context = {"member": member, "card": details.card, "connection": details.card.connection, "details": details}
    return render(request, "web/connections/connection_activity.html", context)


@require_POST
@manager_page
def activate(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    found, by = own_connection(member, pk), cast(User, request.user)
    try:
        done = activate_connection(connection=found, now=timezone.now(), by=by)
    except NotReady as error:
        count = len(error.checks)
        messages.error(
            request, _("Not activated: %(count)d of the steps below are still to be done.") % {"count": count}
        )
        return redirect("web:connection", pk)
    told = _("Active. Every order that is still to be shipped comes in now.") if done else _("It is active already.")
    messages.success(request, told)
    return redirect("web:connection", pk)


@require_POST
@manager_page
def pause(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    done = pause_connection(connection=own_connection(member, pk), now=timezone.now(), by=cast(User, request.user))
    messages.success(request, _("Paused. No new orders are fetched.") if done else _("It is not active."))
    return redirect("web:connection_settings", pk)


@require_POST
@manager_page
def archive(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    done = archive_connection(connection=own_connection(member, pk), now=timezone.now(), by=cast(User, request.user))
    messages.success(request, _("Archived. Its orders stay.") if done else _("It is archived already."))
    return redirect("web:connections")


@require_POST
@manager_page
def direction(request: HttpRequest, member: Membership, pk: int, name: str) -> HttpResponse:
    """Pause one direction, or let it go on."""
    if name not in Direction.values:
        raise Http404
    found, paused = own_connection(member, pk), request.POST.get("paused") == "1"
    by = cast(User, request.user)
    pause_direction(connection=found, direction=Direction(name), paused=paused, now=timezone.now(), by=by)
    messages.success(request, _("Paused. What waits is kept.") if paused else _("It goes on."))
    return redirect("web:connection_settings", pk)
