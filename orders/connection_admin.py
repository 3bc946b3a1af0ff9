"""Order connections for support staff, and setting their activation date back with a preview."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from unfold.decorators import action
from unfold.widgets import UnfoldAdminSplitDateTimeWidget, UnfoldAdminTextareaWidget

from accounts.admin_base import ReadOnlyAdmin
from accounts.models import User
from adapterkit.errors import AdapterError
from connections.models import OrderConnection
from orders.flows.set_activation_date import NotEarlier, candidates, set_activation_date

PERMISSION = "connections.set_activation_date"


class ActivationDateForm(forms.Form):
    since = forms.SplitDateTimeField(label="New activation date (UTC)", widget=UnfoldAdminSplitDateTimeWidget)
    reason = forms.CharField(max_length=500, widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}))


@admin.register(OrderConnection)
class OrderConnectionAdmin(ReadOnlyAdmin):
    list_display = ("name", "company", "project", "account", "fulfilment", "state", "activated_from")
    list_filter = ("state", "fulfilment")
    search_fields = ("name", "company__name")
    list_select_related = ("company", "project", "account")
    actions_detail: ClassVar = ["to_activation_date"]

    @action(  # type: ignore[untyped-decorator]
        description="Set the activation date back", url_path="activation-date", permissions=["set_activation_date"]
    )
    def to_activation_date(self, request: HttpRequest, object_id: int) -> HttpResponse:
        return redirect("admin:activation_date", object_id)

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
        found = None
        if form.is_valid():
            try:
                if "confirm" in request.POST:
                    return self._set(request, connection, form)
                found = candidates(connection=connection, since=form.cleaned_data["since"])
            except NotEarlier:
                form.add_error("since", "The date has to be before the present one, of an activated connection.")
            except AdapterError as error:
                form.add_error(None, f"The marketplace cannot be asked: {error}")
        context = {
            **self.admin_site.each_context(request),
            "title": f"Activation date of {connection}",
            "opts": self.model._meta,
            "connection": connection,
            "form": form,
            "found": found,
        }
        return TemplateResponse(request, "admin/activation_date.html", context)

    def _set(self, request: HttpRequest, connection: OrderConnection, form: ActivationDateForm) -> HttpResponse:
        count = set_activation_date(
            connection=connection,
            since=form.cleaned_data["since"],
            picked=request.POST.getlist("picked"),
            reason=form.cleaned_data["reason"],
            now=timezone.now(),
            by=cast(User, request.user),
        )
        messages.success(request, f"The date is set back; {count} orders came in.")
        return redirect(reverse("admin:connections_orderconnection_change", args=[connection.pk]))
