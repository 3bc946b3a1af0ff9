"""Set-up > Marketplace accounts."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.models import Membership, User
from accounts.scope import manager_page, member_page
from adapterkit.errors import AdapterError
from connections.flows.connect_account import AccountNameTaken, connect_account
from connections.models import MarketplaceAccount
from connections.trying import try_account
from marketplaces.registry import MARKETPLACES, all_marketplaces
from web.cards import marketplace_cards
from web.connecting import answered, go_on
from web.forms_setup import ConnectForm
from web.guides import guide
from web.posting import posted
from web.refusals import refusal_text


@require_GET
@member_page
def accounts(request: HttpRequest, member: Membership) -> HttpResponse:
    mine = member.company.marketplace_accounts.order_by("marketplace", "name")
    context = {"member": member, "accounts": mine, "cards": marketplace_cards()}
    return render(request, "web/setup/accounts.html", context)


@manager_page
def new_account(request: HttpRequest, member: Membership, marketplace: str) -> HttpResponse:
    if marketplace not in all_marketplaces():
        raise Http404
    return _connect(request, member, MarketplaceAccount(company=member.company, marketplace=marketplace))


@manager_page
def account(request: HttpRequest, member: Membership, pk: int) -> HttpResponse:
    return _connect(request, member, get_object_or_404(member.company.marketplace_accounts, pk=pk))


def _connect(request: HttpRequest, member: Membership, record: MarketplaceAccount) -> HttpResponse:
    """The connect form with its guide beside it; "test" tries without saving."""
    spec = all_marketplaces()[record.marketplace].spec
    known = record.pk is not None
    form = ConnectForm(
        spec,
        posted(request),
        stored=record.settings if known else None,
        initial={"name": record.name or spec.name},
    )
    tried = ""
    if request.method == "POST" and form.is_valid():
        values = {"settings": form.settings, "credentials": form.credentials}
        try:
            if "test" in request.POST:
                try_account(record, **values)
                tried = _("It works: the marketplace takes the credentials.")
            else:
                connect_account(
                    company=member.company,
                    marketplace=record.marketplace,
                    name=form.cleaned_data["name"],
                    **values,
                    now=timezone.now(),
                    by=cast(User, request.user),
                    account=record if known else None,
                )
                messages.success(request, _("Connected."))
                return go_on(request, "web:accounts")
        except AccountNameTaken:
            form.add_error("name", _("There is an account of this name already."))
        except AdapterError as error:
            form.add_error(None, refusal_text(error))
    context = {
        "member": member,
        "form": form,
        "spec": spec,
        "guide": guide(MARKETPLACES[record.marketplace][0]),
        "tried": tried,
        "account": record if known else None,
    }
    return answered(request, context, form)
