"""The addresses of the product."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from ordersync.desk import system_health
from ordersync.health import healthz

urlpatterns = [
    path("me/", include("allauth.urls")),
    path("admin/login/", RedirectView.as_view(pattern_name="account_login", query_string=True)),
    path("admin/health/", admin.site.admin_view(system_health), name="system_health"),
    path("admin/", admin.site.urls),
    path("healthz", healthz, name="healthz"),
    path("hooks/", include("api.urls")),
    path("", include("web.urls")),
]
