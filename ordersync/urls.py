"""The addresses of the product."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView
from django.views.i18n import set_language

from ordersync.desk import system_health
from ordersync.health import healthz

admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns = [
    path("admin/password_change/", RedirectView.as_view(pattern_name="account_change_password")),
    path("admin/health/", admin.site.admin_view(system_health), name="system_health"),
    path("admin/", admin.site.urls),
    path("language/", set_language, name="set_language"),
    path("healthz", healthz, name="healthz"),
    path("api/v1/", include("api.v1.urls")),
    path("channable/", include("api.channable.urls")),
    path("hooks/", include("api.urls")),
    path("", include("accounts.urls")),
    path("", include("web.urls")),
]
