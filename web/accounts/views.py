"""Set-up > Marketplace accounts."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as _noop
from django.views.decorators.http import require_GET

from accounts.models import Membership, User
from accounts.scope import manager_page, member_page
from adapterkit.capabilities import has
from adapterkit.errors import AdapterError
from adapterkit.notifications import SendsNotifications
from connections.flows import authorise_account
from connections.flows.authorise_account import ConsentRefused, SettingsNeeded
from connections.flows.connect_account import connect_account
from connections.models import MarketplaceAccount
from connections.secrets import SecretsNeeded
from connections.storing import AccountNameTaken
from connections.trying import try_account
from marketplaces.registry import MARKETPLACES, all_marketplaces
from web.shared.cards import marketplace_cards
from web.shared.connecting import answered, go_on, leave_for
from web.shared.forms import ConnectForm
from web.shared.guides import guide
from web.shared.posting import posted
from web.shared.refusals import refusal_text


@require_GET
@member_page
def accounts(request: HttpRequest, member: Membership) -> HttpResponse:
    mine = member.company.marketplace_accounts.order_by("marketplace", "name")
    context = {"member": member, "accounts": mine, "cards": marketplace_cards()}
    return render(request, "web/accounts/accounts.html", context)


@manager_page
def new_account(request: HttpRequest, member: Membership, marketplace: str) -> HttpResponse:
    if marketplace not in all_marketplaces():
        raise Http404
    return _connect(request, member, MarketplaceAccount(company=member.company, marketplace=marketplace))


@manager_page
def account(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    return _connect(request, member, get_object_or_404(member.company.marketplace_accounts, pk=pk))


def _connect(request: HttpRequest, member: Membership, record: MarketplaceAccount) -> HttpResponse:
    """The connect form with its guide beside it; "test" tries without saving, "consent" leads to the marketplace."""
    adapter = all_marketplaces()[record.marketplace]
    spec, known = adapter.spec, record.pk is not None
    form = ConnectForm(
        spec,
        posted(request),
        stored=record.settings if known else None,
        initial={"name": record.name or spec.name},
    )
    context = {
        "member": member,
        "form": form,
        "spec": spec,
        "guide": guide(MARKETPLACES[record.marketplace][0]),
        "account": record if known else None,
        "redirect_uri": _redirect_uri(request),
        "notification_url": _notification_url(request, record) if known and has(adapter, SendsNotifications) else "",
    }
    if request.method == "POST" and form.is_valid():
        try:
            if "test" in request.POST:
                try_account(record, settings=form.settings, credentials=form.credentials)
                context["tried"] = _("It works: the marketplace takes the credentials.")
            elif "consent" in request.POST and spec.consent:
                return leave_for(request, _ask_consent(request, member, record, form), spec.name)
            else:
                _save(request, member, record, form)
                return go_on(request, "web:accounts")
        except AccountNameTaken:
            form.add_error("name", _("There is an account of this name already."))
        except SettingsNeeded as needed:
            for name in needed.names:
                form.add_error(name, _("Fill this in to connect on the marketplace's own page."))
        except SecretsNeeded as needed:
            for name in needed.names:
                form.add_error(name, _("Enter it again: the address is another one."))
        except AdapterError as error:
            form.add_error(None, refusal_text(error))
    return answered(request, context, form)


def _save(request: HttpRequest, member: Membership, record: MarketplaceAccount, form: ConnectForm) -> None:
    connect_account(
        company=member.company,
        marketplace=record.marketplace,
        name=form.cleaned_data["name"],
        settings=form.settings,
        credentials=form.credentials,
        now=timezone.now(),
        by=cast(User, request.user),
        account=record if record.pk is not None else None,
    )
    messages.success(request, _("Connected."))


def _ask_consent(request: HttpRequest, member: Membership, record: MarketplaceAccount, form: ConnectForm) -> str:
    wish = authorise_account.Wish(
        company=member.company,
        marketplace=record.marketplace,
        name=form.cleaned_data["name"],
        settings=form.settings,
        credentials=form.credentials,
        account=record if record.pk is not None else None,
    )
    return authorise_account.begin(
        wish=wish, redirect_uri=_redirect_uri(request), now=timezone.now(), by=cast(User, request.user)
    )


def _redirect_uri(request: HttpRequest) -> str:
    return request.build_absolute_uri(reverse("web:consent"))


WHY_REFUSED = {
    "expired": _noop("It took too long. Choose to connect again."),
    "forged": _noop("This link was not made here. Choose to connect again."),
    "foreign": _noop("This link was made for another person or company. Choose to connect again."),
    "used": _noop("This link was used already. If the account is not connected, choose to connect again."),
    "empty": _noop("The marketplace sent no authorisation. Choose to connect again, and agree there."),
}


@require_GET
@manager_page
def consent(request: HttpRequest, member: Membership) -> HttpResponse:
    """Where a marketplace sends the merchant back to, with what it lets us in by."""
    try:
        account = authorise_account.finish(
            company=member.company,
            parameters={name: str(value) for name, value in request.GET.items()},
            redirect_uri=_redirect_uri(request),
            now=timezone.now(),
            by=cast(User, request.user),
        )
    except ConsentRefused as refused:
        messages.error(request, _(WHY_REFUSED[refused.why]))
    except AdapterError as error:
        messages.error(request, refusal_text(error))
    else:
        messages.success(request, _("Connected."))
        return redirect("web:account", account.pk)
    return redirect("web:accounts")


def _notification_url(request: HttpRequest, account: MarketplaceAccount) -> str:
    return request.build_absolute_uri(reverse("api:account_notification", args=[account.notification_token]))
