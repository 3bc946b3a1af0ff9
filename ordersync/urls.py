"""The addresses of the product."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from ordersync.desk import system_health
from ordersync.health import healthz

admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns = [
    path("admin/password_change/", RedirectView.as_view(pattern_name="account_change_password")),
    path("admin/health/", admin.site.admin_view(system_health), name="system_health"),
    path("admin/", admin.site.urls),
    path("healthz", healthz, name="healthz"),
    path("hooks/", include("api.urls")),
    path("", include("accounts.urls")),
    path("", include("web.urls")),
]
