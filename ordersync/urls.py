"""The addresses of the product."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from ordersync.health import healthz

urlpatterns = [
    path("me/", include("allauth.urls")),
    path("admin/login/", RedirectView.as_view(pattern_name="account_login", query_string=True)),
    path("admin/", admin.site.urls),
    path("healthz", healthz, name="healthz"),
    path("hooks/", include("api.urls")),
    path("", include("web.urls")),
]
