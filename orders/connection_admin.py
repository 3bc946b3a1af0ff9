"""Order connections for support staff, and setting their activation date back with a preview."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import action
from unfold.widgets import UnfoldAdminSplitDateTimeWidget, UnfoldAdminTextareaWidget

from accounts.admin_base import ReadOnlyAdmin
from accounts.models import User
from adapterkit.errors import AdapterError
from connections.models import OrderConnection
from engine.outcomes import of_error
from orders.flows.set_activation_date import NotEarlier, NotReadYet, NotShown, preview, set_activation_date
from orders.words.problems import explain

PERMISSION = "connections.set_activation_date"


def _refusal(error: AdapterError) -> str:
    """Return what happened, and how to mend it."""
    outcome = of_error(error)
    why = explain(outcome.code, outcome.params)
    return f"{why.what} {why.mend}".strip()


class ActivationDateForm(forms.Form):
    since = forms.SplitDateTimeField(widget=UnfoldAdminSplitDateTimeWidget)
    reason = forms.CharField(
        label=_("Reason; the merchant sees it"), max_length=500, widget=UnfoldAdminTextareaWidget(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["since"].label = _("New activation date (%(zone)s)") % {
            "zone": timezone.get_current_timezone_name()
        }


@admin.register(OrderConnection)
class OrderConnectionAdmin(ReadOnlyAdmin):
    list_display = ("name", "company", "project", "account", "fulfilment", "state", "activated_from")
    list_filter = ("state", "fulfilment")
    search_fields = ("name", "company__name")
    list_select_related = ("company", "project", "account")
    actions_detail: ClassVar = ["to_activation_date"]

    @action(  # type: ignore[untyped-decorator]
        description=_("Set the activation date back"), url_path="activation-date", permissions=["set_activation_date"]
    )
    def to_activation_date(self, request: HttpRequest, object_id: str) -> HttpResponse:
        connection = self.get_object(request, object_id)
        if connection is None:
            raise Http404
        return redirect("admin:activation_date", connection.pk)

    def has_set_activation_date_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return request.user.has_perm(PERMISSION)

    def get_urls(self) -> list[URLPattern]:
        own = path("<int:pk>/activation/", self.admin_site.admin_view(self.activation_date), name="activation_date")
        return [own, *super().get_urls()]

    def activation_date(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask for the date, show exactly what would come in, then do it with what was picked."""
        if not request.user.has_perm(PERMISSION):
            raise PermissionDenied
        related = ("account", "company", "project__shop")
        connection = get_object_or_404(OrderConnection.objects.select_related(*related), pk=pk)
        form = ActivationDateForm(request.POST if request.method == "POST" else None)
        complete, found = form.is_valid(), None
        try:
            if complete and "confirm" in request.POST:
                return self._set(request, connection, form)
            if form.is_bound and "since" in form.cleaned_data:
                found = preview(connection=connection, since=form.cleaned_data["since"], now=timezone.now())
        except (NotShown, NotReadYet) as error:
            found = preview(connection=connection, since=form.cleaned_data["since"], now=timezone.now())
            if isinstance(error, NotShown):
                form.add_error(None, _("Orders appeared since you looked. Look at the list again."))
        except NotEarlier:
            form.add_error("since", _("The date has to be before the present one, of an activated connection."))
        except AdapterError as error:
            form.add_error(None, _("The marketplace cannot be asked: %(why)s") % {"why": _refusal(error)})
        context = {
            **self.admin_site.each_context(request),
            "title": _("Activation date of %(name)s") % {"name": connection},
            "opts": self.model._meta,
            "connection": connection,
            "form": form,
            "found": found,
            "zone": timezone.get_current_timezone_name(),
            "unpicked": set(request.POST.getlist("shown")) - set(request.POST.getlist("picked")),
        }
        return TemplateResponse(request, "admin/activation_date.html", context)

    def _set(self, request: HttpRequest, connection: OrderConnection, form: ActivationDateForm) -> HttpResponse:
        count = set_activation_date(
            connection=connection,
            since=form.cleaned_data["since"],
            shown=request.POST.getlist("shown"),
            picked=request.POST.getlist("picked"),
            reason=form.cleaned_data["reason"],
            now=timezone.now(),
            by=cast(User, request.user),
        )
        told = ngettext(
            "The date is set back; %(count)d order came in.", "The date is set back; %(count)d orders came in.", count
        )
        messages.success(request, told % {"count": count})
        return redirect(reverse("admin:connections_orderconnection_change", args=[connection.pk]))
